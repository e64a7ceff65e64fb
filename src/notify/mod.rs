//! Tells people what became of images: mails to owners, a webhook, files in a folder or a mailbox.
//!
//! This room reads what is handed to it and decides nothing about builds. It never fails a run: whatever goes wrong on the
//! way is a [`Delivery`] with its reason. What cannot be delivered now waits on disk for the next call. Other people's text
//! (commits, logs, findings) is cleaned and cut before anything is made of it, and no secret is in any message.

mod document;
mod files;
mod mail;
mod notification;
#[cfg(test)]
mod samples;
mod smtp;
mod spool;
mod state;
mod tell;
mod tidy;
mod webhook;
mod words;

pub use notification::{Cause, Channel, Delivery, DeliveryOutcome, FailedStage, Notification, ScanNote, Told};

use crate::config::{Config, SecretError};
use crate::event::{Clock, SystemClock};
use crate::fetch::FetchError;
use crate::template::PageError;
use mail::Composer;
use smtp::Smtp;
use spool::Spool;
use state::State;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use webhook::Webhook;

/// Why nobody can be told anything: the configuration does not work.
#[derive(Debug, thiserror::Error)]
pub enum NotifyError {
    /// A value cannot be used.
    #[error("{0}")]
    Setting(String),
    /// A secret is not there.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// A template cannot be used.
    #[error(transparent)]
    Template(#[from] PageError),
    /// The webhook cannot be set up.
    #[error("cooperage.notify.webhook: {0}")]
    Webhook(#[from] FetchError),
}

/// Tells people. One serves a whole run.
pub struct Notifier {
    composer: Composer,
    smtp: Option<Smtp>,
    webhook: Option<Webhook>,
    folder: Option<PathBuf>,
    mbox: Option<PathBuf>,
    home: PathBuf,
    state: State,
    spool: Spool,
    clock: Arc<dyn Clock>,
}

impl Notifier {
    /// As `cooperage.notify` says; `state` is a folder for what outlives the run. Reads templates, certificates and secrets.
    ///
    /// # Errors
    /// When a value, a secret or a template cannot be used.
    pub fn new(config: &Config, state: &Path) -> Result<Self, NotifyError> {
        let settings = &config.cooperage.notify;
        let composer = Composer::new(settings)?;
        let home = state.join("notify");
        Ok(Self {
            smtp: settings.smtp.as_ref().map(|smtp| Smtp::new(config, smtp, composer.domain())).transpose()?,
            webhook: settings.webhook.as_ref().map(|webhook| Webhook::new(config, webhook)).transpose()?,
            folder: settings.file.as_ref().map(|file| file.folder.clone()),
            mbox: settings.mbox.clone(),
            state: State::new(&home, settings.per_hour),
            spool: Spool::new(&home),
            home,
            composer,
            clock: Arc::new(SystemClock),
        })
    }

    /// With another clock.
    #[must_use]
    pub fn with_clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self }
    }

    /// Whether nothing is configured that anybody could be told with.
    pub fn is_silent(&self) -> bool {
        self.smtp.is_none() && self.webhook.is_none() && self.folder.is_none() && self.mbox.is_none()
    }
}

impl std::fmt::Debug for Notifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Notifier").field("home", &self.home).finish_non_exhaustive()
    }
}
