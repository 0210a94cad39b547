//! Prints how long one transform of a file takes, natively, in nanoseconds: `cargo run --release --example time src/a.ts 100`.
//! A tenth of so many runs took less, after a tenth as many to warm up.

use std::time::Instant;

use compiler::{Addresses, ModuleRef, Options, transform};

struct Names;

impl Addresses for Names {
    fn reference(&mut self, module: &ModuleRef<'_>) -> String {
        format!("new URL(\"./{}.js\", import.meta.url).href", module.name)
    }

    fn specifier(&mut self, module: &ModuleRef<'_>) -> String {
        format!("./{}.js", module.name)
    }
}

#[allow(clippy::print_stdout)]
fn main() {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().expect("the path of a file");
    let runs: usize = arguments.next().and_then(|runs| runs.parse().ok()).unwrap_or(100);
    let source = std::fs::read_to_string(&path).expect("a readable file");
    let options = Options::new("bench@1.0.0/src/a.ts");
    for _ in 0..runs / 10 {
        transform(&source, &options, &mut Names);
    }
    let mut taken: Vec<_> = (0..runs)
        .map(|_| {
            let start = Instant::now();
            let output = transform(&source, &options, &mut Names);
            let nanoseconds = start.elapsed().as_nanos();
            drop(output);
            nanoseconds
        })
        .collect();
    taken.sort_unstable();
    println!("{}", taken[taken.len() / 10]);
}
