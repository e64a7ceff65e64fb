//! Lengths of time as people write them: `90s`, `15m`, `1h30m`, `30d`, or whole seconds.

use schemars::{Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::time::Duration;

const PATTERN: &str = "^[0-9]+(d([0-9]+h)?([0-9]+m)?([0-9]+s)?|h([0-9]+m)?([0-9]+s)?|m([0-9]+s)?|s)?$";

/// What a duration may be written as.
pub(super) fn schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "anyOf": [
            {"type": "integer", "minimum": 1, "description": "Whole seconds."},
            {"type": "string", "pattern": PATTERN},
        ]
    })
}

/// Reads a duration of at least a second; days, hours, minutes and seconds in this order, each at most once.
pub(crate) fn parse(value: &Value) -> Option<Duration> {
    parse_or_none(value).filter(|duration| !duration.is_zero())
}

/// The same, where nothing (`0`) is a length of time, too.
pub(crate) fn parse_or_none(value: &Value) -> Option<Duration> {
    let seconds = match value {
        Value::Number(number) => number.as_u64()?,
        Value::String(text) => seconds(text.trim())?,
        _ => return None,
    };
    Some(Duration::from_secs(seconds))
}

fn seconds(text: &str) -> Option<u64> {
    if let Ok(seconds) = text.parse() {
        return Some(seconds);
    }
    let mut rest = text;
    let mut total = 0_u64;
    for (unit, factor) in [('d', 86_400), ('h', 3600), ('m', 60), ('s', 1)] {
        if let Some((number, after)) = rest.split_once(unit) {
            total = total.checked_add(number.parse::<u64>().ok()?.checked_mul(factor)?)?;
            rest = after;
        }
    }
    (rest.is_empty() && !text.is_empty()).then_some(total)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    parse(&Value::deserialize(deserializer)?).ok_or_else(|| serde::de::Error::custom("not a duration"))
}

pub(super) fn or_none<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    parse_or_none(&Value::deserialize(deserializer)?).ok_or_else(|| serde::de::Error::custom("not a duration"))
}

/// What may be nothing, too.
pub(super) fn schema_or_none(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"anyOf": [{"type": "integer", "minimum": 0, "description": "Whole seconds."}, {"type": "string", "pattern": PATTERN}]})
}

pub(super) fn optional<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    Ok(parse(&Value::deserialize(deserializer)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn durations_are_read_as_people_write_them() {
        for (value, seconds) in [
            (json!(90), 90),
            (json!("90"), 90),
            (json!("90s"), 90),
            (json!("15m"), 900),
            (json!("1h30m"), 5400),
            (json!("1h5s"), 3605),
            (json!("30d"), 2_592_000),
            (json!("1d1m"), 86_460),
        ] {
            assert_eq!(parse(&value), Some(Duration::from_secs(seconds)), "{value}");
        }
        for value in [
            json!(0),
            json!(-1),
            json!(1.5),
            json!("m"),
            json!(""),
            json!("5x"),
            json!("5s1m"),
            json!("5 m"),
            json!("1h2d"),
            json!("99999999999999999999h"),
            json!([1]),
        ] {
            assert_eq!(parse(&value), None, "{value}");
        }
    }
}
