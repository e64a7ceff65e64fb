//! `check`: what CI runs on a pull request.

use crate::catalog::Defect;
use crate::check::{
    Base, Compared, Places, RULES, catalogue, conflicts, date, fresh, judge, labels, levels, published, rule, timebombs, title, unknown,
};
use crate::cli::checks::CheckOptions;
use crate::cli::exit::{Trouble, UNREACHABLE};
use crate::cli::options::{Call, Format};
use crate::cli::surroundings::{CONFIGFILE, Surroundings};
use crate::config::{Config, ConfigFile};
use crate::event::{Clock as _, SystemClock};
use crate::finding::{Counts, Finding, Rule};
use crate::git;
use crate::plan::PlanOptions;
use crate::report::{Paint, check_writable, findings, findings_for_github, findings_summary, json, replace, sarif, text};
use crate::run::{Judging, Revision, Session, Survey, Wanted, ask, has_destination, survey};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// The document.
#[derive(Serialize)]
pub(super) struct Document<'a> {
    pub v: u32,
    pub ok: bool,
    pub engine: &'static str,
    pub base: Option<&'a str>,
    pub findings: &'a [Finding],
    pub counts: Counts,
}

/// The document of `--explain`.
#[derive(Serialize)]
pub(super) struct Explained<'a> {
    pub v: u32,
    pub rules: &'a [Rule],
}

/// Judges a catalogue.
pub async fn run(call: &Call, options: &CheckOptions, surroundings: &Surroundings) -> Result<u8, Trouble> {
    if let Some(id) = &options.explain {
        return explain(id, surroundings);
    }
    // clap asks for DIRECTORY wherever there is no --explain.
    let directory = options.directory.clone().unwrap_or_default();
    let config = surroundings.configure(call, Vec::new())?;
    super::show_config_warnings(surroundings, &config);
    let levels = levels(&config.cooperage.check_rules).map_err(wrong)?;
    let today = today(options.today.as_deref())?;
    if let Some(path) = &options.summary {
        check_writable("the summary", path)?;
    }
    let survey = survey(&directory, &config, Judging::Strict)?;
    let repository = git::discover(&directory).map_err(wrong)?;
    let places = Places::of(&directory, repository.as_ref()).map_err(Trouble::from)?;
    let mut found = catalogue(&survey, &config, &places);
    found.extend(timebombs(&directory, repository.as_ref(), &places, today).map_err(wrong)?);
    found.extend(conflicts(&directory, repository.as_ref(), &places, &survey).map_err(wrong)?);
    found.extend(labels(&survey, &options.skip_label));
    let base = options.base.as_deref().map(|revision| Base::of(&directory, repository, revision, &places)).transpose().map_err(wrong)?;
    let mut unclear = false;
    if let Some(base) = &base {
        let compared = compare(call, surroundings, base, &survey, &places)?;
        found.extend(options.title.as_deref().map(|text| title(text, &survey, base, &compared)).unwrap_or_default());
        if options.online {
            let answers = online(config, surroundings, &directory, &survey, &compared).await?;
            unclear = answers.iter().any(|answer| answer.code == "registry_unclear");
            found.extend(answers);
        }
        found.extend(compared.found);
    }
    let (findings, counts) = judge(found, &levels, &survey);
    print(&findings, counts, base.as_ref().map(|base| base.commit.as_str()), &places, surroundings)?;
    if let Some(path) = &options.summary {
        replace("the summary", path, findings_summary(&findings, &counts).as_bytes())?;
    }
    // No rule that is switched off makes silence an answer.
    Ok(if unclear { UNREACHABLE } else { u8::from(counts.error > 0) })
}

pub(super) fn wrong(error: impl std::error::Error) -> Trouble {
    Trouble::call(error.to_string())
}

pub(super) fn today(told: Option<&str>) -> Result<Date, Trouble> {
    match told {
        None => Ok(SystemClock.now().to_zoned(TimeZone::UTC).date()),
        Some(text) => date(text).ok_or_else(|| Trouble::call(format!("--today must be a day as YYYYMMDD, not \"{text}\""))),
    }
}

fn compare(call: &Call, surroundings: &Surroundings, base: &Base, survey: &Survey, places: &Places) -> Result<Compared, Trouble> {
    let configfile = call.configfile.clone().unwrap_or_else(|| PathBuf::from(CONFIGFILE));
    let configure = |path: &Path| surroundings.configure_from(call, ConfigFile::Default(path.to_owned()), Vec::new());
    base.compare(survey, places, Some(&configfile), &configure).map_err(wrong)
}

/// Asks the registry for the versions of new entries.
async fn online(
    config: Config,
    surroundings: &Surroundings,
    directory: &Path,
    survey: &Survey,
    compared: &Compared,
) -> Result<Vec<Defect>, Trouble> {
    if !has_destination(&config) {
        return Err(Trouble::call("--online needs a registry; set `registry` in the configuration or COOPERAGE_REGISTRY"));
    }
    let wanted = Wanted { engine: false, registry: true };
    let session = Session::open(config, surroundings.env.clone(), directory.to_owned(), Revision::default(), wanted).await?;
    let asked = fresh(survey, compared);
    let presence = ask(&session, survey, &asked, &asked, &PlanOptions::default()).await;
    super::show(surroundings, &[&session.stale_sign_ins()]);
    Ok(published(survey, &asked, &presence.facts))
}

fn print(list: &[Finding], counts: Counts, base: Option<&str>, places: &Places, surroundings: &Surroundings) -> Result<(), Trouble> {
    let mut out = std::io::stdout().lock();
    match surroundings.format {
        Format::Json => {
            json(&mut out, &Document { v: 1, ok: counts.error == 0, engine: "builtin", base, findings: list, counts })?;
        }
        Format::Sarif => json(&mut out, &sarif(list, RULES, &places.prefix))?,
        Format::Github => text(&mut out, &findings_for_github(list, &places.prefix))?,
        Format::Human => text(&mut out, &findings(list, &counts, &surroundings.out))?,
    }
    Ok(())
}

fn explain(id: &str, surroundings: &Surroundings) -> Result<u8, Trouble> {
    let one = rule(id).copied();
    let rules: &[Rule] = match &one {
        Some(rule) => std::slice::from_ref(rule),
        None if id == "all" => RULES,
        None => return Err(wrong(unknown(id))),
    };
    let mut out = std::io::stdout().lock();
    if surroundings.format == Format::Json {
        json(&mut out, &Explained { v: 1, rules })?;
        return Ok(0);
    }
    text(&mut out, &rules.iter().map(|rule| explained(rule, surroundings)).collect::<Vec<_>>().join("\n"))?;
    Ok(0)
}

/// A rule for people.
pub(super) fn explained(rule: &Rule, surroundings: &Surroundings) -> String {
    let severity = rule.severity.map_or("off", |severity| severity.as_str());
    let id = Paint::Strong.on(&surroundings.out, rule.id);
    format!("{id} ({severity})\n  {}\n  bad:  {}\n  good: {}\n", rule.text, rule.bad, rule.good)
}
