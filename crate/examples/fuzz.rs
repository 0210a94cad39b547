//! Looks for texts that the transform does not survive: takes the inputs of the fixtures, breaks and joins them at random, and
//! checks what comes out. `cargo run --release --example fuzz <seconds> [seed]`.
//!
//! A panic ends the run with the seed and the text in `target/fuzz-crash.*`. So does an output that is not a module, that is
//! transformed again, or that differs from run to run.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use compiler::{Addresses, ModuleRef, Options, Output, Severity, transform};

/// Bytes of stack: a text of [`MAX_SIZE`] must not nest too deeply for it.
const STACK: usize = 1 << 30;
/// Longer texts find nothing that shorter ones do not, and take longer.
const MAX_SIZE: usize = 6000;
/// A text that takes longer than this, in a build with optimisation, is taken down too.
const SLOW: Duration = Duration::from_secs(5);

const WORDS: &[&str] = &[
    "spawn(",
    "task(",
    "parallelMap(",
    "move(",
    "() => ",
    "function* g() {",
    "async ",
    "await ",
    "yield ",
    "new Mutex()",
    "new Global(",
    "class K extends ",
    "static ",
    "#p",
    "@dec ",
    "import ",
    "export ",
    "default ",
    "from 'experimental-threads'",
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    "<",
    ">",
    "`",
    "${",
    "/*",
    "*/",
    "//",
    "\n",
    "\r\n",
    "\u{2028}",
    "\0",
    "\u{feff}",
    "😀",
    "\\u{61}",
    "?.",
    "??=",
    "...",
    "=>",
    "= ",
    ";",
    ",",
    ":",
    "as T ",
    "enum E {",
    "namespace N {",
    "declare ",
    "type T = ",
    "interface I {",
    "using x = ",
    "try {",
    "catch (e) {",
    "for (const x of ",
    "switch (a) { case ",
    "label: ",
    "eval(",
    "this",
    "super.m()",
    "arguments",
    "new.target",
    "import.meta",
    "let ",
    "const ",
    "var ",
    "0x1f",
    "1n",
    "/re[/]/g",
    "'use strict'",
    "typeof ",
    "<a b={",
    "</a>",
    "<>",
    "</>",
    "/** @jsx h */",
    "threadSignal",
    "threadName",
    "else if (",
    "a ? (b) : c => ",
];

struct Addressed;

impl Addresses for Addressed {
    fn reference(&mut self, module: &ModuleRef<'_>) -> String {
        format!("\"./{}.js\"", module.name)
    }

    fn specifier(&mut self, module: &ModuleRef<'_>) -> String {
        format!("./{}.js", module.name)
    }
}

/// Marsaglia's xorshift: random enough to break texts with, and the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }

    /// A place in a text between two characters.
    fn place(&mut self, text: &str) -> usize {
        let mut at = self.below(text.len() + 1);
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }
}

fn seeds(folder: &Path, found: &mut Vec<String>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            seeds(&path, found);
        } else if path.file_stem().is_some_and(|stem| stem == "input")
            && let Ok(text) = fs::read_to_string(&path)
            && text.len() < MAX_SIZE
        {
            found.push(text);
        }
    }
}

fn mutate(text: &mut String, all: &[String], random: &mut Random) {
    let at = random.place(text);
    match random.below(6) {
        0 => text.insert_str(at, WORDS[random.below(WORDS.len())]),
        1 => {
            let to = random.place(text);
            text.replace_range(at.min(to)..at.max(to).min(text.ceil_char_boundary(at.min(to) + 40)), "");
        }
        2 => {
            let other = &all[random.below(all.len())];
            let (from, to) = (random.place(other), random.place(other));
            text.insert_str(at, &other[from.min(to)..from.max(to)]);
        }
        3 => {
            let to = random.place(text);
            let piece = text[at.min(to)..at.max(to)].to_owned();
            text.insert_str(at, &piece);
        }
        4 => text.truncate(at),
        _ => {
            let word = WORDS[random.below(WORDS.len())];
            text.insert_str(at, &word.repeat(1 + random.below(30)));
        }
    }
    let end = text.floor_char_boundary(MAX_SIZE);
    text.truncate(end);
}

fn run(source: &str, extension: &str) -> Output {
    transform(source, &Options::new(&format!("app@1.0.0/src/a.{extension}")), &mut Addressed)
}

/// What is wrong with the result for a text, if anything is.
fn fault(source: &str, extension: &str) -> Option<String> {
    let started = Instant::now();
    let output = run(source, extension);
    if started.elapsed() > SLOW {
        return Some(format!("took {:?}", started.elapsed()));
    }
    let units = source.encode_utf16().count() as u32;
    if let Some(wrong) = output.diagnostics.iter().find(|found| found.start > found.end || found.end > units) {
        return Some(format!("{} stands outside of the text", wrong.code));
    }
    if !output.changed {
        return (output.code != source).then(|| "an unchanged text was changed".into());
    }
    let again = run(source, extension);
    let hashes = |output: &Output| output.modules.iter().map(|module| module.hash.clone()).collect::<Vec<_>>();
    if again.code != output.code || hashes(&again) != hashes(&output) {
        return Some("the same text gave two results".into());
    }
    for (name, code) in
        std::iter::once(("main", &output.code)).chain(output.modules.iter().map(|module| (&*module.name, &module.code)))
    {
        let second = run(code, extension);
        if let Some(error) = second.diagnostics.iter().find(|found| found.code == "E201") {
            return Some(format!("{name} is no module: {}\n{code}", error.message));
        }
        if second.changed && !second.diagnostics.iter().any(|found| found.severity == Severity::Error) {
            return Some(format!("{name} is transformed again:\n{code}"));
        }
    }
    None
}

#[allow(clippy::print_stdout, clippy::print_stderr)]
fn main() {
    let mut arguments = std::env::args().skip(1);
    let seconds: u64 = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(60);
    let seed: u64 = arguments.next().and_then(|text| text.parse().ok()).unwrap_or_else(|| std::process::id().into());
    println!("{seconds} s with seed {seed}");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let crash = root.join("target/fuzz-crash");
    let work = move || {
        let mut all = Vec::new();
        seeds(&root.join("tests/fixtures"), &mut all);
        assert!(!all.is_empty(), "the fixtures are the seeds");
        let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        let end = Instant::now() + Duration::from_secs(seconds);
        let (mut runs, mut changed) = (0u64, 0u64);
        while Instant::now() < end {
            let mut text = all[random.below(all.len())].clone();
            for _ in 0..=random.below(4) {
                mutate(&mut text, &all, &mut random);
            }
            let extension = ["ts", "tsx", "js", "jsx"][random.below(4)];
            // Written before it is tried: a stack that overflows leaves no time for it.
            let path = crash.with_extension(extension);
            let _ = fs::write(&path, &text);
            if let Some(fault) = fault(&text, extension) {
                eprintln!("{}: {fault}", path.display());
                std::process::exit(1);
            }
            let _ = fs::remove_file(&path);
            runs += 1;
            changed += u64::from(run(&text, extension).changed);
        }
        println!("{runs} texts, {changed} of them transformed, no fault");
    };
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(work).expect("a thread with a large stack");
    if thread.join().is_err() {
        std::process::exit(1);
    }
}
