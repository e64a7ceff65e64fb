//! What may stand behind a backslash, inside of sets and outside.

use super::cursor::Cursor;

/// Why a pattern is refused, in Go's words where it has some.
pub(super) type Refusal = &'static str;

const INVALID: Refusal = "invalid escape sequence";

/// The character a backslash and what follows stand for.
pub(super) fn character(cursor: &mut Cursor<'_>) -> Result<char, Refusal> {
    let first = cursor.next().ok_or("trailing backslash at end of expression")?;
    let code = match first {
        '1'..='7' if !cursor.peek().is_some_and(|next| next.is_digit(8)) => {
            return Err("a reference to an earlier group, which RE2 does not have");
        }
        '0'..='7' => {
            let more = cursor.while_is(2, |next| next.is_digit(8));
            u32::from_str_radix(&format!("{first}{more}"), 8).map_err(|_| INVALID)?
        }
        'x' => hexadecimal(cursor)?,
        'a' => 0x07,
        'f' => 0x0c,
        'n' => 0x0a,
        'r' => 0x0d,
        't' => 0x09,
        'v' => 0x0b,
        punctuation if punctuation.is_ascii() && !punctuation.is_ascii_alphanumeric() => u32::from(punctuation),
        _ => return Err(INVALID),
    };
    char::from_u32(code).ok_or(INVALID)
}

fn hexadecimal(cursor: &mut Cursor<'_>) -> Result<u32, Refusal> {
    let digits = if cursor.eat("{") {
        cursor.until("}").filter(|digits| !digits.is_empty()).ok_or(INVALID)?
    } else {
        let digits = cursor.while_is(2, |next| next.is_ascii_hexdigit());
        if digits.len() < 2 {
            return Err(INVALID);
        }
        digits
    };
    // Of more digits Go refuses the number, too.
    if digits.starts_with('+') {
        return Err(INVALID);
    }
    u32::from_str_radix(digits, 16).map_err(|_| INVALID)
}

/// `\d` and its like, as they stand in a set. Go knows ASCII only.
pub(super) fn perl(letter: char) -> Option<&'static str> {
    Some(match letter {
        'd' => "0-9",
        'D' => "[^0-9]",
        's' => r"\t\n\f\r ",
        'S' => r"[^\t\n\f\r ]",
        'w' => "0-9A-Za-z_",
        'W' => "[^0-9A-Za-z_]",
        _ => return None,
    })
}

/// `\pL`, `\p{Greek}`, `\P{^Lu}` behind the letter.
pub(super) fn unicode(letter: char, cursor: &mut Cursor<'_>) -> Result<String, Refusal> {
    let name = if cursor.eat("{") {
        cursor.until("}").ok_or("invalid character class range")?.to_owned()
    } else {
        cursor.next().map(String::from).ok_or("invalid character class range")?
    };
    let (name, inverted) = match name.strip_prefix('^') {
        Some(rest) => (rest.to_owned(), true),
        None => (name, false),
    };
    let letter = if (letter == 'P') == inverted { 'p' } else { 'P' };
    Ok(format!("\\{letter}{{{name}}}"))
}

/// A character as itself.
pub(super) fn literal(character: char) -> String {
    if character.is_ascii_alphanumeric() { character.to_string() } else { format!("\\x{{{:x}}}", u32::from(character)) }
}
