//! Turns the front matter of `pkg/compiler/errors/*.md` into a table, so that the pages are the one source of the texts.

use std::{env, fmt::Write, fs, path::Path};

fn main() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../pkg/compiler/errors");
    println!("cargo:rerun-if-changed={}", folder.display());
    let mut pages: Vec<_> = fs::read_dir(&folder)
        .expect("the error pages are part of the repository")
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect();
    pages.sort();
    let mut table = String::from("[\n");
    for path in pages {
        println!("cargo:rerun-if-changed={}", path.display());
        let text = fs::read_to_string(&path).expect("a page is UTF-8 text").replace("\r\n", "\n");
        let Some(front) = text.strip_prefix("---\n").and_then(|rest| rest.split("\n---").next()) else { continue };
        let field = |name: &str| {
            front.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).unwrap_or_default().to_owned()
        };
        let code = field("code");
        // The runtime and the plugins have pages too, but the compiler never speaks of them.
        if !["E1", "E2", "E30", "W90", "W91"].iter().any(|range| code.starts_with(range)) {
            continue;
        }
        let unquoted = |text: String| text.trim_matches('"').replace("\\\"", "\"");
        writeln!(
            table,
            "    Page {{ code: {code:?}, error: {}, message: {:?}, help: {:?} }},",
            field("severity") == "error",
            unquoted(field("message")),
            unquoted(field("help")),
        )
        .expect("writing to a string cannot fail");
    }
    table.push(']');
    let out = env::var_os("OUT_DIR").expect("cargo sets OUT_DIR");
    fs::write(Path::new(&out).join("pages.rs"), table).expect("OUT_DIR can be written");
}
