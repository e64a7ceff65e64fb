//! What the commands that judge by a table of rules share: their document, its forms, and `--explain`.

use super::exit::Trouble;
use super::options::Format;
use super::surroundings::Surroundings;
use crate::check::date;
use crate::event::{Clock as _, SystemClock};
use crate::finding::{Counts, Finding, Rule, UnknownRule, find};
use crate::report::{Paint, Screen, findings_for_github, json, sarif, text};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;

/// The document.
#[derive(Serialize)]
pub struct Told<'a> {
    /// The version of this shape.
    #[serde(rename = "v")]
    pub version: u32,
    /// Whether nothing reaches what fails the call.
    pub ok: bool,
    /// Who judged.
    pub engine: &'static str,
    /// The commit that was compared with.
    pub base: Option<&'a str>,
    /// All that was found.
    pub findings: &'a [Finding],
    /// How many.
    pub counts: Counts,
    /// The rules of our own that may have found it.
    #[serde(skip)]
    pub rules: &'static [Rule],
    /// What stands between the top of the repository and the paths.
    #[serde(skip)]
    pub prefix: &'a str,
}

impl Told<'_> {
    /// Prints it in the form that was asked for; `people` writes it for people.
    pub fn print(&self, surroundings: &Surroundings, people: impl FnOnce(&Screen) -> String) -> Result<(), Trouble> {
        let mut out = std::io::stdout().lock();
        match surroundings.format {
            Format::Json => json(&mut out, self)?,
            Format::Sarif => json(&mut out, &sarif(self.findings, self.rules, self.prefix))?,
            Format::Github => text(&mut out, &findings_for_github(self.findings, self.prefix))?,
            Format::Human => text(&mut out, &people(&surroundings.out))?,
        }
        Ok(())
    }
}

/// The document of `--explain`.
#[derive(Serialize)]
struct Explained<'a> {
    v: u32,
    rules: &'a [Rule],
}

/// Prints what the rule `id` of a table is about, or every rule for `all`; `help` is what to do about what one finds.
pub fn explain(
    id: &str,
    table: &[Rule],
    unknown: fn(&str) -> UnknownRule,
    help: fn(&str) -> Option<&'static str>,
    surroundings: &Surroundings,
) -> Result<u8, Trouble> {
    let rules = match find(table, id) {
        Some(rule) => std::slice::from_ref(rule),
        None if id == "all" => table,
        None => return Err(wrong(unknown(id))),
    };
    let mut out = std::io::stdout().lock();
    match surroundings.format {
        Format::Json => json(&mut out, &Explained { v: 1, rules })?,
        _ => text(&mut out, &rules.iter().map(|rule| for_people(rule, help(rule.id), &surroundings.out)).collect::<Vec<_>>().join("\n"))?,
    }
    Ok(0)
}

fn for_people(rule: &Rule, help: Option<&str>, screen: &Screen) -> String {
    let severity = rule.severity.map_or("off", |severity| severity.as_str());
    let id = Paint::Strong.on(screen, rule.id);
    let help = help.map(|help| format!("  do:   {help}\n")).unwrap_or_default();
    format!("{id} ({severity})\n  {}\n  bad:  {}\n  good: {}\n{help}", rule.text, rule.bad, rule.good)
}

/// A call that cannot be what was meant.
pub fn wrong(error: impl std::error::Error) -> Trouble {
    Trouble::call(error.to_string())
}

/// The day as `--today` tells it, or else the clock, in UTC.
pub fn today(told: Option<&str>) -> Result<Date, Trouble> {
    match told {
        None => Ok(SystemClock.now().to_zoned(TimeZone::UTC).date()),
        Some(text) => date(text).ok_or_else(|| Trouble::call(format!("--today must be a day as YYYYMMDD, not \"{text}\""))),
    }
}
