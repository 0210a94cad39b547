//! A look at the brackets of a text before it is parsed: a parser recurses, and must not be given what no stack holds.

/// How deeply brackets may nest. The stack of a WebAssembly instance, about a megabyte, holds no kind of bracket that many
/// times; what nests less deeply may be too much for it too, and then its engine says so and stops the instance.
const MAX_DEPTH: u32 = 2500;

/// The place where brackets nest deeper than any parser can follow. Two counts must agree: one of all brackets, and one that
/// steps over strings, comments and regular expressions as far as they can be told without parsing. What misleads one does
/// not mislead the other.
pub fn too_deep(source: &str) -> Option<u32> {
    if source.len() <= MAX_DEPTH as usize {
        return None;
    }
    deepest(source, false)?;
    deepest(source, true)
}

fn deepest(source: &str, skip: bool) -> Option<u32> {
    let bytes = source.as_bytes();
    let mut depth = 0u32;
    let mut at = 0;
    // The last byte that is not blank
    let mut before = b';';
    while at < bytes.len() {
        match bytes[at] {
            b'(' | b'[' | b'{' => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return Some(at as u32);
                }
            }
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            quote @ (b'"' | b'\'') if skip => at = closing(bytes, at, quote),
            b'/' if skip && bytes.get(at + 1) == Some(&b'/') => {
                at += bytes[at..].iter().position(|&byte| byte == b'\n').unwrap_or(bytes.len() - at);
            }
            b'/' if skip && bytes.get(at + 1) == Some(&b'*') => {
                at += source[at + 2..].find("*/").map_or(bytes.len() - at, |end| end + 3);
            }
            b'/' if skip
                && matches!(before, b'(' | b',' | b'=' | b':' | b'[' | b'!' | b'&' | b'|' | b'?' | b'{' | b';') =>
            {
                at = closing(bytes, at, b'/');
            }
            _ => {}
        }
        if let Some(&byte) = bytes.get(at)
            && !byte.is_ascii_whitespace()
        {
            before = byte;
        }
        at += 1;
    }
    None
}

/// Where a string or regular expression ends that begins at `start`: behind it, or at the end of its line. A slash in the
/// brackets of a regular expression does not end it.
fn closing(bytes: &[u8], start: usize, quote: u8) -> usize {
    let mut at = start + 1;
    let mut class = false;
    while at < bytes.len() && bytes[at] != b'\n' && (bytes[at] != quote || class) {
        match bytes[at] {
            b'\\' => at += 1,
            b'[' if quote == b'/' => class = true,
            b']' => class = false,
            _ => {}
        }
        at += 1;
    }
    at
}

/// How many of `a ? (b) : c => …` may stand in one another in TypeScript. For each one the parser tries both ways of reading
/// it, and the rest of the text with each.
const MAX_AMBIGUOUS: u32 = 12;

/// The place where a TypeScript text can be read in more ways than can be tried.
pub fn too_ambiguous(source: &str) -> Option<u32> {
    let bytes = source.as_bytes();
    if source.matches('?').count() <= MAX_AMBIGUOUS as usize {
        return None;
    }
    let (mut choices, mut arrows) = (0u32, 0u32);
    for (at, &byte) in bytes.iter().enumerate() {
        match byte {
            b';' | b',' | b'}' => (choices, arrows) = (0, 0),
            b'?' if bytes[at + 1..].iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'(') => choices += 1,
            b'>' if at > 0 && bytes[at - 1] == b'=' => arrows += 1,
            _ => continue,
        }
        if choices.min(arrows) > MAX_AMBIGUOUS {
            return Some(at as u32);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{too_ambiguous, too_deep};

    #[test]
    fn finds_the_bracket_that_is_too_much() {
        assert_eq!(too_deep(&"[".repeat(2500)), None);
        assert_eq!(too_deep(&format!("x = {}", "[".repeat(2501))), Some(2504));
        assert_eq!(too_deep(&"[{(".repeat(1000)), Some(2500));
        assert_eq!(too_deep(&"()[]{}".repeat(9000)), None);
    }

    #[test]
    fn finds_choices_between_arrow_functions() {
        assert_eq!(too_ambiguous(&"a ? (b) : c => ".repeat(12)), None);
        assert!(too_ambiguous(&"a ? (b) : c => ".repeat(13)).is_some());
        assert_eq!(too_ambiguous(&"f(a ? (b) : c, () => d);".repeat(100)), None);
        assert_eq!(too_ambiguous(&"{a ? (<b c={() => d} />) : null}".repeat(100)), None);
    }

    #[test]
    fn is_not_misled_by_what_is_no_bracket() {
        for text in ["'(',", "\"[\",", "// (\n", "/* { */", "x = /[(/]/,", "f(/\\(/),", "'\\'(',"] {
            assert_eq!(too_deep(&text.repeat(3000)), None, "{text}");
        }
    }
}
