//! From notifications to deliveries.

mod hooks;
mod mails;

use super::document::{document, id_of};
use super::files::{append, drop_into};
use super::notification::{Channel, Delivery, DeliveryOutcome, Notification, told};
use super::spool::{Taken, Waiting};
use super::tidy::{text, tidied};
use super::{Notifier, mail};
use std::fs;
use std::io;
use tokio_util::sync::CancellationToken;

impl Notifier {
    /// Tells everybody, and what earlier calls left behind; with an empty list only that. Never fails: each way to each
    /// receiver has its outcome. After `cancel`, what is not sent yet waits for the next call.
    pub async fn tell(&self, notifications: Vec<Notification>, cancel: &CancellationToken) -> Vec<Delivery> {
        if self.is_silent() {
            return Vec::new();
        }
        let all: Vec<Notification> = notifications.iter().map(tidied).collect();
        let now = self.clock.now();
        let mut deliveries = self.files(&all);
        let taken = self.prepare().and_then(|()| self.spool.take(now));
        let taken = taken.unwrap_or_else(|error| {
            deliveries.push(trouble(format!("{} cannot be used: {error}", self.home.display())));
            None
        });
        let waiting = taken.as_ref().map_or(&[][..], |taken: &Taken| &taken.waiting);
        let (mails, hooks) = tokio::join!(self.mails(&all, waiting, now, cancel), self.hooks(&all, waiting, now, cancel));
        deliveries.into_iter().chain(mails).chain(hooks).collect()
    }

    /// The folder holds mails and addresses, which are not for everybody on the machine.
    fn prepare(&self) -> io::Result<()> {
        let mut builder = fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.recursive(true).create(&self.home)
    }

    /// The document of a notification.
    fn document(&self, told: &Notification) -> serde_json::Result<Vec<u8>> {
        document(told, &id_of(told), self.composer.alias.as_deref())
    }

    /// Writes files of those notifications.
    fn files(&self, all: &[Notification]) -> Vec<Delivery> {
        if self.folder.is_none() && self.mbox.is_none() {
            return Vec::new();
        }
        all.iter().flat_map(|told| self.files_of(told)).collect()
    }

    fn files_of(&self, told: &Notification) -> Vec<Delivery> {
        let to: Vec<_> = told.owners.iter().filter_map(|owner| mail::addresses(owner).ok()).flatten().collect();
        let mail = self.composer.build(told, &mail::once(to)).map_err(io::Error::other);
        let dropped = self.folder.as_ref().map(|folder| {
            let done = mail.as_ref().map_err(again).and_then(|mail| drop_into(folder, told, &self.document(told)?, mail));
            Delivery::of(Channel::File, folder.display().to_string(), &told.image, done)
        });
        let appended = self.mbox.as_ref().map(|path| {
            let done = mail.as_ref().map_err(again).and_then(|mail| append(path, mail, told.at));
            Delivery::of(Channel::Mbox, path.display().to_string(), &told.image, done)
        });
        dropped.into_iter().chain(appended).collect()
    }
}

/// The delivery of what could not be delivered now: queued, or lost where it cannot be kept.
fn waits(kept: &io::Result<()>, why: &str, delivery: Delivery) -> Delivery {
    match kept {
        Ok(()) => Delivery { outcome: DeliveryOutcome::Queued, ..delivery }.because(why),
        Err(error) => Delivery { outcome: DeliveryOutcome::Failed(format!("{why}; and it cannot be kept: {error}")), ..delivery },
    }
}

/// The end of something that waited: it is gone from the disk, or why not.
fn removed(waiting: &Waiting) -> Option<Delivery> {
    waiting.remove().err().map(|error| trouble(format!("what was sent cannot be removed from the spool: {error}")))
}

/// Trouble that is about no image.
fn trouble(reason: String) -> Delivery {
    Delivery::new(Channel::Mail, "", "", DeliveryOutcome::Failed(reason))
}

/// The same error for a second reader.
fn again(error: &io::Error) -> io::Error {
    io::Error::other(told(error))
}

/// An address as it may be shown, whatever is in it.
fn shown(raw: &str) -> String {
    text(raw)
}

/// What is said of something that waited too long.
fn given_up(why: &str) -> DeliveryOutcome {
    DeliveryOutcome::Failed(format!("given up after 5 days: {why}"))
}
