//! Checks 1 to 12: what can be seen in the entry.

use super::python::Python;
use super::record::Said;
use super::subject::Subject;
use super::unique::Seen;

/// What a check looks at.
enum Looks {
    Id,
    AppId,
    Text(&'static str),
    Tag,
    Unique,
    Prebuild,
}

/// In the order in which they run; every one runs, whatever the others say.
const CHECKS: [(&str, Looks); 12] = [
    ("IDValidator", Looks::Id),
    ("AppIDValidator", Looks::AppId),
    ("JobIDValidator", Looks::Text("job-id")),
    ("DesiredTagValidator", Looks::Tag),
    ("UniqueEntryValidator", Looks::Unique),
    ("GitURLValidator", Looks::Text("git-url")),
    ("GitPathValidator", Looks::Text("git-path")),
    ("GitBranchValidator", Looks::Text("git-branch")),
    ("PrebuildValidator", Looks::Prebuild),
    ("TargetFileValidator", Looks::Text("target-file")),
    ("NotifyEmailValidator", Looks::Text("notify-email")),
    ("BuildContextValidator", Looks::Text("build-context")),
];

/// What each check says of an entry; `seen` is what the entries before it in the file had.
pub(super) fn check(subject: &Subject<'_>, seen: &mut Seen) -> impl Iterator<Item = (&'static str, Said)> {
    CHECKS.iter().map(move |(name, looks)| {
        let said = match looks {
            Looks::Id => id(subject),
            Looks::AppId => app_id(subject),
            Looks::Text(key) => text(subject, key),
            Looks::Tag => tag(subject),
            Looks::Unique => seen.check(subject),
            Looks::Prebuild => prebuild(subject),
        };
        (*name, said)
    })
}

fn missing(subject: &Subject<'_>, key: &str) -> Said {
    let what = if subject.has(key) { "has no value that counts" } else { "is missing" };
    Said::default().error("missing", subject.place(key), format!("{key} {what}"))
}

/// The rule for text: there is some, and it is ASCII.
fn text(subject: &Subject<'_>, key: &str) -> Said {
    match subject.get(key) {
        Python::Text(text) if !text.is_empty() => Said::default(),
        value if !value.is_true() => missing(subject, key),
        value => Said::default().error("not_text", subject.place(key), format!("{key} is {}, not text", value.found())),
    }
}

fn id(subject: &Subject<'_>) -> Said {
    match subject.get("id") {
        value if !value.is_true() => missing(subject, "id"),
        value if value.is_integer() => Said::default(),
        value => Said::default().error("not_a_number", subject.place("id"), format!("id is {}, not a whole number", value.found())),
    }
}

fn app_id(subject: &Subject<'_>) -> Said {
    let said = text(subject, "app-id");
    let expected = subject.file.namespace();
    if !said.errors.is_empty() || subject.text("app-id") == expected {
        return said;
    }
    let message = format!("app-id is not \"{expected}\", the name of the file up to its first dot");
    said.error("other_file", subject.place("app-id"), message)
}

fn tag(subject: &Subject<'_>) -> Said {
    if subject.get("desired-tag").is_true() { Said::default() } else { missing(subject, "desired-tag") }
}

fn prebuild(subject: &Subject<'_>) -> Said {
    if !subject.has("prebuild-script") {
        return Said::default().warning("no_prebuild", subject.node.place, "there is no prebuild-script");
    }
    text(subject, "prebuild-script").and(text(subject, "prebuild-context"))
}
