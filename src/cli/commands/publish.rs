//! `publish`: brings all destinations in line without building.

use crate::cli::documents::{LeftTag, PublishDocument, PublishRow, ResumeDocument};
use crate::cli::exit::{self, FAILED, Trouble};
use crate::cli::interrupt;
use crate::cli::options::publishing::PublishOptions;
use crate::cli::options::{Call, Choice, Format, Moving, Reports};
use crate::cli::reporters::{Reporters, Told};
use crate::cli::surroundings::Surroundings;
use crate::config::{Config, Flag};
use crate::event::{Clock as _, Emitter, Fanout, SystemClock};
use crate::plan::PlanOptions;
use crate::publish::journal::Place;
use crate::report::{Cell, Paint, RunRecord, Table, Verbosity, bytes, json, read, text};
use crate::run::{
    Closing, Course, Doing, Publication, PublishPlan, Recorded, Resumed, Revision, Row, RunError, Session, Survey, Wanted, choose,
    execute_publish, has_destination, lock_catalogue, look, plan_publish, plan_recorded, resume, told, unfinished,
};
use std::future::Future;
use std::path::Path;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// A call that has been read.
struct Desk<'a> {
    options: &'a PublishOptions,
    surroundings: &'a Surroundings,
    cancel: CancellationToken,
    journal: Option<Place>,
}

/// Publishes, or says what would be published.
pub async fn run(call: &Call, options: &PublishOptions, surroundings: &Surroundings) -> Result<u8, Trouble> {
    let config = surroundings.configure(call, flags(options))?;
    super::show_config_warnings(surroundings, &config);
    if !has_destination(&config) {
        let message = "there is nowhere to publish to; list destinations under `cooperage.publish`, or set `registry`";
        return Err(Trouble::call(format!("{message}{}", super::unread(call))));
    }
    let journal = Place::of(&options.directory, &surroundings.env, options.reports.record.as_deref());
    let desk = Desk { options, surroundings, cancel: interrupt::token()?, journal };
    if options.resume {
        return desk.resume(config).await;
    }
    if options.dry_run {
        return desk.dry_run(config).await;
    }
    let revision = Revision::of(&options.directory).unwrap_or_default();
    let reporters = Reporters::open(&options.reports, Told::Publish, surroundings, &revision, SystemClock.now())?;
    let outcome = desk.publish(config, &reporters, revision).await;
    reporters.end(outcome, surroundings)
}

/// Only finishes what a killed call left: one journal serves all that move tags.
pub(super) async fn resume_only(
    directory: &Path,
    dry_run: bool,
    reports: &Reports,
    config: Config,
    surroundings: &Surroundings,
) -> Result<u8, Trouble> {
    let options = PublishOptions {
        choice: Choice::default(),
        from_record: None,
        resume: true,
        dry_run,
        moving: Moving::default(),
        reports: reports.clone(),
        directory: directory.to_owned(),
    };
    let journal = Place::of(directory, &surroundings.env, reports.record.as_deref());
    Desk { options: &options, surroundings, cancel: interrupt::token()?, journal }.resume(config).await
}

impl Desk<'_> {
    async fn publish(&self, config: Config, reporters: &Reporters, revision: Revision) -> Result<u8, Trouble> {
        let directory = &self.options.directory;
        reporters.scanning(directory);
        let waiting = || reporters.aside("another run works on this catalogue; waiting for it to end");
        let _lock = if directory.is_dir() { Some(lock_catalogue(directory, &self.cancel, waiting).await?) } else { None };
        let (survey, selected) = self.choose(&config)?;
        reporters.defects(&survey.warnings);
        reporters.defects(&survey.defects);
        let record = self.record()?;
        let session = self.open(config, revision).await?;
        let emitter = reporters.emitter.clone();
        let resumed = match &self.journal {
            Some(place) => self.until(async { Ok(resume(&session, &survey, place, emitter.run(), emitter.now()).await?) }).await?,
            None => Resumed::default(),
        };
        let plan = self.until(plan(&session, &survey, &selected, record)).await?;
        let course = self.course(emitter, resumed);
        let publication = publication(&session, &survey, &course)?;
        reporters.shipments(&survey, &plan);
        Ok(execute_publish(&session, &survey, &plan, &publication, &course).await?.exit())
    }

    async fn dry_run(&self, config: Config) -> Result<u8, Trouble> {
        let (survey, selected) = self.choose(&config)?;
        super::show(self.surroundings, &[&survey.warnings, &survey.defects]);
        let record = self.record()?;
        let session = self.open(config, Revision::default()).await?;
        let plan = self.until(plan(&session, &survey, &selected, record)).await?;
        let course = self.course(nobody(), Resumed::default());
        let publication = publication(&session, &survey, &course)?;
        let closing =
            Closing { publication: &publication, destinations: &survey.destinations, config: &session.config, emitter: &course.emitter };
        let rows = self.until(async { Ok(look(&survey, &plan, &closing).await?) }).await?;
        super::show(self.surroundings, &[&session.stale_sign_ins()]);
        self.print(&rows)?;
        Ok(if rows.iter().any(Row::is_failure) { FAILED } else { 0 })
    }

    /// Only finishes what a killed run left.
    async fn resume(&self, config: Config) -> Result<u8, Trouble> {
        let Some(place) = &self.journal else {
            return Err(Trouble::call("there is no folder for state, so no run left a journal; set HOME, or name the run's --record FILE"));
        };
        let directory = &self.options.directory;
        let waiting = || exit::note(self.surroundings, "another run works on this catalogue; waiting for it to end");
        let _lock = if directory.is_dir() { Some(lock_catalogue(directory, &self.cancel, waiting).await?) } else { None };
        let (survey, _) = self.choose(&config)?;
        let session = self.open(config, Revision::default()).await?.with_registry()?;
        let emitter = nobody();
        let work = async {
            if self.options.dry_run {
                return Ok(unfinished(&session, &survey, place).await?);
            }
            Ok(resume(&session, &survey, place, emitter.run(), emitter.now()).await?)
        };
        let resumed = self.until(work).await?;
        super::show(self.surroundings, &[&session.stale_sign_ins()]);
        self.print_resumed(&resumed)?;
        Ok(if resumed.is_whole() || (self.options.dry_run && resumed.damaged.is_empty()) { 0 } else { FAILED })
    }

    fn choose(&self, config: &Config) -> Result<(Survey, Vec<bool>), Trouble> {
        let selection = super::selection(&self.options.choice, &self.options.directory)?;
        Ok(choose(&self.options.directory, config, &selection)?)
    }

    /// An engine is asked only for what a record names; where none answers, registries may still have it.
    async fn open(&self, config: Config, revision: Revision) -> Result<Session, Trouble> {
        let wanted = Wanted { engine: self.options.from_record.is_some(), registry: true };
        let opening = async {
            let (env, directory) = (self.surroundings.env.clone(), self.options.directory.clone());
            Ok(Session::open(config, env, directory, revision, wanted).await?)
        };
        self.until(opening).await
    }

    /// What `--from-record` names. It is read before anything is started.
    fn record(&self) -> Result<Option<Vec<Recorded>>, Trouble> {
        let read = |path| read(path).map(recorded).map_err(|error| Trouble::call(error.to_string()));
        self.options.from_record.as_deref().map(read).transpose()
    }

    fn course(&self, emitter: Arc<Emitter>, resumed: Resumed) -> Course {
        let options = PlanOptions { publishing: true, ..PlanOptions::default() };
        Course { options, emitter, cancel: self.cancel.clone(), journal: self.journal.clone(), resumed: Arc::new(resumed) }
    }

    /// Runs `work`, unless Ctrl-C comes first.
    async fn until<T>(&self, work: impl Future<Output = Result<T, Trouble>>) -> Result<T, Trouble> {
        tokio::select! {
            result = work => result,
            () = self.cancel.cancelled() => Err(RunError::Interrupted.into()),
        }
    }

    fn print(&self, rows: &[Row]) -> Result<(), Trouble> {
        let mut out = std::io::stdout().lock();
        if self.surroundings.format == Format::Json {
            let ok = !rows.iter().any(Row::is_failure);
            return Ok(json(&mut out, &PublishDocument { v: 1, ok, actions: rows.iter().map(PublishRow::from).collect() })?);
        }
        let mut table = Table::new(&["action", "name", "at", "size", "why"]).right(3).references(1);
        // What stays is many lines that nobody has to do anything about; the last line counts them.
        let is_told = |row: &&Row| row.action != Doing::Keep || self.surroundings.out.verbosity != Verbosity::Normal;
        let told: Vec<&Row> = rows.iter().filter(is_told).collect();
        for row in &told {
            let why =
                row.kept_as.as_ref().map_or_else(|| row.reason.clone(), |kept| format!("{}; the old one stays as {kept}", row.reason));
            table.row([
                Cell::new(row.action.as_str(), paint(row.action)),
                Cell::from(row.reference.as_str()),
                Cell::from(row.destination.as_deref().unwrap_or("-")),
                Cell::from(row.bytes.map(bytes).unwrap_or_default()),
                Cell::from(why),
            ]);
        }
        let table = if told.is_empty() { String::new() } else { table.render(&self.surroundings.out) };
        let shown = if rows.is_empty() { "nothing to publish\n".to_owned() } else { table + &in_all(rows) };
        Ok(text(&mut out, &shown)?)
    }

    fn print_resumed(&self, resumed: &Resumed) -> Result<(), Trouble> {
        let mut out = std::io::stdout().lock();
        if self.surroundings.format == Format::Json {
            let tags = resumed.tags.iter().map(LeftTag::from).collect();
            return Ok(json(&mut out, &ResumeDocument { v: 1, ok: resumed.is_whole(), tags, damaged: &resumed.damaged })?);
        }
        let sentences = resumed.tags.iter().map(|(entry, fate)| told(entry, fate)).chain(resumed.damaged.iter().cloned());
        let lines: String = sentences.map(|line| format!("{line}\n")).collect();
        let shown = if lines.is_empty() { "nothing to finish: no run left a journal\n".to_owned() } else { lines };
        Ok(text(&mut out, &shown)?)
    }
}

async fn plan(session: &Session, survey: &Survey, selected: &[bool], record: Option<Vec<Recorded>>) -> Result<PublishPlan, Trouble> {
    Ok(match record {
        Some(images) => plan_recorded(survey, selected, &images)?,
        None => plan_publish(session, survey, selected).await?,
    })
}

fn publication(session: &Session, survey: &Survey, course: &Course) -> Result<Publication, Trouble> {
    Publication::open(session, survey, course).ok_or_else(|| RunError::NoRegistry.into())
}

fn nobody() -> Arc<Emitter> {
    Arc::new(Emitter::new("publish", Arc::new(SystemClock), Arc::new(Fanout(Vec::new()))))
}

/// How many names have something done to them: the table of a whole catalogue is long.
fn in_all(rows: &[Row]) -> String {
    let count = |action: Doing| rows.iter().filter(|row| row.action == action).count();
    let told = |(action, words): (Doing, &str)| Some(count(action)).filter(|count| *count > 0).map(|count| format!("{count} {words}"));
    let words = [
        (Doing::Send, "to send"),
        (Doing::Move, "to move"),
        (Doing::Keep, "stay as they are"),
        (Doing::Refuse, "refused"),
        (Doing::Missing, "missing"),
    ];
    words.into_iter().filter_map(told).collect::<Vec<_>>().join(", ") + "\n"
}

fn paint(action: Doing) -> Paint {
    match action {
        Doing::Send | Doing::Move => Paint::Good,
        Doing::Keep => Paint::Faint,
        Doing::Refuse => Paint::Caution,
        Doing::Missing => Paint::Bad,
    }
}

fn recorded(record: RunRecord) -> Vec<Recorded> {
    let images = record.images.into_iter().map(|image| Recorded {
        name: image.name,
        version: image.version,
        tag: image.tag,
        image_id: image.image_id,
        digest: image.digest,
        outcome: image.outcome,
        destinations: image.destinations.into_iter().map(|delivery| (delivery.reference, delivery.digest)).collect(),
    });
    images.collect()
}

fn flags(options: &PublishOptions) -> Vec<Flag> {
    super::build::moving(&options.moving)
}
