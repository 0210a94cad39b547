//! `/** @jsx h */` and its kin: comments that tell whoever compiles JSX what it stands for.

use crate::{analysis::Range, collect::Pragmas};

/// Finds the `@jsx` comments of a file.
pub fn find(source: &str) -> Pragmas {
    let mut pragmas = Pragmas::default();
    let mut from = 0;
    while let Some(found) = source[from..].find("@jsx") {
        let at = from + found;
        from = at + 4;
        let (Some(start), Some(end)) = (source[..at].rfind("/*"), source[at..].find("*/")) else { continue };
        if source[start..at].contains("*/") {
            continue;
        }
        let comment = Range::new(start as u32, (at + end + 2) as u32);
        if pragmas.comments.last() != Some(&comment) {
            pragmas.comments.push(comment);
        }
        let mut words = source[at..at + end].split_whitespace();
        match (words.next(), words.next()) {
            (Some("@jsx"), Some(value)) => pragmas.factory = Some(value.into()),
            (Some("@jsxFrag"), Some(value)) => pragmas.fragment = Some(value.into()),
            (Some("@jsxRuntime"), Some(value)) => pragmas.classic = value == "classic",
            _ => {}
        }
    }
    pragmas
}
