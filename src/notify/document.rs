//! The JSON document of one notification: what the webhook and the folder get. docs/notify.md describes it.

use super::notification::{Channel, Notification};
use super::words::subject;
use crate::name::Digest;
use serde::Serialize;

/// The document; `v` changes when a field changes its meaning.
#[derive(Serialize)]
struct Document<'a> {
    v: u32,
    /// The same for every try to deliver it.
    id: &'a str,
    kind: &'static str,
    subject: String,
    #[serde(flatten)]
    notification: &'a Notification,
}

/// The bytes of the document.
///
/// # Errors
/// When it cannot be written as JSON.
pub(super) fn document(told: &Notification, id: &str, alias: Option<&str>) -> serde_json::Result<Vec<u8>> {
    serde_json::to_vec(&Document { v: 1, id, kind: "build", subject: subject(told, alias), notification: told })
}

/// What stands for a notification wherever it must be known again: 32 hexadecimal digits over run, image and outcome.
pub(super) fn id_of(told: &Notification) -> String {
    hashed(&[&told.run, &told.registry, &told.image, &format!("{:?}", told.outcome)])
}

/// 32 hexadecimal digits over these texts.
pub(super) fn hashed(parts: &[&str]) -> String {
    // None of the parts is ambiguous about where it ends.
    let text: Vec<String> = parts.iter().map(|part| format!("{}:{part}", part.len())).collect();
    let digest = Digest::of(text.concat().as_bytes());
    digest.as_str().rsplit(':').next().unwrap_or_default().chars().take(32).collect()
}

impl Channel {
    /// How it is called.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Digest => "digest",
            Self::Webhook => "webhook",
            Self::File => "file",
            Self::Mbox => "mbox",
        }
    }
}
