//! Byte offsets to what JavaScript counts in: UTF-16 code units, and lines with columns.

use crate::analysis::Range;

/// Converts offsets of one source text.
pub struct Positions<'a> {
    source: &'a str,
    /// Byte offset of each line's start
    lines: Vec<u32>,
    /// Every so many bytes: how many code units come before. None in a text where each byte is one
    units: Vec<u32>,
}

/// The stride of [`Positions::units`].
const STEP: usize = 256;

impl<'a> Positions<'a> {
    pub fn new(source: &'a str) -> Self {
        let mut lines = Vec::with_capacity(source.len() / 32 + 1);
        lines.push(0);
        for (at, &byte) in source.as_bytes().iter().enumerate() {
            if byte == b'\n' {
                lines.push(at as u32 + 1);
            }
        }
        if source.is_ascii() {
            return Self { source, lines, units: Vec::new() };
        }
        let mut units = Vec::new();
        let mut count = 0;
        for (at, byte) in source.bytes().enumerate() {
            if at % STEP == 0 {
                units.push(count);
            }
            // Each sequence of bytes counts where it starts; four bytes are a pair of surrogates.
            count += utf16_units(byte);
        }
        units.push(count);
        Self { source, lines, units }
    }

    /// The offset in UTF-16 code units.
    pub fn utf16(&self, offset: u32) -> u32 {
        let offset = (offset as usize).min(self.source.len());
        if self.units.is_empty() {
            return offset as u32;
        }
        let block = offset / STEP;
        let rest = &self.source.as_bytes()[block * STEP..offset];
        self.units[block] + rest.iter().map(|&byte| utf16_units(byte)).sum::<u32>()
    }

    /// The line (from 0) and the byte offset where it starts.
    pub fn line(&self, offset: u32) -> (u32, u32) {
        let line = self.lines.partition_point(|&start| start <= offset) - 1;
        (line as u32, self.lines[line])
    }

    /// Line and column as editors show them, both from 1.
    pub fn line_column(&self, offset: u32) -> (u32, u32) {
        let (line, start) = self.line(offset);
        (line + 1, self.utf16(offset) - self.utf16(start) + 1)
    }

    pub fn slice(&self, range: Range) -> &'a str {
        &self.source[range.lo as usize..range.hi as usize]
    }

    pub fn source(&self) -> &'a str {
        self.source
    }
}

/// How many code units the sequence that starts with this byte stands for; none in its middle.
pub fn utf16_units(byte: u8) -> u32 {
    match byte {
        0x80..=0xBF => 0,
        0xF0.. => 2,
        _ => 1,
    }
}
