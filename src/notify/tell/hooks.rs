//! The webhook: what waited, then what is new, in order.

use super::{given_up, removed, waits};
use crate::notify::Notifier;
use crate::notify::document::id_of;
use crate::notify::notification::{Channel, Delivery, DeliveryOutcome, Notification, told};
use crate::notify::spool::{Item, Waiting};
use crate::notify::webhook::{Refusal, Webhook};
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

/// The webhook in one call: once it could not be reached, it is left alone.
struct Line<'a> {
    webhook: &'a Webhook,
    down: Option<String>,
    cancel: &'a CancellationToken,
}

impl Line<'_> {
    async fn send(&mut self, id: &str, body: &str, now: Timestamp) -> Result<(), Refusal> {
        if let Some(reason) = &self.down {
            return Err(Refusal::Later(reason.clone()));
        }
        let sent = tokio::select! {
            () = self.cancel.cancelled() => Err(Refusal::Later("the run was stopped".to_owned())),
            sent = self.webhook.send(id, body, now) => sent,
        };
        if let Err(Refusal::Later(reason)) = &sent {
            self.down = Some(reason.clone());
        }
        sent
    }
}

impl Notifier {
    pub(super) async fn hooks(
        &self,
        all: &[Notification],
        waiting: &[Waiting],
        now: Timestamp,
        cancel: &CancellationToken,
    ) -> Vec<Delivery> {
        let Some(webhook) = &self.webhook else { return Vec::new() };
        let mut line = Line { webhook, down: None, cancel };
        let mut deliveries = Vec::new();
        for one in waiting {
            if let Item::Webhook { id, image, body } = &one.item {
                let sent = line.send(id, body, self.clock.now()).await;
                deliveries.extend(settled(one, webhook, image, sent));
            }
        }
        for one in all {
            let body = self.document(one).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
            let delivery = |outcome| Delivery::new(Channel::Webhook, webhook.shown(), &one.image, outcome);
            deliveries.push(match body {
                Err(error) => delivery(DeliveryOutcome::Failed(told(&error))),
                Ok(body) => {
                    let id = id_of(one);
                    match line.send(&id, &body, self.clock.now()).await {
                        Ok(()) => delivery(DeliveryOutcome::Sent),
                        Err(Refusal::Never(reason)) => delivery(DeliveryOutcome::Failed(reason)),
                        Err(Refusal::Later(reason)) => {
                            let item = Item::Webhook { id, image: one.image.clone(), body };
                            waits(&self.spool.keep(&item, now), &reason, delivery(DeliveryOutcome::Queued))
                        }
                    }
                }
            });
        }
        deliveries
    }
}

/// What became of a document that waited.
fn settled(waiting: &Waiting, webhook: &Webhook, image: &str, sent: Result<(), Refusal>) -> Vec<Delivery> {
    let delivery = |outcome| Delivery::new(Channel::Webhook, webhook.shown(), image, outcome);
    let (told, ended) = match sent {
        Ok(()) => (delivery(DeliveryOutcome::Sent), true),
        Err(Refusal::Never(reason)) => (delivery(DeliveryOutcome::Failed(reason)), true),
        Err(Refusal::Later(reason)) if waiting.is_old => (delivery(given_up(&reason)), true),
        Err(Refusal::Later(reason)) => (delivery(DeliveryOutcome::Queued).because(reason), false),
    };
    [told].into_iter().chain(ended.then(|| removed(waiting)).flatten()).collect()
}
