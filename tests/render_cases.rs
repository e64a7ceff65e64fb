//! The templates of `fixtures/cases/render.json` and `jinja.json`, each rendered from a catalogue folder and compared
//! byte for byte with what docker-pkg and Jinja2 make of them.

use cooperage::template::{ImageNames, Renderer, TemplateSettings};
use serde_json::{Map, Value, json};
use std::fs;
use std::sync::Arc;

/// The images of the case file, under the registry and namespace of one case.
struct Tree {
    prefix: String,
    versions: Map<String, Value>,
}

impl ImageNames for Tree {
    fn reference_of(&self, name: &str) -> Option<String> {
        let version = self.versions.get(name)?.as_str()?;
        Some(format!("{}{name}:{version}", self.prefix))
    }

    fn names(&self) -> Vec<String> {
        self.versions.keys().cloned().collect()
    }
}

fn text(map: &Map<String, Value>, key: &str) -> String {
    map.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// The configuration of a case over the defaults that docker-pkg has.
fn settings(config: &Map<String, Value>) -> TemplateSettings {
    let defaults = json!({
        "registry": "", "namespace": "", "base_images": [], "apt_options": "", "http_proxy": null, "apt_only_proxy": null,
        "force_numeric_user": false, "known_uid_mappings": {"root": 0, "www-data": 33, "nobody": 65534}
    });
    let mut variables = defaults.as_object().unwrap().clone();
    variables.extend(config.clone());
    let base_images = variables["base_images"].as_array().unwrap().iter().map(|v| v.as_str().unwrap().to_owned()).collect();
    let uids = variables["known_uid_mappings"].as_object().unwrap().iter().map(|(k, v)| (k.clone(), v.as_i64().unwrap())).collect();
    TemplateSettings {
        registry: text(&variables, "registry"),
        namespace: text(&variables, "namespace"),
        base_images,
        apt_options: text(&variables, "apt_options"),
        apt_only_proxy: variables["apt_only_proxy"].as_str().map(str::to_owned),
        uid_mappings: uids,
        variables,
    }
}

#[test]
fn every_case_renders_as_docker_pkg_renders_it() {
    let file: Value = serde_json::from_str(include_str!("../fixtures/cases/render.json")).unwrap();
    let mut wrong = Vec::new();
    let cases = file["cases"].as_array().unwrap();
    for case in cases {
        let folder = tempfile::tempdir().unwrap();
        let definition = folder.path().join("images/x");
        fs::create_dir_all(&definition).unwrap();
        fs::write(definition.join("Dockerfile.template"), case["template"].as_str().unwrap()).unwrap();
        for (name, content) in case["files"].as_object().unwrap() {
            fs::write(definition.join(name), content.as_str().unwrap()).unwrap();
        }
        let settings = settings(case["config"].as_object().unwrap());
        let parts = [&settings.registry, &settings.namespace];
        let prefix = parts.into_iter().filter(|part| !part.is_empty()).map(|part| format!("{part}/")).collect();
        let tree = Tree { prefix, versions: file["tree"].as_object().unwrap().clone() };
        let renderer = Renderer::new(settings, Arc::new(tree), folder.path().to_owned());
        let result = renderer.render("images/x");
        match (&result, case["dockerfile"].as_str()) {
            (Ok(rendered), Some(expected)) if rendered.dockerfile == expected => {}
            (Err(_), None) => {}
            _ => wrong.push(format!("{}: {result:?}, expected {}", case["title"], case["dockerfile"])),
        }
    }
    assert_eq!(cases.len(), 49);
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_case_renders_as_jinja2_renders_it() {
    let file: Value = serde_json::from_str(include_str!("../fixtures/cases/jinja.json")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("templates")).unwrap();
    for (name, content) in file["files"].as_object().unwrap() {
        fs::write(folder.path().join("templates").join(name), content.as_str().unwrap()).unwrap();
    }
    let tree = Tree { prefix: "docker.example.org/releng/".to_owned(), versions: Map::new() };
    let variables = file["variables"].as_object().unwrap().clone();
    let settings = TemplateSettings { variables, ..TemplateSettings::default() };
    let renderer = Renderer::new(settings, Arc::new(tree), folder.path().to_owned());
    let mut wrong = Vec::new();
    for (number, case) in file["cases"].as_array().unwrap().iter().enumerate() {
        let definition = folder.path().join(number.to_string());
        fs::create_dir(&definition).unwrap();
        fs::write(definition.join("Dockerfile.template"), case["template"].as_str().unwrap()).unwrap();
        let result = renderer.render(&number.to_string()).map(|rendered| rendered.dockerfile);
        if result.as_deref().ok() != case["output"].as_str() {
            wrong.push(format!("{}: {result:?}, expected {}", case["template"], case["output"]));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}
