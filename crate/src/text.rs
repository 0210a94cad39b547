//! Putting a module's text together from slices of the source, with an exact source map.

use std::borrow::Cow;

use crate::{
    analysis::Range,
    output::SourceMap,
    positions::{Positions, utf16_units},
};

/// An index into the worker-side modules of the file.
pub type ModuleIndex = usize;

/// A piece of a module's text.
#[derive(Debug, Clone)]
pub enum Piece {
    /// Generated text
    Text(Cow<'static, str>),
    /// Generated text that stands for a place in the source
    At(Cow<'static, str>, u32),
    /// A slice of the source, untouched
    Source(Range),
    /// The address of a worker-side module, as an expression. Sites come first among the modules
    Reference(ModuleIndex),
    /// The specifier of a worker-side module, as a string literal
    Specifier(ModuleIndex),
}

/// Puts pieces together. `fill` gives the text of references and specifiers. With the name of the source, the text gets a map.
///
/// Every word and every sign is mapped, also on lines that nobody has edited. A map of lines would do for stacks that only tell the
/// line, but readers of maps take the column of the segment before: columns of coverage, breakpoints and frames would all be 1.
pub fn render(
    pieces: &[Piece],
    positions: &Positions<'_>,
    map_of: Option<&str>,
    mut fill: impl FnMut(&Piece) -> String,
) -> (String, Option<SourceMap>) {
    let copied = pieces.iter().map(|piece| match piece {
        Piece::Source(range) => (range.hi - range.lo) as usize,
        Piece::Text(text) | Piece::At(text, _) => text.len(),
        Piece::Reference(_) | Piece::Specifier(_) => 0,
    });
    let mut code = String::with_capacity(copied.sum());
    let mut mapper = map_of.map(|_| Mapper { mappings: Vec::with_capacity(code.capacity() / 2), ..Mapper::default() });
    for piece in pieces {
        match piece {
            Piece::Text(text) => {
                code.push_str(text);
                if let Some(mapper) = &mut mapper {
                    mapper.skip(text);
                }
            }
            Piece::At(text, origin) => {
                code.push_str(text);
                if let Some(mapper) = &mut mapper {
                    mapper.mark(positions, *origin);
                    mapper.skip(text);
                }
            }
            Piece::Source(range) => {
                code.push_str(positions.slice(*range));
                if let Some(mapper) = &mut mapper {
                    mapper.copy(positions, *range);
                }
            }
            Piece::Reference(_) | Piece::Specifier(_) => {
                let text = fill(piece);
                code.push_str(&text);
                if let Some(mapper) = &mut mapper {
                    mapper.skip(&text);
                }
            }
        }
    }
    let map = mapper.zip(map_of).map(|(mapper, source)| SourceMap {
        version: 3,
        sources: vec![source.to_owned()],
        names: Vec::new(),
        mappings: mapper.finish(),
    });
    (code, map)
}

/// Writes the `mappings` of a source map (version 3, one source) while text is being put together.
#[derive(Default)]
struct Mapper {
    /// ASCII
    mappings: Vec<u8>,
    column: u32,
    segments_in_line: bool,
    last_column: u32,
    last_source_line: u32,
    last_source_column: u32,
}

impl Mapper {
    fn finish(self) -> String {
        String::from_utf8(self.mappings).unwrap_or_default()
    }

    /// Generated text passes by.
    fn skip(&mut self, text: &str) {
        if text.is_ascii() && !text.as_bytes().contains(&b'\n') {
            self.column += text.len() as u32;
            return;
        }
        for byte in text.bytes() {
            if byte == b'\n' {
                self.new_line();
            } else {
                self.column += utf16_units(byte);
            }
        }
    }

    fn new_line(&mut self) {
        self.mappings.push(b';');
        self.column = 0;
        self.last_column = 0;
        self.segments_in_line = false;
    }

    /// The next text stands for `origin`.
    fn mark(&mut self, positions: &Positions<'_>, origin: u32) {
        let (line, start) = positions.line(origin);
        let column = positions.utf16(origin) - positions.utf16(start);
        self.segment(line, column);
    }

    /// A slice of the source passes by: every word and every sign of it is mapped.
    fn copy(&mut self, positions: &Positions<'_>, range: Range) {
        let (line, start) = positions.line(range.lo);
        let mut line = line;
        // How far the column in the source is before the one in the text; it may be behind.
        let mut before = (positions.utf16(range.lo) - positions.utf16(start)).wrapping_sub(self.column);
        // Whether the last segment is on this line and of this slice: then it is as far back in the source as in the text.
        let mut follows = false;
        // A segment where a word begins and where it ends: what lies between is found by its column.
        let mut previous = START;
        for byte in positions.slice(range).bytes() {
            let kind = KINDS[usize::from(byte)];
            if kind != SPACE && (kind != previous || kind == SIGN) && utf16_units(byte) > 0 {
                let passed = self.column - self.last_column;
                if follows && passed < 16 {
                    let columns = digit(u64::from(passed) << 1);
                    self.mappings.extend_from_slice(&[b',', columns, b'A', b'A', columns]);
                    self.last_column = self.column;
                    self.last_source_column += passed;
                } else {
                    self.segment(line, self.column.wrapping_add(before));
                    follows = true;
                }
            }
            previous = kind;
            if byte == b'\n' {
                self.new_line();
                line += 1;
                before = 0;
                follows = false;
            } else {
                self.column += utf16_units(byte);
            }
        }
    }

    fn segment(&mut self, source_line: u32, source_column: u32) {
        if self.segments_in_line {
            self.mappings.push(b',');
        }
        self.segments_in_line = true;
        let column = moved(self.last_column, self.column);
        let lines = moved(self.last_source_line, source_line);
        let columns = moved(self.last_source_column, source_column);
        if column | lines | columns < 32 {
            let digits = [digit(column), b'A', digit(lines), digit(columns)];
            self.mappings.extend_from_slice(&digits);
        } else {
            for number in [column, 0, lines, columns] {
                vlq(&mut self.mappings, number);
            }
        }
        self.last_column = self.column;
        self.last_source_line = source_line;
        self.last_source_column = source_column;
    }
}

const START: u8 = 0;
const WORD: u8 = 1;
const SIGN: u8 = 2;
const SPACE: u8 = 3;

/// What each byte is part of.
const KINDS: [u8; 256] = {
    let mut kinds = [SIGN; 256];
    let mut byte = 0;
    while byte < 256 {
        if let b' ' | b'\t' | b'\r' | b'\n' = byte as u8 {
            kinds[byte] = SPACE;
        } else if let b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'$' | 0x80.. = byte as u8 {
            kinds[byte] = WORD;
        }
        byte += 1;
    }
    kinds
};

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn digit(value: u64) -> u8 {
    DIGITS[value as usize & 63]
}

/// How far it is from one number to another, with the sign as the lowest bit.
fn moved(from: u32, to: u32) -> u64 {
    u64::from(from.abs_diff(to)) << 1 | u64::from(to < from)
}

/// Base 64 variable-length quantity, as in ECMA-426.
fn vlq(out: &mut Vec<u8>, mut rest: u64) {
    while rest > 31 {
        out.push(digit(rest & 31 | 32));
        rest >>= 5;
    }
    out.push(digit(rest));
}
