//! Author, date and reason of new entries.

use crate::catalog::unfit_character;
use crate::cli::exit::Trouble;
use crate::cli::options::UpdateOptions;
use crate::cli::surroundings::Surroundings;
use crate::config::Config;
use crate::event::{Clock, SystemClock};
use crate::git;
use crate::run::Wording;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use std::collections::BTreeMap;
use std::path::Path;

/// What entries say when nobody says why.
const REASON: &str = "Rebuild";

/// Settles what the entries of a call say.
pub fn of(options: &UpdateOptions, surroundings: &Surroundings, config: &Config, directory: &Path) -> Result<Wording, Trouble> {
    let reason = options.reason.clone().unwrap_or_else(|| REASON.to_owned());
    if reason.trim().is_empty() {
        return Err(Trouble::call("--reason is empty; say why, for those who read the changelog"));
    }
    if let Some(character) = unfit_character(&reason, true) {
        return Err(Trouble::call(format!("--reason holds the character {character:?}, which has no place in a changelog")));
    }
    Ok(Wording { reason, reasons: BTreeMap::new(), author: author(options, surroundings, config, directory)?, date: now(surroundings)? })
}

/// The one moment of the call, in local time: that of the environment, or now.
fn now(surroundings: &Surroundings) -> Result<Zoned, Trouble> {
    let moment = surroundings.source_date()?.unwrap_or_else(|| SystemClock.now());
    // A changelog shows seconds.
    let whole = Timestamp::from_second(moment.as_second()).unwrap_or(moment);
    Ok(whole.to_zoned(TimeZone::system()))
}

/// `Name <address>`: each of the two from the first that has it, of DEBFULLNAME and DEBEMAIL, git, the configuration.
fn author(options: &UpdateOptions, surroundings: &Surroundings, config: &Config, directory: &Path) -> Result<String, Trouble> {
    let author = match &options.author {
        Some(author) if is_author(author) => return Ok(author.clone()),
        Some(author) => return Err(Trouble::call(format!("--author is \"{}\"; write it as Name <address>", author.escape_debug()))),
        None => found_author(surroundings, config, directory)?,
    };
    if is_author(&author) {
        return Ok(author);
    }
    let message = format!("the author \"{}\" is not of the form Name <address>", author.escape_debug());
    Err(Trouble::call(format!("{message}; see DEBFULLNAME, DEBEMAIL, git's user.name and user.email, fallback_author and fallback_email")))
}

fn found_author(surroundings: &Surroundings, config: &Config, directory: &Path) -> Result<String, Trouble> {
    let given = |name: &str| surroundings.env.get(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let (mut name, mut address) = (given("DEBFULLNAME"), given("DEBEMAIL"));
    // As dch(1) reads it, DEBEMAIL may hold both.
    if let Some((before, within)) = address.as_deref().and_then(|text| text.strip_suffix('>')?.split_once('<')) {
        let (before, within) = (before.trim().to_owned(), within.trim().to_owned());
        name = name.or_else(|| Some(before).filter(|before| !before.is_empty()));
        address = Some(within);
    }
    if name.is_none() || address.is_none() {
        let folder = if directory.is_dir() { directory } else { Path::new(".") };
        let (git_name, git_address) = git::user(folder).map_err(crate::run::RunError::from)?.unzip();
        name = name.or(git_name);
        address = address.or(git_address);
    }
    let name = name.unwrap_or_else(|| config.fallback_author.clone());
    let address = address.unwrap_or_else(|| config.fallback_email.clone());
    Ok(format!("{name} <{address}>"))
}

/// A name, a blank, an address in angle brackets, and nothing that ends the line.
fn is_author(text: &str) -> bool {
    let parts = text.strip_suffix('>').and_then(|rest| rest.split_once(" <"));
    parts.is_some_and(|(name, address)| {
        let name_is_good = !name.trim().is_empty() && name.trim() == name && !name.contains("  ");
        name_is_good && !address.trim().is_empty() && unfit_character(text, false).is_none()
    })
}

#[cfg(test)]
mod tests {
    use super::is_author;

    #[test]
    fn authors_have_a_name_and_an_address() {
        for good in ["A <a@b>", "Ümit Ö. <u@o.example>", "A <A <a@b>>"] {
            assert!(is_author(good), "{good}");
        }
        for bad in ["", "A", "a@b", "<a@b>", " <a@b>", "A <>", "A < >", "A <a@b> x", "A\nB <a@b>", "A  B <a@b>", "A <a\u{1b}>"] {
            assert!(!is_author(bad), "{bad}");
        }
    }
}
