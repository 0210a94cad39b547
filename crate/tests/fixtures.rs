//! Every folder in `tests/fixtures/<area>/<behaviour>/` holds an `input.*`; its `output.md` shows all that comes out of
//! it, readably, and must not change unseen. `UPDATE=1 cargo test` writes the files anew. The same folders are run by the
//! JavaScript tests, which execute what is shown here.

// A test that cannot read its own files should stop there.
#![allow(clippy::unwrap_used)]

use std::{
    fmt::Write,
    fs,
    path::{Path, PathBuf},
};

use compiler::{Addresses, Diagnostic, Lang, ModuleRef, Options, Output, transform};
use serde_json::Value;

struct ByName;

impl Addresses for ByName {
    fn reference(&mut self, module: &ModuleRef<'_>) -> String {
        if module.own {
            return "import.meta.url".into();
        }
        format!("new URL(\"./{}.js\", import.meta.url).href", module.name)
    }

    fn specifier(&mut self, module: &ModuleRef<'_>) -> String {
        format!("./{}.js", module.name)
    }
}

fn cases(folder: &Path, found: &mut Vec<(PathBuf, PathBuf)>) {
    let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            cases(&path, found);
        } else if path.file_stem().is_some_and(|stem| stem == "input") {
            found.push((folder.to_owned(), path));
        }
    }
}

fn all_cases() -> Vec<(PathBuf, PathBuf)> {
    let mut found = Vec::new();
    cases(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures"), &mut found);
    found
}

fn options(folder: &Path, input: &Path) -> Options {
    let name = input.file_name().unwrap().to_str().unwrap();
    let mut options = Options::new(&format!("fixture@1.0.0/src/{name}"));
    if let Some(given) = case_json(folder)["options"].as_object() {
        let mut all = serde_json::json!({ "filename": options.filename });
        for (key, value) in given {
            all[key] = value.clone();
        }
        options = serde_json::from_value(all).unwrap();
    }
    options
}

fn case_json(folder: &Path) -> Value {
    fs::read_to_string(folder.join("case.json")).map_or(Value::Null, |text| serde_json::from_str(&text).unwrap())
}

/// The text at a UTF-16 range, on one line.
fn text_at(source: &str, start: u32, end: u32) -> String {
    let units: Vec<u16> = source.encode_utf16().collect();
    String::from_utf16_lossy(&units[start as usize..end as usize]).replace('\n', "⏎")
}

fn describe(source: &str, diagnostic: &Diagnostic) -> String {
    let mut text = format!(
        "- {} `{}`: {}\n",
        diagnostic.code,
        text_at(source, diagnostic.start, diagnostic.end),
        diagnostic.message
    );
    for label in &diagnostic.labels {
        writeln!(text, "  - `{}`: {}", text_at(source, label.start, label.end), label.text).unwrap();
    }
    for note in &diagnostic.notes {
        writeln!(text, "  - note: {note}").unwrap();
    }
    if let Some(help) = &diagnostic.help {
        writeln!(text, "  - help: {help}").unwrap();
    }
    text
}

fn snapshot(source: &str, lang: Lang, output: &Output) -> String {
    let fence = lang.extension();
    let mut text = String::new();
    if !output.diagnostics.is_empty() {
        text.push_str("# Diagnostics\n\n");
        for diagnostic in &output.diagnostics {
            text.push_str(&describe(source, diagnostic));
        }
        text.push('\n');
    }
    if !output.changed {
        text.push_str("Unchanged.\n");
        return text;
    }
    write!(text, "# Spawning module\n\n```{fence}\n{}\n```\n", output.code.trim_end()).unwrap();
    for module in &output.modules {
        write!(text, "\n# {:?} `{}`\n\n", module.kind, module.name).unwrap();
        for capture in &module.captures {
            writeln!(text, "- captures `{}`: {:?}", capture.name, capture.kind).unwrap();
        }
        for import in &module.imports {
            writeln!(text, "- imports `{}` as `{}` from `{}`", import.imported, import.local, import.source).unwrap();
        }
        if let Some(parent) = &module.parent {
            writeln!(text, "- nested in {parent}").unwrap();
        }
        if module.blocks {
            text.push_str("- blocks\n");
        }
        write!(text, "\n```{fence}\n{}\n```\n", module.code.trim_end()).unwrap();
    }
    for shared in &output.shared {
        write!(text, "\n- shares {} `{}` as `{}`\n", shared.kind, shared.name, shared.id).unwrap();
    }
    text
}

#[test]
fn every_fixture_gives_what_its_output_shows() {
    let update = std::env::var_os("UPDATE").is_some();
    let mut wrong = Vec::new();
    let cases = all_cases();
    assert!(!cases.is_empty(), "there are fixtures");
    for (folder, input) in &cases {
        let source = fs::read_to_string(input).unwrap();
        let options = options(folder, input);
        let actual = snapshot(&source, options.language(), &transform(&source, &options, &mut ByName));
        let expected = fs::read_to_string(folder.join("output.md")).unwrap_or_default();
        if actual == expected {
            continue;
        }
        if update {
            fs::write(folder.join("output.md"), &actual).unwrap();
        } else {
            wrong.push(format!("{}\n{actual}", folder.display()));
        }
    }
    assert!(wrong.is_empty(), "{} of {} differ:\n\n{}", wrong.len(), cases.len(), wrong.join("\n\n"));
}

#[test]
fn every_fixture_has_exactly_the_diagnostics_its_case_names() {
    let mut wrong = Vec::new();
    for (folder, input) in all_cases() {
        let source = fs::read_to_string(&input).unwrap();
        let output = transform(&source, &options(&folder, &input), &mut ByName);
        let mut sorted: Vec<_> = output.diagnostics.iter().map(|diagnostic| diagnostic.code.clone()).collect();
        sorted.sort();
        let case = case_json(&folder);
        let named = |key: &str| -> Vec<String> {
            case[key].as_array().into_iter().flatten().map(|code| code.as_str().unwrap().to_owned()).collect()
        };
        let mut expected = named("errors");
        expected.extend(named("warnings"));
        expected.sort();
        if sorted != expected {
            wrong.push(format!("{}: {sorted:?}, but its case names {expected:?}", folder.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_same_text_gives_the_same_bytes() {
    for (folder, input) in all_cases() {
        let source = fs::read_to_string(&input).unwrap();
        let options = options(&folder, &input);
        let first = serde_json::to_string(&transform(&source, &options, &mut ByName)).unwrap();
        let second = serde_json::to_string(&transform(&source, &options, &mut ByName)).unwrap();
        assert_eq!(first, second, "{}", folder.display());
    }
}

#[test]
fn what_was_transformed_is_not_transformed_again() {
    for (folder, input) in all_cases() {
        let source = fs::read_to_string(&input).unwrap();
        let options = options(&folder, &input);
        let output = transform(&source, &options, &mut ByName);
        for text in std::iter::once(&output.code).chain(output.modules.iter().map(|module| &module.code)) {
            if output.changed {
                let again = transform(text, &options, &mut ByName);
                let errors: Vec<_> = again.diagnostics.iter().map(|diagnostic| &diagnostic.message).collect();
                assert!(!again.changed, "{}: {errors:?}\n{text}\n{}", folder.display(), again.code);
            }
        }
    }
}

#[test]
fn every_word_of_a_lifted_closure_maps_back_to_itself() {
    for (folder, input) in all_cases() {
        let source = fs::read_to_string(&input).unwrap();
        let output = transform(&source, &options(&folder, &input), &mut ByName);
        let lines: Vec<Vec<u16>> = source.split('\n').map(|line| line.encode_utf16().collect()).collect();
        for module in &output.modules {
            let map = module.map.as_ref().unwrap();
            let generated: Vec<Vec<u16>> = module.code.split('\n').map(|line| line.encode_utf16().collect()).collect();
            let mut segments = 0;
            for (line, column, source_line, source_column) in decode(&map.mappings) {
                let here = generated[line].get(column).copied();
                let there = lines[source_line].get(source_column).copied();
                // A generated name stands for the place that it replaces; a name may be written with escapes.
                if here != Some(u16::from(b'$')) && there != Some(u16::from(b'\\')) {
                    assert_eq!(here, there, "{} {}:{line}:{column}", folder.display(), module.name);
                }
                segments += 1;
            }
            assert!(segments > 0, "{} has mappings", module.name);
        }
    }
}

#[test]
fn every_word_of_the_spawning_module_maps_back_to_itself() {
    for (folder, input) in all_cases() {
        let source = fs::read_to_string(&input).unwrap();
        let output = transform(&source, &options(&folder, &input), &mut ByName);
        let Some(map) = &output.map else { continue };
        let lines: Vec<Vec<u16>> = source.split('\n').map(|line| line.encode_utf16().collect()).collect();
        let generated: Vec<Vec<u16>> = output.code.split('\n').map(|line| line.encode_utf16().collect()).collect();
        let segments = decode(&map.mappings);
        for &(line, column, source_line, source_column) in &segments {
            let here = &generated[line][column..];
            let there = &lines[source_line][source_column..];
            // A generated name stands for the place that it replaces, and the signs of a shortened import for its start.
            let stands_for_import = there.starts_with(&"import".encode_utf16().collect::<Vec<_>>());
            if here.first() != Some(&u16::from(b'$')) && !stands_for_import {
                assert_eq!(here.first(), there.first(), "{} {line}:{column}", folder.display());
            }
        }
        for (line, text) in generated.iter().enumerate() {
            let unchanged = !text.is_empty() && lines.contains(text);
            if !unchanged {
                continue;
            }
            let mapped: Vec<usize> =
                segments.iter().filter(|segment| segment.0 == line).map(|segment| segment.1).collect();
            let is_word = |unit: u16| matches!(u8::try_from(unit), Ok(byte) if byte.is_ascii_alphanumeric());
            for column in 0..text.len() {
                let begins = is_word(text[column]) && (column == 0 || matches!(text[column - 1], 0x20 | 0x28 | 0x2e));
                assert!(!begins || mapped.contains(&column), "{} {line}:{column} is mapped", folder.display());
            }
        }
    }
}

/// Decodes mappings into (line, column, source line, source column), all from 0.
fn decode(mappings: &str) -> Vec<(usize, usize, usize, usize)> {
    const DIGITS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut found = Vec::new();
    let (mut source_line, mut source_column) = (0i64, 0i64);
    for (line, segments) in mappings.split(';').enumerate() {
        let mut column = 0i64;
        for segment in segments.split(',').filter(|segment| !segment.is_empty()) {
            let mut fields = Vec::new();
            let (mut value, mut shift) = (0i64, 0);
            for digit in segment.chars() {
                let digit = i64::try_from(DIGITS.find(digit).unwrap()).unwrap();
                value |= (digit & 31) << shift;
                shift += 5;
                if digit & 32 == 0 {
                    fields.push(if value & 1 == 1 { -(value >> 1) } else { value >> 1 });
                    (value, shift) = (0, 0);
                }
            }
            column += fields[0];
            source_line += fields[2];
            source_column += fields[3];
            found.push((
                line,
                usize::try_from(column).unwrap(),
                usize::try_from(source_line).unwrap(),
                usize::try_from(source_column).unwrap(),
            ));
        }
    }
    found
}
