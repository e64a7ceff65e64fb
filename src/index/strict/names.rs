//! What an entry's image is called, and whether registries accept it.

use super::entry::Named;
use super::fields::Fields;
use super::typed::retyped;
use crate::config::yaml::Place;
use crate::index::entry::value;
use crate::index::folder::IndexFile;
use crate::index::names::{ImageName, normalised};
use crate::name::Tag;

/// Checks `app-id`, `job-id` and `desired-tag`; gives the image where all three are there.
pub(super) fn check(file: &IndexFile, fields: &mut Fields<'_, '_>) -> Option<Named> {
    let app = fields.text("app-id", true);
    let job = fields.text("job-id", true);
    let tag = fields.text("desired-tag", false);
    if let Some((app, place)) = &app {
        if app != file.namespace() {
            fields.notes.tell("app_id_file", *place, format!("app-id is {app}, and the file {} is for {}", file.name(), file.namespace()));
            fields.notes.help(format!("write app-id: {}, or move the entry to index.d/{app}.yaml", file.namespace()));
        }
        part("app-id", app, *place, fields);
    }
    if let Some((job, place)) = &job {
        part("job-id", job, *place, fields);
    }
    let typed = match &tag {
        Some((tag, place)) => check_tag(tag, *place, fields),
        None => None,
    };
    let ((app, _), (job, _), (tag, place)) = (app?, job?, tag?);
    Some(Named { image: ImageName::of(&app, &job, &tag), typed: typed.unwrap_or(tag), place })
}

/// A part of the repository, after normalisation. Source: `<name>` of the OCI distribution specification.
fn part(key: &str, text: &str, place: Place, fields: &mut Fields<'_, '_>) {
    let name = normalised(text);
    let accepted = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if name.contains(|c: char| c.is_ascii_uppercase()) {
        fields.notes.tell("bad_name", place, format!("{key} has capitals, which registries refuse in names"));
        fields.notes.help(format!("write {}", text.to_ascii_lowercase()));
    } else if !name.chars().all(accepted) || name.starts_with('-') || name.ends_with('-') {
        fields.notes.tell("bad_name", place, format!("{key} makes \"{}\", which registries refuse as a name", name.escape_debug()));
        fields.notes.help("use small letters and digits, with single `-`, `_`, `.` between them");
    } else if name.len() > 100 {
        fields.notes.tell("bad_name", place, format!("{key} has {} characters; 100 are the most that go into a name", name.len()));
    }
}

/// Gives the tag as YAML's types have it, where that is not as it is written.
fn check_tag(tag: &str, place: Place, fields: &mut Fields<'_, '_>) -> Option<String> {
    if let Err(error) = Tag::parse(tag) {
        fields.notes.tell("bad_tag", place, format!("desired-tag: {error}"));
    }
    let typed = value(fields.node, "desired-tag").and_then(retyped)?;
    if typed == tag {
        fields.notes.tell("unquoted_tag", place, format!("desired-tag {tag} is no text to readers of YAML"));
    } else {
        fields.notes.tell("tag_changes", place, format!("desired-tag {tag} is {typed} to readers of YAML"));
    }
    fields.notes.help(format!("put it in quotes: desired-tag: \"{tag}\""));
    Some(typed)
}
