//! Author, date and distribution of new entries.

use crate::{DATE, Tree};
use std::fs;

fn tree() -> Tree {
    Tree::new(&[("base", "1.0", &[])])
}

/// The trailer of the newest entry.
fn trailer(tree: &Tree) -> String {
    let text = tree.read("base/changelog");
    text.lines().find(|line| line.starts_with(" -- ")).unwrap().to_owned()
}

#[test]
fn the_author_comes_from_the_first_that_knows() {
    let mut tree = tree();
    tree.write("../home/.gitconfig", "[user]\n\tname = Git Person\n\temail = git@example.org\n");
    tree.set("COOPERAGE_FALLBACK_AUTHOR", "Configured").set("COOPERAGE_FALLBACK_EMAIL", "configured@example.org");
    let by = |tree: &Tree, author: &str| {
        assert_eq!(trailer(tree), format!(" -- {author}  {DATE}"));
    };
    tree.expect(0, &["--author", "Given Ö. <given@example.org>", "base"]);
    by(&tree, "Given Ö. <given@example.org>");
    tree.expect(0, &["base"]);
    by(&tree, "Test Person <test@example.org>");
    tree.set("DEBFULLNAME", "").set("DEBEMAIL", "Both <both@example.org>").expect(0, &["base"]);
    by(&tree, "Both <both@example.org>");
    tree.set("DEBEMAIL", "only@example.org").expect(0, &["base"]);
    by(&tree, "Git Person <only@example.org>");
    tree.set("DEBEMAIL", "").expect(0, &["base"]);
    by(&tree, "Git Person <git@example.org>");
    fs::remove_file(tree.path("../home/.gitconfig")).unwrap();
    tree.expect(0, &["base"]);
    by(&tree, "Configured <configured@example.org>");
    tree.git(&["init", "--quiet"]);
    tree.git(&["config", "user.name", "Of The Repository"]);
    tree.git(&["config", "user.email", "repository@example.org"]);
    tree.expect(0, &["base"]);
    by(&tree, "Of The Repository <repository@example.org>");
}

#[test]
fn authors_and_distributions_that_break_an_entry_are_refused() {
    let mut tree = tree();
    for bad in ["", "Name", "Name\n <a@b>", "<a@b>"] {
        assert!(tree.refuses(&["--author", bad, "base"]).contains("Name <address>"), "{bad}");
    }
    assert!(tree.refuses(&["--reason", "a\u{1b}[2J", "base"]).contains("--reason"));
    tree.set("COOPERAGE_DISTRIBUTION", "book(worm)");
    assert!(tree.refuses(&["base"]).contains("book(worm)"));
}

#[test]
fn distribution_and_moment_are_those_of_the_call() {
    let mut tree = tree();
    tree.set("COOPERAGE_DISTRIBUTION", "bookworm").set("TZ", "EST5").set("SOURCE_DATE_EPOCH", "0").expect(0, &["--reason", "x", "base"]);
    assert!(tree.read("base/changelog").starts_with("base (1.0-s1) bookworm; urgency=high\n\n   x\n\n"));
    tree.expect(0, &["--reason", "- a list", "base"]);
    assert!(tree.read("base/changelog").contains("\n\n   - a list\n\n"));
    assert!(trailer(&tree).ends_with("  Wed, 31 Dec 1969 19:00:00 -0500"), "{}", trailer(&tree));
    for bad in ["yesterday", "1.5", "99999999999999999"] {
        tree.set("SOURCE_DATE_EPOCH", bad);
        assert!(tree.refuses(&["base"]).contains(&format!("SOURCE_DATE_EPOCH is \"{bad}\"")));
    }
}

/// Without SOURCE_DATE_EPOCH it is now; one moment for all entries.
#[test]
fn one_clock_serves_the_whole_call() {
    let mut tree = Tree::new(&[("base", "1.0", &[]), ("app", "1.0", &["base"])]);
    let before = jiff::Timestamp::now().as_second();
    tree.set("SOURCE_DATE_EPOCH", "").expect(0, &["base"]);
    let date = |name: &str| tree.read(&format!("{name}/changelog")).split(">  ").nth(1).unwrap().lines().next().unwrap().to_owned();
    assert_eq!(date("base"), date("app"));
    let written = jiff::fmt::rfc2822::parse(&date("base")).unwrap().timestamp().as_second();
    assert!((before..=jiff::Timestamp::now().as_second()).contains(&written), "{}", date("base"));
}
