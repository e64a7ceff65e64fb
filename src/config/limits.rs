//! `container_limits`: what a build may use, as a map or as `k=v,k=v`.

use super::bytes;
use schemars::{Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value, json};

/// The names of the limits.
pub(crate) const NAMES: [&str; 4] = ["memory", "memswap", "cpushares", "cpusetcpus"];

/// What the container of a build may use; only the classic builder obeys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContainerLimits {
    /// Memory in bytes.
    pub memory: Option<i64>,
    /// Memory and swap together in bytes; -1 is no limit.
    pub memswap: Option<i64>,
    /// Share of the CPUs against other containers; the engine's usual is 1024.
    pub cpushares: Option<i64>,
    /// CPUs by number: `0-3`, `0,2`.
    pub cpusetcpus: Option<String>,
}

impl ContainerLimits {
    /// Whether nothing is limited.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Sets one limit from what was written; `false` when the value is none. An empty value is no limit.
    pub(crate) fn set(&mut self, name: &str, value: &Value) -> bool {
        if value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty()) {
            return NAMES.contains(&name);
        }
        match name {
            "memory" => store(&mut self.memory, bytes::parse(value).filter(|&n| n > 0)),
            "memswap" => store(&mut self.memswap, bytes::parse(value).filter(|&n| n > 0 || n == -1)),
            "cpushares" => store(&mut self.cpushares, whole(value).filter(|&n| n > 0)),
            "cpusetcpus" => store(&mut self.cpusetcpus, cpus(value)),
            _ => false,
        }
    }
}

/// What a limit may be, for messages.
pub(crate) fn expected(name: &str) -> &'static str {
    match name {
        "memory" => "a number of bytes such as 536870912, 512m or 2g",
        "memswap" => "a number of bytes such as 512m or 2g, or -1 for no limit",
        "cpushares" => "a whole number of at least 1",
        _ => "numbers of CPUs such as 0-3 or 0,2",
    }
}

/// Splits `k=v,k=v`; a piece without `=` belongs to the value before it (`cpusetcpus=0,2`).
pub(crate) fn split(text: &str) -> Option<Vec<(String, String)>> {
    let mut pairs: Vec<(String, String)> = Vec::new();
    for piece in text.split(',').filter(|piece| !piece.trim().is_empty()) {
        match piece.split_once('=') {
            Some((name, value)) => pairs.push((name.trim().to_owned(), value.trim().to_owned())),
            None => {
                let (_, value) = pairs.last_mut()?;
                value.push(',');
                value.push_str(piece.trim());
            }
        }
    }
    Some(pairs)
}

fn store<T>(place: &mut Option<T>, value: Option<T>) -> bool {
    *place = value;
    place.is_some()
}

fn whole(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.trim().parse().ok())
}

fn cpus(value: &Value) -> Option<String> {
    let text = value.as_str().map_or_else(|| value.as_u64().map(|n| n.to_string()), |text| Some(text.replace(' ', "")))?;
    let number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    text.split(',')
        .all(|range| range.split_once('-').map_or_else(|| number(range), |(from, to)| number(from) && number(to)))
        .then_some(text)
}

impl<'de> Deserialize<'de> for ContainerLimits {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let pairs: Map<String, Value> = match value {
            Value::Object(map) => map,
            Value::String(text) => split(&text).unwrap_or_default().into_iter().map(|(name, value)| (name, Value::String(value))).collect(),
            _ => Map::new(),
        };
        let mut limits = Self::default();
        for (name, value) in &pairs {
            if !limits.set(name, value) {
                return Err(serde::de::Error::custom(format!("{name} is no limit")));
            }
        }
        Ok(limits)
    }
}

/// What `container_limits` may be written as.
pub(super) fn schema(_: &mut SchemaGenerator) -> Schema {
    let limits: Map<String, Value> =
        NAMES.iter().map(|name| ((*name).to_owned(), json!({"type": ["integer", "string", "null"]}))).collect();
    json_schema!({
        "anyOf": [
            {"type": "string", "description": "memory=2g,cpusetcpus=0,1"},
            {"type": "object", "properties": limits, "additionalProperties": false},
        ]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: Value) -> Option<ContainerLimits> {
        serde_json::from_value(value).ok()
    }

    #[test]
    fn a_map_and_a_text_mean_the_same() {
        let expected = ContainerLimits { memory: Some(2 << 30), memswap: Some(-1), cpushares: Some(512), cpusetcpus: Some("0,2-3".into()) };
        assert_eq!(read(json!("memory=2g,memswap=-1,cpushares=512,cpusetcpus=0,2-3")), Some(expected.clone()));
        assert_eq!(read(json!({"memory": "2g", "memswap": -1, "cpushares": 512, "cpusetcpus": "0,2-3"})), Some(expected));
        assert!(read(json!("")).is_some_and(|limits| limits.is_empty()));
    }

    #[test]
    fn bytes_are_read_as_docker_reads_them() {
        for (text, expected) in [("512m", 512 << 20), ("1.5g", 3 << 29), ("10kb", 10240), ("1KiB", 1024), ("7b", 7), ("42", 42)] {
            assert_eq!(bytes::parse(&json!(text)), Some(expected), "{text}");
        }
        for text in ["", "m", "5x", "1e3g", "9999999999t", "nan g", "-"] {
            assert_eq!(bytes::parse(&json!(text)), None, "{text}");
        }
    }

    #[test]
    fn what_is_no_limit_is_refused() {
        for value in
            [json!("memory=lots"), json!({"memroy": "2g"}), json!({"memory": 0}), json!({"cpusetcpus": "0-"}), json!({"cpushares": -5})]
        {
            assert_eq!(read(value.clone()), None, "{value}");
        }
    }
}
