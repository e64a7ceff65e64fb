//! `lint`: judges rendered Dockerfiles.

use crate::cli::checks::LintOptions;
use crate::cli::exit::Trouble;
use crate::cli::interrupt;
use crate::cli::options::Call;
use crate::cli::rules::{self, Told, today, wrong};
use crate::cli::surroundings::Surroundings;
use crate::config::Config;
use crate::finding::{Counts, Finding, Mode, Step, judge};
use crate::lint::{Facts, Hadolint, Linted, RULES, decode, help, levels, unknown};
use crate::report::findings_with_lines;
use crate::run::{Judging, LintInput, hadolint_of, hadolint_on_path, lint_all, lint_inputs, survey, who_judges};
use jiff::civil::Date;
use std::collections::{BTreeSet, HashMap};
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

/// The most bytes of a Dockerfile by itself.
const LARGEST: u64 = 16 << 20;

/// What was found in all of them.
#[derive(Default)]
struct Outcome {
    findings: Vec<Finding>,
    silenced: usize,
    reached: usize,
    hidden: HashMap<String, BTreeSet<usize>>,
}

/// Judges Dockerfiles.
pub async fn run(call: &Call, options: &LintOptions, surroundings: &Surroundings) -> Result<u8, Trouble> {
    if let Some(id) = &options.explain {
        return rules::explain(id, RULES, unknown, help, surroundings);
    }
    let config = surroundings.configure(call, Vec::new())?;
    super::show_config_warnings(surroundings, &config);
    let levels = levels(&config.cooperage.lint_rules).map_err(wrong)?;
    let today = today(options.today.as_deref())?;
    let hadolint = engine(options.engine.as_deref().or(call.engine.as_deref()), &config, surroundings)?;
    let (inputs, prefix, sound) = match &options.directory {
        Some(directory) => catalogue(directory, options, &config, surroundings)?,
        None => (files(&options.file, &config)?, super::prefix_of(Path::new(".")), true),
    };
    let (on, off): (Vec<LintInput>, Vec<LintInput>) = inputs.into_iter().partition(|input| input.policy.mode != Mode::Off);
    tell(hadolint.as_ref(), off.len());
    let cancel = interrupt::token()?;
    let linted = tokio::task::block_in_place(|| lint_all(&on, &levels, hadolint.as_ref(), &|| cancel.is_cancelled()))?;
    let outcome = judged(&on, linted, today);
    let ok = outcome.reached == 0 && sound;
    print(&outcome, ok, &on, hadolint.is_some(), &prefix, surroundings)?;
    Ok(u8::from(!ok))
}

/// hadolint, if it is to judge.
fn engine(told: Option<&str>, config: &Config, surroundings: &Surroundings) -> Result<Option<Hadolint>, Trouble> {
    let found = || hadolint_of(config, &surroundings.env);
    match told {
        Some("builtin") => Ok(None),
        Some("hadolint") => {
            let found = || found().or_else(|| hadolint_on_path(&surroundings.env));
            let missing = "there is no hadolint on the PATH; install it, name it in cooperage.hadolint, or use --engine builtin";
            found().map(Some).ok_or_else(|| Trouble::call(missing))
        }
        None => Ok(found()),
        Some(other) => Err(Trouble::call(format!("--engine is builtin or hadolint for `lint`, not \"{other}\""))),
    }
}

fn catalogue(
    directory: &Path,
    options: &LintOptions,
    config: &Config,
    surroundings: &Surroundings,
) -> Result<(Vec<LintInput>, String, bool), Trouble> {
    let selection = super::selection(&options.choice, directory)?;
    let survey = survey(directory, config, Judging::Lenient)?;
    super::show(surroundings, &[&survey.defects]);
    let inputs = lint_inputs(super::render::chosen(&survey, &selection)?, &survey, config);
    Ok((inputs, super::prefix_of(directory), survey.defects.is_empty()))
}

fn files(paths: &[PathBuf], config: &Config) -> Result<Vec<LintInput>, Trouble> {
    let read = |path: &PathBuf| {
        let (text, broken) = decode(bytes_of(path)?);
        let shown = path.display().to_string();
        Ok(LintInput {
            name: None,
            reference: shown.clone(),
            path: shown,
            template: None,
            text,
            broken,
            facts: Facts::default(),
            policy: config.policy(Step::Lint),
        })
    };
    paths.iter().map(read).collect()
}

/// The whole of a file, where that is no more than a Dockerfile can be.
fn bytes_of(path: &Path) -> Result<Vec<u8>, Trouble> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes));
    read.map_err(|error| Trouble::call(format!("{} cannot be read: {error}", path.display())))?;
    if bytes.len() as u64 > LARGEST {
        return Err(Trouble::call(format!("{} is larger than {} MiB, so it is no Dockerfile", path.display(), LARGEST >> 20)));
    }
    Ok(bytes)
}

fn judged(inputs: &[LintInput], linted: Vec<Linted>, today: Date) -> Outcome {
    let mut outcome = Outcome::default();
    for (input, linted) in inputs.iter().zip(linted) {
        let judged = judge(linted.findings, &input.policy, &input.reference, None, today);
        outcome.findings.extend(judged.findings);
        outcome.silenced += linted.silenced;
        outcome.reached += judged.reached;
        outcome.hidden.entry(input.path.clone()).or_default().extend(linted.hidden);
    }
    outcome.findings.sort_by(|a, b| (&a.path, a.line, a.column, &a.id, &a.message).cmp(&(&b.path, b.line, b.column, &b.id, &b.message)));
    // An exception that ended is told once, not for every image that it was for.
    outcome.findings.dedup();
    outcome
}

/// Who judges, and what only the other could.
fn tell(hadolint: Option<&Hadolint>, off: usize) {
    let off = if off == 0 { String::new() } else { format!("; lint is off for {off}") };
    // There is nobody left to tell when stderr is gone.
    let _ = writeln!(std::io::stderr().lock(), "lint: {}{off}", who_judges(hadolint));
}

fn print(
    outcome: &Outcome,
    ok: bool,
    inputs: &[LintInput],
    hadolint: bool,
    prefix: &str,
    surroundings: &Surroundings,
) -> Result<(), Trouble> {
    let findings = outcome.findings.as_slice();
    let counts = Counts { silenced: outcome.silenced, ..Counts::of(findings) };
    let engine = if hadolint { "hadolint" } else { "builtin" };
    let told = Told { version: 1, ok, engine, base: None, findings, counts, rules: RULES, prefix };
    told.print(surroundings, |screen| {
        let texts: HashMap<&str, &str> =
            inputs.iter().map(|input| (input.path.as_str(), input.template.as_deref().unwrap_or(&input.text))).collect();
        let line_of = |finding: &Finding| {
            let (path, line) = (finding.path.as_deref()?, finding.line?);
            let hidden = outcome.hidden.get(path).is_some_and(|lines| lines.contains(&line));
            texts.get(path).filter(|_| !hidden)?.lines().nth(line.checked_sub(1)?).map(str::to_owned)
        };
        findings_with_lines(findings, &counts, screen, &line_of)
    })
}
