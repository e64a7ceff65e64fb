//! The login: from values, variables or files, and only whole.

use super::error::Problem;
use super::layer::Item;
use super::load::expand_home;
use super::source::Origin;
use super::yaml::Shape;
use crate::catalog::Defect;
use std::collections::BTreeMap;
use std::path::Path;

/// No username or password is longer than this many bytes (identity tokens have a few thousand).
const LIMIT: usize = 1 << 16;

/// Puts the contents of `username_file` and `password_file` in place of `username` and `password`, and refuses half
/// a login. An empty value counts as none: CI systems hand out empty variables for secrets they withhold.
pub(crate) fn settle(rows: &mut [Item], env: &BTreeMap<String, String>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for name in ["username", "password"] {
        problems.extend(settle_one(rows, name, env).map(Problem::from));
    }
    if problems.is_empty() {
        problems.extend(refuse_half(rows).map(Problem::from));
    }
    problems
}

fn settle_one(rows: &mut [Item], name: &str, env: &BTreeMap<String, String>) -> Option<Defect> {
    let file_key = format!("cooperage.{name}_file");
    let given = find(rows, name).filter(|row| text(row).is_some()).map(|row| (row.rank, row.origin.clone()));
    let file = find(rows, &file_key).and_then(|row| Some((text(row)?.to_owned(), row.rank, row.origin.clone())));
    if let Some((path, rank, origin)) = file {
        match given {
            Some((other, _)) if other > rank => {}
            Some((other, place)) if other == rank => {
                let message = format!("both {name}{} and {file_key}{} are set", describe(&place), describe(&origin));
                return Some(at(Defect::error("login_incomplete", message).help("keep one of the two"), &place));
            }
            _ => {
                let content = match read(&path, env) {
                    Ok(content) => content,
                    Err(reason) => {
                        return Some(at(Defect::error("credential_unreadable", format!("{file_key}: {path} {reason}")), &origin));
                    }
                };
                put(rows, name, Shape::Text(content), Some(origin));
            }
        }
    }
    if find(rows, name).is_some_and(|row| text(row).is_none()) {
        put(rows, name, Shape::Null, None);
    }
    None
}

fn refuse_half(rows: &[Item]) -> Option<Defect> {
    let given = |name: &str| find(rows, name).filter(|row| text(row).is_some());
    let (there, missing) = match (given("username"), given("password")) {
        (Some(row), None) => (row, "password"),
        (None, Some(row)) => (row, "username"),
        _ => return None,
    };
    let message = format!("there is a {}{} but no {missing}", there.name, describe(&there.origin));
    let help = format!("give both, for instance with COOPERAGE_{}, or neither", missing.to_uppercase());
    Some(at(Defect::error("login_incomplete", message).help(help), &there.origin))
}

/// The first line's worth of a file: one line end at its end is not part of it.
fn read(path: &str, env: &BTreeMap<String, String>) -> Result<String, String> {
    let bytes = std::fs::read(expand_home(Path::new(path), env)).map_err(|error| format!("cannot be read: {error}"))?;
    if bytes.len() > LIMIT {
        return Err("is too large for a credential".into());
    }
    let content = String::from_utf8(bytes).map_err(|_| "is not UTF-8 text".to_owned())?;
    let content = content.strip_suffix('\n').unwrap_or(&content);
    let content = content.strip_suffix('\r').unwrap_or(content);
    if content.is_empty() { Err("is empty".into()) } else { Ok(content.to_owned()) }
}

fn find<'a>(rows: &'a [Item], name: &str) -> Option<&'a Item> {
    rows.iter().find(|row| row.name == name)
}

fn put(rows: &mut [Item], name: &str, shape: Shape, origin: Option<Origin>) {
    if let Some(row) = rows.iter_mut().find(|row| row.name == name) {
        row.node.shape = shape;
        row.origin = origin.unwrap_or_else(|| row.origin.clone());
    }
}

fn text(row: &Item) -> Option<&str> {
    match &row.node.shape {
        Shape::Text(text) if !text.is_empty() => Some(text),
        _ => None,
    }
}

/// The variable or flag of an origin; a file stands in front of the message.
fn describe(origin: &Origin) -> String {
    match (&origin.path, origin.line) {
        (Some(name), None) => format!(" ({name})"),
        _ => String::new(),
    }
}

/// Places a defect in the file of an origin; variables and flags are no files.
fn at(mut defect: Defect, origin: &Origin) -> Defect {
    defect.path = origin.path.clone().filter(|_| origin.line.is_some());
    defect.line = origin.line;
    defect
}
