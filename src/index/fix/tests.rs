use super::*;
use std::path::PathBuf;

fn file() -> IndexFile {
    IndexFile { path: "index.d/web.yaml".into(), at: PathBuf::new() }
}

const BROKEN: &str = "# The team's images.
Projects:
  - id: 1   # first
    app-id: web
    job-id: app
    git-url: https://git.example.org/team/app.git
    git-path: 8.0
    target-file: Dockerfile
    desired-tag: 8.10 # not 8.1
    notify-email: team@example.org
    build_context: ../   # odd

  # the second
  - id: 1
    app-id: web
    job-id: tools
    git-url: 'https://git.example.org/team/tools.git'
    git-path: /
    git-branch:
    target-file: Dockerfile
    desired-tag: 7
    notify-email: team@example.org
    build-context: ./
    depends-on:
      - web/app:8.10

# the end
";

const MENDED: &str = "# The team's images.
Projects:
  - id: 1   # first
    app-id: web
    job-id: app
    git-url: https://git.example.org/team/app.git
    git-path: \"8.0\"
    target-file: Dockerfile
    desired-tag: \"8.10\" # not 8.1
    notify-email: team@example.org
    build-context: ../   # odd
    git-branch: master
    depends-on: null

  # the second
  - id: 2
    app-id: web
    job-id: tools
    git-url: 'https://git.example.org/team/tools.git'
    git-path: /
    git-branch: master
    target-file: Dockerfile
    desired-tag: \"7\"
    notify-email: team@example.org
    build-context: ./
    depends-on:
      - web/app:8.10

# the end
";

#[test]
fn what_is_mechanical_is_mended_and_every_other_byte_stays() {
    let fixed = fix(&file(), BROKEN).unwrap();
    assert_eq!(fixed.text, MENDED);
    let lines: Vec<usize> = fixed.done.iter().map(|(line, _)| *line).collect();
    assert_eq!(lines, [7, 9, 11, 11, 11, 14, 19, 21]);
    assert_eq!(errors(&file(), &fixed.text), 0);
    assert!(fixed.diff.starts_with("--- a/index.d/web.yaml\n+++ b/index.d/web.yaml\n@@ -4,21 +4,23 @@\n"), "{}", fixed.diff);
    let again = fix(&file(), &fixed.text).unwrap();
    assert_eq!((again.text.as_str(), again.done.len(), again.diff.as_str()), (MENDED, 0, ""));
}

#[test]
fn line_ends_and_a_byte_order_mark_stay() {
    let text = format!("\u{feff}{}", BROKEN.replace('\n', "\r\n"));
    assert_eq!(fix(&file(), &text).unwrap().text, format!("\u{feff}{}", MENDED.replace('\n', "\r\n")));
    let cut = BROKEN.trim_end_matches("      - web/app:8.10\n\n# the end\n").trim_end();
    let text = cut.replace("    build-context: ./\n    depends-on:", "    build-context: ./");
    assert!(fix(&file(), &text).unwrap().text.ends_with("    build-context: ./\n    depends-on: null"));
}

#[test]
fn an_id_that_is_right_stays_and_broken_ones_get_free_numbers() {
    let text = "Projects:\n- id: 5\n- app-id: a\n- id: 6\n- id: \"7\"\n- id: 0\n- id: 5\n- id:\n";
    let fixed = fix(&file(), text).unwrap().text;
    let ids: Vec<&str> = fixed.lines().filter_map(|line| line.split("id: ").nth(1)).filter(|id| id.parse::<i64>().is_ok()).collect();
    assert_eq!(ids, ["5", "7", "6", "8", "9", "10", "11"], "{fixed}");
}

#[test]
fn what_needs_a_decision_is_left() {
    for text in [
        "Projects:\n- {id: 1, app-id: web}\n",
        "Projects:\n- id: 1\n  build-context: ./\n  build_context: ../\n  git-branch: a\n  depends-on: null\n",
        "Projects: []\n",
        "text\n",
        "",
    ] {
        assert_eq!(fix(&file(), text).unwrap().text, text);
    }
    let error = fix(&file(), "Projects:\n- id: [\n").unwrap_err().to_string();
    assert!(error.starts_with("index.d/web.yaml:2: this is no YAML"), "{error}");
    // The anchor serves a number and a text.
    let shared = "Projects:\n- id: &a 7\n  desired-tag: *a\n  git-branch: a\n  build-context: ./\n  depends-on: null\n";
    let mended = fix(&file(), shared);
    assert!(mended.as_ref().map_or(true, |fixed| fixed.text == shared), "{mended:?}");
}

#[test]
fn flow_entries_get_their_quotes_in_place() {
    let text = "Projects: [{id: 1, desired-tag: 7, git-path: 8.0}, {id: 1, desired-tag: 8}]\n";
    assert_eq!(
        fix(&file(), text).unwrap().text,
        "Projects: [{id: 1, desired-tag: \"7\", git-path: \"8.0\"}, {id: 2, desired-tag: \"8\"}]\n"
    );
}
