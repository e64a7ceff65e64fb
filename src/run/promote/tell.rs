//! Tells a promotion as events: what moved, how each image ended, and the result as one document.

use super::execute::{DESTINATION, Promoted, Promoter, left, lost};
use crate::event::{Counts, Delivery, EventKind, ImageDetails, ImageOutcome, ReasonText, SettledTag, TagOutcome};
use crate::publish::promotion::{MoveKind, PromotionPlan};
use crate::publish::{Fate, TagMove};
use crate::run::work::execute::RunEnd;
use crate::run::work::steps::Teller;
use std::collections::BTreeMap;
use std::time::Instant;

impl Promoter<'_> {
    /// Tells that it begins, and which images have something to do.
    pub fn announce(&self, directory: &str, plan: &PromotionPlan) {
        let mut queued: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        let works = |of: &&crate::publish::promotion::Move| of.kind != MoveKind::Backup && of.kind != MoveKind::Stream;
        for of in plan.moves.iter().filter(works).filter(|of| !matches!(of.action.as_str(), "keep" | "refuse")) {
            queued.entry(&of.image).or_default().push(of.reference.to_string());
        }
        self.emitter.emit(EventKind::RunStarted {
            directory: directory.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            images: queued.len(),
            publishing: true,
        });
        for (name, references) in queued {
            self.emitter.emit(EventKind::ImageQueued {
                name: name.to_owned(),
                reference: references[0].clone(),
                action: "publish".to_owned(),
                reason: ReasonText { code: "promote".to_owned(), text: format!("to become {}", references.join(", ")) },
            });
        }
    }

    /// Tells one tag right when it is settled.
    pub(super) fn told(&self, moved: &TagMove, fate: &Fate) {
        let Some(reference) = moved.spot.location.reference() else { return };
        match fate {
            Fate::Moved(_) => self.emitter.emit(EventKind::TagMoved {
                name: moved.name.clone(),
                destination: Some(DESTINATION.to_owned()),
                reference: reference.to_string(),
                digest: moved.to.to_string(),
            }),
            // Whether somebody was faster, or a list left it out, is settled later.
            Fate::Left(Some(_)) if moved.from.is_none() => {}
            Fate::Left(found) => self.warn("lost_race", Some(&moved.name), left(reference, found.as_ref())),
            Fate::Lost(found) => self.warn("lost_race", Some(&moved.name), lost(reference, found.as_ref())),
            Fate::Gone(why) => self.warn("source_gone", Some(&moved.name), format!("{reference} is not made: {why}")),
            Fate::Unfounded => {
                let message = format!("{reference} is not made: {} does not hold {}", moved.version, moved.to);
                self.warn("source_gone", Some(&moved.name), message);
            }
            Fate::Open | Fate::WasThere => {}
        }
    }

    /// Tells how every image ended, and the whole.
    pub fn finish(&self, results: &[Promoted<'_>], end: RunEnd, started: Instant) {
        let mut by_image: BTreeMap<&str, Vec<&Promoted<'_>>> = BTreeMap::new();
        for result in results.iter().filter(|result| result.of.kind != MoveKind::Stream) {
            by_image.entry(&result.of.image).or_default().push(result);
        }
        let mut counts = Counts::default();
        for (name, own) in by_image {
            counts.add(self.image(name, &own, end));
        }
        self.emitter.emit(EventKind::TagsSettled { ok: end == RunEnd::Good, tags: results.iter().map(settled).collect() });
        self.emitter.emit(EventKind::RunFinished { counts, seconds: started.elapsed().as_secs_f64(), exit: end.exit() });
    }

    fn image(&self, name: &str, own: &[&Promoted<'_>], end: RunEnd) -> ImageOutcome {
        let stands = |result: &&&Promoted<'_>| matches!(result.outcome, TagOutcome::Moved | TagOutcome::There);
        let destinations: Vec<Delivery> = own.iter().filter(stands).map(|result| delivery(result)).collect();
        let digest = own.iter().find(stands).and_then(|result| result.of.digest.as_ref()).map(ToString::to_string);
        Teller::new(name, self.emitter.clone()).details(ImageDetails { destinations, ..ImageDetails::default() });
        let has = |wanted: &[TagOutcome]| own.iter().find(|result| wanted.contains(&result.outcome));
        let (outcome, code, text) = if let Some(bad) = has(&[TagOutcome::Gone, TagOutcome::Left, TagOutcome::Lost]) {
            (ImageOutcome::Failed, bad.outcome.as_str(), bad.why.clone().unwrap_or_default())
        } else if has(&[TagOutcome::Open, TagOutcome::Unlisted]).is_some() {
            let outcome = if end == RunEnd::Interrupted { ImageOutcome::Cancelled } else { ImageOutcome::Failed };
            (outcome, "not_moved", "the call ended before all its names were given".to_owned())
        } else if has(&[TagOutcome::Moved]).is_some() {
            (ImageOutcome::Published, "promoted", format!("it is {} now", names(own, TagOutcome::Moved)))
        } else if has(&[TagOutcome::There]).is_some() {
            (ImageOutcome::Skipped, "already_promoted", "it has its names".to_owned())
        } else {
            (ImageOutcome::Skipped, "refused", "it is not promoted; a problem says why".to_owned())
        };
        self.emitter.emit(EventKind::ImageFinished {
            name: name.to_owned(),
            reference: own[0].of.reference.to_string(),
            outcome,
            digest,
            reason: ReasonText { code: code.to_owned(), text },
            seconds: 0.0,
            blocked_by: None,
            log_tail: Vec::new(),
        });
        outcome
    }
}

fn names(own: &[&Promoted<'_>], outcome: TagOutcome) -> String {
    let found: Vec<String> = own.iter().filter(|result| result.outcome == outcome).map(|result| result.of.reference.to_string()).collect();
    found.join(", ")
}

/// Several names of one image are several destinations of its record.
fn delivery(result: &Promoted<'_>) -> Delivery {
    let reference = result.of.reference.to_string();
    let name = format!("{DESTINATION}:{reference}");
    Delivery { name, reference, digest: result.of.digest.as_ref().map(ToString::to_string), tags: Vec::new() }
}

fn settled(result: &Promoted<'_>) -> SettledTag {
    let text = |digest: &Option<crate::name::Digest>| digest.as_ref().map(ToString::to_string);
    SettledTag {
        name: result.of.image.clone(),
        kind: result.of.kind.as_str().to_owned(),
        source: Some(result.of.source.to_string()),
        reference: result.of.reference.to_string(),
        digest: text(&result.of.digest),
        from: text(&result.from),
        kept_as: result.kept_as.as_ref().map(ToString::to_string),
        outcome: result.outcome,
        reason: result.why.clone(),
    }
}
