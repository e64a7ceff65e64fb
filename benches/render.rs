//! How long rendering takes: many small definitions of one catalogue, and one large template.

use cooperage::template::{ImageNames, Renderer, TemplateSettings};
use divan::Bencher;
use std::fs;
use std::sync::Arc;
use tempfile::TempDir;

struct Tree;

impl ImageNames for Tree {
    fn reference_of(&self, name: &str) -> Option<String> {
        Some(format!("docker.example.org/releng/{name}:1.0.0-1"))
    }

    fn names(&self) -> Vec<String> {
        Vec::new()
    }
}

const TEMPLATE: &str = r#"{% from "fetch.j2" import fetch -%}
{% set packages = ["curl", "git", "make"] -%}
{% do packages.append("gcc") -%}
FROM {{ "base" | image_tag }}
{% set version = "base" | image_tag | upstream_version %}
RUN {{ packages | join(" ") | apt_install }}
{% for name, port in ports.items() -%}
EXPOSE {{ port }}
{% endfor -%}
RUN {{ fetch("https://%s/tool-%s.tgz" % (mirror, version)) }}
USER {{ "nobody" | uid }}
"#;

/// A catalogue of `count` definitions that all import one shared file.
fn catalogue(count: usize) -> (TempDir, Renderer) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("the path has a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    };
    write("templates/fetch.j2", "{% macro fetch(url) %}curl -fsS -o /tmp/x {{ url }}{% endmacro %}");
    for number in 0..count {
        write(&format!("d{number}/Dockerfile.template"), TEMPLATE);
    }
    let variables = serde_json::json!({"mirror": "mirror.example.org", "ports": {"http": 80, "https": 443}});
    let variables = variables.as_object().expect("a map").clone();
    let settings = TemplateSettings { uid_mappings: vec![("nobody".into(), 65534)], variables, ..TemplateSettings::default() };
    let renderer = Renderer::new(settings, Arc::new(Tree), folder.path().to_owned());
    (folder, renderer)
}

#[divan::bench(args = [125, 2_000, 10_000], sample_count = 5)]
fn definitions(bencher: Bencher, count: usize) {
    let (_folder, renderer) = catalogue(count);
    bencher.bench_local(|| {
        for number in 0..count {
            renderer.render(&format!("d{number}")).expect("the template is sound");
        }
    });
}

fn main() {
    divan::main();
}
