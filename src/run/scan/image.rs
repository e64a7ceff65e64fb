//! One image from its layers to what policy says of it.

use super::choice::ScanChoice;
use super::examined::{Examined, Tools};
use super::kept::{Kept, digest_of};
use super::origin::Origin;
use super::read::Reader;
use super::scanners::{ENDING, scan_with_all};
use crate::engine::{Engine, ProgressSink};
use crate::finding::{Policy, judge};
use crate::run::work::failure::Failure;
use crate::scan::{Insides, Scanned, System, Whole, inventory};
use jiff::tz::TimeZone;
use std::sync::Arc;
use std::time::Instant;
use tokio_util::task::TaskTracker;

/// What all images of a call share.
pub struct Scanning {
    /// What scanners work with.
    pub tools: Arc<Tools>,
    /// The engine, for scanners that are images.
    pub engine: Option<Arc<dyn Engine>>,
    /// Which of them run.
    pub choice: ScanChoice,
    /// Reads images.
    pub reader: Arc<Reader>,
    /// Where inventories are kept, if they are.
    pub kept: Option<Kept>,
}

/// An image that is scanned, as people and policies know it.
#[derive(Clone, Copy, Debug)]
pub struct Named<'a> {
    /// The reference.
    pub reference: &'a str,
    /// The reference that exceptions match: without a stamp.
    pub plain: &'a str,
    /// The definition.
    pub name: Option<&'a str>,
}

impl Scanning {
    /// Reads an image, has all scanners look at it, and judges what they found. What is wrong with the image or a scanner
    /// stands in the result.
    ///
    /// # Errors
    /// When engine or registry cannot be used, and after an interruption.
    pub async fn image(&self, named: Named<'_>, origin: &Origin, policy: &Policy, progress: ProgressSink) -> Result<Scanned, Failure> {
        let started = Instant::now();
        let mut scanned = self.look(named, origin, &self.choice.under(policy.mode), progress).await?;
        let findings = scanned.scanners.iter().flat_map(|report| report.findings.iter().cloned()).collect();
        let today = self.tools.now.to_zoned(TimeZone::UTC).date();
        scanned.judged(judge(findings, policy, named.plain, named.name, today));
        scanned.seconds = started.elapsed().as_secs_f64();
        Ok(scanned)
    }

    async fn look(&self, named: Named<'_>, origin: &Origin, choice: &ScanChoice, progress: ProgressSink) -> Result<Scanned, Failure> {
        let mut scanned = Scanned::new(named.reference, named.name);
        if let Origin::Spot { digest, .. } = origin {
            scanned.digest = Some(digest.to_string());
        }
        match self.reader.read(origin, &progress, &self.tools.cancel).await {
            Ok(whole) => self.examine(named, origin, choice, whole, &mut scanned).await,
            // One image that is broken says nothing of the others.
            Err(failure) if failure.scope == crate::run::work::failure::Scope::Image => scanned.error = Some(failure.message),
            Err(failure) => return Err(failure),
        }
        if self.tools.cancel.is_cancelled() { Err(Failure::cancelled()) } else { Ok(scanned) }
    }

    async fn examine(&self, named: Named<'_>, origin: &Origin, choice: &ScanChoice, whole: Whole, scanned: &mut Scanned) {
        let taken = tokio::task::spawn_blocking(move || (inventory::take(&whole.contents), whole));
        let (inventory, whole) = match taken.await {
            Ok(taken) => taken,
            Err(broken) => {
                scanned.error = Some(format!("taking the inventory broke off, which is a mistake in cooperage: {broken}"));
                return;
            }
        };
        scanned.image_id = Some(whole.id.to_string());
        scanned.digest = whole.manifest.as_ref().map(ToString::to_string).or(scanned.digest.take());
        scanned.os = System::of(&inventory.os);
        scanned.packages = inventory.counts().into_iter().map(|(kind, count)| (kind.as_str(), count)).collect();
        let Whole { id, config, contents, .. } = whole;
        let (origin, engine, tools) = (origin.clone(), self.engine.clone(), self.tools.clone());
        let (reference, name) = (named.reference.to_owned(), named.name.map(str::to_owned));
        let (reader, held) = (Arc::downgrade(&self.reader), TaskTracker::new());
        let inside = Insides { contents, inventory, config };
        let examined = Arc::new(Examined { reference, name, id, origin, engine, inside, tools, reader, held });
        scanned.scanners = scan_with_all(&examined, choice).await;
        // What was interrupted takes its files and containers away before the call ends.
        examined.held.close();
        let _ = tokio::time::timeout(ENDING, examined.held.wait()).await;
        self.keep(&examined, scanned);
    }

    /// Keeps the inventory. Where that cannot be, `--affected-by` has to read the image again, and nothing else is lost.
    fn keep(&self, examined: &Examined, scanned: &mut Scanned) {
        let keep = |kept: &Kept| kept.keep(&examined.reference, examined.name.as_deref(), &examined.inside.inventory);
        let digest = self.kept.as_ref().and_then(|kept| keep(kept).ok());
        scanned.inventory = digest.or_else(|| digest_of(&examined.inside.inventory).ok()).map(|digest| digest.to_string());
    }
}
