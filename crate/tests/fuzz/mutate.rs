//! Changes that leave most programs programs.

use crate::pieces::{Kind, Piece, pieces};

/// Marsaglia's xorshift: random enough to change texts with, and the same everywhere.
pub struct Random(u64);

impl Random {
    /// The same numbers for the same seed.
    pub fn new(seed: u32) -> Self {
        let mut random = Self((u64::from(seed) + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        random.next();
        random
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 >> 11
    }

    /// A number from 0 that is less than `bound`, which is at least 1.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }
}

/// What is put around a part, which stands where the comma of the pair is.
const AROUND: &[(&str, &str)] = &[
    ("spawn(() => ", ")"),
    ("spawn(() => (", "))"),
    ("spawn(async () => { await ", " })"),
    ("await spawn(function* () { yield ", " })"),
    ("task(() => ", ")"),
    ("task((item) => ", ")"),
    ("parallelMap([1, 2], (item) => ", ")"),
    ("new Mutex(", ")"),
    ("new Global(() => ", ")"),
    ("(() => ", ")()"),
    ("[", "]"),
    ("{ ...", " }"),
    ("(", ")"),
    ("(", " as any)"),
    ("`${", "}`"),
    ("move(", ")"),
    ("await ", ""),
    ("typeof ", ""),
    ("...", ""),
];

/// What is put around whole lines.
const AROUND_LINES: &[(&str, &str)] = &[
    ("spawn(() => {\n", "})\n"),
    ("spawn(async () => {\n", "})\n"),
    ("function f() {\n", "}\n"),
    ("async function f(a, { b }) {\n", "}\n"),
    ("for (const x of [1]) {\n", "}\n"),
    ("for (let i = 0; i < 2; i++) {\n", "}\n"),
    ("{\n", "}\n"),
    ("class K { m() {\n", "} }\n"),
    ("class K { static {\n", "} }\n"),
    ("try {\n", "} catch (e) {}\n"),
    ("switch (1) { case 1:\n", "}\n"),
    ("label: {\n", "}\n"),
    ("namespace N {\n", "}\n"),
    ("if (1) {\n", "} else {}\n"),
];

/// `text` with one to three changes, made of parts of itself and of `other`.
pub fn change(text: &str, other: &str, random: &mut Random) -> String {
    let mut text = text.to_owned();
    for _ in 0..=random.below(3) {
        text = step(&text, other, random);
    }
    text
}

fn step(text: &str, other: &str, random: &mut Random) -> String {
    let here = pieces(text);
    if here.is_empty() {
        return other.to_owned();
    }
    let piece = pick(&here, random);
    let own = &text[piece.at.clone()];
    let new = match random.below(8) {
        0 => String::new(),
        1 | 2 => {
            let list = if piece.kind == Kind::Lines { AROUND_LINES } else { AROUND };
            let (before, after) = list[random.below(list.len())];
            format!("{before}{own}{after}")
        }
        3 => format!("{own}{own}"),
        4 | 5 => fitting(&here, text, piece.kind, random).unwrap_or_default().to_owned(),
        _ => fitting(&pieces(other), other, piece.kind, random).unwrap_or(own).to_owned(),
    };
    format!("{}{new}{}", &text[..piece.at.start], &text[piece.at.end..])
}

/// Each kind as often as any other, as far as there are parts of it: most parts of a text are words.
fn pick<'a>(pieces: &'a [Piece], random: &mut Random) -> &'a Piece {
    let kind = [Kind::Word, Kind::Inside, Kind::Chain, Kind::Lines][random.below(4)];
    let fitting: Vec<_> = pieces.iter().filter(|piece| piece.kind == kind).collect();
    if fitting.is_empty() { &pieces[random.below(pieces.len())] } else { fitting[random.below(fitting.len())] }
}

fn fitting<'a>(pieces: &[Piece], text: &'a str, kind: Kind, random: &mut Random) -> Option<&'a str> {
    let expression = |kind| matches!(kind, Kind::Word | Kind::Chain);
    let fits = |piece: &&Piece| piece.kind == kind || expression(kind) && expression(piece.kind);
    let fitting: Vec<_> = pieces.iter().filter(fits).collect();
    if fitting.is_empty() {
        return None;
    }
    Some(&text[fitting[random.below(fitting.len())].at.clone()])
}
