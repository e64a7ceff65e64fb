//! What a plain scalar (one without quotes) means to PyYAML.
//!
//! Source: <https://yaml.org/type/> (YAML 1.1) as PyYAML's resolver narrows it: `y` and `n` are text, `1e3` is text
//! (a float needs a dot and a signed exponent), `010` is 8, `08` and `0o17` are text. Numbers in base 60 (`1:30`) and
//! dates stay text: nobody means 90 by `1:30`, and a date prints as it was written.

use super::Shape;

/// The meaning of a plain scalar.
pub(crate) fn resolve(text: &str) -> Shape {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Shape::Null,
        "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => return Shape::Flag(true),
        "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => return Shape::Flag(false),
        _ => {}
    }
    integer(text).or_else(|| float(text)).unwrap_or_else(|| Shape::Text(text.to_owned()))
}

/// A whole number in base 2, 8, 10 or 16. One that does not fit 64 bits stays text, digit for digit.
fn integer(text: &str) -> Option<Shape> {
    let (sign, digits) = match text.as_bytes().first()? {
        b'-' => ("-", &text[1..]),
        b'+' => ("", &text[1..]),
        _ => ("", text),
    };
    let (radix, digits) = match digits.as_bytes() {
        [b'0', b'b', rest @ ..] if !rest.is_empty() => (2, &digits[2..]),
        [b'0', b'x', rest @ ..] if !rest.is_empty() => (16, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        [b'0'..=b'9', ..] => (10, digits),
        _ => return None,
    };
    let clean: String = digits.chars().filter(|&c| c != '_').collect();
    if clean.is_empty() || !clean.chars().all(|c| c.is_digit(radix)) {
        return None;
    }
    Some(i64::from_str_radix(&format!("{sign}{clean}"), radix).map_or_else(|_| Shape::Text(text.to_owned()), Shape::Integer))
}

/// A number with a dot; `.inf` and `.nan` stay text, because a JSON document cannot hold them.
fn float(text: &str) -> Option<Shape> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => (&unsigned[..at], Some(&unsigned[at + 1..])),
        None => (unsigned, None),
    };
    let (whole, fraction) = mantissa.split_once('.')?;
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit() || b == b'_');
    // `-.5` is text: only a number with a digit before its dot takes a sign.
    let bare = whole.is_empty() && unsigned.len() < text.len();
    let starts = !bare && whole.as_bytes().first().or(fraction.as_bytes().first()).is_some_and(u8::is_ascii_digit);
    let signed = exponent
        .is_none_or(|exponent| exponent.strip_prefix(['-', '+']).is_some_and(|e| !e.is_empty() && e.bytes().all(|b| b.is_ascii_digit())));
    if !(starts && digits(whole) && digits(fraction) && signed) {
        return None;
    }
    text.replace('_', "").parse().ok().filter(|number: &f64| number.is_finite()).map(Shape::Float)
}
