//! The headers that let mail programs sort, thread and not answer our mails.

use lettre::message::MessageBuilder;
use lettre::message::header::{HeaderName, HeaderValue};

/// Headers of all our mails. Sources: RFC 3834 (`Auto-Submitted`), RFC 2919 (`List-Id`); `Precedence` and
/// `X-Auto-Response-Suppress` are what older programs heed.
pub(super) fn automatic(builder: MessageBuilder, domain: &str) -> MessageBuilder {
    let builder = raw(builder, HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned());
    let builder = raw(builder, HeaderName::new_from_ascii_str("Precedence"), "bulk".to_owned());
    let builder = raw(builder, HeaderName::new_from_ascii_str("X-Auto-Response-Suppress"), "All".to_owned());
    raw(builder, HeaderName::new_from_ascii_str("List-Id"), format!("Container builds <builds.{domain}>"))
}

/// Headers for filters: image, outcome and run.
pub(super) fn about(builder: MessageBuilder, image: &str, outcome: &str, run: &str) -> MessageBuilder {
    let builder = raw(builder, HeaderName::new_from_ascii_str("X-Cooperage-Image"), image.to_owned());
    let builder = raw(builder, HeaderName::new_from_ascii_str("X-Cooperage-Outcome"), outcome.to_owned());
    raw(builder, HeaderName::new_from_ascii_str("X-Cooperage-Run"), run.to_owned())
}

fn raw(builder: MessageBuilder, name: HeaderName, value: String) -> MessageBuilder {
    builder.raw_header(HeaderValue::new(name, value))
}
