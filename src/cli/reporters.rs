//! The readers of a run's events, and what is written when it ends.

use super::exit::Trouble;
use super::options::{Format, Reports};
use super::surroundings::Surroundings;
use crate::catalog::Defect;
use crate::event::{Emitter, EventKind, Fanout, ImageDetails, Sink, SystemClock};
use crate::name::Reference;
use crate::plan::RegistrySide;
use crate::report::{
    Finish, ImageFacts, JUnit, JsonLines, LogFile, RecordBuilder, RunFacts, Summary, Terminal, Verbosity, check_writable, defects,
    write_atomically,
};
use crate::run::{Prepared, PublishPlan, Revision, Survey, Wish};
use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where the detailed log of a run goes.
const LOG: &str = "./cooperage-build.log";

/// The readers of a run's events.
pub struct Reporters {
    /// Takes the facts of the run.
    pub emitter: Arc<Emitter>,
    terminal: Arc<Terminal>,
    record: Arc<RecordBuilder>,
    record_path: Option<PathBuf>,
    finish: Vec<Arc<dyn Finish>>,
    surroundings: crate::report::Screen,
    /// The detailed log, where there is one.
    pub log: Option<&'static str>,
}

/// What people read on stdout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// docker-pkg's headings and the results of a build.
    Build,
    /// The same for a command that publishes and builds nothing.
    Publish,
    /// Nothing: the command prints a result of its own.
    Nothing,
}

impl Reporters {
    /// Opens what the call asks for. A log that cannot be written is a warning.
    ///
    /// # Errors
    /// When a report cannot be written where the call wants it: better now than after the run.
    pub fn open(
        options: &Reports,
        told: Told,
        surroundings: &Surroundings,
        revision: &Revision,
        now: jiff::Timestamp,
    ) -> Result<Self, Trouble> {
        Self::open_with(options, told, surroundings, revision, now, Vec::new())
    }

    /// The same with further readers of events.
    ///
    /// # Errors
    /// As [`Reporters::open`].
    pub fn open_with(
        options: &Reports,
        told: Told,
        surroundings: &Surroundings,
        revision: &Revision,
        now: jiff::Timestamp,
        mut sinks: Vec<Arc<dyn Sink>>,
    ) -> Result<Self, Trouble> {
        let reports = [("--record", &options.record), ("--junit", &options.junit), ("--summary", &options.summary)];
        for (what, path) in reports.into_iter().filter_map(|(what, path)| Some((what, path.as_ref()?))) {
            check_writable(what, path)?;
        }
        let run = format!("{}-{:08x}", now.strftime("%Y%m%dT%H%M%SZ"), fastrand::u32(..));
        let mut finish: Vec<Arc<dyn Finish>> = Vec::new();
        let stdout: Box<dyn io::Write + Send> = match surroundings.format {
            Format::Human | Format::Sarif | Format::Github if told != Told::Nothing => Box::new(io::stdout()),
            Format::Human | Format::Sarif | Format::Github => Box::new(io::sink()),
            Format::Json => {
                let lines = Arc::new(JsonLines::new(Box::new(io::stdout())));
                sinks.push(lines.clone());
                finish.push(lines);
                Box::new(io::sink())
            }
        };
        let terminal = Arc::new(Terminal::new(stdout, Box::new(io::stderr()), surroundings.err));
        if told == Told::Publish {
            terminal.only_publishes();
        }
        sinks.push(terminal.clone());
        let log = open_log(surroundings, &terminal);
        if let Some(file) = &log {
            sinks.push(file.clone());
            finish.push(file.clone());
        }
        if let Some(path) = &options.junit {
            let junit = Arc::new(JUnit::new(path));
            sinks.push(junit.clone());
            finish.push(junit);
        }
        if let Some(path) = &options.summary {
            let summary = Arc::new(Summary::new(path));
            sinks.push(summary.clone());
            finish.push(summary);
        }
        let record = Arc::new(RecordBuilder::new(RunFacts {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            run: run.clone(),
            started: now.to_string(),
            revision: revision.commit.clone(),
            dirty: revision.dirty,
            log: log.as_ref().map(|_| LOG.to_owned()),
        }));
        sinks.push(record.clone());
        let emitter = Arc::new(Emitter::new(run, Arc::new(SystemClock), Arc::new(Fanout(sinks))));
        let log = log.map(|_| LOG);
        Ok(Self { emitter, terminal, record, record_path: options.record.clone(), finish, surroundings: surroundings.err, log })
    }

    /// Says that DIRECTORY is being read, with its whole path, as docker-pkg does.
    pub fn scanning(&self, directory: &Path) {
        let whole = std::path::absolute(directory).unwrap_or_else(|_| directory.to_owned());
        self.terminal.scanning(&whole.display().to_string());
    }

    /// Says something beside the run.
    pub fn aside(&self, text: &str) {
        self.terminal.aside(text);
    }

    /// Shows what somebody should look at.
    pub fn defects(&self, found: &[Defect]) {
        let mut shown = Vec::new();
        // Writing to memory cannot fail.
        let _ = defects(&mut shown, found, &self.surroundings);
        if !shown.is_empty() {
            self.terminal.aside(String::from_utf8_lossy(&shown).trim_end());
        }
    }

    /// Shows problems and, for programs, tells each as an event.
    pub fn problems(&self, found: &[Defect]) {
        for one in found {
            let place = [one.path.clone(), one.line.map(|line| line.to_string()), one.column.map(|column| column.to_string())];
            let place: Vec<String> = place.into_iter().flatten().collect();
            let place = if place.is_empty() { String::new() } else { format!("{}: ", place.join(":")) };
            let help = one.help.as_ref().map(|help| format!("; {help}")).unwrap_or_default();
            let message = format!("{place}{}{help}", one.message);
            self.emitter.emit(EventKind::Warning { code: one.code.to_owned(), name: one.name.clone(), message });
        }
    }

    /// Tells the record which images get names; `known` are those of the job with where they stand.
    pub fn promotion<'a>(&self, images: impl Iterator<Item = &'a str>, known: &[(String, String)]) {
        let names: BTreeSet<&str> = images.collect();
        let facts = names.into_iter().map(|name| {
            let reference = known.iter().find(|(own, _)| own == name).map(|(_, reference)| reference.clone()).unwrap_or_default();
            let tag = Reference::parse(&reference).ok().and_then(|found| found.tag().map(ToString::to_string)).unwrap_or_default();
            ImageFacts { name: name.to_owned(), version: tag.clone(), tag, reference, ..ImageFacts::default() }
        });
        self.record.images(facts.collect());
    }

    /// Tells the record which image's tags go back, and to what.
    pub fn rollback(&self, survey: &Survey, name: &str, version: &str) {
        let node = survey.graph.find(name).map(|node| &survey.graph.nodes[node]);
        self.record.images(vec![ImageFacts {
            name: name.to_owned(),
            version: version.to_owned(),
            tag: version.to_owned(),
            reference: node.map(|node| format!("{}:{version}", node.reference.name())).unwrap_or_default(),
            path: node.map(|node| node.path.clone()).unwrap_or_default(),
            details: ImageDetails::default(),
        }]);
    }

    /// Tells the record what was planned.
    pub fn images(&self, prepared: &Prepared) {
        let graph = &prepared.survey.graph;
        let facts = prepared.plan.images.iter().map(|image| {
            let node = &graph.nodes[image.node];
            let standings = &prepared.presence.facts[image.node].standings;
            let is_plain = image.reference == node.reference;
            let destinations = standings.iter().filter(|_| is_plain).filter_map(|standing| match &standing.side {
                RegistrySide::Published(digest) => Some(crate::event::Delivery {
                    name: standing.name.clone(),
                    reference: standing.location.clone(),
                    digest: Some(digest.to_string()),
                    tags: Vec::new(),
                }),
                _ => None,
            });
            let destinations = destinations.collect();
            ImageFacts {
                name: node.name.clone(),
                version: node.version.to_string(),
                tag: image.reference.tag().map(ToString::to_string).unwrap_or_default(),
                reference: image.reference.to_string(),
                path: node.path.clone(),
                details: ImageDetails { destinations, ..ImageDetails::default() },
            }
        });
        self.record.images(facts.collect());
    }

    /// Tells the record what was wanted of `pull`; base images are no definitions.
    pub fn wishes(&self, survey: &Survey, wishes: &[Wish]) {
        let facts = wishes.iter().map(|wish| {
            let node = survey.graph.find(&wish.name).map(|node| &survey.graph.nodes[node]);
            ImageFacts {
                name: wish.name.clone(),
                version: node.map(|node| node.version.to_string()).unwrap_or_default(),
                tag: wish.reference.tag().map(ToString::to_string).unwrap_or_default(),
                reference: wish.reference.to_string(),
                path: node.map(|node| node.path.clone()).unwrap_or_default(),
                details: ImageDetails::default(),
            }
        });
        self.record.images(facts.collect());
    }

    /// Tells the record what is to be published.
    pub fn shipments(&self, survey: &Survey, plan: &PublishPlan) {
        let facts = plan.shipments.iter().map(|shipment| {
            let node = &survey.graph.nodes[shipment.node];
            let tag = shipment.reference.tag().map(ToString::to_string).unwrap_or_default();
            ImageFacts {
                name: shipment.name.clone(),
                version: node.version.to_string(),
                tag,
                reference: shipment.reference.to_string(),
                path: node.path.clone(),
                details: ImageDetails::default(),
            }
        });
        self.record.images(facts.collect());
    }

    /// Ends a run that came to `outcome` and gives its exit code. What cannot be written hides no worse trouble.
    ///
    /// # Errors
    /// What the run ended with, or the first report that could not be written.
    pub fn end(&self, outcome: Result<u8, Trouble>, surroundings: &Surroundings) -> Result<u8, Trouble> {
        let (code, trouble) = match outcome {
            Ok(code) => (code, None),
            Err(trouble) => (trouble.code, Some(trouble)),
        };
        match (trouble, self.close(code)) {
            (None, closed) => closed.map(|()| code).map_err(|unwritten| unwritten.after(code)),
            (Some(trouble), Ok(())) => Err(trouble),
            (Some(trouble), Err(unwritten)) => {
                super::exit::report(surroundings, &unwritten);
                Err(trouble)
            }
        }
    }

    /// Ends everything and writes what is to be written; the record on every exit but 2.
    ///
    /// # Errors
    /// The first report that could not be written.
    fn close(&self, code: u8) -> Result<(), Trouble> {
        self.terminal.close();
        let mut first = Ok(());
        for report in &self.finish {
            first = first.and(report.finish());
        }
        if let Some(path) = self.record_path.as_ref().filter(|_| code != super::exit::WRONG) {
            first = first.and(write_atomically(path, &self.record.record(code)));
        }
        Ok(first?)
    }
}

/// Without `--info` and `--debug` the details go to a file.
fn open_log(surroundings: &Surroundings, terminal: &Terminal) -> Option<Arc<LogFile>> {
    if surroundings.err.verbosity != Verbosity::Normal {
        return None;
    }
    match LogFile::create(Path::new(LOG)) {
        Ok(file) => {
            terminal.whole_log(LOG);
            Some(Arc::new(file))
        }
        Err(error) => {
            terminal.aside(&format!("warning: {LOG} cannot be written ({error}); --info shows what builds write"));
            None
        }
    }
}
