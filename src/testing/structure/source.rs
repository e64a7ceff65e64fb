//! Text into a tree with places, from YAML and from JSON.

use super::fields::Problem;
use crate::config::yaml::{Node, Place, parse};
use serde_json::Value;

pub(super) fn yaml(text: &str) -> Result<Node, Vec<Problem>> {
    parse(text).map_err(|error| vec![Problem { place: error.place, message: error.message }])
}

/// JSON has no reader that knows places. What is good JSON is read once more as YAML, which JSON is all but a part
/// of; where that fails (a pair of surrogates), the values come without places.
pub(super) fn json(text: &str) -> Result<Node, Vec<Problem>> {
    let value: Value = serde_json::from_str(text).map_err(|error| {
        let place = Place { line: error.line(), column: error.column() };
        let message = error.to_string();
        let message = message.rfind(" at line ").map_or(message.as_str(), |at| &message[..at]).to_owned();
        vec![Problem { place: Some(place), message }]
    })?;
    // Within strings JSON has no tabs, and between values YAML does not like them.
    let read = parse(&text.replace('\t', " ")).ok().filter(|node| node.to_value() == value);
    Ok(read.unwrap_or_else(|| Node::from_value(&value)))
}
