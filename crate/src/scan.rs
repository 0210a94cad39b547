//! Looking for words in a text that is looked through a few times only: the library's search prepares more for each than that takes.

/// How often `word` stands in `text`, also as a part of other words.
pub fn count(text: &str, word: &[u8]) -> usize {
    let Some((&first, _)) = word.split_first() else { return 0 };
    let bytes = text.as_bytes();
    let mut found = 0;
    for (at, &byte) in bytes.iter().enumerate() {
        if byte == first && bytes[at..].starts_with(word) {
            found += 1;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::count;

    #[test]
    fn counts_every_place() {
        assert_eq!(count("class A { classes }", b"class"), 2);
        assert_eq!(count("clas", b"class"), 0);
        assert_eq!(count("ä class", b"class"), 1);
        assert_eq!(count("@@", b"@"), 2);
        assert_eq!(count("a", b""), 0);
    }
}
