//! `check`: what CI runs on a pull request.

use crate::catalog::Defect;
use crate::check::{
    Base, Compared, Places, RULES, catalogue, conflicts, fresh, judge, labels, levels, published, timebombs, title, unknown,
};
use crate::cli::checks::CheckOptions;
use crate::cli::exit::{Trouble, UNREACHABLE};
use crate::cli::options::Call;
use crate::cli::rules::{self, Told, today, wrong};
use crate::cli::surroundings::{CONFIGFILE, Surroundings};
use crate::config::{Config, ConfigFile};
use crate::git;
use crate::plan::PlanOptions;
use crate::report::{check_writable, findings as for_people, findings_summary, replace};
use crate::run::{Judging, Revision, Session, Survey, Wanted, ask, has_destination, survey};
use std::path::{Path, PathBuf};

/// Judges a catalogue.
pub async fn run(call: &Call, options: &CheckOptions, surroundings: &Surroundings) -> Result<u8, Trouble> {
    if let Some(id) = &options.explain {
        return rules::explain(id, RULES, unknown, |_| None, surroundings);
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
    let told = Told {
        version: 1,
        ok: counts.error == 0,
        engine: "builtin",
        base: base.as_ref().map(|base| base.commit.as_str()),
        findings: &findings,
        counts,
        rules: RULES,
        prefix: &places.prefix,
    };
    told.print(surroundings, |screen| for_people(&findings, &counts, screen))?;
    if let Some(path) = &options.summary {
        replace("the summary", path, findings_summary(&findings, &counts).as_bytes())?;
    }
    // No rule that is switched off makes silence an answer.
    Ok(if unclear { UNREACHABLE } else { u8::from(counts.error > 0) })
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
