//! `config show`, `config default`, `config schema`.

use crate::cli::exit::Trouble;
use crate::cli::options::{Call, Format};
use crate::cli::surroundings::Surroundings;
use crate::config::{Origin, ShowDocument, default_file, schema as config_schema};
use crate::report::{Cell, Paint, Table, json, text};
use serde::Serialize;
use serde_json::Value;

#[derive(Serialize)]
struct Document {
    v: u32,
    #[serde(flatten)]
    show: ShowDocument,
}

/// Prints every value with its origin.
pub fn show(call: &Call, surroundings: &Surroundings) -> Result<u8, Trouble> {
    let config = surroundings.configure(call, Vec::new())?;
    super::show_config_warnings(surroundings, &config);
    let mut out = std::io::stdout().lock();
    if surroundings.format == Format::Json {
        json(&mut out, &Document { v: 1, show: config.document() })?;
        return Ok(0);
    }
    let mut table = Table::new(&["key", "value", "from"]);
    for row in config.values() {
        table.row([Cell::from(row.key.as_str()), Cell::from(plain(&row.value).as_str()), Cell::new(from(&row.origin), Paint::Faint)]);
    }
    text(&mut out, &table.render(&surroundings.out))?;
    Ok(0)
}

/// Prints the built-in defaults.
pub fn default(_surroundings: &Surroundings) -> Result<u8, Trouble> {
    text(&mut std::io::stdout().lock(), default_file())?;
    Ok(0)
}

/// Prints the schema.
pub fn schema(_surroundings: &Surroundings) -> Result<u8, Trouble> {
    json(&mut std::io::stdout().lock(), &config_schema())?;
    Ok(0)
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) if text.is_empty() => "\"\"".to_owned(),
        Value::String(text) => text.clone(),
        Value::Null => "-".to_owned(),
        other => other.to_string(),
    }
}

fn from(origin: &Origin) -> String {
    let place = match (&origin.path, origin.line) {
        (Some(path), Some(line)) => format!(" {path}:{line}"),
        (Some(path), None) => format!(" {path}"),
        _ => String::new(),
    };
    let layer = serde_json::to_value(origin.layer).ok().and_then(|layer| Some(layer.as_str()?.to_owned())).unwrap_or_default();
    format!("{layer}{place}")
}
