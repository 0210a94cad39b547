//! `/** @jsx h */` and its kin: comments that tell whoever compiles JSX what it stands for.

use crate::{analysis::Range, collect::Pragmas};

/// Finds the `@jsx` comments among the block comments of a file.
pub fn find(source: &str, comments: &[Range]) -> Pragmas {
    let mut pragmas = Pragmas::default();
    for &comment in comments {
        let text = &source[comment.lo as usize..comment.hi as usize];
        let text = text.trim_start_matches("/*").trim_end_matches("*/");
        let mut words = text.split_whitespace().skip_while(|word| !word.starts_with("@jsx"));
        let mut found = false;
        while let Some(word) = words.next() {
            match (word, words.clone().next()) {
                ("@jsx", Some(value)) => pragmas.factory = Some(value.into()),
                ("@jsxFrag", Some(value)) => pragmas.fragment = Some(value.into()),
                ("@jsxRuntime", Some(value)) => pragmas.classic = value == "classic",
                (other, _) if !other.starts_with("@jsx") => continue,
                _ => {}
            }
            found = true;
        }
        if found {
            pragmas.comments.push(comment);
        }
    }
    pragmas
}
