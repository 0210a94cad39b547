//! Looks for texts that the transform does not survive, led by the ways that earlier texts took through it.
//!
//! `npm run fuzz:transform` starts it. The first byte of an input chooses the language and the options, the rest is the text.
#![no_main]

mod fault;
mod mutate;
mod pieces;

use std::str;

use libfuzzer_sys::{Corpus, fuzz_crossover, fuzz_mutator, fuzz_target, fuzzer_mutate};
use mutate::Random;

fuzz_target!(|data: &[u8]| -> Corpus {
    let Some((first, text)) = read(data) else { return Corpus::Reject };
    if let Some(fault) = fault::find(first, text) {
        panic!("{fault}\n---- the text, as {} ----\n{text}", fault::name(first));
    }
    Corpus::Keep
});

// Half of the changes are libFuzzer's: bytes, and words of the dictionary. The others keep most texts whole programs.
fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    let mut random = Random::new(seed);
    if random.below(2) == 0
        && let Some((first, text)) = read(&data[..size])
    {
        let changed = mutate::change(text, text, &mut random);
        return write(data, max_size, first, &changed);
    }
    fuzzer_mutate(data, size, max_size)
});

fuzz_crossover!(|one: &[u8], other: &[u8], out: &mut [u8], seed: u32| {
    let (Some((first, text)), Some((_, other))) = (read(one), read(other)) else { return 0 };
    let changed = mutate::change(text, other, &mut Random::new(seed));
    let room = out.len();
    write(out, room, first, &changed)
});

fn read(data: &[u8]) -> Option<(u8, &str)> {
    let (first, rest) = data.split_first()?;
    Some((*first, str::from_utf8(rest).ok()?))
}

fn write(data: &mut [u8], room: usize, first: u8, text: &str) -> usize {
    let Some(room) = room.checked_sub(1) else { return 0 };
    let end = text.floor_char_boundary(room);
    data[0] = first;
    data[1..=end].copy_from_slice(&text.as_bytes()[..end]);
    end + 1
}
