//! `timebomb YYYYMMDD reason` at the start of a line: a reminder that becomes an error on its day.

use super::places::Places;
use crate::catalog::Defect;
use crate::git::{GitError, Repository, TrackedLine};
use jiff::civil::Date;
use std::path::Path;

/// Days before its day on which a timebomb is told as due.
const NOTICE: i32 = 14;
/// The lines that may be timebombs; blanks may stand before the word, tabs may not.
const LINE: &str = "^ *timebomb ";

/// The timebombs of all tracked text files that have come to their day, or will soon. Without git, of all files.
///
/// # Errors
/// When git fails.
pub fn timebombs(directory: &Path, repository: Option<&Repository>, places: &Places, today: Date) -> Result<Vec<Defect>, GitError> {
    let lines = match repository {
        Some(repository) => repository.tracked_lines(LINE, directory)?,
        None => lines_without_git(places, |line| line.trim_start_matches(' ').starts_with("timebomb ")),
    };
    Ok(lines.iter().filter_map(|line| judge(line, today)).collect())
}

/// The lines that are wanted, of all text files below DIRECTORY.
pub(super) fn lines_without_git(places: &Places, is_wanted: impl Fn(&str) -> bool) -> Vec<TrackedLine> {
    let mut found = Vec::new();
    for file in &places.files {
        let bytes = std::fs::read(places.root.join(file)).unwrap_or_default();
        if bytes.contains(&0) {
            continue;
        }
        let text = String::from_utf8_lossy(&bytes);
        let lines = text.lines().enumerate().filter(|(_, line)| is_wanted(line));
        found.extend(lines.map(|(at, line)| TrackedLine { path: file.clone(), line: at + 1, text: line.to_owned() }));
    }
    found
}

/// The last `timebomb <digits>` of a line counts. A line without digits is no timebomb.
fn judge(line: &TrackedLine, today: Date) -> Option<Defect> {
    let places = line.text.match_indices("timebomb ").map(|(at, word)| &line.text[at + word.len()..]);
    let (digits, reason) = places.filter_map(digits).last()?;
    let reason = reason.trim().trim_matches('"');
    let tell = |code: &'static str, message: String| {
        let message = if reason.is_empty() { message } else { format!("{message}: {reason}") };
        let defect = Defect::error(code, message).at(&line.path).line(line.line);
        Some(defect.help("do what it reminds of and remove it, or give it a later date"))
    };
    let Some(date) = date(digits) else {
        return tell("timebomb", format!("the timebomb has no date YYYYMMDD but {digits}"));
    };
    match days(today, date) {
        ..=0 => tell("timebomb", format!("the timebomb of {date} has come to its day")),
        left @ 1..=NOTICE => tell("timebomb_due", format!("the timebomb of {date} comes to its day in {left} days")),
        _ => None,
    }
}

fn digits(text: &str) -> Option<(&str, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

/// A day written as `YYYYMMDD`; `None` for what is no day of the calendar.
pub fn date(digits: &str) -> Option<Date> {
    let number: u32 = (digits.len() == 8).then(|| digits.parse().ok())??;
    // Two digits and four digits fit.
    Date::new((number / 10_000) as i16, (number / 100 % 100) as i8, (number % 100) as i8).ok()
}

fn days(from: Date, to: Date) -> i32 {
    from.until(to).map_or(0, |span| span.get_days())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Option<&'static str> {
        let line = TrackedLine { path: "f".into(), line: 1, text: text.into() };
        judge(&line, date("20261121").unwrap()).map(|defect| defect.code)
    }

    #[test]
    fn it_fires_on_its_day_and_is_told_14_days_before() {
        for (text, code) in [
            ("timebomb 20261120 x", Some("timebomb")),
            ("timebomb 20261121 x", Some("timebomb")),
            ("   timebomb 20261122 x", Some("timebomb_due")),
            ("timebomb 20261205 x", Some("timebomb_due")),
            ("timebomb 20261206 x", None),
            ("timebomb 20991231", None),
            ("timebomb soon", None),
            ("timebomb 20261101 moved to timebomb 20991231 x", None),
            ("timebomb 2026-12-31 x", Some("timebomb")),
            ("timebomb 20261341 x", Some("timebomb")),
        ] {
            assert_eq!(told(text), code, "{text}");
        }
    }
}
