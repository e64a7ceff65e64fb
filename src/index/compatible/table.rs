//! The checks, in their order, with what they say: for `--explain`, SARIF and `docs/index-validate.md`.

use crate::finding::Severity::{Error, Warning};
use crate::finding::{Rule, rule};
use std::borrow::Cow;

/// What is told of a file that the original reads nothing of, and passes: it is no check of the original.
pub const NOT_READ: &str = "NotRead";

/// Every check, in the order in which they run.
pub const CHECKS: &[Rule] = &[
    rule(NOT_READ, Warning, "A file is YAML and not empty; the original passes one that is not.", "Projects: [", "Projects: [{id: 1, …}]"),
    rule("TopLevel", Error, "The key Projects is there, and is a list that is not empty.", "projects: []", "Projects: [{id: 1, …}]"),
    rule("IDValidator", Error, "id is a whole number of 64 bits other than 0; a boolean counts as one.", "id: \"1\"", "id: 1"),
    rule(
        "AppIDValidator",
        Error,
        "app-id is ASCII text, and the name of the file up to its first dot.",
        "app-id: centos in fedora.yaml",
        "app-id: centos in centos.yaml",
    ),
    rule("JobIDValidator", Error, "job-id is ASCII text.", "job-id: 7", "job-id: \"7\""),
    rule("DesiredTagValidator", Error, "desired-tag is there, and not 0, false or empty.", "desired-tag: 0.0", "desired-tag: latest"),
    rule(
        "UniqueEntryValidator",
        Error,
        "In a file no id stands twice, and no app-id, job-id and desired-tag together, after YAML's types.",
        "desired-tag: 8.10 and desired-tag: 8.1",
        "desired-tag: \"8.10\" and desired-tag: \"8.1\"",
    ),
    rule("GitURLValidator", Error, "git-url is ASCII text.", "no git-url", "git-url: https://git.example.org/team/app.git"),
    rule("GitPathValidator", Error, "git-path is ASCII text.", "git-path: 7", "git-path: /"),
    rule("GitBranchValidator", Error, "git-branch is ASCII text.", "git-branch: 1.0", "git-branch: master"),
    rule(
        "PrebuildValidator",
        Error,
        "With a prebuild-script, it and prebuild-context are ASCII text; without one there is a warning.",
        "prebuild-script: a.sh alone",
        "prebuild-script: a.sh with prebuild-context: /",
    ),
    rule("TargetFileValidator", Error, "target-file is ASCII text.", "target-file: [Dockerfile]", "target-file: Dockerfile"),
    rule("NotifyEmailValidator", Error, "notify-email is ASCII text.", "notify-email: null", "notify-email: team@example.org"),
    rule("BuildContextValidator", Error, "build-context is ASCII text.", "no build-context", "build-context: ./"),
    rule(
        "GitCloneValidator",
        Error,
        "The repository can be cloned, and git-branch is a branch of it, or HEAD.",
        "git-branch: v1.0, which is a tag",
        "git-branch: master",
    ),
    rule(
        "CCCPYamlExistsValidator",
        Error,
        "git-path holds cccp.yml, .cccp.yml, cccp.yaml or .cccp.yaml, and the first of them is YAML and not empty; not looked at with a prebuild.",
        "no cccp.yml",
        "cccp.yml with job-id: app",
    ),
    rule(
        "TargetFileExistsValidator",
        Error,
        "git-path holds the target file; not looked at with a prebuild-script.",
        "target-file: Dockerfile.centos, which is not there",
        "target-file: Dockerfile",
    ),
    rule(
        "PreBuildExistsValidator",
        Error,
        "A prebuild-script has a prebuild-context, and both are in the clone.",
        "prebuild-script: a.sh, which is not there",
        "prebuild-script: hooks/a.sh",
    ),
    rule(
        "JobIDMatchesIndex",
        Error,
        "The job-id of the project's file is the entry's, with the same YAML type; a few known entries are excepted.",
        "job-id: web in the index, job-id: app in cccp.yml",
        "job-id: app in both",
    ),
];

/// Strict rules that look at what a check of the original looks at.
const STRICT: &[(&str, &[&str])] = &[
    ("TopLevel", &["unreadable", "bad_yaml", "empty_file", "no_projects", "bad_entry"]),
    ("IDValidator", &["bad_id"]),
    ("AppIDValidator", &["app_id_file"]),
    ("DesiredTagValidator", &["bad_tag", "unquoted_tag", "tag_changes"]),
    ("UniqueEntryValidator", &["duplicate_id", "duplicate_image", "same_pipeline"]),
    ("GitURLValidator", &["bad_git_url", "local_git_url", "git_url_credentials"]),
    ("GitBranchValidator", &["bad_git_branch"]),
    ("PrebuildValidator", &["lonely_prebuild_context"]),
    ("NotifyEmailValidator", &["bad_email"]),
    ("GitCloneValidator", &["not_fetched", "repository_unclear", "no_revision"]),
    ("CCCPYamlExistsValidator", &["no_project_file", "bad_project_file", "idle_project_key"]),
    ("TargetFileExistsValidator", &["no_target_file"]),
    ("PreBuildExistsValidator", &["no_prebuild_file"]),
    ("JobIDMatchesIndex", &["other_job_id"]),
];

/// The check that a strict rule belongs to; the rule itself where the original has none.
pub(super) fn check_of(rule: &str) -> Cow<'static, str> {
    let found = STRICT.iter().find(|(_, rules)| rules.contains(&rule));
    found.map_or_else(|| Cow::Owned(rule.to_owned()), |(check, _)| Cow::Borrowed(*check))
}
