//! The walk over the images that have something to do: starts what is ready, at most `jobs` at once.

use super::announce::reason;
use super::failure::{Failure, Scope};
use super::queue::Queue;
use super::shared::Shared;
use super::steps::Teller;
use crate::event::{Counts, EventKind, ImageOutcome, ReasonText};
use crate::name::Digest;
use crate::plan::{Action, Planned};
use crate::run::image::{Done, ImageWork};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;
use tokio::task::JoinSet;

/// How one image ended.
struct End {
    outcome: ImageOutcome,
    digest: Option<Digest>,
    reason: ReasonText,
    seconds: f64,
    blocked_by: Option<String>,
    log_tail: Vec<String>,
}

impl End {
    fn new(outcome: ImageOutcome, reason: ReasonText) -> Self {
        Self { outcome, digest: None, reason, seconds: 0.0, blocked_by: None, log_tail: Vec::new() }
    }
}

/// The walk over the images that have something to do.
pub struct Walk {
    shared: Arc<Shared>,
    tasks: Vec<Planned>,
    queue: Queue,
    running: JoinSet<(usize, Result<Done, Failure>, f64, Teller)>,
    /// How many images ended how.
    pub counts: Counts,
    /// Nodes whose image did not come out well.
    pub failed: Vec<bool>,
    /// Whether engine or registry cannot be used any more.
    pub stopped: bool,
    given_up: Option<String>,
    waiting: Vec<(usize, Done, f64)>,
}

/// What became of an image whose names were to appear at the end of the run.
pub enum Appeared {
    /// They did.
    Shown,
    /// Somebody else took one of them.
    Lost,
    /// They did not: a code and a sentence.
    Not(&'static str, &'static str),
}

impl Walk {
    /// Nothing started yet.
    pub fn new(shared: Arc<Shared>) -> Self {
        let plan = &shared.prepared.plan;
        let graph = &shared.prepared.survey.graph;
        let tasks: Vec<Planned> = plan.work().cloned().collect();
        let task_of: BTreeMap<usize, usize> = tasks.iter().enumerate().map(|(task, image)| (image.node, task)).collect();
        let parents: Vec<Vec<usize>> = tasks
            .iter()
            .map(|image| graph.nodes[image.node].parents.iter().filter_map(|edge| task_of.get(&edge.parent).copied()).collect())
            .collect();
        let mut counts = Counts::default();
        for _ in plan.images.iter().filter(|image| image.action == Action::Skip) {
            counts.add(ImageOutcome::Skipped);
        }
        let failed = vec![false; graph.nodes.len()];
        Self {
            queue: Queue::new(&parents),
            tasks,
            running: JoinSet::new(),
            counts,
            failed,
            stopped: false,
            given_up: None,
            waiting: Vec::new(),
            shared,
        }
    }

    /// Walks to the end.
    pub async fn run(&mut self) {
        let cpus = std::thread::available_parallelism().map_or(1, usize::from);
        let jobs = self.shared.config.jobs(cpus);
        loop {
            self.give_up_if_told();
            while self.running.len() < jobs
                && let Some(task) = self.queue.next()
            {
                self.start(task);
            }
            match self.running.join_next().await {
                None => return,
                Some(Ok((task, result, seconds, teller))) => self.ended(task, result, seconds, &teller),
                // Our own tasks are never aborted; a panic in one is a bug of ours and must not pass as success.
                Some(Err(error)) => std::panic::resume_unwind(error.into_panic()),
            }
        }
    }

    fn start(&mut self, task: usize) {
        let planned = self.tasks[task].clone();
        let name = &self.shared.prepared.survey.graph.nodes[planned.node].name;
        let teller = Teller::new(name, self.shared.emitter.clone());
        let work = ImageWork::new(self.shared.clone(), planned, teller.clone());
        self.running.spawn(async move {
            let started = Instant::now();
            let result = work.run().await;
            (task, result, started.elapsed().as_secs_f64(), teller)
        });
    }

    fn ended(&mut self, task: usize, result: Result<Done, Failure>, seconds: f64, teller: &Teller) {
        match result {
            Ok(done) if done.waits => {
                self.waiting.push((task, done, seconds));
                self.queue.finish(task, true);
            }
            Ok(done) => {
                let why = reason(&self.tasks[task]);
                self.tell(task, End { digest: done.digest, seconds, ..End::new(done.outcome, why) });
                self.queue.finish(task, true);
            }
            Err(failure) => self.failed(task, failure, seconds, teller),
        }
    }

    fn failed(&mut self, task: usize, failure: Failure, seconds: f64, teller: &Teller) {
        let cancelled = failure.scope == Scope::Cancelled;
        let outcome = if cancelled { ImageOutcome::Cancelled } else { ImageOutcome::Failed };
        let code = if cancelled { "interrupted" } else { "failed" };
        let why = ReasonText { code: code.to_owned(), text: failure.message.clone() };
        let log_tail = if cancelled { Vec::new() } else { teller.tail() };
        self.tell(task, End { seconds, log_tail, ..End::new(outcome, why) });
        self.stopped |= failure.scope == Scope::Run;
        if self.shared.config.cooperage.fail_fast && !cancelled {
            self.given_up.get_or_insert_with(|| "--fail-fast, and another image failed".to_owned());
        }
        let by = self.name(task);
        let blocked = self.queue.finish(task, false);
        if cancelled {
            return blocked.iter().for_each(|blocked| self.never_started(blocked.task, "interrupted"));
        }
        for blocked in blocked {
            let why = ReasonText { code: "blocked".to_owned(), text: format!("blocked by {by}") };
            self.tell(blocked.task, End { blocked_by: Some(by.clone()), ..End::new(ImageOutcome::Blocked, why) });
        }
    }

    /// Ends the images whose names were to appear at the end of the run, by their nodes.
    pub fn waiting_ends(&mut self, appeared: impl Fn(usize) -> Appeared) {
        for (task, done, seconds) in std::mem::take(&mut self.waiting) {
            let (outcome, why) = match appeared(self.tasks[task].node) {
                Appeared::Shown => (done.outcome, reason(&self.tasks[task])),
                Appeared::Lost => {
                    let text = "lost_race: somebody else published this version at the same moment".to_owned();
                    (ImageOutcome::Failed, ReasonText { code: "failed".to_owned(), text })
                }
                Appeared::Not(code, text) => (ImageOutcome::Built, ReasonText { code: code.to_owned(), text: text.to_owned() }),
            };
            let digest = done.digest.filter(|_| outcome != ImageOutcome::Failed);
            self.tell(task, End { digest, seconds, ..End::new(outcome, why) });
        }
    }

    /// After Ctrl-C, a lost engine or `--fail-fast`, nothing more is started; what runs comes to its end.
    fn give_up_if_told(&mut self) {
        let why = if self.shared.cancel.is_cancelled() {
            "interrupted".to_owned()
        } else if self.stopped {
            "the run stopped, because engine or registry cannot be used".to_owned()
        } else if let Some(why) = &self.given_up {
            why.clone()
        } else {
            return;
        };
        self.give_up(&why);
    }

    /// Starts nothing more.
    pub fn give_up(&mut self, why: &str) {
        for task in self.queue.abandon() {
            self.never_started(task, why);
        }
    }

    fn never_started(&mut self, task: usize, why: &str) {
        let why = ReasonText { code: "not_started".to_owned(), text: why.to_owned() };
        self.tell(task, End::new(ImageOutcome::Cancelled, why));
    }

    fn tell(&mut self, task: usize, end: End) {
        let good = matches!(end.outcome, ImageOutcome::Built | ImageOutcome::Published | ImageOutcome::Reused);
        self.failed[self.tasks[task].node] = !good;
        self.counts.add(end.outcome);
        self.shared.emitter.emit(EventKind::ImageFinished {
            name: self.name(task),
            reference: self.tasks[task].reference.to_string(),
            outcome: end.outcome,
            digest: end.digest.map(|digest| digest.to_string()),
            reason: end.reason,
            seconds: end.seconds,
            blocked_by: end.blocked_by,
            log_tail: end.log_tail,
        });
    }

    fn name(&self, task: usize) -> String {
        self.shared.prepared.survey.graph.nodes[self.tasks[task].node].name.clone()
    }
}
