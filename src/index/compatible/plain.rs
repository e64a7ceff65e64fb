//! What a plain scalar is to PyYAML 3.13 under Python 2.7, base 60, dates and large numbers among it.
//!
//! Source: <https://yaml.org/type/> (YAML 1.1) as PyYAML's resolver narrows it.

use super::number::Large;
use super::python::Python;
use crate::config::yaml::{Shape, resolve as usual};
use jiff::ToSpan as _;
use jiff::civil::{Date, DateTime};

/// The meaning of a plain scalar.
pub(super) fn resolve(text: &str) -> Python<'_> {
    match text {
        "=" | "<<" => return Python::Broken("PyYAML knows no value of this kind; put quotes around it"),
        ".nan" | ".NaN" | ".NAN" => return Python::Float(f64::NAN),
        _ => {}
    }
    if !text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c)) {
        return match usual(text) {
            Shape::Null => Python::None,
            Shape::Flag(flag) => Python::Bool(flag),
            _ => Python::text(text),
        };
    }
    integer(text).or_else(|| float(text)).or_else(|| moment(text)).unwrap_or_else(|| Python::text(text))
}

/// Parts of a number in base 60 after the first: one or two digits below 60 each.
fn sixties<'a>(parts: impl Iterator<Item = &'a str>) -> Option<Vec<u32>> {
    let one = |part: &str| {
        let digits = (1..=2).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| part.parse().ok().filter(|number| *number < 60)).flatten()
    };
    parts.map(one).collect()
}

fn signed(text: &str) -> (bool, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    }
}

fn integer(text: &str) -> Option<Python<'_>> {
    let (negative, digits) = signed(text);
    let clean: String = digits.chars().filter(|c| *c != '_').collect();
    let large = match digits.as_bytes() {
        [b'0', b'b', _, ..] if clean == "0b" && digits.ends_with('_') => return Some(Python::Broken(NO_NUMBER)),
        [b'0', b'x', _, ..] if clean == "0x" && digits.ends_with('_') => return Some(Python::Broken(NO_NUMBER)),
        [b'0', b'b', _, ..] => Large::from_digits(&clean[2..], 2)?,
        [b'0', b'x', _, ..] => Large::from_digits(&clean[2..], 16)?,
        [b'0', ..] => Large::from_digits(&clean, 8)?,
        [b'1'..=b'9', ..] => {
            let mut parts = clean.split(':');
            let first = Large::from_digits(parts.next()?, 10)?;
            // Lines stand only in the first part.
            if digits.split(':').skip(1).any(|part| part.contains('_')) {
                return None;
            }
            sixties(parts)?.into_iter().fold(first, |number, part| number.next(60, part))
        }
        _ => return None,
    };
    let digits = large.digits();
    let sign = if negative && digits != "0" { "-" } else { "" };
    // The lowest number of 64 bits is made from one that is too large.
    let small = digits.parse::<i64>().ok().map(|number| Python::Int(if negative { -number } else { number }));
    Some(small.unwrap_or_else(|| Python::Long(format!("{sign}{digits}"))))
}

const NO_NUMBER: &str = "Python cannot read this number; put quotes around it";

fn float(text: &str) -> Option<Python<'_>> {
    let (negative, unsigned) = signed(text);
    let sign = if negative { -1.0 } else { 1.0 };
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") {
        return Some(Python::Float(sign * f64::INFINITY));
    }
    let (whole, rest) = unsigned.split_once('.')?;
    if whole.is_empty() && unsigned.len() < text.len() {
        return None;
    }
    let (fraction, exponent) = match rest.find(['e', 'E']) {
        Some(at) => (&rest[..at], Some(&rest[at + 1..])),
        None => (rest, None),
    };
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit() || b == b'_');
    let mut parts = whole.split(':');
    let first = parts.next()?;
    let sixties = sixties(parts)?;
    let starts = if whole.is_empty() { !fraction.is_empty() } else { first.starts_with(|c: char| c.is_ascii_digit()) };
    let power = exponent.is_none_or(|e| e.strip_prefix(['-', '+']).is_some_and(|e| !e.is_empty() && e.bytes().all(|b| b.is_ascii_digit())));
    if !(starts && digits(first) && digits(fraction) && power && (sixties.is_empty() || exponent.is_none())) {
        return None;
    }
    let number = |text: String| text.replace('_', "").parse::<f64>().ok();
    let last = exponent.map(|exponent| format!("e{exponent}")).unwrap_or_default();
    let Some((last_part, before)) = sixties.split_last() else {
        return Some(number(format!("{whole}.{fraction}{last}")).map_or(Python::Broken(NO_NUMBER), |number| Python::Float(sign * number)));
    };
    let above = before.iter().fold(number(first.to_owned())?, |sum, part| sum * 60.0 + f64::from(*part));
    Some(Python::Float(sign * (above * 60.0 + number(format!("{last_part}.{fraction}"))?)))
}

/// `2001-12-14`, or with a time; one that no calendar has stops PyYAML.
fn moment(text: &str) -> Option<Python<'_>> {
    let bytes = text.as_bytes();
    let digits = |from: usize, to: usize| bytes.get(from..to).is_some_and(|part| part.iter().all(u8::is_ascii_digit));
    if !digits(0, 4) || bytes.get(4) != Some(&b'-') {
        return None;
    }
    if bytes.len() == 10 && digits(5, 7) && bytes[7] == b'-' && digits(8, 10) {
        return Some(text.parse::<Date>().map_or(Python::Broken(NO_DATE), |date| Python::Moment(date.to_string())));
    }
    let (date, time) = text.split_at(text.find(['T', 't', ' ', '\t'])?);
    let date = date_of(date)?;
    let separator = time.trim_start_matches([' ', '\t']);
    let time = if separator.len() == time.len() { &time[1..] } else { separator };
    let (clock, seconds_east) = zone(time)?;
    let (clock, fraction) = clock.split_once('.').map_or((clock, ""), |(clock, fraction)| (clock, fraction));
    if !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let parts: Vec<&str> = clock.split(':').collect();
    let [hour, minute, second] = parts.as_slice() else { return None };
    let (hour, minute, second) = (some_digits(hour, 1)?, some_digits(minute, 2)?, some_digits(second, 2)?);
    let nanos = format!("{:0<6}", fraction.chars().take(6).collect::<String>()).parse::<i32>().ok()? * 1000;
    let made = date.map(|(y, m, d)| DateTime::new(y, m, d, hour, minute, second, nanos));
    let moved = made.and_then(Result::ok).and_then(|moment| moment.checked_sub(seconds_east.seconds()).ok());
    Some(moved.map_or(Python::Broken(NO_DATE), |moment| Python::Moment(printed(moment))))
}

/// As Python prints a `datetime`.
fn printed(moment: DateTime) -> String {
    let micros = moment.subsec_nanosecond() / 1000;
    let fraction = if micros == 0 { String::new() } else { format!(".{micros:06}") };
    format!("{}{fraction}", moment.strftime("%Y-%m-%d %H:%M:%S"))
}

const NO_DATE: &str = "there is no such day or time; put quotes around it";

/// One or two digits.
fn some_digits(text: &str, least: usize) -> Option<i8> {
    ((least..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

/// `2001-1-9`; the inner none where the year is none that we count.
fn date_of(text: &str) -> Option<Option<(i16, i8, i8)>> {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts.as_slice() else { return None };
    let whole = year.len() == 4 && year.bytes().all(|b| b.is_ascii_digit());
    whole.then_some(())?;
    let (month, day) = (some_digits(month, 1)?, some_digits(day, 1)?);
    Some(year.parse().ok().filter(|year| *year > 0).map(|year| (year, month, day)))
}

/// The time without its zone, and how many seconds that is east.
fn zone(text: &str) -> Option<(&str, i64)> {
    if let Some(clock) = text.strip_suffix('Z') {
        return Some((clock.trim_end_matches([' ', '\t']), 0));
    }
    let Some(at) = text.rfind(['+', '-']) else { return Some((text, 0)) };
    let (clock, zone) = text.split_at(at);
    let (hours, minutes) = zone[1..].split_once(':').map_or((&zone[1..], None), |(hours, minutes)| (hours, Some(minutes)));
    let hours = i64::from(some_digits(hours, 1)?);
    let minutes = minutes.map_or(Some(0), |minutes| some_digits(minutes, 2)).map(i64::from)?;
    let seconds = hours * 3600 + minutes * 60;
    Some((clock.trim_end_matches([' ', '\t']), if zone.starts_with('-') { -seconds } else { seconds }))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The right side is what PyYAML 3.13 gives under Python 2.7.18.
    #[test]
    fn plain_scalars_are_what_they_are_in_python() {
        let int = Python::Int;
        let long = |digits: &str| Python::Long(digits.to_owned());
        let moment = |text: &str| Python::Moment(text.to_owned());
        for (text, expected) in [
            ("on", Python::Bool(true)),
            ("NO", Python::Bool(false)),
            ("y", Python::Text("y")),
            ("~", Python::None),
            ("nULL", Python::Text("nULL")),
            ("0", int(0)),
            ("-0", int(0)),
            ("0_", int(0)),
            ("010", int(8)),
            ("08", Python::Text("08")),
            ("0o7", Python::Text("0o7")),
            ("1_0", int(10)),
            ("+12", int(12)),
            ("0x_1F", int(31)),
            ("0b_", Python::Broken(NO_NUMBER)),
            ("12:30", int(750)),
            ("-1:0:0", int(-3600)),
            ("1:60", Python::Text("1:60")),
            ("01:30", Python::Text("01:30")),
            ("12:30:", Python::Text("12:30:")),
            ("9223372036854775807", int(i64::MAX)),
            ("-9223372036854775808", long("-9223372036854775808")),
            ("9223372036854775808", long("9223372036854775808")),
            ("1e3", Python::Text("1e3")),
            ("1.5e3", Python::Text("1.5e3")),
            ("1.5e+3", Python::Float(1500.0)),
            ("8.10", Python::Float(8.1)),
            ("-.5", Python::Text("-.5")),
            (".5", Python::Float(0.5)),
            ("._", Python::Broken(NO_NUMBER)),
            ("1.", Python::Float(1.0)),
            ("-1:30.5", Python::Float(-90.5)),
            ("190:20:30.15", Python::Float(685_230.15)),
            ("-.inf", Python::Float(f64::NEG_INFINITY)),
            ("1.2.3", Python::Text("1.2.3")),
            ("-", Python::Text("-")),
            ("2001-01-01", moment("2001-01-01")),
            ("2001-1-1", Python::Text("2001-1-1")),
            ("2001-12-14 21:59:43.10 -5", moment("2001-12-15 02:59:43.100000")),
            ("2001-01-01T00:00:00Z", moment("2001-01-01 00:00:00")),
            ("2016-13-45", Python::Broken(NO_DATE)),
            ("2016-11-02_12-56-14", Python::Text("2016-11-02_12-56-14")),
            ("é", Python::Unicode("é")),
        ] {
            assert_eq!(resolve(text), expected, "{text}");
        }
    }
}
