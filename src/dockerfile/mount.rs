//! `RUN --mount=…`: comma-separated fields, quoted as in CSV.

use super::instruction::Flag;

/// One mount of a `RUN`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// `key=value` pairs in order, keys in lower case; the value is empty where there is no `=`.
    pub fields: Vec<(String, String)>,
    /// The line, from 1.
    pub line: usize,
}

impl Mount {
    pub(super) fn read(flag: &Flag) -> Self {
        let pair = |field: String| match field.split_once('=') {
            Some((key, value)) => (key.trim().to_ascii_lowercase(), value.to_owned()),
            None => (field.trim().to_ascii_lowercase(), String::new()),
        };
        let fields = fields(flag.value.as_deref().unwrap_or_default());
        Self { fields: fields.into_iter().map(pair).collect(), line: flag.line }
    }

    /// The value of the last field with that key.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.fields.iter().rev().find(|(known, _)| known == key).map(|(_, value)| value.as_str())
    }

    /// `bind` unless said otherwise.
    pub fn kind(&self) -> &str {
        self.get("type").unwrap_or("bind")
    }

    /// The id of a secret: `id`, or the last part of `target`, as in BuildKit.
    pub fn secret_id(&self) -> Option<&str> {
        if self.kind() != "secret" {
            return None;
        }
        let target = || ["target", "dst", "destination"].into_iter().find_map(|key| self.get(key));
        self.get("id").or_else(|| target().and_then(|path| path.trim_end_matches('/').rsplit('/').next())).filter(|id| !id.is_empty())
    }
}

fn fields(text: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut quoted = false;
    for c in text.chars() {
        match (c, fields.last_mut()) {
            ('"', _) => quoted = !quoted,
            (',', _) if !quoted => fields.push(String::new()),
            (c, Some(field)) => field.push(c),
            (_, None) => {}
        }
    }
    fields.retain(|field| !field.is_empty());
    fields
}
