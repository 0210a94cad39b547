//! How options and results cross into WebAssembly and back: one text and one list of numbers each way. Objects are put together
//! on the JavaScript side (`pkg/compiler/src/wire.ts`, the other half of this file): each of their fields would be a call of its own.
//!
//! The text is all strings, one behind the other; among the numbers stands the length of each, in UTF-16 code units.

use crate::{Diagnostic, Jsx, JsxRuntime, Lang, ModuleRef, Options, Output, Severity, SourceMap, WorkerModule};

/// Reads options; none when they are not what `writeOptions` writes.
pub fn read_options(text: &str, numbers: &[u32]) -> Option<Options> {
    let mut reader = Reader { text, numbers };
    let mut options = Options::new(reader.string()?);
    options.lang = match reader.number()? {
        0 => None,
        1 => Some(Lang::Js),
        2 => Some(Lang::Jsx),
        3 => Some(Lang::Ts),
        _ => Some(Lang::Tsx),
    };
    options.source_map = reader.number()? == 1;
    options.dev = reader.number()? == 1;
    options.using = reader.number()? == 1;
    let runtime = match reader.number()? {
        0 => JsxRuntime::Automatic,
        1 => JsxRuntime::Classic,
        _ => JsxRuntime::Preserve,
    };
    options.jsx = Jsx { runtime, factory: reader.maybe()?, fragment: reader.maybe()? };
    let sources = reader.number()?;
    options.import_source = (0..sources).map(|_| reader.string().map(str::to_owned)).collect::<Option<_>>()?;
    options.origins = reader.numbers.as_chunks().0.to_vec();
    Some(options)
}

struct Reader<'a> {
    text: &'a str,
    numbers: &'a [u32],
}

impl<'a> Reader<'a> {
    fn number(&mut self) -> Option<u32> {
        self.numbers.split_off_first().copied()
    }

    fn string(&mut self) -> Option<&'a str> {
        let units = self.number()?;
        let mut count = 0;
        let mut ends = self.text.char_indices().map(|(at, character)| {
            let before = count;
            count += character.len_utf16() as u32;
            (at, before)
        });
        let end = ends.find(|&(_, before)| before >= units).map_or(self.text.len(), |(at, _)| at);
        let (string, rest) = self.text.split_at(end);
        self.text = rest;
        Some(string)
    }

    /// A string that may be absent.
    #[allow(clippy::option_option)] // The outer one is the end of the input.
    fn maybe(&mut self) -> Option<Option<String>> {
        Some(if self.number()? == 0 { None } else { Some(self.string()?.to_owned()) })
    }
}

/// A text and numbers on their way to JavaScript.
#[derive(Debug, Default)]
pub struct Writer {
    /// All strings
    pub text: String,
    /// Everything else
    pub numbers: Vec<u32>,
}

impl Writer {
    fn number(&mut self, number: u32) {
        self.numbers.push(number);
    }

    fn string(&mut self, string: &str) {
        let units = if string.is_ascii() { string.len() } else { string.encode_utf16().count() };
        self.number(units as u32);
        self.text.push_str(string);
    }

    fn list<T>(&mut self, items: &[T], write: impl Fn(&mut Self, &T)) {
        self.number(items.len() as u32);
        for item in items {
            write(self, item);
        }
    }

    fn maybe<T>(&mut self, item: Option<&T>, write: impl Fn(&mut Self, &T)) {
        self.number(u32::from(item.is_some()));
        if let Some(item) = item {
            write(self, item);
        }
    }

    fn strings(&mut self, strings: &[String]) {
        self.list(strings, |this, string| this.string(string));
    }

    fn places(&mut self, start: u32, end: u32) {
        self.numbers.extend([start, end]);
    }

    /// Writes what `transform` gives. Unchanged code stays here: whoever asked has it.
    pub fn output(&mut self, output: &Output) {
        self.reserve(output);
        self.list(&output.diagnostics, Self::diagnostic);
        self.number(u32::from(output.changed));
        if !output.changed {
            return;
        }
        self.string(&output.code);
        self.maybe(output.map.as_ref(), Self::map);
        self.list(&output.modules, Self::module);
        self.list(&output.shared, |this, shared| {
            this.string(&shared.id);
            this.string(&shared.kind);
            this.string(&shared.name);
            this.places(shared.start, shared.end);
        });
    }

    /// Makes room for nearly all at once: what grows is copied each time.
    fn reserve(&mut self, output: &Output) {
        let mapped = |map: &Option<SourceMap>| map.as_ref().map_or(0, |map| map.mappings.len());
        let modules = output.modules.iter().map(|module| module.code.len() + mapped(&module.map) + 256);
        self.text.reserve(output.code.len() + mapped(&output.map) + modules.sum::<usize>());
        self.numbers.reserve(16 + 32 * output.modules.len());
    }

    fn map(&mut self, map: &SourceMap) {
        self.strings(&map.sources);
        self.string(&map.mappings);
    }

    fn module(&mut self, module: &WorkerModule) {
        self.string(module.kind.as_str());
        self.string(&module.id);
        self.string(&module.name);
        self.string(&module.hash);
        self.string(&module.lang);
        self.string(&module.code);
        self.maybe(module.map.as_ref(), Self::map);
        self.number(u32::from(module.blocks));
        self.list(&module.captures, |this, capture| {
            this.string(&capture.name);
            this.string(capture.kind.as_str());
            this.places(capture.start, capture.end);
        });
        self.list(&module.imports, |this, import| {
            this.string(&import.source);
            this.string(&import.imported);
            this.string(&import.local);
        });
        self.strings(&module.needs);
        self.places(module.start, module.end);
        self.maybe(module.parent.as_ref(), |this, parent| this.string(parent));
    }

    fn diagnostic(&mut self, diagnostic: &Diagnostic) {
        self.string(&diagnostic.code);
        self.number(u32::from(diagnostic.severity == Severity::Error));
        self.string(&diagnostic.message);
        self.places(diagnostic.start, diagnostic.end);
        self.list(&diagnostic.labels, |this, label| {
            this.places(label.start, label.end);
            this.string(&label.text);
        });
        self.strings(&diagnostic.notes);
        self.maybe(diagnostic.help.as_ref(), |this, help| this.string(help));
    }
}

/// What a callback learns of a module, one field on each line: none of them can hold a line break.
pub fn question(module: &ModuleRef<'_>) -> String {
    let own = if module.own { "self" } else { "" };
    [module.kind.as_str(), module.id, module.name, module.hash, module.lang, own].join("\n")
}

#[cfg(test)]
mod tests {
    use super::{Writer, question, read_options};
    use crate::{Addresses, ModuleRef, Options, transform};

    /// Answers with the question.
    struct Asked;

    impl Addresses for Asked {
        fn reference(&mut self, module: &ModuleRef<'_>) -> String {
            question(module)
        }

        fn specifier(&mut self, module: &ModuleRef<'_>) -> String {
            question(module)
        }
    }

    #[test]
    fn every_string_of_a_result_is_in_its_text() {
        let source =
            "import { spawn } from 'experimental-threads'\nconst f = (ä) => spawn(() => ä + f)\nspawn(() => f())";
        let options = Options::new("a@1/b.js");
        let output = transform(source, &options, &mut Asked);
        let mut writer = Writer::default();
        writer.output(&output);
        let [first, second, ..] = output.modules.as_slice() else { panic!("two sites") };
        let question = format!("site\n{}\n{}\n{}\njs\n", first.id, first.name, first.hash);
        assert!(output.code.contains(&question) || second.code.contains(&question));
        for string in [&output.code, &first.code, &first.captures[0].name, &second.id, &second.hash] {
            assert!(writer.text.contains(string));
        }
    }

    #[test]
    fn options_are_read_in_the_order_in_which_they_are_written() {
        let text = "a@1/ä𝒳.tshfragthreads";
        let numbers = [10, 4, 0, 1, 0, 2, 1, 1, 1, 4, 1, 7, 1, 2, 3, 4];
        let options = read_options(text, &numbers).unwrap();
        assert_eq!(options.filename, "a@1/ä𝒳.ts");
        assert_eq!((options.source_map, options.dev, options.using), (false, true, false));
        assert_eq!((options.jsx.factory.as_deref(), options.jsx.fragment.as_deref()), (Some("h"), Some("frag")));
        assert_eq!(options.import_source, ["threads"]);
        assert_eq!(options.origins, [[1, 2, 3, 4]]);
        assert!(read_options(text, &numbers[..8]).is_none());
    }

    #[test]
    fn lengths_are_those_that_javascript_counts() {
        let mut writer = Writer::default();
        writer.strings(&["a".into(), "ä𝒳".into()]);
        assert_eq!((writer.text.as_str(), writer.numbers.as_slice()), ("aä𝒳", &[2, 1, 3][..]));
    }
}
