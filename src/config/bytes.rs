//! Numbers of bytes as people write them: `512m`, `1GiB`, or whole bytes. Units of 1024, as `docker run --memory` reads them.

use schemars::{Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// What a number of bytes may be written as.
pub(super) fn schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "anyOf": [
            {"type": "integer", "minimum": 1, "description": "Whole bytes."},
            {"type": "string", "pattern": "^[0-9]+(\\.[0-9]+)? ?([bB]|[kKmMgGtT]([iI]?[bB])?)?$"},
        ]
    })
}

/// Reads a number of bytes.
pub(super) fn parse(value: &Value) -> Option<i64> {
    if let Some(number) = value.as_i64().or_else(|| value.as_str()?.trim().parse().ok()) {
        return Some(number);
    }
    let text = value.as_str()?.trim().to_ascii_lowercase();
    let unit_at = text.find(|c: char| c.is_ascii_alphabetic())?;
    let (number, unit) = text.split_at(unit_at);
    let shift = match unit.strip_suffix("ib").or(unit.strip_suffix('b').filter(|rest| !rest.is_empty())).unwrap_or(unit) {
        "b" => 0,
        "k" => 10,
        "m" => 20,
        "g" => 30,
        "t" => 40,
        _ => return None,
    };
    let number = number.trim();
    if let Ok(whole) = number.parse::<i64>() {
        return whole.checked_mul(1 << shift);
    }
    let scaled = number.parse::<f64>().ok()? * f64::from(2_u32).powi(shift);
    (0.0..9.0e18).contains(&scaled).then_some(scaled as i64)
}

/// Reads a number of bytes that is at least one.
pub(super) fn positive(value: &Value) -> Option<u64> {
    parse(value).and_then(|bytes| u64::try_from(bytes).ok()).filter(|bytes| *bytes > 0)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    positive(&Value::deserialize(deserializer)?).ok_or_else(|| serde::de::Error::custom("not a number of bytes"))
}
