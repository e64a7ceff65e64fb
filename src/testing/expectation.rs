//! Texts that must or must not be found, by regular expressions.

use super::pattern;

/// How much of a text a message shows, in bytes.
const SHOWN: usize = 2048;

/// Bytes as text, each that is no UTF-8 replaced by one U+FFFD, as Go's expressions see them.
pub fn text(mut bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    loop {
        match std::str::from_utf8(bytes) {
            Ok(rest) => {
                out.push_str(rest);
                return out;
            }
            Err(error) => {
                let (good, bad) = bytes.split_at(error.valid_up_to());
                // What is valid up to there is UTF-8.
                out.push_str(&String::from_utf8_lossy(good));
                out.push(char::REPLACEMENT_CHARACTER);
                bytes = &bad[1..];
            }
        }
    }
}

/// What speaks against a text in which every one of `expected` must be found, and none of `excluded`.
pub fn judge(what: &str, text: &str, expected: &[String], excluded: &[String]) -> Vec<String> {
    let missing = expected.iter().filter_map(|pattern| match pattern::search(pattern, text) {
        Ok(true) => None,
        Ok(false) => Some(format!("expected {pattern:?} in {what}, found {}", shown(text))),
        Err(error) => Some(error.to_string()),
    });
    let present = excluded.iter().filter_map(|pattern| match pattern::search(pattern, text) {
        Ok(false) => None,
        Ok(true) => Some(format!("expected no {pattern:?} in {what}, found {}", shown(text))),
        Err(error) => Some(error.to_string()),
    });
    missing.chain(present).collect()
}

/// A text in quotes, its middle left out where it is long.
pub fn shown(text: &str) -> String {
    if text.is_empty() {
        return "nothing".to_owned();
    }
    if text.len() <= SHOWN {
        return format!("{text:?}");
    }
    let cut = text.floor_char_boundary(SHOWN);
    format!("{:?} and {} bytes more", &text[..cut], text.len() - cut)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wrong_byte_is_one_character() {
        assert_eq!(text(b"caf\xc3\xa9\n\xff\xfe\n"), "café\n\u{fffd}\u{fffd}\n");
        assert_eq!(text(b"\xe2\x82"), "\u{fffd}\u{fffd}");
    }

    #[test]
    fn long_texts_are_cut() {
        let long = "é".repeat(3000);
        assert!(shown(&long).ends_with("bytes more"));
        assert_eq!(shown(""), "nothing");
    }
}
