//! The webhook: JSON, signed, with one id for all tries.

use super::NotifyError;
use super::notification::told;
use crate::config::{Config, Secret, WebhookSettings};
use crate::fetch::{FetchError, Fetcher, Post, Request, shown};
use crate::registry::{RegistryOptions, Retries};
use jiff::Timestamp;
use ring::hmac;
use std::time::Duration;

/// The first wait between two tries; each next one is longer.
const FIRST_WAIT: Duration = Duration::from_secs(1);

/// The address, and the key that requests to it are signed with.
pub(super) struct Webhook {
    fetcher: Fetcher,
    url: String,
    key: Option<Secret<Vec<u8>>>,
    time: Duration,
}

/// Why the webhook did not take a document.
pub(super) enum Refusal {
    /// Another try may help.
    Later(String),
    /// It does not want it.
    Never(String),
}

impl Webhook {
    pub(super) fn new(config: &Config, settings: &WebhookSettings) -> Result<Self, NotifyError> {
        let key = settings.secret.as_ref().map(|from| config.secret("cooperage.notify.webhook.secret", from)).transpose()?;
        if key.as_ref().is_some_and(|key| key.expose().is_empty()) {
            return Err(NotifyError::Setting("cooperage.notify.webhook.secret is empty".to_owned()));
        }
        if !settings.url.starts_with("https://") && !settings.url.starts_with("http://") {
            let text = format!("cooperage.notify.webhook.url: {} is no address of http or https", shown(&settings.url));
            return Err(NotifyError::Setting(text));
        }
        let options = RegistryOptions {
            ca_bundle: config.ca_bundle.clone(),
            proxy: config.http_proxy.clone(),
            no_proxy: config.no_proxy.clone(),
            timeout: settings.timeout,
            retries: Retries { tries: settings.tries, first_wait: FIRST_WAIT, patience: settings.timeout },
            ..RegistryOptions::default()
        };
        let time = settings.timeout.saturating_mul(settings.tries.saturating_add(2));
        Ok(Self { fetcher: Fetcher::new(options, None)?, url: settings.url.clone(), key, time })
    }

    /// The address as it may be shown.
    pub(super) fn shown(&self) -> String {
        shown(&self.url)
    }

    /// Sends one document.
    pub(super) async fn send(&self, id: &str, body: &str, now: Timestamp) -> Result<(), Refusal> {
        let mut headers = vec![("Content-Type", "application/json".to_owned()), ("Idempotency-Key", id.to_owned())];
        headers.extend(self.key.as_ref().map(|key| ("Cooperage-Signature", signature(key.expose(), body, now))));
        let request = Request::new(&self.url).plain().within(self.time);
        let post = Post { request, headers, body: body.to_owned().into() };
        self.fetcher.post(&post).await.map_err(|error| match error {
            FetchError::Refused { .. } | FetchError::Address { .. } => Refusal::Never(told(&error)),
            _ => Refusal::Later(told(&error)),
        })
    }
}

/// `t=SECONDS,v1=HEX`: HMAC-SHA256 over `SECONDS.BODY`.
fn signature(key: &[u8], body: &str, now: Timestamp) -> String {
    let seconds = now.as_second();
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), format!("{seconds}.{body}").as_bytes());
    let hex: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("t={seconds},v1={hex}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_what_others_compute() {
        // printf '0.{}' | openssl dgst -sha256 -hmac key
        let expected = "t=0,v1=7314351dd949aa7ec06f50fc2c96e618291447672c9b7f10b49d1ce46dad00b3";
        assert_eq!(signature(b"key", "{}", Timestamp::UNIX_EPOCH), expected);
    }
}
