//! Mails: who gets one now, who a digest, and what became of each.

use super::{given_up, removed, shown, trouble, waits};
use crate::notify::Notifier;
use crate::notify::mail::{Mail, addresses, key, once};
use crate::notify::notification::{Channel, Delivery, DeliveryOutcome, Notification, Told, told};
use crate::notify::smtp::{Fate, Sender};
use crate::notify::spool::{Item, Waiting};
use crate::notify::state::HeldItem;
use jiff::Timestamp;
use lettre::message::Mailbox;
use std::collections::HashSet;
use tokio_util::sync::CancellationToken;

/// A notification and the owners that can be written to.
struct Addressed<'a> {
    told: &'a Notification,
    owners: Vec<Mailbox>,
}

impl Notifier {
    /// Sends what waited, then what is new, then digests.
    pub(super) async fn mails(
        &self,
        all: &[Notification],
        waiting: &[Waiting],
        now: Timestamp,
        cancel: &CancellationToken,
    ) -> Vec<Delivery> {
        let Some(smtp) = &self.smtp else { return Vec::new() };
        let mut sender = Sender::new(smtp);
        let mut deliveries = Vec::new();
        for one in waiting {
            if let Item::Mail(mail) = &one.item {
                let fates = sender.send(mail, cancel).await;
                deliveries.extend(settled(one, mail, &fates));
            }
        }
        for mail in self.due(all, now, &mut deliveries) {
            let fates = sender.send(&mail, cancel).await;
            deliveries.extend(self.told_each(&mail, &fates, now));
        }
        sender.close().await;
        deliveries
    }

    /// The mails that go out now.
    fn due(&self, all: &[Notification], now: Timestamp, deliveries: &mut Vec<Delivery>) -> Vec<Mail> {
        let addressed: Vec<Addressed<'_>> = all.iter().map(|told| addressed(told, deliveries)).collect();
        let admitted = self.admitted(&addressed, now, deliveries);
        let mut mails = Vec::new();
        for (at, one) in addressed.iter().enumerate() {
            let (now_to, held): (Vec<_>, Vec<_>) = one.owners.iter().cloned().partition(|owner| admitted.contains(&(at, key(owner))));
            let cap = self.composer.per_hour;
            deliveries
                .extend(held.iter().map(|owner| Delivery::new(Channel::Mail, key(owner), &one.told.image, DeliveryOutcome::Held(cap))));
            // A copy is sent with the mail to an owner; where there is no owner to write to, alone.
            if now_to.is_empty() && (!held.is_empty() || !self.composer.has_copies()) {
                continue;
            }
            match self.composer.build(one.told, &now_to) {
                Ok(mail) => mails.push(mail),
                Err(error) => {
                    let to = now_to.first().map(key).unwrap_or_default();
                    deliveries.push(Delivery::new(Channel::Mail, to, &one.told.image, DeliveryOutcome::Failed(told(&error))));
                }
            }
        }
        mails.extend(self.digests(now, deliveries));
        mails
    }

    /// Which owners get a mail of their own, by notification. Failures go first, so that no success takes their place.
    fn admitted(&self, addressed: &[Addressed<'_>], now: Timestamp, deliveries: &mut Vec<Delivery>) -> HashSet<(usize, String)> {
        let mut order: Vec<usize> = (0..addressed.len()).collect();
        order.sort_by_key(|at| addressed[*at].told.outcome == Told::Success);
        let places: Vec<(usize, String)> =
            order.into_iter().flat_map(|at| addressed[at].owners.iter().map(move |owner| (at, key(owner)))).collect();
        let asked: Vec<(String, HeldItem)> = places.iter().map(|(at, owner)| (owner.clone(), HeldItem::of(addressed[*at].told))).collect();
        let answers = self.state.admit(now, &asked).unwrap_or_else(|error| {
            deliveries.push(trouble(format!("mails are not counted: {error}")));
            vec![true; asked.len()]
        });
        places.into_iter().zip(answers).filter(|(_, admitted)| *admitted).map(|(place, _)| place).collect()
    }

    fn digests(&self, now: Timestamp, deliveries: &mut Vec<Delivery>) -> Vec<Mail> {
        let due = self.state.due(now).unwrap_or_else(|error| {
            deliveries.push(trouble(format!("digests cannot be made: {error}")));
            Vec::new()
        });
        let mut mails = Vec::new();
        for (owner, held) in due {
            let made = match addresses(&owner) {
                Ok(mailboxes) => mailboxes.iter().map(|mailbox| self.composer.digest(mailbox, &held, now)).collect(),
                Err(_) => Vec::new(),
            };
            for mail in made {
                match mail {
                    Ok(mail) => mails.push(mail),
                    Err(error) => {
                        deliveries.push(Delivery::new(Channel::Digest, owner.clone(), "", DeliveryOutcome::Failed(told(&error))));
                    }
                }
            }
        }
        mails
    }

    /// What became of a new mail for each of its recipients; it waits for those who have not got it.
    fn told_each(&self, mail: &Mail, fates: &[Fate], now: Timestamp) -> Vec<Delivery> {
        let left = left(mail, fates);
        let kept = if left.to.is_empty() { Ok(()) } else { self.spool.keep(&Item::Mail(left), now) };
        let each = mail.to.iter().zip(fates);
        each.map(|(to, fate)| {
            let delivery = |outcome| Delivery::new(mail.channel, to.as_str(), &mail.image, outcome);
            match fate {
                Fate::Taken => delivery(DeliveryOutcome::Sent),
                Fate::Refused(reason) => delivery(DeliveryOutcome::Failed(reason.clone())),
                Fate::Open(reason) => waits(&kept, reason, delivery(DeliveryOutcome::Queued)),
            }
        })
        .collect()
    }
}

/// The owners that can be written to; what is no address is reported.
fn addressed<'a>(told: &'a Notification, deliveries: &mut Vec<Delivery>) -> Addressed<'a> {
    let mut owners = Vec::new();
    for owner in &told.owners {
        match addresses(owner) {
            Ok(found) => owners.extend(found),
            Err(reason) => {
                deliveries.push(Delivery::new(Channel::Mail, shown(owner), &told.image, DeliveryOutcome::Failed(format!("it {reason}"))));
            }
        }
    }
    Addressed { told, owners: once(owners) }
}

/// The mail for those who have not got it.
fn left(mail: &Mail, fates: &[Fate]) -> Mail {
    let open = mail.to.iter().zip(fates).filter(|(_, fate)| matches!(fate, Fate::Open(_)));
    Mail { to: open.map(|(to, _)| to.clone()).collect(), ..mail.clone() }
}

/// What became of a mail that waited.
fn settled(waiting: &Waiting, mail: &Mail, fates: &[Fate]) -> Vec<Delivery> {
    let left = left(mail, fates);
    let trouble = match () {
        () if left.to.is_empty() || waiting.is_old => removed(waiting),
        () => waiting.put_back(&Item::Mail(left)).err().map(|error| trouble(format!("the spool cannot be written: {error}"))),
    };
    let each = mail.to.iter().zip(fates).map(|(to, fate)| {
        let delivery = |outcome| Delivery::new(mail.channel, to.as_str(), &mail.image, outcome);
        match fate {
            Fate::Taken => delivery(DeliveryOutcome::Sent),
            Fate::Refused(reason) => delivery(DeliveryOutcome::Failed(reason.clone())),
            Fate::Open(reason) if waiting.is_old => delivery(given_up(reason)),
            Fate::Open(reason) => delivery(DeliveryOutcome::Queued).because(reason.as_str()),
        }
    });
    each.chain(trouble).collect()
}
