//! `config.schema.json`: made from the types, with the texts and defaults of `default.yaml`.

use super::document::{KeyText, texts};
use super::settings::Settings;
use super::yaml::parse;
use serde_json::{Map, Value, json};

/// The JSON schema of a configuration file, for editors. Unknown keys at the root are template variables, so they are
/// allowed there and nowhere else; null stands for the default everywhere.
pub fn schema() -> Value {
    let mut schema = schemars::generate::SchemaSettings::draft2020_12()
        .with(|settings| settings.inline_subschemas = true)
        .into_generator()
        .into_root_schema_for::<Settings>()
        .to_value();
    if let Some(root) = schema.as_object_mut() {
        root.insert(
            "description".into(),
            Value::from("One file for docker-pkg and Cooperage; other keys at the root are template variables."),
        );
        root.remove("required");
    }
    for about in texts() {
        let pointer = format!("/properties/{}", about.key.name.replace('.', "/properties/"));
        if let Some(Value::Object(property)) = schema.pointer_mut(&pointer) {
            tell(property, &about);
            allow_null(property);
        }
    }
    if let Some(Value::Object(ours)) = schema.pointer_mut("/properties/cooperage") {
        ours.insert("description".into(), Value::from("Keys that docker-pkg does not know."));
        ours.remove("required");
        allow_null(ours);
    }
    schema
}

fn tell(property: &mut Map<String, Value>, about: &KeyText) {
    property.insert("description".into(), Value::from(about.text.as_str()));
    property.insert("default".into(), about.default.clone());
    if let Some(Ok(example)) = about.example.as_deref().map(parse) {
        property.insert("examples".into(), json!([example.to_value()]));
    }
}

fn allow_null(property: &mut Map<String, Value>) {
    let null = Value::from("null");
    match property.get_mut("type") {
        Some(Value::String(name)) => {
            let name = std::mem::take(name);
            property.insert("type".into(), json!([name, "null"]));
        }
        Some(Value::Array(names)) if !names.contains(&null) => names.push(null),
        _ => {}
    }
    if let Some(Value::Array(values)) = property.get_mut("enum") {
        values.push(Value::Null);
    }
    for word in ["anyOf", "oneOf"] {
        if let Some(Value::Array(choices)) = property.get_mut(word)
            && !choices.iter().any(|choice| choice["type"] == "null")
        {
            choices.push(json!({"type": "null"}));
        }
    }
}
