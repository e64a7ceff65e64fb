//! `$NAME` and `${NAME}` in the arguments of a test, replaced as Go's `os.Expand` does: what is not set is empty,
//! and nothing keeps a dollar from being one.

use std::collections::BTreeMap;

/// A text with its variables replaced.
pub fn expand(text: &str, env: &BTreeMap<String, String>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if rest.is_empty() {
            out.push('$');
            break;
        }
        let (name, width) = name(rest);
        match name {
            Some("") => {}
            Some(name) => out.push_str(env.get(name).map_or("", String::as_str)),
            None => out.push('$'),
        }
        rest = &rest[width..];
    }
    out.push_str(rest);
    out
}

/// The name behind a dollar and how many bytes it takes. An empty name is one that cannot be: it goes away.
fn name(rest: &str) -> (Option<&str>, usize) {
    let special = |byte: u8| matches!(byte, b'*' | b'#' | b'$' | b'@' | b'!' | b'?' | b'-' | b'0'..=b'9');
    match rest.as_bytes() {
        [b'{', one, b'}', ..] if special(*one) => (Some(&rest[1..2]), 3),
        [b'{', ..] => match rest.find('}') {
            Some(end) => (Some(&rest[1..end]), end + 1),
            None => (Some(""), 1),
        },
        [one, ..] if special(*one) => (Some(&rest[..1]), 1),
        bytes => {
            let width = bytes.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
            (Some(&rest[..width]).filter(|name| !name.is_empty()), width)
        }
    }
}

/// The environment of an image as a map; of a name that stands there twice, the last.
pub fn environment(list: &[String]) -> BTreeMap<String, String> {
    list.iter().map(|pair| pair.split_once('=').unwrap_or((pair, ""))).map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_the_original_printed_it() {
        let env = environment(&["PATH=/bin".into(), "GREETING=hello world".into(), "EMPTY=".into()]);
        let cases = [
            ("$GREETING", "hello world"),
            ("${PATH}x", "/binx"),
            ("$NOPE.", "."),
            ("$$", ""),
            ("$1", ""),
            ("${", ""),
            ("${}", ""),
            ("$", "$"),
            ("a$", "a$"),
            ("$*", ""),
            ("${X-y}", ""),
            ("\\$PATH", "\\/bin"),
            ("$EMPTY|", "|"),
            ("$ PATH", "$ PATH"),
            ("$é", "$é"),
        ];
        for (text, expected) in cases {
            assert_eq!(expand(text, &env), expected, "{text}");
        }
    }
}
