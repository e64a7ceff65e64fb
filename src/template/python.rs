//! Python's methods and operators that minijinja and its `pycompat` lack.

use super::strict::defined;
use super::values::List;
use minijinja::formatting::{FormatStyle, format};
use minijinja::value::{Kwargs, Tuple, Value, ValueKind, from_args};
use minijinja::{Error, ErrorKind, State};

/// Answers a method that the value itself does not have.
pub(super) fn method(state: &mut State<'_, '_>, value: &Value, name: &str, args: &[Value]) -> Result<Value, Error> {
    if let Some(text) = value.as_str() {
        let listed = args.first().filter(|_| name == "join").and_then(|list| list.try_iter().ok());
        for argument in args.iter().cloned().chain(listed.into_iter().flatten()) {
            defined(state, &argument)?;
        }
        match string_method(text, name, args) {
            Err(error) if error.kind() == ErrorKind::UnknownMethod => {}
            answer => return answer,
        }
    }
    if let (ValueKind::Map, "get", Some(key)) = (value.kind(), name, args.first()) {
        defined(state, key)?;
    }
    minijinja_contrib::pycompat::unknown_method_callback(state, value, name, args)
}

fn string_method(text: &str, name: &str, args: &[Value]) -> Result<Value, Error> {
    match name {
        "removeprefix" | "removesuffix" => {
            let (affix,): (&str,) = from_args(args)?;
            let cut = if name == "removeprefix" { text.strip_prefix(affix) } else { text.strip_suffix(affix) };
            Ok(Value::from(cut.unwrap_or(text)))
        }
        "split" | "rsplit" => split(text, name == "rsplit", args),
        "partition" | "rpartition" => {
            let (separator,): (&str,) = from_args(args)?;
            Ok(partition(text, separator, name == "rpartition"))
        }
        "ljust" | "rjust" | "center" | "zfill" => pad(text, name, args),
        "swapcase" => {
            let () = from_args(args)?;
            let swap = |c: char| if c.is_uppercase() { c.to_lowercase().collect::<String>() } else { c.to_uppercase().collect() };
            Ok(Value::from(text.chars().map(swap).collect::<String>()))
        }
        "casefold" => {
            let () = from_args(args)?;
            Ok(Value::from(text.to_lowercase().replace('ß', "ss")))
        }
        "title" => {
            let () = from_args(args)?;
            Ok(Value::from(title(text)))
        }
        "isdecimal" => {
            let () = from_args(args)?;
            Ok(Value::from(!text.is_empty() && text.chars().all(|c| c.is_ascii_digit())))
        }
        "index" | "rindex" => {
            let (wanted,): (&str,) = from_args(args)?;
            let found = if name == "index" { text.find(wanted) } else { text.rfind(wanted) };
            let missing = || Error::new(ErrorKind::InvalidOperation, format!("{name}: {wanted:?} is not in {text:?}"));
            found.map(|at| Value::from(text[..at].chars().count())).ok_or_else(missing)
        }
        _ => Err(Error::from(ErrorKind::UnknownMethod)),
    }
}

/// `str.split` and `str.rsplit`, with or without a separator.
fn split(text: &str, from_right: bool, args: &[Value]) -> Result<Value, Error> {
    let (separator, most, kwargs): (Option<Value>, Option<i64>, Kwargs) = from_args(args)?;
    let separator = separator.or(kwargs.get::<Option<Value>>("sep")?).filter(|value| !value.is_none());
    let most = most.or(kwargs.get::<Option<i64>>("maxsplit")?).and_then(|most| usize::try_from(most).ok());
    kwargs.assert_all_used()?;
    let Some(separator) = separator else { return Ok(strings(split_blanks(text, from_right, most))) };
    let wrong = |message: &str| Error::new(ErrorKind::InvalidOperation, format!("split: {message}"));
    let separator = separator.as_str().ok_or_else(|| wrong("the separator is not a string"))?;
    if separator.is_empty() {
        return Err(wrong("the separator is empty"));
    }
    let parts: Vec<&str> = match (most.map(|most| most.saturating_add(1)), from_right) {
        (None, _) => text.split(separator).collect(),
        (Some(parts), false) => text.splitn(parts, separator).collect(),
        (Some(parts), true) => {
            let mut parts: Vec<&str> = text.rsplitn(parts, separator).collect();
            parts.reverse();
            parts
        }
    };
    Ok(strings(parts))
}

/// Splits at white space; what is left after `most` cuts keeps its own white space at the far end.
fn split_blanks(text: &str, from_right: bool, most: Option<usize>) -> Vec<&str> {
    let mut parts = Vec::new();
    let trim = |text| if from_right { str::trim_end(text) } else { str::trim_start(text) };
    let mut rest = trim(text);
    while !rest.is_empty() {
        let cut = if from_right { rest.rsplit_once(char::is_whitespace) } else { rest.split_once(char::is_whitespace) };
        let enough = most.is_some_and(|most| parts.len() >= most);
        let Some((left, right)) = cut.filter(|_| !enough) else {
            parts.push(rest);
            break;
        };
        let (part, remaining) = if from_right { (right, left) } else { (left, right) };
        parts.push(part);
        rest = trim(remaining);
    }
    if from_right {
        parts.reverse();
    }
    parts
}

fn strings(parts: Vec<&str>) -> Value {
    List::value(parts.into_iter().map(Value::from).collect())
}

fn partition(text: &str, separator: &str, last: bool) -> Value {
    let found = if last { text.rsplit_once(separator) } else { text.split_once(separator) };
    let parts = match found {
        Some((before, after)) => [before, separator, after],
        None if last => ["", "", text],
        None => [text, "", ""],
    };
    Value::from(Tuple::from(parts.map(Value::from)))
}

/// Longest text that the padding methods make, in characters.
const WIDEST: usize = 100_000;

fn pad(text: &str, name: &str, args: &[Value]) -> Result<Value, Error> {
    let (width, fill): (usize, Option<&str>) = from_args(args)?;
    if width > WIDEST {
        return Err(Error::new(ErrorKind::InvalidOperation, format!("{name}: the width {width} is over {WIDEST}")));
    }
    let fill = if name == "zfill" { "0" } else { fill.unwrap_or(" ") };
    let missing = width.saturating_sub(text.chars().count());
    let padded = match name {
        "ljust" => format!("{text}{}", fill.repeat(missing)),
        "rjust" => format!("{}{text}", fill.repeat(missing)),
        "center" => {
            // CPython puts the odd character to the left when the width is odd.
            let left = missing / 2 + (missing & width & 1);
            format!("{}{text}{}", fill.repeat(left), fill.repeat(missing - left))
        }
        _ => {
            let (sign, digits) = text.split_at(usize::from(text.starts_with(['-', '+'])));
            format!("{sign}{}{digits}", fill.repeat(missing))
        }
    };
    Ok(Value::from(padded))
}

/// `str.title`: a capital after everything that is not a letter.
fn title(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut in_word = false;
    for c in text.chars() {
        if in_word {
            out.extend(c.to_lowercase())
        } else {
            out.extend(c.to_uppercase())
        }
        in_word = c.is_alphabetic();
    }
    out
}

/// `left % right`: formats a string, or gives a remainder with the sign of the divisor.
pub(super) fn percent(left: &Value, right: &Value) -> Result<Value, Error> {
    if left.is_undefined() || right.is_undefined() {
        return Err(Error::new(ErrorKind::UndefinedError, "a side of % is undefined"));
    }
    if let Some(text) = left.as_str() {
        let args = if right.is_tuple() { right.try_iter()?.collect() } else { vec![right.clone()] };
        return format(FormatStyle::Printf, text, &args).map(Value::from);
    }
    remainder(left, right).ok_or_else(|| {
        let message = format!("cannot calculate {left:?} % {right:?}");
        Error::new(ErrorKind::InvalidOperation, message)
    })
}

fn remainder(left: &Value, right: &Value) -> Option<Value> {
    let whole = |value: &Value| match value.kind() {
        ValueKind::Bool => Some(i128::from(value.is_true())),
        ValueKind::Number if value.is_integer() => i128::try_from(value.clone()).ok(),
        _ => None,
    };
    if let (Some(a), Some(b)) = (whole(left), whole(right)) {
        let rest = a.checked_rem(b)?;
        let rest = if rest != 0 && (rest < 0) != (b < 0) { rest + b } else { rest };
        return Some(i64::try_from(rest).map_or_else(|_| Value::from(rest), Value::from));
    }
    let fraction = |value: &Value| f64::try_from(value.clone()).ok().filter(|_| value.kind() == ValueKind::Number);
    let (a, b) = (fraction(left)?, fraction(right)?);
    if b == 0.0 {
        return None;
    }
    let rest = a % b;
    Some(Value::from(if rest != 0.0 && (rest < 0.0) != (b < 0.0) { rest + b } else { rest }))
}
