//! What must hold for every text.

use std::{iter, thread};

use compiler::{Addresses, ModuleRef, Options, Output, Severity, WorkerModule, transform};

/// Bytes of stack for one text. As much as no text of the allowed length needs: hosts that have less replace the instance.
const STACK: usize = 1 << 30;

struct Addressed;

impl Addresses for Addressed {
    fn reference(&mut self, module: &ModuleRef<'_>) -> String {
        format!("\"./{}.js\"", module.name)
    }

    fn specifier(&mut self, module: &ModuleRef<'_>) -> String {
        format!("./{}.js", module.name)
    }
}

/// The name of the file that an input stands for: its first byte modulo 4 is the language.
pub fn name(first: u8) -> String {
    format!("app@1.0.0/src/a.{}", ["ts", "tsx", "js", "jsx"][usize::from(first % 4)])
}

/// What is wrong with the result for a text, if anything is.
pub fn find(first: u8, text: &str) -> Option<String> {
    thread::scope(|scope| {
        let work = thread::Builder::new().stack_size(STACK).spawn_scoped(scope, || check(first, text));
        work.expect("a thread with a large stack").join().expect("a panic has ended the process")
    })
}

fn run(first: u8, source: &str) -> Output {
    let mut options = Options::new(&name(first));
    options.dev = first & 4 != 0;
    transform(source, &options, &mut Addressed)
}

fn check(first: u8, source: &str) -> Option<String> {
    let output = run(first, source);
    let units = source.encode_utf16().count() as u32;
    if let Some(wrong) = output.diagnostics.iter().find(|found| found.start > found.end || found.end > units) {
        return Some(format!("{} stands outside of the text", wrong.code));
    }
    let _ = compiler::explain(source, &Options::new(&name(first)));
    if !output.changed {
        return (output.code != source).then(|| "an unchanged text was changed".into());
    }
    let again = run(first, source);
    let hashes = |output: &Output| output.modules.iter().map(|module| module.hash.clone()).collect::<Vec<_>>();
    if again.code != output.code || hashes(&again) != hashes(&output) {
        return Some("the same text gave two results".into());
    }
    let modules = output.modules.iter().map(|module| (&*module.name, &module.code));
    for (name, code) in iter::once(("main", &output.code)).chain(modules) {
        let second = run(first, code);
        if let Some(error) = second.diagnostics.iter().find(|found| found.code == "E201") {
            return Some(format!("{name} is no module: {}\n{code}", error.message));
        }
        let is_refused = second.diagnostics.iter().any(|found| found.severity == Severity::Error);
        let only_runs_imports = !second.modules.is_empty() && second.modules.iter().all(runs_an_import);
        if second.changed && !is_refused && !only_runs_imports {
            return Some(format!("{name} is transformed again:\n{code}"));
        }
    }
    None
}

/// Whether a module is that of `spawn(job)`. An unknown `job` of a file may be an import in what is made of it, and one that
/// is spawned is lifted: if only somebody transformed what is final.
fn runs_an_import(module: &WorkerModule) -> bool {
    let name = module.code.split_once("const $run = () => ").and_then(|(_, rest)| rest.split_once(";\n"));
    name.is_some_and(|(name, _)| name.chars().all(|letter| letter.is_alphanumeric() || "$_.".contains(letter)))
}
