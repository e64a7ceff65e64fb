//! Filters of Jinja2 that minijinja lacks.

use super::Known;
use minijinja::value::{Kwargs, Value, from_args};
use minijinja::{Error, ErrorKind};

fn refused(message: String) -> Error {
    Error::new(ErrorKind::InvalidOperation, message)
}

/// A text as Jinja2's filters take it: anything that prints.
fn soft(filter: &str, value: &Value) -> Result<String, Error> {
    if value.is_undefined() {
        return Err(Error::new(ErrorKind::UndefinedError, format!("what {filter} was given is undefined")));
    }
    Ok(value.to_string())
}

/// An argument that may be given by place or by name.
fn argument<T>(place: Option<T>, kwargs: &Kwargs, name: &'static str, default: T) -> Result<T, Error>
where
    T: for<'a> minijinja::value::ArgType<'a, Output = T>,
    Option<T>: for<'a> minijinja::value::ArgType<'a, Output = Option<T>>,
{
    match place {
        Some(value) => Ok(value),
        None => Ok(kwargs.get::<Option<T>>(name)?.unwrap_or(default)),
    }
}

/// Widest text that is padded to.
const WIDEST: usize = 100_000;

pub(super) fn center(_: &Known, args: &[Value]) -> Result<Value, Error> {
    let (value, width, kwargs): (Value, Option<usize>, Kwargs) = from_args(args)?;
    let width = argument(width, &kwargs, "width", 80)?;
    kwargs.assert_all_used()?;
    if width > WIDEST {
        return Err(refused(format!("center: the width {width} is over {WIDEST}")));
    }
    let text = soft("center", &value)?;
    let missing = width.saturating_sub(text.chars().count());
    let left = missing / 2 + (missing & width & 1);
    Ok(Value::from(format!("{}{text}{}", " ".repeat(left), " ".repeat(missing - left))))
}

pub(super) fn truncate(_: &Known, args: &[Value]) -> Result<Value, Error> {
    let (value, length, kill_words, end, kwargs): (Value, Option<usize>, Option<bool>, Option<String>, Kwargs) = from_args(args)?;
    let length = argument(length, &kwargs, "length", 255)?;
    let kill_words = argument(kill_words, &kwargs, "killwords", false)?;
    let end = argument(end, &kwargs, "end", "...".to_owned())?;
    let leeway = argument(None, &kwargs, "leeway", 5)?;
    kwargs.assert_all_used()?;
    let text = soft("truncate", &value)?;
    let end_length = end.chars().count();
    if length < end_length {
        return Err(refused(format!("truncate: the length {length} is less than that of the end, {end_length}")));
    }
    if text.chars().count() <= length.saturating_add(leeway) {
        return Ok(Value::from(text));
    }
    let kept: String = text.chars().take(length - end_length).collect();
    let kept = if kill_words { &kept } else { kept.rsplit_once(' ').map_or(kept.as_str(), |(kept, _)| kept) };
    Ok(Value::from(format!("{kept}{end}")))
}

pub(super) fn wordcount(_: &Known, args: &[Value]) -> Result<Value, Error> {
    let (value,): (Value,) = from_args(args)?;
    let text = soft("wordcount", &value)?;
    let words = text.split(|c: char| c != '_' && !c.is_alphanumeric()).filter(|word| !word.is_empty());
    Ok(Value::from(words.count()))
}

pub(super) fn wordwrap(_: &Known, args: &[Value]) -> Result<Value, Error> {
    type Args = (Value, Option<usize>, Option<bool>, Option<String>, Kwargs);
    let (value, width, break_long, joint, kwargs): Args = from_args(args)?;
    let width = argument(width, &kwargs, "width", 79)?;
    let break_long = argument(break_long, &kwargs, "break_long_words", true)?;
    let joint = argument(joint, &kwargs, "wrapstring", "\n".to_owned())?;
    kwargs.assert_all_used()?;
    if width == 0 {
        return Err(refused("wordwrap: the width is 0".to_owned()));
    }
    let text = soft("wordwrap", &value)?;
    let lines: Vec<String> = text.lines().map(|line| wrap(line, width, break_long).join(&joint)).collect();
    Ok(Value::from(lines.join(&joint)))
}

/// Python's `textwrap.wrap` of one line, with white space kept inside lines. Words also break behind hyphens.
fn wrap(line: &str, width: usize, break_long: bool) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut current = String::new();
    for piece in pieces(line) {
        let length = |text: &str| text.chars().count();
        if length(&current) + length(piece) <= width {
            current.push_str(piece);
            continue;
        }
        if piece.trim().is_empty() {
            flush(&mut lines, &mut current);
            continue;
        }
        if !current.trim().is_empty() {
            flush(&mut lines, &mut current);
        }
        current.clear();
        let mut rest = piece.to_owned();
        while break_long && length(&rest) > width {
            lines.push(rest.chars().take(width).collect());
            rest = rest.chars().skip(width).collect();
        }
        current = rest;
    }
    flush(&mut lines, &mut current);
    lines
}

fn flush(lines: &mut Vec<String>, current: &mut String) {
    let line = std::mem::take(current);
    let line = line.trim_end();
    if !line.is_empty() {
        lines.push(line.to_owned());
    }
}

/// Words and the blanks between them; a word of letters with a hyphen in it is two.
fn pieces(line: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut start = 0;
    let mut before: Option<char> = None;
    for (at, c) in line.char_indices() {
        let edge = before.is_some_and(|before| before.is_whitespace() != c.is_whitespace());
        if edge || before == Some('-') && breaks_behind(&line[start..at - 1], &line[at..]) {
            pieces.push(&line[start..at]);
            start = at;
        }
        before = Some(c);
    }
    pieces.push(&line[start..]);
    pieces
}

/// Python's rule: two characters of a word, the last a letter, in front of the hyphen, and two behind it.
fn breaks_behind(before: &str, after: &str) -> bool {
    let in_word = |c: &char| *c == '_' || c.is_alphanumeric();
    let is_letter = |c: char| in_word(&c) && !c.is_numeric();
    let front: Vec<char> = before.chars().rev().take_while(in_word).take(2).collect();
    front.len() == 2 && is_letter(front[0]) && after.chars().take_while(in_word).skip(1).any(is_letter)
}

pub(super) fn replace(_: &Known, args: &[Value]) -> Result<Value, Error> {
    let (value, old, new, count): (Value, Value, Value, Option<i64>) = from_args(args)?;
    let (text, old, new) = (soft("replace", &value)?, soft("replace", &old)?, soft("replace", &new)?);
    let count = count.and_then(|count| usize::try_from(count).ok());
    Ok(Value::from(count.map_or_else(|| text.replace(&old, &new), |count| text.replacen(&old, &new, count))))
}

pub(super) fn indent(_: &Known, args: &[Value]) -> Result<Value, Error> {
    let (value, width, first, blank, kwargs): (Value, Option<Value>, Option<bool>, Option<bool>, Kwargs) = from_args(args)?;
    let width = argument(width, &kwargs, "width", Value::from(4))?;
    let first = argument(first, &kwargs, "first", false)?;
    let blank = argument(blank, &kwargs, "blank", false)?;
    kwargs.assert_all_used()?;
    let pad = match (width.as_str(), width.as_usize()) {
        (Some(pad), _) => pad.to_owned(),
        (None, Some(width)) if width <= WIDEST => " ".repeat(width),
        _ => return Err(refused(format!("indent: the width is a number or a text, not {width:?}"))),
    };
    let text = soft("indent", &value)?;
    let indented = |(number, line): (usize, &str)| {
        let wanted = if number == 0 { first } else { blank || !line.is_empty() };
        if wanted { format!("{pad}{line}") } else { line.to_owned() }
    };
    let lines: Vec<String> = text.split('\n').enumerate().map(indented).collect();
    Ok(Value::from(lines.join("\n")))
}
