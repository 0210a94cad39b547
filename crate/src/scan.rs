//! Looking for a few words in a text, all in one go: the library's search prepares more for each than that takes, and a text is
//! mostly short.

/// What some steps look for in a text before they begin.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// How many `@` there are
    pub ats: usize,
    /// How often `class` stands there, also as a part of other words
    pub classes: usize,
    /// Whether `@jsx` stands there
    pub jsx: bool,
    /// Whether `using` stands there
    pub using: bool,
}

impl Words {
    /// Looks through `text`.
    pub fn of(text: &str) -> Self {
        let mut found = Self::default();
        let bytes = text.as_bytes();
        for (at, &byte) in bytes.iter().enumerate() {
            // Nearly all bytes are none of these.
            match byte {
                b'@' => {
                    found.ats += 1;
                    found.jsx |= bytes[at..].starts_with(b"@jsx");
                }
                b'c' => found.classes += usize::from(bytes[at..].starts_with(b"class")),
                b'u' => found.using |= bytes[at..].starts_with(b"using"),
                _ => {}
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::Words;

    #[test]
    fn counts_every_place() {
        assert_eq!(Words::of("class A { classes }").classes, 2);
        assert_eq!(Words::of("ä class clas").classes, 1);
        assert_eq!(Words::of("@@ @js").ats, 3);
        assert!(!Words::of("@js").jsx);
    }

    #[test]
    fn finds_words_in_words() {
        assert_eq!(Words::of("/** @jsxImportSource x */"), Words { ats: 1, jsx: true, ..Words::default() });
        assert_eq!(Words::of("focusing"), Words { using: true, ..Words::default() });
        assert_eq!(Words::of("usin"), Words::default());
    }
}
