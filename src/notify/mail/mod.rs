//! Makes mails: plain text and HTML from templates, in one thread an image.

mod address;
mod headers;
mod view;

pub(super) use address::{addresses, key, once};

use super::NotifyError;
use super::document::{hashed, id_of};
use super::notification::{Channel, Notification};
use super::state::Held;
use super::words::{FOOTER, outcome, subject};
use crate::config::NotifySettings;
use crate::template::{PageError, Pages};
use jiff::Timestamp;
use lettre::address::Envelope;
use lettre::message::{Mailbox, Message, MessageBuilder, MultiPart};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::time::SystemTime;
use view::View;

/// The built-in templates, and the names that a folder of one's own may replace.
const TEMPLATES: &[(&str, &str)] = &[
    ("build.txt.j2", include_str!("../../../templates/mail/build.txt.j2")),
    ("build.html.j2", include_str!("../../../templates/mail/build.html.j2")),
    ("digest.txt.j2", include_str!("../../../templates/mail/digest.txt.j2")),
    ("digest.html.j2", include_str!("../../../templates/mail/digest.html.j2")),
];

/// The sender where none is configured, which is good enough for files.
const SENDER: &str = "Cooperage <cooperage@localhost>";

/// A mail that is ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Mail {
    /// The same for every try, also of another run.
    pub id: String,
    /// One image, or a digest.
    pub channel: Channel,
    /// The image; empty for a digest.
    pub image: String,
    /// The sender's address.
    pub from: String,
    /// The addresses that have not got it yet.
    pub to: Vec<String>,
    /// Headers and body, ASCII with CR LF.
    pub message: String,
}

/// A mail that cannot be made.
#[derive(Debug, thiserror::Error)]
pub(super) enum MailError {
    #[error(transparent)]
    Page(#[from] PageError),
    #[error("the mail cannot be put together: {0}")]
    Message(#[from] lettre::error::Error),
    #[error("the sender's address cannot be used: {0}")]
    Sender(#[from] lettre::address::AddressError),
}

/// Makes mails.
pub(super) struct Composer {
    from: Mailbox,
    cc: Vec<Mailbox>,
    pub(super) alias: Option<String>,
    footer: Vec<String>,
    pub(super) per_hour: usize,
    pages: Pages,
}

impl Composer {
    pub(super) fn new(settings: &NotifySettings) -> Result<Self, NotifyError> {
        let wrong = |key: &str, text: &str, reason: String| NotifyError::Setting(format!("cooperage.notify.{key}: {text:?} {reason}"));
        if settings.smtp.is_some() && settings.from.is_none() {
            return Err(NotifyError::Setting("cooperage.notify.from is not set; mail servers need a sender".to_owned()));
        }
        let sender = settings.from.as_deref().unwrap_or(SENDER);
        let mut from = addresses(sender).map_err(|reason| wrong("from", sender, reason))?;
        if from.len() != 1 {
            return Err(wrong("from", sender, "must be one address".to_owned()));
        }
        let mut cc = Vec::new();
        for text in &settings.cc {
            cc.extend(addresses(text).map_err(|reason| wrong("cc", text, reason))?);
        }
        let footer = settings.footer.clone().unwrap_or_else(|| FOOTER.map(str::to_owned).to_vec());
        let pages = Pages::load(TEMPLATES, settings.templates.as_deref())?;
        Ok(Self { from: from.remove(0), cc: once(cc), alias: settings.alias.clone(), footer, per_hour: settings.per_hour, pages })
    }

    /// The domain of the sender.
    pub(super) fn domain(&self) -> &str {
        self.from.email.domain()
    }

    /// Whether anybody gets copies.
    pub(super) fn has_copies(&self) -> bool {
        !self.cc.is_empty()
    }

    /// The mail about one image to these owners.
    pub(super) fn build(&self, told: &Notification, to: &[Mailbox]) -> Result<Mail, MailError> {
        let alias = self.alias.as_deref();
        let view = View::of(told, alias, &self.footer);
        let id = id_of(told);
        let thread = format!("<thread.{}@{}>", hashed(&[&told.registry, &told.image]), self.domain());
        let builder = self.builder(&id, &subject(told, alias), told.at).in_reply_to(thread.clone()).references(thread);
        let builder = headers::about(builder, &told.image, outcome(told.outcome), &told.run);
        let text = self.pages.render("build.txt.j2", &view)?;
        let html = self.pages.render("build.html.j2", &view)?;
        self.mail(Channel::Mail, id, &told.image, builder, to, (text, html))
    }

    /// The mail about what was held, to one owner.
    pub(super) fn digest(&self, owner: &Mailbox, held: &Held, at: Timestamp) -> Result<Mail, MailError> {
        let registry = self.alias.as_deref().or(held.items.first().map(|item| item.registry.as_str())).unwrap_or_default();
        let count = held.items.len() + held.dropped;
        let subject = format!("[{}] DIGEST: {count} container builds", registry.split(':').next().unwrap_or_default());
        let values = json!({
            "subject": subject, "per_hour": self.per_hour, "items": held.items, "dropped": held.dropped, "footer": self.footer,
        });
        let id = hashed(&["digest", &key(owner), &at.to_string()]);
        let builder = self.builder(&id, &subject, at);
        let text = self.pages.render("digest.txt.j2", &values)?;
        let html = self.pages.render("digest.html.j2", &values)?;
        self.mail(Channel::Digest, id, "", builder, std::slice::from_ref(owner), (text, html))
    }

    fn builder(&self, id: &str, subject: &str, at: Timestamp) -> MessageBuilder {
        // lettre cannot write dates before 1970.
        let date = SystemTime::from(at.max(Timestamp::UNIX_EPOCH));
        let builder = Message::builder().from(self.from.clone()).subject(subject).date(date);
        headers::automatic(builder.message_id(Some(format!("<{id}@{}>", self.domain()))), self.domain())
    }

    fn mail(
        &self,
        channel: Channel,
        id: String,
        image: &str,
        mut builder: MessageBuilder,
        to: &[Mailbox],
        (text, html): (String, String),
    ) -> Result<Mail, MailError> {
        let everybody = once(to.iter().chain(&self.cc).cloned().collect());
        for (at, mailbox) in everybody.iter().enumerate() {
            builder = if at < to.len() { builder.to(mailbox.clone()) } else { builder.cc(mailbox.clone()) };
        }
        // Without an envelope of ours, a mail for a file that nobody gets would be refused.
        let envelope = Envelope::new(Some(self.from.email.clone()), vec![self.from.email.clone()])?;
        let message = builder.envelope(envelope).multipart(MultiPart::alternative_plain_html(text, html))?;
        Ok(Mail {
            id,
            channel,
            image: image.to_owned(),
            from: self.from.email.to_string(),
            to: everybody.iter().map(|mailbox| mailbox.email.to_string()).collect(),
            message: String::from_utf8_lossy(&message.formatted()).into_owned(),
        })
    }
}

#[cfg(test)]
mod tests;
