//! Deterministic names: the same file name and binding path give the same id, on any machine, wherever the code stands
//! in the file.

use xxhash_rust::xxh3::xxh3_128;

const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";

/// 16 base36 characters for a binding path in a file. `kind` keeps sites, declarations and shared values apart.
pub fn id(filename: &str, kind: &str, path: &str) -> String {
    base36(xxh3_128(format!("{filename}\0{kind}\0{path}").as_bytes()), 16)
}

/// 10 base36 characters for a content.
pub fn content_hash(text: &str) -> String {
    base36(xxh3_128(text.as_bytes()), 10)
}

fn base36(mut value: u128, length: usize) -> String {
    let mut digits = Vec::with_capacity(length);
    for _ in 0..length {
        digits.push(char::from(DIGITS[(value % 36) as usize]));
        value /= 36;
    }
    digits.into_iter().collect()
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
