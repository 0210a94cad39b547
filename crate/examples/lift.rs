//! Prints what the transform makes of a file: `cargo run --example lift src/a.ts`.

use compiler::{Addresses, ModuleRef, Options, transform};

struct Ids;

impl Addresses for Ids {
    fn reference(&mut self, module: &ModuleRef<'_>) -> String {
        if module.own {
            "import.meta.url".into()
        } else {
            format!("new URL(\"./{}.mjs\", import.meta.url).href", module.name)
        }
    }

    fn specifier(&mut self, module: &ModuleRef<'_>) -> String {
        format!("./{}.mjs", module.name)
    }
}

#[allow(clippy::print_stdout)]
fn main() {
    let path = std::env::args().nth(1).expect("the path of a file");
    let source = std::fs::read_to_string(&path).expect("a readable file");
    let output = transform(&source, &Options::new(&format!("app@1.0.0/{path}")), &mut Ids);
    for diagnostic in &output.diagnostics {
        println!("{diagnostic:#?}");
    }
    println!("{}", output.code);
    for module in &output.modules {
        println!("---- {:?} {} {}\n{}", module.kind, module.name, module.hash, module.code);
    }
}
