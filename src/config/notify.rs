//! `cooperage.notify`: whom to tell of builds, and how.

use super::duration;
use super::kind::Kind;
use super::settings::SecretSource;
use schemars::JsonSchema;
use std::path::PathBuf;
use std::time::Duration;

/// Who is told of builds, and how; a part that is not said is as below.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(inline)]
pub struct NotifySettings {
    /// The sender of mails, with or without a name. Needed where mail is sent.
    pub from: Option<String>,
    /// Addresses that get a copy of every mail.
    pub cc: Vec<String>,
    /// What subjects and addresses of images show instead of the registry.
    pub alias: Option<String>,
    /// The lines below each mail. Null: the usual ones.
    pub footer: Option<Vec<String>>,
    /// Folder of templates that replace the built-in ones of the same name.
    pub templates: Option<PathBuf>,
    /// The most mails that an owner gets in an hour; the rest comes in one digest. 20.
    #[schemars(range(min = 1, max = 65535))]
    pub per_hour: usize,
    /// The server that takes mails.
    pub smtp: Option<SmtpSettings>,
    /// An address that gets each notification as JSON.
    pub webhook: Option<WebhookSettings>,
    /// A folder that gets each notification as a JSON file and as a mail.
    pub file: Option<DropSettings>,
    /// A file that each mail is appended to, in the form mbox.
    pub mbox: Option<PathBuf>,
}

/// The server that takes mails.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct SmtpSettings {
    /// Its name.
    pub server: String,
    /// Its port. Null: 465 for implicit TLS, else 587 with a login and 25 without.
    #[serde(default)]
    #[schemars(range(min = 1, max = 65535))]
    pub port: Option<u16>,
    /// When the connection is encrypted.
    #[serde(default)]
    pub tls: MailTls,
    /// Who signs in.
    #[serde(default)]
    pub username: Option<String>,
    /// Where the password comes from.
    #[serde(default)]
    pub password: Option<SecretFrom>,
    /// What we call ourselves to the server. Null: the domain of the sender.
    #[serde(default)]
    pub hello: Option<String>,
    /// The longest that one answer of the server may take; 30 seconds.
    #[serde(default = "half_a_minute", deserialize_with = "duration::deserialize")]
    #[schemars(schema_with = "duration::schema")]
    pub timeout: Duration,
    /// How often a mail is tried before it waits for the next run; 3.
    #[serde(default = "three")]
    #[schemars(range(min = 1, max = 65535))]
    pub tries: u32,
}

/// When a connection to a mail server is encrypted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum MailTls {
    /// From the command STARTTLS on, which the server must offer.
    #[default]
    Starttls,
    /// From STARTTLS on where the server offers it, else not.
    Opportunistic,
    /// From the start.
    Implicit,
    /// Not at all.
    None,
}

/// An address that gets each notification as JSON.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct WebhookSettings {
    /// Where to.
    pub url: String,
    /// Where the key comes from that requests are signed with. Null: they are not signed.
    #[serde(default)]
    pub secret: Option<SecretFrom>,
    /// The longest that one answer may take; 30 seconds.
    #[serde(default = "half_a_minute", deserialize_with = "duration::deserialize")]
    #[schemars(schema_with = "duration::schema")]
    pub timeout: Duration,
    /// How often it is tried before it waits for the next run; 4.
    #[serde(default = "four")]
    #[schemars(range(min = 1, max = 65535))]
    pub tries: u32,
}

/// A folder for notifications.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct DropSettings {
    /// The folder; it is made where there is none.
    pub folder: PathBuf,
}

/// Where a secret comes from that is not one of builds.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SecretFrom {
    /// An environment variable.
    Env(String),
    /// A file; one line end at its end is not part of it.
    File(PathBuf),
    /// One of `cooperage.build_secrets`, by its id.
    Secret(String),
}

impl SecretFrom {
    /// The same as a source, where it does not lead to another one.
    pub(super) fn source(&self) -> Option<SecretSource> {
        match self {
            Self::Env(name) => Some(SecretSource::Env(name.clone())),
            Self::File(path) => Some(SecretSource::File(path.clone())),
            Self::Secret(_) => None,
        }
    }
}

impl Default for NotifySettings {
    fn default() -> Self {
        Self {
            from: None,
            cc: Vec::new(),
            alias: None,
            footer: None,
            templates: None,
            per_hour: 20,
            smtp: None,
            webhook: None,
            file: None,
            mbox: None,
        }
    }
}

impl NotifySettings {
    /// Every secret of it.
    pub(super) fn secrets(&self) -> impl Iterator<Item = &SecretFrom> {
        let password = self.smtp.as_ref().and_then(|smtp| smtp.password.as_ref());
        password.into_iter().chain(self.webhook.as_ref().and_then(|webhook| webhook.secret.as_ref()))
    }

    /// Every path of it.
    pub(super) fn paths(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        let password = self.smtp.as_mut().and_then(|smtp| smtp.password.as_mut());
        let secrets = password.into_iter().chain(self.webhook.as_mut().and_then(|webhook| webhook.secret.as_mut()));
        let files = secrets.filter_map(|secret| if let SecretFrom::File(path) = secret { Some(path) } else { None });
        let folder = self.file.as_mut().map(|file| &mut file.folder);
        files.chain(folder).chain(self.templates.as_mut()).chain(self.mbox.as_mut())
    }
}

fn half_a_minute() -> Duration {
    Duration::from_secs(30)
}

fn three() -> u32 {
    3
}

fn four() -> u32 {
    4
}

const SMTP: &[(&str, Kind)] = &[
    ("server", Kind::Text),
    ("port", Kind::Count),
    ("tls", Kind::Choice(&["starttls", "opportunistic", "implicit", "none"])),
    ("username", Kind::Text),
    ("password", Kind::SecretFrom),
    ("hello", Kind::Text),
    ("timeout", Kind::Duration),
    ("tries", Kind::Count),
];

/// What the key may hold.
pub(super) const KIND: Kind = Kind::Fields(&[
    ("from", Kind::Text),
    ("cc", Kind::Texts),
    ("alias", Kind::Text),
    ("footer", Kind::Texts),
    ("templates", Kind::Path),
    ("per_hour", Kind::Count),
    ("smtp", Kind::Holding("server", SMTP)),
    (
        "webhook",
        Kind::Holding("url", &[("url", Kind::Text), ("secret", Kind::SecretFrom), ("timeout", Kind::Duration), ("tries", Kind::Count)]),
    ),
    ("file", Kind::Holding("folder", &[("folder", Kind::Path)])),
    ("mbox", Kind::Path),
]);
