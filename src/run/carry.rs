//! Moving tags under a journal: written down before the first moves, removed when all are settled.

use crate::event::{Emitter, EventKind};
use crate::publish::journal::{self, Journal, Place};
use crate::publish::{Fate, MoveError, Mover, Spots, TagMove};
use jiff::Timestamp;

/// Who moves tags, and where that is written down.
pub struct Carrier<'a> {
    /// Where the tags are.
    pub spots: &'a Spots,
    /// Where the journal goes; nowhere where there is no folder for it.
    pub journal: Option<&'a Place>,
    /// Where events go.
    pub emitter: &'a Emitter,
    /// When: in the journal, and in the names of what is kept.
    pub at: Timestamp,
    /// As many tags at once.
    pub parallel: usize,
}

impl Carrier<'_> {
    /// Moves tags and tells what became of each.
    ///
    /// # Errors
    /// The first tag that could not be moved; what has not moved is in the journal.
    pub async fn carry_out(&self, wanted: &[TagMove], tell: &(dyn Fn(&TagMove, &Fate) + Sync)) -> Result<(), MoveError> {
        if wanted.is_empty() {
            return Ok(());
        }
        let run = self.emitter.run();
        let mover = Mover { spots: self.spots, run, at: self.at, parallel: self.parallel };
        let entries: Vec<_> = wanted.iter().map(|wanted| wanted.entry(run, self.at)).collect();
        let begun = self.journal.map(|place| Journal::begin(place, &entries)).transpose();
        let journal = begun.unwrap_or_else(|error| {
            let message = format!("{error}; if this run is killed now, the next one compares all tags instead");
            self.emitter.emit(EventKind::Warning { code: "no_journal".to_owned(), name: None, message });
            None
        });
        let is_written = journal.is_some();
        mover.carry_out(wanted, journal, tell).await?;
        if let Some(place) = self.journal.filter(|_| is_written) {
            journal::forget(place)?;
        }
        Ok(())
    }
}
