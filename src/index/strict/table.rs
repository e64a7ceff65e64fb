//! The one table of rules.

use crate::finding::Rule;
use crate::finding::Severity::{self, Error, Warning};

const fn rule(id: &'static str, severity: Severity, text: &'static str, bad: &'static str, good: &'static str) -> Rule {
    Rule { id, severity: Some(severity), text, bad, good }
}

/// Every rule, in the order of `--explain all`.
pub const RULES: &[Rule] = &[
    rule(
        "unreadable",
        Error,
        "Every file of the index is a text file in UTF-8 that can be read.",
        "index.d/centos.yaml with mode 000",
        "index.d/centos.yaml with mode 644",
    ),
    rule("bad_yaml", Error, "Every file of the index is one YAML document.", "Projects: [", "Projects: [{id: 1, …}]"),
    rule("empty_file", Error, "No file of the index is empty.", "a file of comments alone", "Projects: with a list of entries"),
    rule(
        "no_projects",
        Error,
        "A file of the index is a mapping with the key Projects, a list that is not empty.",
        "projects: {}",
        "Projects: with a list of entries",
    ),
    rule("bad_entry", Error, "An entry is a mapping of keys.", "- https://git.example.org/team/app.git", "- id: 1 and the other keys"),
    rule("duplicate_key", Error, "No mapping holds a key twice.", "git-branch: main and git-branch: next", "git-branch: main"),
    rule("unknown_key", Warning, "A key is one that the index knows.", "build_context: ./", "build-context: ./"),
    rule("missing_key", Error, "An entry has every key that it needs; depends-on may be null.", "no depends-on", "depends-on: null"),
    rule("empty_value", Error, "A key that an entry needs has a value.", "git-branch:", "git-branch: main"),
    rule("not_text", Error, "What is meant as text is text to every reader of YAML.", "git-branch: 5.10", "git-branch: \"5.10\""),
    rule("bad_id", Error, "The id is a whole number other than 0.", "id: \"one\"", "id: 1"),
    rule("duplicate_id", Error, "No two entries of a file have one id.", "id: 3 twice in a file", "id: 3 and id: 4"),
    rule(
        "app_id_file",
        Error,
        "The app-id is the name of the file up to its first dot.",
        "app-id: centos in index.d/fedora.yaml",
        "app-id: centos in index.d/centos.yaml",
    ),
    rule(
        "bad_name",
        Error,
        "app-id and job-id make a repository that registries accept: small letters, digits, and what becomes `-` between them.",
        "job-id: Web_Server",
        "job-id: web_server, published as web-server",
    ),
    rule(
        "bad_tag",
        Error,
        "The desired-tag is a tag that registries accept: letters, digits, `_`, `.`, `-`, at most 128 characters.",
        "desired-tag: \"1.0+b2\"",
        "desired-tag: \"1.0-b2\"",
    ),
    rule("unquoted_tag", Warning, "A tag that looks like a number or a date has quotes.", "desired-tag: 7", "desired-tag: \"7\""),
    rule(
        "tag_changes",
        Error,
        "A tag is the same text to every reader of YAML.",
        "desired-tag: 8.10, which is the number 8.1",
        "desired-tag: \"8.10\"",
    ),
    rule("bad_email", Error, "notify-email is one mail address.", "notify-email: the team", "notify-email: team@example.org"),
    rule(
        "bad_git_url",
        Error,
        "git-url is the address of a repository over https, http, ssh or git.",
        "git-url: ext::sh -c id",
        "git-url: https://git.example.org/team/app.git",
    ),
    rule(
        "local_git_url",
        Error,
        "git-url is no folder of the machine that builds, unless cooperage.index.allow_file_urls says so.",
        "git-url: file:///srv/git/app.git",
        "git-url: https://git.example.org/team/app.git",
    ),
    rule(
        "git_url_credentials",
        Error,
        "git-url holds no password and no token.",
        "git-url: an https address with user:password@ before the host",
        "git-url: https://git.example.org/team/app.git",
    ),
    rule(
        "bad_git_branch",
        Error,
        "git-branch can name a branch, a tag or a commit.",
        "git-branch: --upload-pack=x",
        "git-branch: release/1.2",
    ),
    rule(
        "outside_clone",
        Error,
        "git-path, target-file, build-context and the prebuild script stay inside the clone.",
        "git-path: docker with build-context: ../../",
        "git-path: docker with build-context: ../",
    ),
    rule(
        "lonely_prebuild_context",
        Warning,
        "A prebuild-context goes with a prebuild-script.",
        "prebuild-context: / alone",
        "prebuild-context: / with prebuild-script: prepare.sh",
    ),
    rule(
        "duplicate_image",
        Error,
        "No two entries of the index make one image, after YAML's types and with `_`, `/`, `.`, `:` as `-`.",
        "job-id: a.b and job-id: a-b, both with desired-tag: latest",
        "job-id: a.b with desired-tag: latest and desired-tag: next",
    ),
    rule(
        "same_pipeline",
        Error,
        "No two entries have names that differ in capitals only, or in where app-id ends and job-id begins.",
        "desired-tag: Final and desired-tag: final of one image",
        "desired-tag: final and desired-tag: final-2",
    ),
    rule(
        "bad_parent",
        Error,
        "depends-on is null, namespace/name:tag, or a list of those.",
        "depends-on: centos/centos:7, centos/tools:1",
        "depends-on: [\"centos/centos:7\", \"centos/tools:1\"]",
    ),
    rule("duplicate_parent", Warning, "depends-on names a parent once.", "depends-on: [a/b:1, a/b:1]", "depends-on: a/b:1"),
    rule(
        "unknown_parent",
        Error,
        "What depends-on names is in the index, in the catalogue, or a base image of base_images; capitals and dots count.",
        "depends-on: centos/centos:7-2 where the index has 7.2",
        "depends-on: centos/centos:7.2",
    ),
    rule(
        "self_reference",
        Error,
        "No entry depends on its own image.",
        "centos/centos:7 with depends-on: centos/centos:7",
        "depends-on: null",
    ),
    rule("parent_cycle", Error, "Entries do not need each other in a circle.", "a/a:1 needs a/b:1, a/b:1 needs a/a:1", "a/a:1 needs a/b:1"),
];
