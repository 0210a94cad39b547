//! Prints what becomes of the names of every closure of a file, as JSON: `cargo run --example explain src/a.ts`.

use compiler::{Options, explain};

#[allow(clippy::print_stdout)]
fn main() {
    let path = std::env::args().nth(1).expect("the path of a file");
    let source = std::fs::read_to_string(&path).expect("a readable file");
    let explanation = explain(&source, &Options::new(&format!("app@1.0.0/{path}")));
    println!("{}", serde_json::to_string_pretty(&explanation).expect("an explanation is plain data"));
}
