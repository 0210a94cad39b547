//! Deterministic names: the same file name and binding path give the same id, on any machine, wherever the code stands
//! in the file.

use xxhash_rust::xxh3::xxh3_128;

const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";

/// 16 base36 characters for a binding path in a file. `kind` keeps sites, declarations and shared values apart.
pub fn id(filename: &str, kind: &str, path: &str) -> String {
    base36(xxh3_128([filename, kind, path].join("\0").as_bytes()), 16)
}

/// 10 base36 characters for a content.
pub fn content_hash(text: &str) -> String {
    base36(xxh3_128(text.as_bytes()), 10)
}

/// The last digits of a number, the lowest first. Numbers of 128 bits are divided by routines that take their time, so that is
/// done once for each dozen of digits.
fn base36(mut value: u128, length: usize) -> String {
    const DOZEN: u128 = 36u128.pow(12);
    let mut digits = String::with_capacity(length);
    while digits.len() < length {
        let mut dozen = (value % DOZEN) as u64;
        value /= DOZEN;
        for _ in 0..12.min(length - digits.len()) {
            digits.push(char::from(DIGITS[(dozen % 36) as usize]));
            dozen /= 36;
        }
    }
    digits
}

/// A path as it may stand in files and URLs: `signUp.send` → `signUp_send`.
pub fn readable(path: &str) -> String {
    let mut name = String::new();
    for character in path.chars() {
        if character.is_ascii_alphanumeric() {
            name.push(character);
        } else if !name.is_empty() && !name.ends_with('_') {
            name.push('_');
        }
        if name.len() >= 40 {
            break;
        }
    }
    name.trim_end_matches('_').to_owned()
}

/// The file's own path: `<name>@<version>/src/a.ts` → `src/a.ts`.
pub fn path_in_package(filename: &str) -> &str {
    let scope = if filename.starts_with('@') { filename.find('/').map_or(0, |slash| slash + 1) } else { 0 };
    match filename[scope..].split_once('/') {
        Some((package, path)) if package.contains('@') => path,
        _ => filename,
    }
}

/// The file's name without folders, query and extension.
pub fn stem(filename: &str) -> &str {
    let base = filename.rsplit('/').next().unwrap_or(filename);
    base.split(['.', '?']).next().unwrap_or(base)
}

#[cfg(test)]
mod tests {
    use super::base36;

    #[test]
    fn digits_are_those_of_the_number() {
        for value in [0, 35, 36, 36u128.pow(12), u64::MAX.into(), u128::MAX, 0x0123_4567_89ab_cdef_0123_4567_89ab_cdef]
        {
            let digits = base36(value, 26);
            let number = digits
                .bytes()
                .rev()
                .fold(0u128, |number, digit| number * 36 + u128::from(char::from(digit).to_digit(36).unwrap()));
            assert_eq!(number, value);
            assert_eq!(base36(value, 10), digits[..10]);
        }
    }
}
