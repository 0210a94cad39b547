//! Faults that the parser keeps to itself.
//!
//! Where TypeScript can be read in two ways, SWC's parser tries one, and tells of no fault that it can go on after as long as
//! it tries: in arrow functions with type parameters, in those with a type of their result that may be a part of a
//! conditional, and in templates with type arguments. So `spawn(<T,>(item: T) => 010)` passes, and a bundler says so later
//! of a file that nobody has written. So the text is read once more, without what made the parser try:
//!
//! ```text
//! <T,>(items: T[]) => 010                    (items: T[]) => 010
//! ok ? (a): A => 010 : b                ok ? (a)    => 010 : b
//! sql<Row>`${() => 010}`                sql     `${() => 010}`
//! ```

use crate::{
    analysis::Range,
    diagnostics::{self, Finding},
    options::Lang,
    parse,
};

/// The first fault of `source` that the parser has not told. `types` made it try; a text can do without them.
pub fn find(source: &str, lang: Lang, types: &[Range]) -> Option<Finding> {
    if types.is_empty() {
        return None;
    }
    let mut bytes = source.as_bytes().to_vec();
    for types in types {
        // A line's end would be one too many before an arrow.
        bytes[types.lo as usize..types.hi as usize].fill(b' ');
    }
    // Types begin and end between characters.
    let text = String::from_utf8(bytes).ok()?;
    let error = parse::faults(&text, lang).into_iter().next()?;
    Some(diagnostics::syntax_error(parse::range_of_error(&error, &text), &error.kind().msg()))
}

#[cfg(test)]
mod tests {
    use crate::{Options, explain};

    /// The words that a file's only diagnostic points at.
    fn told(name: &str, text: &str) -> String {
        let source = format!("import {{ spawn }} from 'experimental-threads'; spawn(() => 1)\n{text}\n");
        let found = explain(&source, &Options::new(name)).diagnostics;
        let [only] = &found[..] else { return format!("{} diagnostics", found.len()) };
        let units: Vec<u16> = source.encode_utf16().collect();
        format!("{} {}", only.code, String::from_utf16_lossy(&units[only.start as usize..only.end as usize]))
    }

    #[test]
    fn finds_what_stands_in_arrow_functions_with_types() {
        assert_eq!(told("a.ts", "const ä = <T,>(a: T) => 010"), "E201 010");
        assert_eq!(told("a.tsx", "const f = <T,>(a: T) => () => 010"), "E201 010");
        assert_eq!(told("a.tsx", "const f = async <T,>(a: T) => 010"), "E201 010");
    }

    #[test]
    fn finds_what_stands_in_a_conditional() {
        assert_eq!(told("a.ts", "const f = 1 ? (a: 1): { a: 1 } => 010 : 2"), "E201 010");
        assert_eq!(told("a.ts", "const f = 1 ? async (a: 1): Promise<1> => 010 : 2"), "E201 010");
        assert_eq!(told("a.ts", "let b; const f = 1 ? (b = () => (a: 1): 1 => 010) : 2"), "E201 010");
    }

    #[test]
    fn finds_what_stands_in_templates_with_types() {
        assert_eq!(told("a.ts", "f<string>`${() => 010}`"), "E201 010");
        assert_eq!(told("a.tsx", "a.b<string>`${() => { eval = 1 }}`"), "E201 eval");
    }

    #[test]
    fn leaves_programs_alone() {
        let arrows = "const f = async <T,>(a: T): Promise<{\n a: T }> => await a, g = 1 ? (a: 1): a is 1 => a : 2";
        assert_eq!(told("a.ts", arrows), "0 diagnostics");
        let others = "f<string>`a`, f<string>(async () => await 1), new F<1>(async () => await 1), [<p>{1}</p>]";
        assert_eq!(told("a.tsx", others), "0 diagnostics");
        assert_eq!(told("a.jsx", "const f = 1 ? <p>{() => 1}</p> : 2"), "0 diagnostics");
    }
}
