//! How long it takes to render templates: `cargo bench --bench render`.

use cooperage::template::{ImageNames, Renderer, TemplateSettings};
use divan::counter::ItemsCount;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;

fn main() {
    divan::main();
}

/// Every name stands for an image.
struct Names;

impl ImageNames for Names {
    fn reference_of(&self, name: &str) -> Option<String> {
        Some(format!("registry.example.org/ci/{name}:1.4.2-1-s3"))
    }

    fn names(&self) -> Vec<String> {
        Vec::new()
    }
}

const HEADER: &str = "# Built from a catalogue; change the template, not this file.\n# Registry: {{ registry }}\n";
const MACROS: &str = "{% macro tool(name, path) -%}\nENV TOOL={{ name }} TOOL_PATH={{ path }}\n{%- endmacro %}\n";

/// As long as real ones are, with an include, a macro, a loop and the filters that nearly all of them use.
fn real_size(at: usize) -> String {
    let mut text =
        "{% include \"header.j2\" %}\n{% from \"macros.j2\" import tool %}\n{%- set packages = [\"git\", \"curl\"] -%}\n".to_owned();
    text.push_str("{% if registry == \"registry.example.org\" -%}\n{%- do packages.append(\"ca-certificates\") -%}\n{%- endif %}\n");
    let _ = write!(text, "FROM {{{{ \"image{}\" | image_tag }}}}\nRUN {{{{ packages | join(\" \") | apt_install }}}}\n", at / 5);
    for line in 0..10 + at % 20 {
        let _ = write!(text, "RUN echo \"step {line}\" && \\\n    echo \"{{{{ \"image{line}\" | image_tag | upstream_version }}}}\"\n");
    }
    text.push_str("{{ tool(\"x\", \"/usr/bin/x\") }}\n{% for package in packages -%}\nENV HAS_{{ package | upper }}=yes\n{% endfor -%}\n");
    text.push_str("USER {{ \"nobody\" | uid }}\n");
    text
}

fn small(at: usize) -> String {
    format!("FROM {{{{ \"image{}\" | image_tag }}}}\nENV NAME=image{at}\nUSER {{{{ \"nobody\" | uid }}}}\n", at / 2)
}

/// Folders `0`, `1`, … with a template each, and what they share.
fn tree(count: usize, template: impl Fn(usize) -> String) -> TempDir {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let write = |path: &Path, text: &str| fs::write(path, text).expect("a file");
    fs::create_dir(dir.path().join("templates")).expect("a folder");
    write(&dir.path().join("templates/header.j2"), HEADER);
    write(&dir.path().join("templates/macros.j2"), MACROS);
    for at in 0..count {
        let folder = dir.path().join(at.to_string());
        fs::create_dir(&folder).expect("a folder");
        write(&folder.join("Dockerfile.template"), &template(at));
    }
    dir
}

fn renderer(dir: &TempDir) -> Renderer {
    let variables = serde_json::json!({"registry": "registry.example.org", "namespace": "ci"});
    let settings = TemplateSettings {
        registry: "registry.example.org".to_owned(),
        namespace: "ci".to_owned(),
        uid_mappings: vec![("root".to_owned(), 0), ("nobody".to_owned(), 65534)],
        variables: variables.as_object().cloned().unwrap_or_default(),
        ..TemplateSettings::default()
    };
    Renderer::new(settings, Arc::new(Names), dir.path().to_owned())
}

fn render_all(bencher: divan::Bencher, count: usize, template: impl Fn(usize) -> String) {
    let dir = tree(count, template);
    let folders: Vec<String> = (0..count).map(|at| at.to_string()).collect();
    bencher.counter(ItemsCount::new(count)).bench_local(|| {
        let renderer = renderer(&dir);
        folders.iter().map(|folder| renderer.render(folder).expect("a sound template").dockerfile.len()).sum::<usize>()
    });
}

/// A catalogue of real size, on one thread.
#[divan::bench]
fn templates_of_real_size(bencher: divan::Bencher) {
    render_all(bencher, 125, real_size);
}

/// Few lines each: what a template costs however short it is.
#[divan::bench(args = [2_000, 10_000], sample_count = 20)]
fn small_templates(bencher: divan::Bencher, count: usize) {
    render_all(bencher, count, small);
}
