//! What `default.yaml` says about each key: its text, its example, its default.
//!
//! The file's own rule: the comment lines right above a key belong to it, `Example:` opens its last line.

use super::keys::{KEYS, Key, OURS};
use super::load::DEFAULTS;
use super::yaml::{Shape, parse};
use serde_json::Value;

/// A key with what is told about it.
#[derive(Clone, Debug)]
pub(crate) struct KeyText {
    pub(crate) key: &'static Key,
    /// One line of plain text.
    pub(crate) text: String,
    /// YAML as one would write it behind the key.
    pub(crate) example: Option<String>,
    pub(crate) default: Value,
}

/// All keys of the table with their texts, in its order; a key that the file does not tell of has an empty text.
pub(crate) fn texts() -> Vec<KeyText> {
    let comments = comments();
    let defaults = defaults();
    let about = |key: &'static Key| {
        let lines = comments.iter().find(|(name, _)| name == key.name).map(|(_, lines)| lines.as_slice()).unwrap_or_default();
        let (text, example): (Vec<&str>, Vec<&str>) = lines.iter().copied().partition(|line| !line.starts_with("Example: "));
        KeyText {
            key,
            text: text.join(" "),
            example: example.first().and_then(|line| line.strip_prefix("Example: ")).map(str::to_owned),
            default: defaults.pointer(&format!("/{}", key.name.replace('.', "/"))).cloned().unwrap_or(Value::Null),
        }
    };
    KEYS.iter().map(about).collect()
}

fn defaults() -> Value {
    parse(DEFAULTS).map(|root| root.to_value()).unwrap_or_default()
}

/// The names of all keys in the file, with the comment lines right above each.
pub(crate) fn comments() -> Vec<(String, Vec<&'static str>)> {
    let mut found = Vec::new();
    let mut block: Vec<&str> = Vec::new();
    let mut under_ours = false;
    for line in DEFAULTS.lines() {
        let text = line.trim_start();
        let indent = line.len() - text.len();
        if let Some(comment) = text.strip_prefix('#') {
            block.push(comment.trim());
            continue;
        }
        let lines = std::mem::take(&mut block);
        if let Some((name, _)) = text.split_once(':')
            && (indent == 0 || (indent == 2 && under_ours))
        {
            under_ours = if indent == 0 { name == OURS } else { under_ours };
            let name = if indent == 0 { name.to_owned() } else { format!("{OURS}.{name}") };
            if name != OURS {
                found.push((name, lines));
            }
        }
    }
    found
}

/// A value as YAML on one line.
pub(crate) fn flow(value: &Value) -> String {
    match value {
        Value::Array(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Value::Object(map) => {
            format!("{{{}}}", map.iter().map(|(key, value)| format!("{key}: {}", flow(value))).collect::<Vec<_>>().join(", "))
        }
        Value::String(text) => {
            let plain = parse(text).is_ok_and(|node| node.shape == Shape::Text(text.clone()));
            let special = text.is_empty() || text.contains([',', '{', '[', '#']) || text.starts_with('-');
            if plain && !special { text.clone() } else { format!("'{}'", text.replace('\'', "''")) }
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::yaml::Node;

    /// The table, the file and the types name the same keys.
    #[test]
    fn table_file_and_types_agree() {
        let table: Vec<&str> = KEYS.iter().map(|key| key.name).collect();
        let file: Vec<String> = comments().into_iter().map(|(name, _)| name).collect();
        assert_eq!(file, table);
        let schema = crate::config::schema();
        let names = |pointer: &str| schema.pointer(pointer).unwrap().as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        let mut types = names("/properties");
        types.retain(|name| name != OURS);
        types.extend(names("/properties/cooperage/properties").iter().map(|name| format!("{OURS}.{name}")));
        assert_eq!(types, table);
    }

    #[test]
    fn every_key_has_a_text_and_an_example_that_it_accepts() {
        for about in texts() {
            assert!(about.text.len() > 10 && about.text.ends_with(['.', '\'']), "{}: {}", about.key.name, about.text);
            let example: Node = parse(about.example.as_ref().unwrap()).unwrap();
            assert_eq!(about.key.kind.check(about.key.name, &example, false), [], "{}", about.key.name);
            assert_ne!(example.to_value(), about.default, "{}: an example that changes nothing", about.key.name);
        }
    }

    #[test]
    fn one_line_yaml_reads_back() {
        for value in
            [serde_json::json!(["-c", "{path}/x {image}", "a: b", "yes", ""]), serde_json::json!({"a": 1.0, "b": null, "c": "it's"})]
        {
            assert_eq!(parse(&flow(&value)).unwrap().to_value(), value);
        }
    }
}
