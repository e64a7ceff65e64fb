//! Sets of characters: `[a-z]`, `[^[:alpha:]\d]`. Inside of them Go has no operators but `^` and `-`.

use super::cursor::Cursor;
use super::escape::{self, Refusal, literal};

const RANGE: Refusal = "invalid character class range";
const MISSING: Refusal = "missing closing ]";

/// The set behind a `[`.
pub(super) fn translate(cursor: &mut Cursor<'_>) -> Result<String, Refusal> {
    let mut out = String::from("[");
    if cursor.eat("^") {
        out.push('^');
    }
    let mut first = true;
    while first || cursor.peek() != Some(']') {
        if cursor.peek().is_none() {
            return Err(MISSING);
        }
        out += &item(cursor)?;
        first = false;
    }
    cursor.next();
    out.push(']');
    Ok(out)
}

fn item(cursor: &mut Cursor<'_>) -> Result<String, Refusal> {
    if cursor.rest().starts_with("[:") && cursor.rest()[2..].contains(":]") {
        return named(cursor);
    }
    if let Some(letter) = cursor.rest().strip_prefix('\\').and_then(|rest| rest.chars().next()) {
        if let Some(set) = escape::perl(letter) {
            cursor.next();
            cursor.next();
            return Ok(set.to_owned());
        }
        if matches!(letter, 'p' | 'P') {
            cursor.next();
            cursor.next();
            return escape::unicode(letter, cursor);
        }
    }
    range(cursor)
}

/// `[:alpha:]`.
fn named(cursor: &mut Cursor<'_>) -> Result<String, Refusal> {
    const NAMES: [&str; 14] =
        ["alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space", "upper", "word", "xdigit"];
    cursor.eat("[:");
    let name = cursor.until(":]").ok_or(MISSING)?;
    if !NAMES.contains(&name.strip_prefix('^').unwrap_or(name)) {
        return Err(RANGE);
    }
    Ok(format!("[:{name}:]"))
}

/// One character, or a range.
fn range(cursor: &mut Cursor<'_>) -> Result<String, Refusal> {
    let low = character(cursor)?;
    let rest = cursor.rest();
    if !rest.starts_with('-') || rest.starts_with("-]") || rest.len() < 2 {
        return Ok(literal(low));
    }
    cursor.next();
    let high = character(cursor)?;
    if high < low {
        return Err(RANGE);
    }
    Ok(format!("{}-{}", literal(low), literal(high)))
}

fn character(cursor: &mut Cursor<'_>) -> Result<char, Refusal> {
    match cursor.next().ok_or(MISSING)? {
        '\\' => escape::character(cursor),
        other => Ok(other),
    }
}
