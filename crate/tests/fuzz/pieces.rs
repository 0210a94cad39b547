//! Finds parts of a text that can be exchanged for one another, without parsing it: whatever the text is, in one walk.

use std::ops::Range;

/// What a part is, and so which others fit in its place.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An identifier, a keyword or a number
    Word,
    /// What stands between two brackets that belong together
    Inside,
    /// A word with what follows it directly: members, arguments, indices
    Chain,
    /// Whole lines in which every bracket is closed: for code as people write it, a statement
    Lines,
}

/// A part of a text.
pub struct Piece {
    pub kind: Kind,
    pub at: Range<usize>,
}

/// All parts of a text. Brackets in strings and comments count like others: what comes of it is still a text.
pub fn pieces(text: &str) -> Vec<Piece> {
    let bytes = text.as_bytes();
    let closing = closings(bytes);
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        if let Some(close) = closing[at] {
            found.push(Piece { kind: Kind::Inside, at: at + 1..close });
        }
        if !is_word(bytes[at]) {
            at += 1;
            continue;
        }
        let end = word_end(bytes, at);
        found.push(Piece { kind: Kind::Word, at: at..end });
        let chain = chain_end(bytes, &closing, end);
        if chain > end {
            found.push(Piece { kind: Kind::Chain, at: at..chain });
        }
        at = end;
    }
    lines(bytes, &closing, &mut found);
    found
}

/// For every opening bracket the place of the one that closes it.
fn closings(bytes: &[u8]) -> Vec<Option<usize>> {
    let mut closing = vec![None; bytes.len()];
    let mut open: Vec<usize> = Vec::new();
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'(' | b'[' | b'{' => open.push(at),
            b')' | b']' | b'}' => {
                if let Some(start) = open.pop() {
                    closing[start] = Some(at);
                }
            }
            _ => {}
        }
    }
    closing
}

/// Bytes of letters outside of ASCII count too, so that no part ends inside a character.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || byte >= 0x80
}

fn word_end(bytes: &[u8], at: usize) -> usize {
    at + bytes[at..].iter().take_while(|byte| is_word(**byte)).count()
}

fn chain_end(bytes: &[u8], closing: &[Option<usize>], mut end: usize) -> usize {
    loop {
        match bytes.get(end) {
            Some(b'.') if bytes.get(end + 1).is_some_and(|byte| is_word(*byte)) => end = word_end(bytes, end + 1),
            Some(b'(' | b'[') => match closing[end] {
                Some(close) => end = close + 1,
                None => return end,
            },
            _ => return end,
        }
    }
}

fn lines(bytes: &[u8], closing: &[Option<usize>], found: &mut Vec<Piece>) {
    let mut start = 0;
    while start < bytes.len() {
        let mut end = start;
        while end < bytes.len() && bytes[end] != b'\n' {
            end = closing[end].unwrap_or(end) + 1;
        }
        let end = (end + 1).min(bytes.len());
        found.push(Piece { kind: Kind::Lines, at: start..end });
        // The lines inside a block are statements too.
        let line =
            bytes[start..].iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |length| start + length + 1);
        start = line;
    }
}
