//! Moving the tags of a rollback under the journal, and telling it.

use super::{Back, Rollback};
use crate::event::{Counts, Delivery, Emitter, EventKind, ImageDetails, ImageOutcome, ReasonText, SettledTag, TagOutcome};
use crate::name::{Digest, Tag};
use crate::publish::journal::{Kind, Place};
use crate::publish::{Fate, Spots, TagMove};
use crate::run::carry::Carrier;
use crate::run::work::execute::RunEnd;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use tokio_util::sync::CancellationToken;

impl Rollback {
    /// Moves the tags under the journal, and tells it.
    pub async fn carry_out(
        &mut self,
        spots: &Spots,
        journal: Option<&Place>,
        emitter: &Arc<Emitter>,
        cancel: &CancellationToken,
        (reason, parallel): (&str, usize),
    ) -> RunEnd {
        let (started, at) = (Instant::now(), emitter.now());
        let wanted: Vec<TagMove> = self.tags.iter().filter(|tag| tag.outcome == TagOutcome::Open).map(|tag| self.wanted(tag)).collect();
        let fates: Mutex<BTreeMap<String, Fate>> = Mutex::default();
        let tell = |moved: &TagMove, fate: &Fate| {
            told(emitter, moved, fate);
            fates.lock().unwrap_or_else(PoisonError::into_inner).insert(moved.spot.location.whole(), fate.clone());
        };
        let carrier = Carrier { spots, journal, emitter, at, parallel };
        let done = tokio::select! {
            done = carrier.carry_out(&wanted, &tell) => done.map_err(Some),
            () = cancel.cancelled() => Err(None),
        };
        let fates = fates.into_inner().unwrap_or_else(PoisonError::into_inner);
        for tag in &mut self.tags {
            if let Some(fate) = fates.get(&tag.spot.location.whole()) {
                (tag.outcome, tag.kept) = outcome(fate);
            }
        }
        let good = self.tags.iter().all(|tag| matches!(tag.outcome, TagOutcome::Moved | TagOutcome::There));
        let end = match done {
            Ok(()) if good => RunEnd::Good,
            Ok(()) => RunEnd::Failed,
            Err(None) => self.broken(emitter, RunEnd::Interrupted, "interrupted"),
            Err(Some(error)) => self.broken(emitter, RunEnd::Stopped, &error.to_string()),
        };
        self.finish(emitter, (reason, at), end, started);
        end
    }

    fn broken(&self, emitter: &Emitter, end: RunEnd, why: &str) -> RunEnd {
        let message = format!("not all tags went back; the same rollback goes on: {why}");
        warn(emitter, "not_rolled_back", &self.name, message);
        end
    }

    fn wanted(&self, tag: &Back) -> TagMove {
        TagMove {
            name: self.name.clone(),
            destination: tag.destination.clone(),
            kind: Kind::Floating,
            spot: tag.spot.clone(),
            from: tag.from.clone(),
            to: self.digest.clone(),
            version: tag.version.clone(),
            keep_alive: tag.keep_alive,
            level: 0,
            manifest: None,
        }
    }

    /// The tags as documents have them.
    pub fn settled(&self, run: &str, at: Timestamp) -> Vec<SettledTag> {
        let each = self.tags.iter().map(|tag| {
            let open = || self.wanted(tag).entry(run, at).keep.and_then(|keep| Tag::parse(&keep).ok());
            let kept = if tag.outcome == TagOutcome::Open { open() } else { tag.kept.clone() };
            let kept = kept.map(|keep| tag.spot.with_tag(keep).to_string());
            SettledTag {
                name: self.name.clone(),
                kind: "floating".to_owned(),
                source: Some(self.to.clone()),
                reference: tag.spot.to_string(),
                digest: Some(self.digest.to_string()),
                from: tag.from.as_ref().map(ToString::to_string),
                kept_as: kept,
                outcome: tag.outcome,
                reason: (!tag.dropped.is_empty())
                    .then(|| format!("it would no longer serve {}; --drop-platforms moves it", tag.dropped.join(", "))),
            }
        });
        each.collect()
    }

    /// A sentence for the record.
    fn note(&self, reason: &str) -> String {
        let from = self.from.as_ref().map(|from| format!(" from {from}")).unwrap_or_default();
        let why = if reason.is_empty() { String::new() } else { format!(": {reason}") };
        format!("rolled back{from} to {}{why}", self.to)
    }

    fn finish(&self, emitter: &Arc<Emitter>, (reason, at): (&str, Timestamp), end: RunEnd, started: Instant) {
        let moved = self.tags.iter().any(|tag| tag.outcome == TagOutcome::Moved);
        let (outcome, code, text) = match (end, moved) {
            (RunEnd::Good, true) => (ImageOutcome::Published, "rolled_back", self.note(reason)),
            (RunEnd::Good, false) => (ImageOutcome::Skipped, "already_there", format!("its tags hold {} already", self.to)),
            (RunEnd::Interrupted, _) => {
                (ImageOutcome::Cancelled, "cancelled", format!("interrupted before all of its tags went back to {}", self.to))
            }
            _ => (ImageOutcome::Failed, "not_rolled_back", format!("not all of its tags went back to {}", self.to)),
        };
        let destinations = self.placements.iter().map(|(name, version)| Delivery {
            name: name.clone(),
            reference: version.to_string(),
            digest: Some(self.digest.to_string()),
            tags: Vec::new(),
        });
        let details = ImageDetails { destinations: destinations.collect(), ..ImageDetails::default() };
        emitter.emit(EventKind::ImageDetails { name: self.name.clone(), details });
        emitter.emit(EventKind::ImageFinished {
            name: self.name.clone(),
            reference: self.placements.first().map(|(_, version)| version.to_string()).unwrap_or_default(),
            outcome,
            digest: Some(self.digest.to_string()),
            reason: ReasonText { code: code.to_owned(), text },
            seconds: started.elapsed().as_secs_f64(),
            blocked_by: None,
            log_tail: Vec::new(),
        });
        emitter.emit(EventKind::TagsSettled { ok: end == RunEnd::Good, tags: self.settled(emitter.run(), at) });
        let mut counts = Counts::default();
        counts.add(outcome);
        emitter.emit(EventKind::RunFinished { counts, seconds: started.elapsed().as_secs_f64(), exit: end.exit() });
    }
}

fn outcome(fate: &Fate) -> (TagOutcome, Option<Tag>) {
    let outcome = match fate {
        Fate::Open => TagOutcome::Open,
        Fate::Moved(kept) => return (TagOutcome::Moved, kept.clone()),
        Fate::WasThere => TagOutcome::There,
        Fate::Left(_) => TagOutcome::Left,
        Fate::Lost(_) => TagOutcome::Lost,
        Fate::Gone(_) | Fate::Unfounded => TagOutcome::Gone,
    };
    (outcome, None)
}

fn told(emitter: &Emitter, moved: &TagMove, fate: &Fate) {
    let found = |found: &Option<Digest>| found.as_ref().map_or_else(|| "nothing".to_owned(), ToString::to_string);
    let message = match fate {
        Fate::Moved(_) => {
            return emitter.emit(EventKind::TagMoved {
                name: moved.name.clone(),
                destination: Some(moved.destination.clone()),
                reference: moved.spot.to_string(),
                digest: moved.to.to_string(),
            });
        }
        Fate::Open | Fate::WasThere => return,
        Fate::Left(held) => format!("lost_race: somebody else made {} {} since we looked; run again", moved.spot, found(held)),
        Fate::Lost(held) => format!("lost_race: {} holds {} right after we moved it; run again", moved.spot, found(held)),
        Fate::Gone(why) => return warn(emitter, "gone", &moved.name, why.clone()),
        Fate::Unfounded => {
            format!("lost_race: {} is not moved, because {} does not hold {}; run again", moved.spot, moved.version, moved.to)
        }
    };
    warn(emitter, "lost_race", &moved.name, message);
}

fn warn(emitter: &Emitter, code: &str, name: &str, message: String) {
    emitter.emit(EventKind::Warning { code: code.to_owned(), name: Some(name.to_owned()), message });
}
