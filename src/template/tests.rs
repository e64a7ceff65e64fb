//! The renderer on catalogue folders.

use super::*;
use serde_json::json;
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use tempfile::TempDir;

struct Tree(BTreeMap<&'static str, &'static str>);

impl ImageNames for Tree {
    fn reference_of(&self, name: &str) -> Option<String> {
        self.0.get(name).map(|reference| (*reference).to_owned())
    }

    fn names(&self) -> Vec<String> {
        self.0.keys().map(|name| (*name).to_owned()).collect()
    }
}

struct Catalogue {
    folder: TempDir,
    renderer: Renderer,
}

fn sample_settings() -> TemplateSettings {
    let variables = json!({
        "registry": "docker.example.org", "namespace": "releng", "http_proxy": null,
        "tool": {"version": "1.2", "ports": [80, 443]}, "mirror": "https://mirror.example.org"
    });
    TemplateSettings {
        registry: "docker.example.org".into(),
        namespace: "releng".into(),
        base_images: vec!["docker.example.org/bookworm:latest".into(), "quay.example.org:5000/x/alpine:3.20".into()],
        uid_mappings: vec![("nobody".into(), 65534)],
        variables: variables.as_object().unwrap().clone(),
        ..TemplateSettings::default()
    }
}

/// A catalogue in `catalogue/` of a fresh folder, so that there is a place beside it.
fn catalogue_with(settings: TemplateSettings, files: &[(&str, &str)]) -> Catalogue {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("catalogue");
    for (path, text) in files {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let tree = Tree(BTreeMap::from([("nodejs", "docker.example.org/releng/nodejs:0.3.1-2")]));
    Catalogue { renderer: Renderer::new(settings, Arc::new(tree), root), folder }
}

fn catalogue(files: &[(&str, &str)]) -> Catalogue {
    catalogue_with(sample_settings(), files)
}

fn render(template: &str) -> Result<String, RenderError> {
    catalogue(&[("x/Dockerfile.template", template)]).renderer.render("x").map(|rendered| rendered.dockerfile)
}

fn sources(rendered: &Rendered) -> Vec<&str> {
    rendered.sources.iter().map(|path| path.to_str().unwrap()).collect()
}

#[test]
fn every_filter_does_what_the_table_says() {
    for filter in filters() {
        assert_eq!(render(filter.good).unwrap_or_else(|error| panic!("{}: {error}", filter.name)), filter.gives, "{}", filter.name);
        assert!(render(filter.bad).is_err(), "{} accepts {}", filter.name, filter.bad);
    }
}

#[test]
fn the_documentation_shows_every_filter() {
    let page = include_str!("../../docs/templates.md");
    for filter in filters() {
        for part in [&format!("`{}`", filter.name), filter.text, filter.good, filter.gives] {
            assert!(page.contains(part), "docs/templates.md lacks of {}: {part}", filter.name);
        }
    }
}

#[test]
fn files_of_the_same_name_stay_with_their_definitions() {
    let c = catalogue(&[
        ("a/Dockerfile.template", "{% include 'part.j2' %}{% include 'common.j2' %}"),
        ("a/part.j2", "of a "),
        ("b/Dockerfile.template", "{% include 'part.j2' %}{% include 'common.j2' %}"),
        ("b/part.j2", "of b "),
        ("c/Dockerfile.template", "{% include 'part.j2' %}{% include 'common.j2' %}"),
        ("templates/part.j2", "shared "),
        ("templates/common.j2", "via {% include 'part.j2' %}"),
    ]);
    for _ in 0..2 {
        assert_eq!(c.renderer.render("a").unwrap().dockerfile, "of a via of a ");
        assert_eq!(c.renderer.render("b").unwrap().dockerfile, "of b via of b ");
        assert_eq!(c.renderer.render("c").unwrap().dockerfile, "shared via shared ");
    }
    assert_eq!(sources(&c.renderer.render("a").unwrap()), ["a/Dockerfile.template", "a/part.j2", "templates/common.j2"]);
}

#[test]
fn templates_beside_the_catalogue_come_last() {
    let c = catalogue(&[("x/Dockerfile.template", "{% include 'one' %}{% include './two' %}"), ("templates/one", "within ")]);
    fs::create_dir(c.folder.path().join("templates")).unwrap();
    fs::write(c.folder.path().join("templates/one"), "beside").unwrap();
    fs::write(c.folder.path().join("templates/two"), "beside").unwrap();
    let rendered = c.renderer.render("x").unwrap();
    assert_eq!(rendered.dockerfile, "within beside");
    assert_eq!(sources(&rendered), ["x/Dockerfile.template", "templates/one", "../templates/two"]);
}

#[test]
fn the_catalogue_itself_may_be_a_definition() {
    let c = catalogue(&[("Dockerfile.template", "{% include 'part' %}"), ("part", "FROM scratch")]);
    for folder in [".", "", "./"] {
        let rendered = c.renderer.render(folder).unwrap();
        assert_eq!((rendered.dockerfile.as_str(), sources(&rendered)), ("FROM scratch", vec!["Dockerfile.template", "part"]));
    }
}

#[test]
fn names_cannot_leave_the_folders() {
    for name in ["../secret", "a/../../secret", "/etc/passwd"] {
        let c = catalogue(&[("x/Dockerfile.template", &format!("\n{{% include '{name}' ignore missing %}}")), ("secret", "s")]);
        let error = c.renderer.render("x").unwrap_err();
        assert!(error.message.contains("leaves the folders") && error.message.contains(name), "{error}");
        assert_eq!((error.path.as_str(), error.line), ("x/Dockerfile.template", Some(2)));
    }
}

#[test]
fn a_missing_include_says_where_it_was_looked_for() {
    let error = render("FROM x\n{% include 'nowhere.j2' %}").unwrap_err();
    assert_eq!(error.line, Some(2));
    assert!(error.message.contains("nowhere.j2") && error.help.clone().unwrap().contains("templates/"));
    assert_eq!(render("{% include 'nowhere.j2' ignore missing %}a").unwrap(), "a");
}

#[test]
fn undefined_names_show_place_line_and_neighbours() {
    let error = render("FROM scratch\nARG X={{ registri }}\n").unwrap_err();
    assert_eq!((error.path.as_str(), error.line, error.column), ("x/Dockerfile.template", Some(2), Some(10)));
    assert_eq!(error.message, "registri is undefined");
    assert_eq!(error.source_line.as_deref(), Some("ARG X={{ registri }}"));
    assert_eq!(error.help.as_deref(), Some("did you mean \"registry\"?"));
    assert_eq!(error.to_string(), "x/Dockerfile.template:2:10: registri is undefined, in: ARG X={{ registri }}");
    let defect = error.to_defect("x");
    assert_eq!((defect.code, defect.line, defect.name.as_deref()), ("template_undefined", Some(2), Some("x")));
    assert_eq!(defect.path.as_deref(), Some("x/Dockerfile.template"));
}

#[test]
fn undefined_attributes_name_their_owner() {
    let error = render("{{ tool.versoin }}").unwrap_err();
    assert_eq!((error.message.as_str(), error.help.as_deref()), ("tool has no versoin", Some("did you mean \"version\"?")));
    let error = render("{{ tool['nowhere'] }}").unwrap_err();
    assert_eq!(error.message, "tool has no nowhere");
    let error = render("{% set packages = 'a' %}{{ pakages }}").unwrap_err();
    assert_eq!(error.help.as_deref(), Some("did you mean \"packages\"?"));
    let error = render("{% macro m(a) %}{{ a }}{% endmacro %}{{ m() }}").unwrap_err();
    assert_eq!(error.message, "a is undefined");
}

#[test]
fn places_are_those_of_the_file_not_of_what_minijinja_reads() {
    let error = render("{% set a = [1,2] %}{% do a.append('x\\\ny') %}{% set b = {'k': 'v'} %}\n{{ [a, b] }}{{ nowhere }}").unwrap_err();
    assert_eq!((error.line, error.column), (Some(3), Some(16)), "{error}");
    let error = render("a\r\nb {{ '%s' % 'x' ~ nowhere }}\r\n").unwrap_err();
    assert_eq!((error.line, error.message.as_str()), (Some(2), "nowhere is undefined"));
}

#[test]
fn errors_in_included_files_name_that_file() {
    let c = catalogue(&[
        ("x/Dockerfile.template", "FROM scratch\n{% include 'a.j2' %}"),
        ("x/a.j2", "\n\n{% include 'b.j2' %}"),
        ("templates/b.j2", "\nARG {{ nowhere }}"),
    ]);
    let error = c.renderer.render("x").unwrap_err();
    assert_eq!((error.path.as_str(), error.line, error.source_line.as_deref()), ("templates/b.j2", Some(2), Some("ARG {{ nowhere }}")));
    assert_eq!(error.included_from, ["x/a.j2:3", "x/Dockerfile.template:2"]);
}

#[test]
fn syntax_errors_show_the_line() {
    let error = render("FROM scratch\n{% if x %\n").unwrap_err();
    assert_eq!(error.code, "template_syntax");
    assert!(error.line.is_some());
    let error = render("FROM scratch\n{{ 'a' | uper }}\n").unwrap_err();
    assert_eq!((error.line, error.help.as_deref()), (Some(2), Some("did you mean \"upper\"?")));
    assert!(error.message.contains("uper"));
}

#[test]
fn unreadable_files_are_named() {
    let c = catalogue(&[("x/Dockerfile.template", "{% include 'bad' %}"), ("y/Dockerfile.template", "")]);
    fs::write(c.folder.path().join("catalogue/x/bad"), b"ok\nna\xefve").unwrap();
    let error = c.renderer.render("x").unwrap_err();
    assert_eq!((error.path.as_str(), error.code), ("x/bad", "template_unreadable"));
    assert!(error.message.contains("position 5 (line 2)"), "{error}");
    fs::write(c.folder.path().join("catalogue/y/Dockerfile.template"), b"\xff").unwrap();
    let error = c.renderer.render("y").unwrap_err();
    assert!(error.message.contains("position 0") && error.path == "y/Dockerfile.template", "{error}");
    assert!(c.renderer.render("no/such").unwrap_err().message.contains("cannot read no/such/Dockerfile.template"));
}

#[test]
fn an_unknown_image_shows_the_nearest() {
    let error = render("FROM scratch\nFROM {{ 'nodjs' | image_tag }}").unwrap_err();
    assert_eq!(error.line, Some(2));
    assert!(error.message.contains("\"nodjs\" is neither"), "{error}");
    assert!(error.help.clone().unwrap().contains("\"nodejs\""));
    assert!(render("{{ 'bookwrm' | image_tag }}").unwrap_err().help.clone().unwrap().contains("bookworm"));
}

#[test]
fn base_images_are_found_by_each_of_their_names() {
    assert_eq!(render("{{ 'bookworm' | image_tag }}").unwrap(), "docker.example.org/bookworm:latest");
    assert_eq!(render("{{ 'quay.example.org:5000/x/alpine' | image_tag }}").unwrap(), "quay.example.org:5000/x/alpine:3.20");
    let mut settings = sample_settings();
    (settings.registry, settings.namespace) = ("localhost:5000".into(), "ns".into());
    settings.base_images = vec!["localhost:5000/debian:12".into(), "localhost:5000/ns/base".into()];
    let c = catalogue_with(settings, &[("x/Dockerfile.template", "{{ 'debian' | image_tag }} {{ 'base' | image_tag }}")]);
    assert_eq!(c.renderer.render("x").unwrap().dockerfile, "localhost:5000/debian:12 localhost:5000/ns/base");
}

/// Runs in a thread with the stack that threads of the runtime have.
fn on_a_small_stack(act: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().stack_size(2 << 20).spawn(act).unwrap().join().unwrap();
}

#[test]
fn endless_recursion_is_an_error() {
    on_a_small_stack(|| {
        let mutual: &[(&str, &str)] =
            &[("x/Dockerfile.template", "{% include 'a' %}"), ("x/a", "{% include 'b' %}"), ("x/b", "{% include 'a' %}")];
        let own: &[(&str, &str)] = &[("x/Dockerfile.template", "{% include 'Dockerfile.template' %}")];
        let macros: &[(&str, &str)] = &[("x/Dockerfile.template", "{% macro m(n) %}{{ m(n + 1) }}{% endmacro %}{{ m(1) }}")];
        let caller: &[(&str, &str)] = &[(
            "x/Dockerfile.template",
            "{% macro m() %}{{ caller() }}{% call m() %}x{% endcall %}{% endmacro %}{% call m() %}y{% endcall %}",
        )];
        let blocks: &[(&str, &str)] = &[("x/Dockerfile.template", "{% block a %}{{ self.a() }}{% endblock %}")];
        let imports: &[(&str, &str)] = &[("x/Dockerfile.template", "{% import 'Dockerfile.template' as d %}")];
        for files in [mutual, own, macros, caller, blocks, imports] {
            let error = catalogue(files).renderer.render("x").unwrap_err();
            assert!(error.message.contains("without end"), "{error}");
        }
        let extends = [("x/Dockerfile.template", "{% extends 'a' %}"), ("x/a", "{% extends 'b' %}"), ("x/b", "{% extends 'a' %}")];
        let error = catalogue(&extends).renderer.render("x").unwrap_err();
        assert!(error.message.contains("without end"), "{error}");
    });
}

#[test]
fn deep_nesting_is_an_error_or_fine_but_never_a_crash() {
    on_a_small_stack(|| {
        for depth in [20, 100, 140, 190, 199, 1_000, 20_000] {
            for (open, middle, close) in [("(", "1", ")"), ("[", "1", "]"), ("{'a':", "1", "}"), ("-", "1", ""), ("not ", "1", "")] {
                drop(render(&format!("{{{{ {}{middle}{} }}}}", open.repeat(depth), close.repeat(depth))));
            }
            drop(render(&format!("{}{}", "{% if 1 %}".repeat(depth), "{% endif %}".repeat(depth))));
            drop(render(&format!("{{{{ 'a'{} }}}}", "|upper".repeat(depth))));
            drop(render(&format!("{{{{ 'a'{} }}}}", " ~ 'a'".repeat(depth))));
            drop(render(&format!("{{{{ 'a'{} }}}}", " % 'a'".repeat(depth))));
            drop(render(&format!("{{{{ 1{} }}}}", "[0]".repeat(depth))));
        }
        let grow = "{% set ns = namespace(l=[]) %}{% for i in range(90000) %}{% set ns.l = [ns.l] %}{% endfor %}";
        let error = catalogue_with(TemplateSettings::default(), &[("x/Dockerfile.template", grow)]).renderer.render("x").unwrap_err();
        assert!(error.message.contains("deep"), "{error}");
        assert!(render("{% set l = [] %}{% do l.append(l) %}{{ l }}").unwrap_err().message.contains("itself"));
        assert!(render("{% set l = [] %}{% set m = {'l': l} %}{% do l.append([m]) %}{{ l }}").unwrap_err().message.contains("itself"));
    });
}

#[test]
fn endless_loops_end() {
    let error = render("{% for i in range(90000) %}{% for j in range(90000) %}{% endfor %}{% endfor %}").unwrap_err();
    assert!(error.message.contains("does not come to an end"), "{error}");
    assert!(render("{{ range(10 ** 9) | list }}").is_err());
    assert!(render("{{ 'a' * 10 ** 12 }}").is_err());
    assert!(render("{{ 'a'.ljust(10 ** 12) }}").is_err());
}

#[test]
fn the_configuration_stays_as_it_is() {
    let error = render("{% do tool.ports.append(1) %}").unwrap_err();
    assert!(error.message.contains("configuration"), "{error}");
    assert_eq!(render("{% set p = tool.ports %}{% do p.append(1) %}{{ p }} {{ tool.ports }}").unwrap(), "[80, 443, 1] [80, 443]");
}

#[test]
fn a_renderer_is_shared_between_threads() {
    let c = catalogue(&[
        ("a/Dockerfile.template", "{% from 'm.j2' import m %}{{ m('a') }}"),
        ("b/Dockerfile.template", "{% from 'm.j2' import m %}{{ m('b') }}"),
        ("templates/m.j2", "{% macro m(x) %}FROM {{ x }}{% endmacro %}"),
    ]);
    let renderer = &c.renderer;
    std::thread::scope(|scope| {
        for name in ["a", "b", "a", "b"] {
            scope.spawn(move || {
                for _ in 0..50 {
                    let rendered = renderer.render(name).unwrap();
                    assert_eq!(rendered.dockerfile, format!("FROM {name}"));
                    assert_eq!(rendered.sources, [PathBuf::from(name).join("Dockerfile.template"), "templates/m.j2".into()]);
                }
            });
        }
    });
}
