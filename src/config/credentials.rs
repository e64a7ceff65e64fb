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
        if let Err(defect) = settle_one(rows, name, env) {
            problems.push(defect.into());
        }
    }
    if problems.is_empty()
        && let Err(defect) = refuse_half(rows)
    {
        problems.push(defect.into());
    }
    problems
}

fn settle_one(rows: &mut [Item], name: &str, env: &BTreeMap<String, String>) -> Result<(), Defect> {
    let file_key = format!("cooperage.{name}_file");
    let given = find(rows, name).filter(|row| text(row).is_some()).map(|row| row.origin.clone());
    let file = find(rows, &file_key).and_then(|row| Some((text(row)?.to_owned(), row.origin.clone())));
    if let Some((path, origin)) = file {
        match given {
            Some(other) if other.layer > origin.layer => {}
            Some(other) if other.layer == origin.layer => {
                let message = format!("both {name} and {file_key} are set in {}", describe(&origin));
                return Err(at(Defect::error("login_incomplete", message).help("keep one of the two"), &other));
            }
            _ => {
                let content = read(&path, env)
                    .map_err(|reason| at(Defect::error("credential_unreadable", format!("{file_key}: {path} {reason}")), &origin))?;
                put(rows, name, Shape::Text(content), Some(origin));
            }
        }
    }
    if find(rows, name).is_some_and(|row| text(row).is_none()) {
        put(rows, name, Shape::Null, None);
    }
    Ok(())
}

fn refuse_half(rows: &[Item]) -> Result<(), Defect> {
    let given = |name: &str| find(rows, name).filter(|row| text(row).is_some());
    let (there, missing) = match (given("username"), given("password")) {
        (Some(row), None) => (row, "password"),
        (None, Some(row)) => (row, "username"),
        _ => return Ok(()),
    };
    let message = format!("there is a {} ({}) but no {missing}", there.name, describe(&there.origin));
    let help = format!("give both, for instance with COOPERAGE_{}, or neither", missing.to_uppercase());
    Err(at(Defect::error("login_incomplete", message).help(help), &there.origin))
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

fn describe(origin: &Origin) -> String {
    match (&origin.path, origin.line) {
        (Some(path), Some(line)) => format!("{path}:{line}"),
        (Some(path), None) => path.clone(),
        _ => "the defaults".into(),
    }
}

/// Places a defect in the file of an origin; variables and flags are no files.
fn at(mut defect: Defect, origin: &Origin) -> Defect {
    defect.path = origin.path.clone().filter(|_| origin.line.is_some());
    defect.line = origin.line;
    defect
}
