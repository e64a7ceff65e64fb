//! What the `inputs` of an image depend on, and what they do not.

use crate::support::catalogue::Catalogue;
use crate::{publish, stage};
use serde_json::Value;

/// A parent, and a child whose template shows all that must not count.
fn family(registry: &str) -> Catalogue {
    let catalogue = Catalogue::new(registry);
    catalogue.plain("base", "1.0", "base");
    catalogue.write("child/note", "child");
    let template =
        "FROM {{ \"base\" | image_tag }}\nLABEL at=\"{{ registry }}/{{ namespace }}\" proxy=\"{{ http_proxy }}\"\nCOPY note /n\n";
    catalogue.define("child", "1.0", template).depends("child", &["base"]);
    catalogue
}

fn inputs(catalogue: &Catalogue, name: &str) -> String {
    let outcome = Catalogue::expect(catalogue, 0, &["--format", "json", "explain", "--offline", name]);
    let document = outcome.json();
    let digest: &Value = &document["inputs"]["digest"];
    digest.as_str().unwrap_or_else(|| panic!("{document}")).to_owned()
}

#[test]
fn the_same_in_another_folder_registry_and_namespace_and_behind_a_proxy() {
    let (one, mut two) = (family("one.example.org"), family("two.example.org:5000"));
    assert_ne!(one.namespace, two.namespace);
    assert_ne!(one.root(), two.root());
    two.set("COOPERAGE_HTTP_PROXY", "http://proxy.example.org:3128").set("no_proxy", "localhost");
    assert_eq!(inputs(&one, "child"), inputs(&two, "child"));
    assert_eq!(inputs(&one, "base"), inputs(&two, "base"));
    let nowhere = family("");
    assert_eq!(inputs(&nowhere, "child"), inputs(&one, "child"));
    assert_ne!(inputs(&one, "base"), inputs(&one, "child"));
}

#[test]
fn rendered_proxies_and_apt_proxies_do_not_count() {
    let (mut one, two) = (Catalogue::new("one.example.org"), Catalogue::new("one.example.org"));
    for catalogue in [&one, &two] {
        catalogue.define("tool", "1.0", "FROM scratch\nRUN {{ \"git\" | apt_install }}\n# {{ http_proxy }} {{ apt_only_proxy }}\n");
    }
    one.set("COOPERAGE_APT_ONLY_PROXY", "http://apt.example.org:3142");
    assert_eq!(inputs(&one, "tool"), inputs(&two, "tool"));
}

#[test]
fn contents_template_build_args_and_parents_count() {
    let mut catalogue = family("one.example.org");
    let mut seen = vec![inputs(&catalogue, "child")];
    let mut changed = |catalogue: &Catalogue, what: &str| {
        let now = inputs(catalogue, "child");
        assert!(!seen.contains(&now), "{what} does not count");
        seen.push(now);
    };
    catalogue.write("child/note", "child, changed");
    changed(&catalogue, "a file of its own");
    catalogue.write("child/more", "");
    changed(&catalogue, "another file");
    catalogue.script("child/more", "");
    changed(&catalogue, "the run bit");
    catalogue.write("base/note", "base, changed");
    changed(&catalogue, "a file of the parent");
    catalogue.define("base", "1.0", "FROM scratch\nCOPY note /note\nCMD [\"/other\"]\n");
    changed(&catalogue, "the template of the parent");
    catalogue.write("child/Dockerfile.template", "FROM {{ \"base\" | image_tag }}\nCOPY note /other\n");
    changed(&catalogue, "its own template");
    catalogue.set("COOPERAGE_BUILD_ARGS", "{LEVEL: '1'}");
    changed(&catalogue, "a build arg");
    catalogue.set("COOPERAGE_BUILD_ARGS", "{LEVEL: '2'}");
    changed(&catalogue, "the value of a build arg");
}

#[test]
fn times_of_files_and_what_dockerignore_leaves_out_do_not_count() {
    let catalogue = family("one.example.org");
    catalogue.write("child/.dockerignore", "scratch-*\n");
    let before = inputs(&catalogue, "child");
    let note = std::fs::File::options().write(true).open(catalogue.root().join("child/note")).unwrap();
    note.set_modified(std::time::UNIX_EPOCH).unwrap();
    catalogue.write("child/scratch-1", "left out");
    assert_eq!(inputs(&catalogue, "child"), before);
}

#[test]
fn the_label_of_a_built_image_is_what_explain_says_whenever_it_is_built() {
    let (registry, first) = stage();
    first.plain("base", "1.0", "base").plain_child("child", "1.0", "base");
    publish(&first, 0, &[]);
    let label = |catalogue: &Catalogue| {
        let config = registry.config(&catalogue.repository("child"), "1.0");
        config["config"]["Labels"]["io.cooperage.inputs"].as_str().unwrap().to_owned()
    };
    assert_eq!(label(&first), inputs(&first, "child"));
    // The second finds its parent published already, the first had to build it.
    let second = Catalogue::new(&registry.address);
    second.plain("base", "1.0", "base").plain_child("child", "1.0", "base");
    publish(&second, 0, &["--select", "*/base:*"]);
    publish(&second, 0, &[]);
    assert_eq!(label(&second), label(&first));
}
