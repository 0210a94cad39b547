//! `/** @jsx h */` and its kin: comments that tell whoever compiles JSX what it stands for.

use crate::{analysis::Range, collect::Pragmas};

/// Finds the `@jsx` comments of a file.
pub fn find(source: &str) -> Pragmas {
    let mut pragmas = Pragmas::default();
    // No byte is looked at for every mark again: what is known of the text around is kept.
    let mut from = 0;
    let mut opened = None;
    let mut closed = None;
    let mut end = 0;
    while let Some(found) = source[from..].find("@jsx") {
        let at = from + found;
        opened = source[from..at].rfind("/*").map(|start| from + start).or(opened);
        closed = source[from..at].rfind("*/").map(|end| from + end).or(closed);
        from = at + 4;
        let Some(start) = opened.filter(|&start| closed.is_none_or(|end| end < start)) else { continue };
        if end <= at {
            let Some(length) = source[at..].find("*/") else { break };
            end = at + length + 2;
        }
        let comment = Range::new(start as u32, end as u32);
        if pragmas.comments.last() != Some(&comment) {
            pragmas.comments.push(comment);
        }
        let mut words = source[at..end - 2].split_whitespace();
        match (words.next(), words.next()) {
            (Some("@jsx"), Some(value)) => pragmas.factory = Some(value.into()),
            (Some("@jsxFrag"), Some(value)) => pragmas.fragment = Some(value.into()),
            (Some("@jsxRuntime"), Some(value)) => pragmas.classic = value == "classic",
            _ => {}
        }
    }
    pragmas
}
