//! The rules about repositories, in the shape of the strict ones.

use crate::finding::Severity::{Error, Warning};
use crate::finding::{Rule, rule};

/// Every rule, in the order of `--explain all`.
pub const RULES: &[Rule] = &[
    rule(
        "not_fetched",
        Error,
        "The repository of git-url is there, and everybody may read it.",
        "a repository that wants a password",
        "a public one",
    ),
    rule("repository_unclear", Error, "The server of git-url answers in time.", "a server that hangs", "one that answers"),
    rule("no_revision", Error, "git-branch is a branch, a tag or a commit there.", "git-branch: mian", "git-branch: main"),
    rule("no_folder", Error, "git-path and build-context are folders of the clone.", "git-path: imagse", "git-path: images"),
    rule(
        "no_target_file",
        Error,
        "git-path holds the target file, unless a prebuild makes it.",
        "target-file: Dokerfile",
        "target-file: Dockerfile",
    ),
    rule(
        "no_prebuild_file",
        Error,
        "prebuild-context is a folder of the clone and holds the script.",
        "prebuild-script: gone.sh",
        "prebuild-script: prepare.sh",
    ),
    rule(
        "no_project_file",
        Error,
        "git-path holds .cooperage.yml or cccp.yml, unless a prebuild makes it.",
        "neither of them in git-path",
        "cccp.yml with job-id: app",
    ),
    rule("bad_project_file", Error, "The project's file can be used.", "cccp.yml: an empty file", "cccp.yml with job-id: app"),
    rule("idle_project_key", Warning, "What the project's file holds does something.", "tset-skip: false", "test-skip: false"),
    rule(
        "other_job_id",
        Error,
        "The job-id of the project's file is the entry's.",
        "job-id: web here, job-id: app there",
        "job-id: app in both",
    ),
];
