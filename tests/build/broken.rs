//! What a selection does with a catalogue that is partly broken, seen as a user sees it.

use crate::support::catalogue::Catalogue;
use std::process::Command;

/// `good` stands alone; `bad` cannot be rendered; `kid` needs `bad`, which only its Dockerfile says.
fn partly_broken() -> Catalogue {
    let catalogue = Catalogue::new("");
    catalogue.define("good", "1.0", "FROM scratch\nCOPY changelog /\n");
    catalogue.define("bad", "1.0", "FROM scratch\nRUN {{ nobody_set_this }}\n");
    catalogue.define("kid", "1.0", "FROM {{ \"bad\" | image_tag }}\n");
    catalogue
}

#[test]
fn a_selection_that_matches_nothing_is_a_wrong_call() {
    let catalogue = Catalogue::new("");
    catalogue.define("good", "1.0", "FROM scratch\nCOPY changelog /\n");
    let outcome = catalogue.expect(2, &["build", "--dry-run", "--select", "goood"]);
    assert!(outcome.stderr.contains("nothing matches --select \"goood\""), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("good:*"), "{}", outcome.stderr);
}

#[test]
fn what_is_broken_outside_the_selection_is_not_in_its_way() {
    let catalogue = partly_broken();
    catalogue.expect(0, &["build", "--dry-run", "--select", "*/good:*"]);
    catalogue.expect(0, &["build", "--dry-run", "--exclude", "*/bad:*", "--exclude", "*/kid:*"]);
    for asked in [["--select", "*/bad:*"], ["--select", "*/kid:*"], ["--exclude", "*/good:*"], ["--exclude", "*/bad:*"]] {
        let outcome = catalogue.expect(2, &[&["build", "--dry-run"], asked.as_slice()].concat());
        assert!(outcome.stderr.contains("nobody_set_this"), "{asked:?}: {}", outcome.stderr);
    }
}

#[test]
fn any_member_of_a_cycle_and_what_needs_it_meets_the_cycle() {
    let catalogue = Catalogue::new("");
    for (name, parent) in [("a", "b"), ("b", "a"), ("over", "b")] {
        catalogue.define(name, "1.0", "FROM scratch\nCOPY changelog /\n").depends(name, &[parent]);
    }
    for name in ["a", "b", "over"] {
        let outcome = catalogue.expect(2, &["build", "--dry-run", "--select", &format!("*/{name}:*")]);
        assert!(outcome.stderr.contains("a -> b -> a"), "{name}: {}", outcome.stderr);
    }
}

#[test]
fn what_changed_and_is_broken_is_not_passed_over() {
    let catalogue = partly_broken();
    let git = |args: &[&str]| {
        let status = Command::new("git").arg("-C").arg(catalogue.root()).args(args).output().unwrap().status;
        assert!(status.success(), "{args:?}");
    };
    git(&["init", "--quiet"]);
    git(&["add", "."]);
    git(&["-c", "user.name=a", "-c", "user.email=a@b.example", "commit", "--quiet", "--message", "x"]);
    catalogue.expect(0, &["build", "--dry-run", "--changed-since", "HEAD"]);
    catalogue.write("good/more", "x");
    catalogue.expect(0, &["build", "--dry-run", "--changed-since", "HEAD"]);
    catalogue.write("bad/more", "x");
    catalogue.expect(2, &["build", "--dry-run", "--changed-since", "HEAD"]);
}

#[test]
fn a_child_of_a_broken_definition_says_whose_fault_it_is() {
    let catalogue = Catalogue::new("");
    catalogue.define("base", "1.0", "FROM scratch\n").write("base/control", "Depends: one two\n");
    catalogue.define("base-dev", "1.0", "FROM {{ \"base\" | image_tag }}\n");
    let outcome = catalogue.expect(2, &["build", "--dry-run"]);
    assert!(outcome.stderr.contains("base/control:1: error[bad_control]"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("the definition of \"base\" is broken"), "{}", outcome.stderr);
    assert!(!outcome.stderr.contains("did you mean"), "{}", outcome.stderr);
}

#[test]
fn what_is_no_definition_for_want_of_a_file_is_told_with_the_defects_it_causes() {
    let catalogue = Catalogue::new("");
    catalogue.write("base/Dockerfile.template", "FROM scratch\n");
    catalogue.define("child", "1.0", "FROM {{ \"base\" | image_tag }}\n");
    for call in [["build", "--dry-run"].as_slice(), &["build"], &["explain", "child"]] {
        let outcome = catalogue.expect(2, call);
        assert!(outcome.stderr.contains("base/Dockerfile.template: warning[template_without_changelog]"), "{call:?}: {}", outcome.stderr);
        assert!(outcome.stderr.contains("1 defect is in the way"), "{call:?}: {}", outcome.stderr);
    }
}

#[test]
fn what_is_wrong_with_a_dockerfile_is_told_where_people_edit_it() {
    let catalogue = Catalogue::new("");
    catalogue.define("typo", "1.0", "{# a comment\n of two lines -#}\nFORM scratch\n");
    let outcome = catalogue.expect(2, &["build", "--dry-run"]);
    assert!(outcome.stderr.contains("typo/Dockerfile.template:3: error[bad_dockerfile]"), "{}", outcome.stderr);
}
