//! Whether processes run as root.

use crate::finding::{Finding, Severity};
use crate::scan::external::plain;
use crate::scan::{Contents, Subject};

/// What is shown of a user, in characters.
const LONGEST: usize = 200;

/// The finding of an image whose user is root.
pub fn finding(subject: &Subject<'_>) -> Option<Finding> {
    let user = subject.config.config.user.as_deref().unwrap_or_default().trim();
    let message = match user {
        "" => "the image has no USER: processes run as root".to_owned(),
        _ if is_root(subject.contents, user) => format!("the image's USER is {}: processes run as root", plain(user, LONGEST)),
        _ => return None,
    };
    Some(Finding::new("root-user", Severity::Low, message).about(subject.name).help(Some("add a USER with a number other than 0")))
}

/// `USER` or `USER:GROUP`, each a name or a number.
fn is_root(contents: &Contents, user: &str) -> bool {
    let name = user.split(':').next().unwrap_or_default();
    match name.parse::<u64>() {
        Ok(number) => number == 0,
        Err(_) => name.is_empty() || uid(contents, name).map_or(name == "root", |uid| uid == 0),
    }
}

fn uid(contents: &Contents, name: &str) -> Option<u64> {
    let bytes = contents.bytes("/etc/passwd").ok().flatten()?;
    let text = String::from_utf8_lossy(&bytes);
    let mut columns = text.lines().map(|line| line.split(':')).filter_map(|mut line| Some((line.next()?, line.nth(1)?)));
    columns.find(|(known, _)| *known == name).and_then(|(_, number)| number.parse().ok())
}
