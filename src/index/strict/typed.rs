//! What a plain scalar is to readers with YAML 1.1's types, as PyYAML has them: `8.10` is the number 8.1 there.

use crate::config::yaml::{Node, Shape};

/// The text that such a reader prints for a scalar that is no text to it; none for text, lists, mappings and null.
pub(in crate::index) fn retyped(node: &Node) -> Option<String> {
    match &node.shape {
        Shape::Integer(number) => Some(number.to_string()),
        Shape::Float(number) => Some(format!("{number:?}")),
        Shape::Flag(true) => Some("True".to_owned()),
        Shape::Flag(false) => Some("False".to_owned()),
        Shape::Text(_) => node.written.as_deref().and_then(plain),
        Shape::Null | Shape::List(_) | Shape::Map(_) => None,
    }
}

/// Plain scalars that our own reader leaves as text: dates, numbers in base 60 or beyond 64 bits, infinity.
fn plain(written: &str) -> Option<String> {
    let unsigned = written.strip_prefix(['-', '+']).unwrap_or(written);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF" | ".nan" | ".NaN" | ".NAN") {
        return Some(unsigned[1..].to_lowercase());
    }
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit() || b == b'_');
    if digits(unsigned) && unsigned.starts_with(|c: char| matches!(c, '1'..='9')) {
        return Some(written.replace(['_', '+'], ""));
    }
    if is_date(written) {
        return Some(written.to_owned());
    }
    base_60(unsigned)
}

/// `2016-11-02`, with a time behind it or not.
fn is_date(text: &str) -> bool {
    let (date, time) = text.split_once(['T', 't', ' ']).unwrap_or((text, ""));
    let parts: Vec<&str> = date.split('-').collect();
    let number = |part: &str, lengths: &[usize]| lengths.contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    // Without a time PyYAML wants two digits each.
    let short: &[usize] = if time.is_empty() { &[2] } else { &[1, 2] };
    let is_time = time.is_empty() || (time.split(':').count() == 3 && time.starts_with(|c: char| c.is_ascii_digit()));
    matches!(parts.as_slice(), [year, month, day] if number(year, &[4]) && number(month, short) && number(day, short)) && is_time
}

/// `12:30` is 750.
fn base_60(text: &str) -> Option<String> {
    let mut parts = text.split(':');
    let first: u64 = parts.next().filter(|part| part.starts_with(|c: char| matches!(c, '1'..='9')))?.parse().ok()?;
    let mut value = first;
    let mut count = 0;
    for part in parts {
        let digit: u64 = part.parse().ok().filter(|digit| *digit < 60 && part.len() <= 2)?;
        value = value.checked_mul(60)?.checked_add(digit)?;
        count += 1;
    }
    (count > 0).then(|| value.to_string())
}

#[cfg(test)]
mod tests {
    use super::retyped;
    use crate::config::yaml::{Shape, parse};

    /// The right side is `str(yaml.safe_load(text))` of PyYAML; none where that is text.
    #[test]
    fn scalars_are_what_they_are_to_pyyaml() {
        for (text, expected) in [
            ("7", Some("7")),
            ("8.10", Some("8.1")),
            ("010", Some("8")),
            ("1_0", Some("10")),
            ("on", Some("True")),
            ("2016-11-02", Some("2016-11-02")),
            ("2016-11-2", None),
            ("12:30", Some("750")),
            ("1:2:3", Some("3723")),
            ("12:60", None),
            ("99999999999999999999", Some("99999999999999999999")),
            (".inf", Some("inf")),
            ("1e3", None),
            ("7.2.1511", None),
            ("2016-11-02_12-56", None),
            ("latest", None),
            ("\"8.10\"", None),
        ] {
            let Shape::List(items) = parse(&format!("- {text}\n")).unwrap().shape else { panic!() };
            assert_eq!(retyped(&items[0]).as_deref(), expected, "{text}");
        }
    }
}
