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
