//! `int` and `float` of Jinja2: what is no number gives the default, not an error.

use super::Known;
use minijinja::value::{Kwargs, Value, ValueKind, from_args};
use minijinja::{Error, ErrorKind};

fn defined(filter: &str, value: &Value) -> Result<(), Error> {
    if value.is_undefined() {
        return Err(Error::new(ErrorKind::UndefinedError, format!("what {filter} was given is undefined")));
    }
    Ok(())
}

pub(super) fn int(_: &Known, args: &[Value]) -> Result<Value, Error> {
    let (value, default, base, kwargs): (Value, Option<Value>, Option<u32>, Kwargs) = from_args(args)?;
    let default = default.or(kwargs.get("default")?).unwrap_or_else(|| Value::from(0));
    let base = base.or(kwargs.get("base")?).unwrap_or(10);
    kwargs.assert_all_used()?;
    defined("int", &value)?;
    if !(2..=36).contains(&base) {
        return Err(Error::new(ErrorKind::InvalidOperation, format!("int: the base {base} is not in 2 to 36")));
    }
    let whole = match value.kind() {
        ValueKind::Bool => Some(i128::from(value.is_true())),
        ValueKind::Number if value.is_integer() => return Ok(value),
        ValueKind::Number => f64::try_from(value).ok().and_then(truncated),
        _ => value.as_str().and_then(|text| whole(text, base)),
    };
    Ok(whole.map_or(default, |whole| i64::try_from(whole).map_or_else(|_| Value::from(whole), Value::from)))
}

/// A text as a whole number, or as a fraction without its digits behind the point.
fn whole(text: &str, base: u32) -> Option<i128> {
    let text = text.trim();
    let plain = text.replace('_', "");
    let unprefixed = match base {
        16 => plain.trim_start_matches("0x").trim_start_matches("0X"),
        8 => plain.trim_start_matches("0o"),
        2 => plain.trim_start_matches("0b"),
        _ => plain.as_str(),
    };
    i128::from_str_radix(unprefixed, base).ok().or_else(|| text.parse().ok().and_then(truncated))
}

fn truncated(number: f64) -> Option<i128> {
    number.is_finite().then_some(number.trunc() as i128)
}

pub(super) fn float(_: &Known, args: &[Value]) -> Result<Value, Error> {
    let (value, default, kwargs): (Value, Option<Value>, Kwargs) = from_args(args)?;
    let default = default.or(kwargs.get("default")?).unwrap_or_else(|| Value::from(0.0));
    kwargs.assert_all_used()?;
    defined("float", &value)?;
    let number = match value.kind() {
        ValueKind::Bool => Some(f64::from(u8::from(value.is_true()))),
        ValueKind::Number => f64::try_from(value).ok(),
        _ => value.as_str().and_then(|text| text.trim().parse().ok()),
    };
    Ok(number.map_or(default, Value::from))
}
