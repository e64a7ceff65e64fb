//! Findings as JSON: a list, or an object with the list as `findings`.

use super::{Told, severity};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(untagged)]
enum Document {
    List(Vec<Item>),
    Object { findings: Vec<Item> },
}

#[derive(Deserialize)]
struct Item {
    #[serde(default)]
    id: String,
    #[serde(default)]
    severity: String,
    message: String,
    path: Option<String>,
    line: Option<usize>,
    help: Option<String>,
    package: Option<String>,
    version: Option<String>,
    fixed: Option<String>,
}

/// Reads the list.
///
/// # Errors
/// When it is no such list.
pub fn read(answer: &[u8]) -> Result<Vec<Told>, String> {
    let wrong = |error| format!("its answer is no list of findings in JSON ({error}; `[]` says that there is none)");
    let items = match serde_json::from_slice(answer).map_err(wrong)? {
        Document::List(items) | Document::Object { findings: items } => items,
    };
    let told = |item: Item| Told {
        id: item.id,
        severity: severity(&item.severity),
        message: item.message,
        path: item.path,
        line: item.line,
        help: item.help,
        package: item.package,
        version: item.version,
        fixed: item.fixed,
    };
    Ok(items.into_iter().map(told).collect())
}
