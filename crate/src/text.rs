//! Putting a module's text together from slices of the source, with an exact source map.

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
    Text(String),
    /// Generated text that stands for a place in the source
    At(String, u32),
    /// A slice of the source, untouched
    Source(Range),
    /// The address of a worker-side module, as an expression. Sites come first among the modules
    Reference(ModuleIndex),
    /// The specifier of a worker-side module, as a string literal
    Specifier(ModuleIndex),
}

/// The source map that a text gets.
#[derive(Clone, Copy)]
pub struct MapOf<'a> {
    /// The name of the source
    pub source: &'a str,
    /// Whether every word of a copied slice is mapped, or only those on its first and last line, where the text around it may
    /// be another one. The lines between are mapped as lines
    pub every_word: bool,
}

/// Puts pieces together. `fill` gives the text of references and specifiers.
pub fn render(
    pieces: &[Piece],
    positions: &Positions<'_>,
    map_of: Option<MapOf<'_>>,
    mut fill: impl FnMut(&Piece) -> String,
) -> (String, Option<SourceMap>) {
    let copied = pieces.iter().map(|piece| match piece {
        Piece::Source(range) => (range.hi - range.lo) as usize,
        Piece::Text(text) | Piece::At(text, _) => text.len(),
        Piece::Reference(_) | Piece::Specifier(_) => 0,
    });
    let mut code = String::with_capacity(copied.sum());
    let mut mapper = map_of.map(|_| Mapper::default());
    let every_word = map_of.is_some_and(|map| map.every_word);
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
                    if every_word {
                        mapper.copy(positions, *range);
                    } else {
                        mapper.copy_lines(positions, *range);
                    }
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
    let map = mapper.zip(map_of).map(|(mapper, of)| SourceMap {
        version: 3,
        sources: vec![of.source.to_owned()],
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
    column: i64,
    segments_in_line: bool,
    last_column: i64,
    last_source_line: i64,
    last_source_column: i64,
}

impl Mapper {
    fn finish(self) -> String {
        String::from_utf8(self.mappings).unwrap_or_default()
    }

    /// Generated text passes by.
    fn skip(&mut self, text: &str) {
        let mut lines = text.split('\n');
        self.column += lines.next().map_or(0, units);
        for line in lines {
            self.new_line();
            self.column = units(line);
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
        self.segment(i64::from(line), i64::from(column));
    }

    /// A slice of the source passes by: every word and every sign of it is mapped.
    fn copy(&mut self, positions: &Positions<'_>, range: Range) {
        let (line, start) = positions.line(range.lo);
        let mut line = i64::from(line);
        // How far the column in the source is behind the one in the text
        let mut behind = self.column - i64::from(positions.utf16(range.lo) - positions.utf16(start));
        // A segment where a word begins and where it ends: what lies between is found by its column.
        let mut previous = Kind::Start;
        for byte in positions.slice(range).bytes() {
            let kind = Kind::of(byte);
            if kind != Kind::Space && (kind != previous || kind == Kind::Sign) && utf16_units(byte) > 0 {
                self.segment(line, self.column - behind);
            }
            previous = kind;
            if byte == b'\n' {
                self.new_line();
                line += 1;
                behind = 0;
            } else {
                self.column += i64::from(utf16_units(byte));
            }
        }
    }

    /// A slice of the source passes by: the words of its first and its last line are mapped, and the lines between.
    fn copy_lines(&mut self, positions: &Positions<'_>, range: Range) {
        let (first, _) = positions.line(range.lo);
        let (last, last_start) = positions.line(range.hi);
        if last - first < 2 {
            self.copy(positions, range);
            return;
        }
        let second_start = positions.line_start(first + 1);
        self.copy(positions, Range::new(range.lo, second_start));
        self.segment(i64::from(first) + 1, 0);
        for _ in first + 2..last {
            // The next line of both texts, from its start.
            self.mappings.extend_from_slice(b";AACA");
        }
        self.last_source_line = i64::from(last) - 1;
        self.new_line();
        self.copy(positions, Range::new(last_start, range.hi));
    }

    fn segment(&mut self, source_line: i64, source_column: i64) {
        if self.segments_in_line {
            self.mappings.push(b',');
        }
        self.segments_in_line = true;
        let moved = [
            self.column - self.last_column,
            0,
            source_line - self.last_source_line,
            source_column - self.last_source_column,
        ];
        if moved.iter().all(|number| number.unsigned_abs() < 16) {
            self.mappings.extend_from_slice(&moved.map(|number| DIGITS[vlq_bits(number) as usize]));
        } else {
            for number in moved {
                vlq(&mut self.mappings, number);
            }
        }
        self.last_column = self.column;
        self.last_source_line = source_line;
        self.last_source_column = source_column;
    }
}

/// How many UTF-16 code units a text has.
fn units(text: &str) -> i64 {
    i64::from(if text.is_ascii() { text.len() as u32 } else { text.bytes().map(utf16_units).sum() })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Start,
    Word,
    Sign,
    Space,
}

impl Kind {
    fn of(byte: u8) -> Self {
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' => Self::Space,
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'$' | 0x80.. => Self::Word,
            _ => Self::Sign,
        }
    }
}

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// A number with its sign as the lowest bit.
fn vlq_bits(value: i64) -> u64 {
    (value.unsigned_abs() << 1) | u64::from(value < 0)
}

/// Base 64 variable-length quantity, as in ECMA-426.
fn vlq(out: &mut Vec<u8>, value: i64) {
    let mut rest = vlq_bits(value);
    loop {
        let digit = (rest & 31) as usize;
        rest >>= 5;
        out.push(DIGITS[if rest == 0 { digit } else { digit | 32 }]);
        if rest == 0 {
            return;
        }
    }
}
