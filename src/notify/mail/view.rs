//! What the templates of mails see.

use crate::notify::notification::{Notification, ScanNote, Told};
use crate::notify::words::{Row, cause, cause_details, repository, status, subject};
use serde::Serialize;

/// The values of `build.*.j2`.
#[derive(Serialize)]
pub(super) struct View<'a> {
    subject: String,
    success: bool,
    status: &'static str,
    rows: Vec<Row>,
    scan: Option<Scan<'a>>,
    links: Vec<Link<'a>>,
    footer: &'a [String],
    // What templates of one's own may want: every part of the notification.
    run: &'a str,
    at: String,
    image: &'a str,
    registry: &'a str,
    reference: &'a Option<String>,
    digest: &'a Option<String>,
    cause: &'a crate::notify::Cause,
    failed: &'a Option<crate::notify::FailedStage>,
    seconds: f64,
}

#[derive(Serialize)]
struct Scan<'a> {
    summary: String,
    #[serde(flatten)]
    note: &'a ScanNote,
}

#[derive(Serialize)]
struct Link<'a> {
    name: &'a str,
    address: &'a str,
    /// Whether it may be followed: other schemes run what is in them.
    safe: bool,
}

impl<'a> View<'a> {
    pub(super) fn of(told: &'a Notification, alias: Option<&str>, footer: &'a [String]) -> Self {
        let safe = |address: &str| address.starts_with("https://") || address.starts_with("http://");
        Self {
            subject: subject(told, alias),
            success: told.outcome == Told::Success,
            status: status(told.outcome),
            rows: rows(told, alias),
            scan: told.scan.as_ref().map(|note| Scan { summary: summary(note), note }),
            links: told.links.iter().map(|(name, address)| Link { name, address, safe: safe(address) }).collect(),
            footer,
            run: &told.run,
            at: told.at.to_string(),
            image: &told.image,
            registry: &told.registry,
            reference: &told.reference,
            digest: &told.digest,
            cause: &told.cause,
            failed: &told.failed,
            seconds: told.seconds,
        }
    }
}

/// The lines of the body, the original's first.
fn rows(told: &Notification, alias: Option<&str>) -> Vec<Row> {
    let mut rows = vec![Row::new("Build Status:", status(told.outcome))];
    if told.outcome == Told::Success {
        rows.push(Row::new("Repository:", repository(told, alias)));
    }
    rows.push(Row::new("Cause of build:", cause(&told.cause)));
    rows.extend(cause_details(&told.cause));
    rows.push(Row::new("Image:", told.image.as_str()));
    rows.extend(told.reference.as_ref().map(|reference| Row::new("Reference:", reference)));
    rows.extend(told.digest.as_ref().map(|digest| Row::new("Digest:", digest)));
    rows.push(Row::new("Time:", format!("{}, {}", told.at.strftime("%Y-%m-%d %H:%M:%S UTC"), crate::report::duration(told.seconds))));
    rows.push(Row::new("Run:", told.run.as_str()));
    rows
}

/// `2 high, 1 low; since the last scan:`.
fn summary(note: &ScanNote) -> String {
    let counts: Vec<String> = note.counts.iter().map(|(severity, count)| format!("{count} {severity}")).collect();
    let counts = if counts.is_empty() { "nothing found".to_owned() } else { counts.join(", ") };
    match (note.new.is_empty(), note.gone.is_empty()) {
        (true, true) => format!("{counts}; nothing new since the last scan"),
        _ => format!("{counts}; since the last scan:"),
    }
}
