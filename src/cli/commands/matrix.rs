//! `matrix`: the plan of a run as jobs of a CI service.

use super::build;
use crate::catalog::Defect;
use crate::cli::documents::{MatrixDocument, ReasonDocument};
use crate::cli::exit::Trouble;
use crate::cli::options::views::{MatrixOptions, Per, Service};
use crate::cli::options::{BuildOptions, Call, Format};
use crate::cli::surroundings::Surroundings;
use crate::name::Pattern;
use crate::plan::{Job, Planned, jobs};
use crate::report::{MatrixImage, MatrixJob, github, gitlab, json, text};
use crate::run::Prepared;

/// As many jobs as one matrix of GitHub Actions may have
/// (<https://docs.github.com/en/actions/reference/limits>).
const MOST_GITHUB_JOBS: usize = 256;

/// Bytes of a variable of the environment: MAX_ARG_STRLEN of execve(2), less its name.
const LONGEST_VARIABLE: usize = 128 * 1024 - 64;

/// Prints the jobs.
pub async fn run(call: &Call, options: &MatrixOptions, surroundings: &Surroundings) -> Result<u8, Trouble> {
    check(options, surroundings)?;
    let as_build = BuildOptions {
        choice: options.choice.clone(),
        nightly: options.nightly,
        no_pull: options.no_pull,
        publish: options.publish,
        no_publish: options.no_publish,
        skip_label: options.skip_label.clone(),
        dry_run: true,
        directory: options.directory.clone(),
        ..BuildOptions::default()
    };
    let (session, prepared) = build::planned(call, &as_build, surroundings).await?;
    let most = options.max_jobs.map(|most| most as usize).or((options.service == Service::Github).then_some(MOST_GITHUB_JOBS));
    let (per, word) = match options.per {
        Per::Group => (crate::plan::Per::Group, "group"),
        Per::Image => (crate::plan::Per::Image, "image"),
    };
    let cut = jobs(&prepared.survey.graph, &prepared.plan, per, most);
    let named: Vec<MatrixJob> = cut.iter().map(|job| described(&prepared, &cut, job, options)).collect();
    let comment = format!("Written by `cooperage matrix --per {word}`.");
    print(options.service, &Cut { jobs: &named, per: word, include: &options.include, comment: &comment })?;
    super::show(
        surroundings,
        &[&session.stale_sign_ins(), &prepared.survey.warnings, &built_again(&prepared, &cut), &prepared.survey.defects],
    );
    Ok(0)
}

fn check(options: &MatrixOptions, surroundings: &Surroundings) -> Result<(), Trouble> {
    if surroundings.format == Format::Json && options.service == Service::Gitlab {
        return Err(Trouble::call("--format json prints a JSON document, and --for gitlab is none; leave one of them out"));
    }
    if options.nightly && options.per == Per::Image {
        let why = "a job of its own would build on its parent's plain version";
        return Err(Trouble::call(format!("--nightly stamps what one run builds together, so it goes with --per group only: {why}")));
    }
    Ok(())
}

/// A plan cut into jobs.
pub(super) struct Cut<'a> {
    pub jobs: &'a [MatrixJob],
    /// `group` or `image`.
    pub per: &'static str,
    /// The file that jobs of GitLab extend.
    pub include: &'a str,
    /// What wrote them, for files.
    pub comment: &'a str,
}

/// Prints jobs as a service reads them.
pub(super) fn print(service: Service, cut: &Cut<'_>) -> Result<(), Trouble> {
    let mut out = std::io::stdout().lock();
    match service {
        Service::Github => text(&mut out, &github(cut.jobs, cut.per == "image"))?,
        Service::Gitlab => {
            check_lengths(cut.jobs)?;
            text(&mut out, &gitlab(cut.jobs, cut.include, cut.comment))?;
        }
        Service::Json => json(&mut out, &MatrixDocument { v: 1, per: cut.per, jobs: cut.jobs })?,
    }
    Ok(())
}

/// Jobs of GitLab get their arguments in a variable, and Linux takes no longer one.
fn check_lengths(jobs: &[MatrixJob]) -> Result<(), Trouble> {
    match jobs.iter().find(|job| job.arguments.len() > LONGEST_VARIABLE) {
        Some(job) => Err(Trouble::call(format!(
            "the job \"{}\" has {} images, which are more than one variable can name; cut it smaller with --per image",
            job.name,
            job.images.len()
        ))),
        None => Ok(()),
    }
}

fn described(prepared: &Prepared, all: &[Job], job: &Job, options: &MatrixOptions) -> MatrixJob {
    let graph = &prepared.survey.graph;
    let images: Vec<&Planned> = job.images.iter().map(|&place| &prepared.plan.images[place]).collect();
    // A job brings parents along by itself; one that consists of such a parent has to be asked for it.
    let asked = images.iter().filter(|image| image.selected || options.per == Per::Image);
    let mut arguments: Vec<String> =
        asked.map(|image| format!("--select {}", shell_word(&Pattern::literal(&graph.nodes[image.node].reference.to_string())))).collect();
    let flags = [
        (options.nightly, "--nightly"),
        (options.no_pull, "--no-pull"),
        (options.publish, "--publish"),
        (options.no_publish, "--no-publish"),
    ];
    arguments.splice(0..0, flags.into_iter().filter(|(given, _)| *given).map(|(_, flag)| flag.to_owned()));
    MatrixJob {
        name: name(prepared, job),
        level: job.level,
        needs: job.needs.iter().map(|&needed| name(prepared, &all[needed])).collect(),
        images: images.into_iter().map(|image| described_image(prepared, image)).collect(),
        arguments: arguments.join(" "),
    }
}

fn described_image(prepared: &Prepared, image: &Planned) -> MatrixImage {
    MatrixImage {
        name: prepared.survey.graph.nodes[image.node].name.clone(),
        reference: image.reference.to_string(),
        action: image.action.as_str(),
        reason: serde_json::to_value(ReasonDocument::from(&image.reason)).unwrap_or_default(),
    }
}

/// The first image's name and how many more there are: unique, because no image is in two jobs.
fn name(prepared: &Prepared, job: &Job) -> String {
    let first = job.images.first().map(|&place| prepared.survey.graph.nodes[prepared.plan.images[place].node].name.as_str());
    job_name(first, job.images.len())
}

/// What a job of so many images is called by its first one.
pub(super) fn job_name(first: Option<&str>, count: usize) -> String {
    match (first, count) {
        (Some(first), 1) => first.to_owned(),
        (first, count) => format!("{} and {} more", first.unwrap_or_default(), count.saturating_sub(1)),
    }
}

/// Where a job needs what another one does not push, it makes that again.
fn built_again(prepared: &Prepared, all: &[Job]) -> Vec<Defect> {
    let pushes = |job: usize| all[job].images.iter().all(|&place| prepared.plan.images[place].push);
    if all.iter().flat_map(|job| &job.needs).all(|&needed| pushes(needed)) {
        return Vec::new();
    }
    let message = "some jobs need images that other jobs build and do not push, so they build them again";
    vec![Defect::warning("built_again", message).help("publish, or use --per group, which keeps together what hangs together")]
}

/// A word for a POSIX shell.
pub(super) fn shell_word(text: &str) -> String {
    let is_plain = |char: char| char.is_ascii_alphanumeric() || "/:._-@".contains(char);
    if text.chars().all(is_plain) { text.to_owned() } else { format!("'{}'", text.replace('\'', "'\\''")) }
}
