//! One entry by itself.

use super::address::{self, Wrong};
use super::document::{duplicates, unknown};
use super::fields::Fields;
use super::names;
use super::notes::Notes;
use crate::config::yaml::{Node, Place, Shape};
use crate::git::{confined, fault_of_revision};
use crate::index::entry::{Dependency, Entry};
use crate::index::folder::IndexFile;
use crate::index::names::ImageName;

/// Every key of an entry.
pub(in crate::index) const KEYS: [&str; 13] = [
    "id",
    "app-id",
    "job-id",
    "git-url",
    "git-path",
    "git-branch",
    "target-file",
    "desired-tag",
    "notify-email",
    "build-context",
    "depends-on",
    "prebuild-script",
    "prebuild-context",
];

/// What could be read of an entry, for the checks across entries.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) file: String,
    pub(super) place: Place,
    /// The id and where it stands.
    pub(super) id: Option<(i64, Place)>,
    pub(super) name: Option<Named>,
    pub(super) parents: Vec<Dependency>,
    /// The entry, where nothing is wrong with it.
    pub(super) entry: Option<Entry>,
    /// The first thing that is wrong with it.
    pub(super) trouble: Option<String>,
}

/// What an entry makes.
#[derive(Clone, Debug)]
pub(super) struct Named {
    pub(super) image: ImageName,
    /// Its tag as YAML's types have it.
    pub(super) typed: String,
    /// Where the tag stands.
    pub(super) place: Place,
}

/// Checks an entry.
pub(super) fn examine(file: &IndexFile, node: &Node, allow_file: bool, notes: &mut Notes<'_>) -> Draft {
    let start = notes.len();
    let mut draft =
        Draft { file: file.path.clone(), place: node.place, id: None, name: None, parents: Vec::new(), entry: None, trouble: None };
    if let Shape::Map(keys) = &node.shape {
        duplicates(node, notes);
        for key in keys.iter().filter(|key| !KEYS.contains(&key.key.as_str())) {
            unknown(&key.key, key.place, &KEYS, notes);
        }
        let mut fields = Fields { node, notes };
        draft.id = fields.id();
        draft.name = names::check(file, &mut fields);
        git(&mut fields, allow_file);
        paths(&mut fields);
        email(&mut fields);
        draft.parents = fields.parents();
    } else {
        notes.tell("bad_entry", node.place, format!("an entry is a mapping of keys, and this is {}", node.found()));
    }
    let label = draft.name.as_ref().map(|named| named.image.image());
    draft.trouble = notes.about(start, label.as_deref());
    draft.entry = if draft.trouble.is_none() { Entry::read(&file.path, node) } else { None };
    draft
}

fn git(fields: &mut Fields<'_, '_>, allow_file: bool) {
    if let Some((text, place)) = fields.text("git-url", true) {
        // An address may hold a secret, so no message repeats it.
        match address::url(&text, allow_file) {
            Ok(()) => {}
            Err(Wrong::Local) => {
                fields.notes.tell("local_git_url", place, "git-url is a folder of the machine that builds");
                fields.notes.help("give an https address, or allow folders with cooperage.index.allow_file_urls");
            }
            Err(Wrong::Credentials) => {
                fields.notes.tell("git_url_credentials", place, "git-url holds a password or a token, which everybody can read here");
                fields.notes.help("take it out and withdraw it where it is valid");
            }
            Err(Wrong::Form(why)) => {
                fields.notes.tell("bad_git_url", place, format!("git-url is no address of a repository: {why}"));
                fields.notes.help("write it as https://host/path, ssh://user@host/path or user@host:path");
            }
        }
    }
    if let Some((text, place)) = fields.text("git-branch", true)
        && let Some(why) = fault_of_revision(&text)
    {
        fields.notes.tell("bad_git_branch", place, format!("git-branch can name no branch, tag or commit: {why}"));
    }
}

fn paths(fields: &mut Fields<'_, '_>) {
    let folder = fields.text("git-path", true).and_then(|path| stays("git-path", "", path, fields));
    for key in ["target-file", "build-context"] {
        if let Some(path) = fields.text(key, true) {
            stays(key, folder.as_deref().unwrap_or_default(), path, fields);
        }
    }
    let script = fields.has("prebuild-script").then(|| fields.text("prebuild-script", true)).flatten();
    let context = match (fields.has("prebuild-script"), fields.place_of("prebuild-context")) {
        (true, _) => fields.text("prebuild-context", true),
        (false, Some(place)) => {
            fields.notes.tell("lonely_prebuild_context", place, "prebuild-context changes nothing without prebuild-script");
            None
        }
        (false, None) => None,
    };
    let context = context.and_then(|path| stays("prebuild-context", "", path, fields));
    if let (Some(script), Some(context)) = (script, context) {
        stays("prebuild-script", &context, script, fields);
    }
}

fn stays(key: &str, folder: &str, (path, place): (String, Place), fields: &mut Fields<'_, '_>) -> Option<String> {
    let settled = confined(folder, &path).filter(|path| !path.contains(char::is_control));
    if settled.is_none() {
        let of = match key {
            "target-file" | "build-context" => ", counted from git-path,",
            "prebuild-script" => ", counted from prebuild-context,",
            _ => "",
        };
        fields.notes.tell("outside_clone", place, format!("{key}{of} leaves the clone or is no path"));
    }
    settled
}

fn email(fields: &mut Fields<'_, '_>) {
    if let Some((text, place)) = fields.text("notify-email", true)
        && let Err(why) = address::mail(&text)
    {
        fields.notes.tell("bad_email", place, format!("notify-email is not one mail address: {why}"));
    }
}
