//! Which definitions a run takes.

use crate::support::catalogue::Catalogue;
use crate::{plan, publish, stage};

/// base ← lib ← app, and other; none of them built.
fn family() -> Catalogue {
    let catalogue = Catalogue::new("");
    catalogue
        .plain("base", "1.0", "base")
        .plain_child("lib", "1.0", "base")
        .plain_child("app", "1.0", "lib")
        .plain("other", "1.0", "other");
    catalogue
}

fn names(actions: &[String]) -> Vec<&str> {
    actions.iter().map(|action| action.split(':').next().unwrap()).collect()
}

#[test]
fn globs_widened_to_relatives_bring_missing_parents_along() {
    let catalogue = family();
    assert_eq!(plan(&catalogue, &["--select", "*/lib:*"]), ["base: build needed_by_child", "lib: build missing"]);
    assert_eq!(names(&plan(&catalogue, &["--select", "*/lib:*", "--with-dependents"])), ["base", "lib", "app"]);
    assert_eq!(plan(&catalogue, &["--select", "*/lib:*", "--with-dependencies"]), ["base: build missing", "lib: build missing"]);
    assert_eq!(names(&plan(&catalogue, &["--select", "*/base:*", "--select", "*/oth[de]r:1.?"])), ["base", "other"]);
    assert_eq!(names(&plan(&catalogue, &["--exclude", "*/app:*", "--exclude", "*/o*"])), ["base", "lib"]);
    let whole = format!("{}/*", catalogue.namespace);
    assert_eq!(names(&plan(&catalogue, &["--select", &whole, "--exclude", "*/lib:*"])), ["base", "lib", "app", "other"]);
}

#[test]
fn a_published_parent_is_not_brought_along() {
    let (_registry, catalogue) = stage();
    catalogue.plain("base", "1.0", "base").plain_child("child", "1.0", "base");
    publish(&catalogue, 0, &["--select", "*/base:*"]);
    assert_eq!(plan(&catalogue, &["--select", "*/child:*"]), ["child: build missing"]);
}

#[test]
fn a_selection_of_nothing_says_what_would_match() {
    let catalogue = family();
    for (pattern, hint) in [("app", "*app:*"), ("*/ap:*", "*app:*"), ("*/zzzzzz*", &format!("{}/app:1.0", catalogue.namespace))] {
        let refused = catalogue.expect(2, &["build", "--select", pattern]);
        assert!(refused.stderr.contains("nothing matches") && refused.stderr.contains(hint), "{pattern}: {}", refused.stderr);
    }
    catalogue.expect(2, &["build", "--exclude", "*"]);
    assert_eq!(catalogue.image_id("base", "1.0"), None);
}

#[test]
fn what_changed_in_git_is_selected_and_nothing_changed_is_no_error() {
    let catalogue = family();
    let start = catalogue.commit();
    assert_eq!(plan(&catalogue, &["--changed-since", &start]), [""; 0]);
    let run = catalogue.expect(0, &["build", "--changed-since", "main"]);
    assert!(run.stdout.contains("== Build done! =="), "{}", run.stdout);
    catalogue.write("other/note", "worked on, not committed");
    assert_eq!(names(&plan(&catalogue, &["--changed-since", &start])), ["other"]);
    catalogue.write("base/new-file", "").commit();
    assert_eq!(names(&plan(&catalogue, &["--changed-since", "HEAD~1"])), ["base", "other"]);
    assert_eq!(names(&plan(&catalogue, &["--changed-since", &start, "--exclude", "*/other:*"])), ["base"]);
    assert_eq!(
        names(&plan(&catalogue, &["--changed-since", &start, "--exclude", "*/other:*", "--with-dependents"])),
        ["base", "lib", "app"]
    );
    let refused = catalogue.expect(2, &["build", "--changed-since", "no-such-branch"]);
    assert!(refused.stderr.contains("no-such-branch"), "{}", refused.stderr);
    let outside = family();
    let refused = outside.expect(2, &["build", "--changed-since", "main"]);
    assert!(refused.stderr.contains("not in a git repository"), "{}", refused.stderr);
}

#[test]
fn a_single_definition_of_a_larger_catalogue_is_told_so() {
    let catalogue = family();
    let folder = catalogue.root().join("other");
    let output = catalogue.command(&["build", "--dry-run"]).arg(&folder).output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains("part of the catalogue") && text.contains("--select"), "{text}");
    assert!(text.contains(catalogue.root().to_str().unwrap()), "{text}");
}

#[test]
fn defects_outside_of_the_selection_do_not_stop_it_and_those_inside_do() {
    let catalogue = family();
    catalogue.define("broken", "1.0", "FROM {{ nonsense }}\n").plain_child("needs-broken", "1.0", "broken");
    catalogue.write("empty/Dockerfile.template", "FROM scratch\n").write("empty/changelog", "");
    let all = catalogue.expect(2, &["build"]);
    assert!(all.stderr.contains("broken/Dockerfile.template:1") && all.stderr.contains("nonsense"), "{}", all.stderr);
    assert!(all.stderr.contains("empty/changelog"), "{}", all.stderr);
    assert_eq!(catalogue.image_id("other", "1.0"), None, "nothing was started");
    assert_eq!(catalogue.expect(0, &["--format", "json", "build", "--select", "*/other:*"]).outcomes(), ["other: built"]);
    let named = catalogue.expect(2, &["build", "--select", "*/broken:*"]);
    assert!(named.stderr.contains("nonsense") && !named.stderr.contains("nothing matches"), "{}", named.stderr);
    let needed = catalogue.expect(2, &["build", "--select", "*/needs-broken:*"]);
    assert!(needed.stderr.contains("nonsense"), "{}", needed.stderr);
    let rest = catalogue.expect(2, &["build", "--exclude", "*/other:*"]);
    assert!(rest.stderr.contains("nonsense") && rest.stderr.contains("empty/changelog"), "{}", rest.stderr);
    let by_folder = catalogue.expect(2, &["build", "--select", "*/empty:*"]);
    assert!(by_folder.stderr.contains("empty/changelog") && !by_folder.stderr.contains("nonsense"), "{}", by_folder.stderr);
    let listed = catalogue.expect(1, &["--format", "json", "list", "--offline"]).json();
    assert_eq!(listed["defects"].as_array().unwrap().len(), 2, "{listed}");
    assert!(listed["images"].as_array().unwrap().iter().any(|image| image["name"] == "app"), "{listed}");
}

#[test]
fn cycles_and_names_given_twice_are_told_with_their_paths() {
    let catalogue = family();
    catalogue.plain_child("x", "1.0", "y").plain_child("y", "1.0", "x");
    catalogue.write("elsewhere/Dockerfile.template", "FROM scratch\n");
    catalogue.write("elsewhere/changelog", std::fs::read(catalogue.root().join("other/changelog")).unwrap());
    let refused = catalogue.expect(2, &["build"]);
    for part in ["x -> y -> x", "elsewhere, other"] {
        assert!(refused.stderr.contains(part), "{part}: {}", refused.stderr);
    }
    assert_eq!(names(&plan(&catalogue, &["--select", "*/app:*"])), ["base", "lib", "app"]);
    catalogue.plain_child("needs-cycle", "1.0", "y");
    for pattern in ["*/x:*", "*/y:*", "*/needs-cycle:*"] {
        let refused = catalogue.expect(2, &["build", "--select", pattern]);
        assert!(refused.stderr.contains("x -> y -> x") && !refused.stderr.contains("elsewhere"), "{pattern}: {}", refused.stderr);
    }
}

#[test]
fn a_broken_definition_that_changed_stops_a_run_of_what_changed() {
    let catalogue = family();
    catalogue.define("broken", "1.0", "FROM {{ nonsense }}\n");
    let start = catalogue.commit();
    catalogue.write("other/note", "worked on");
    assert_eq!(names(&plan(&catalogue, &["--changed-since", &start])), ["other"]);
    catalogue.write("broken/note", "worked on, too");
    assert!(catalogue.expect(2, &["build", "--changed-since", &start]).stderr.contains("nonsense"));
}

#[test]
fn a_parent_that_is_nowhere_is_a_warning_with_the_nearest_name() {
    let catalogue = family();
    catalogue.plain("tool", "1.0", "tool").depends("tool", &["bass", "lib (>= 2.0)"]);
    let run = catalogue.expect(0, &["build", "--dry-run"]);
    assert!(run.stderr.contains("tool/control") && run.stderr.contains("bass") && run.stderr.contains("base"), "{}", run.stderr);
    assert!(run.stderr.contains(">= 2.0"), "{}", run.stderr);
}

#[test]
fn labels_of_a_change_skip_images_and_what_needs_them() {
    let (registry, catalogue) = stage();
    catalogue.plain("base", "1.0", "base").plain_child("child", "1.0", "base").plain("other", "1.0", "other");
    catalogue.plain("lint", "1.0", "lint").write("lint/control", "Package: lint\nTooling: yes\n");
    let run = publish(&catalogue, 0, &["--skip-label", "no_base", "--skip-label", "needs-review", "--skip-label", "no_such"]);
    assert_eq!(run.outcomes(), ["base: skipped", "child: skipped", "lint: published", "other: published"]);
    assert_eq!(run.finished("child")["reason"]["code"], "skip_label");
    assert!(run.stderr.contains("no_such names no definition"), "{}", run.stderr);
    assert_eq!(registry.tags(&catalogue.repository("base")), [""; 0]);
    let refused = catalogue.expect(2, &["build", "--publish", "--skip-label", "no_lint"]);
    assert!(refused.stderr.contains("tooling image"), "{}", refused.stderr);
}
