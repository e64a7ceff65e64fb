//! Other people's text made harmless and short: commits, logs and scanners write what they like.

use super::notification::{Cause, FailedStage, Notification, ScanNote};
use crate::report::one_line;

/// How many lines of a log are told.
pub(super) const TAIL: usize = 30;

/// The longest line, in characters.
const LONGEST: usize = 500;

/// The most bytes of a text that are looked at at all.
const MOST: usize = 16 << 10;

/// The most findings, links or keys of one list.
const MANY: usize = 50;

/// The notification with every text on one line, without control sequences, and not too long.
pub(super) fn tidied(told: &Notification) -> Notification {
    Notification {
        run: text(&told.run),
        at: told.at,
        owners: told.owners.clone(),
        image: text(&told.image),
        registry: text(&told.registry),
        reference: told.reference.as_deref().map(text),
        digest: told.digest.as_deref().map(text),
        outcome: told.outcome,
        cause: cause(&told.cause),
        failed: told.failed.as_ref().map(stage),
        scan: told.scan.as_ref().map(scan),
        links: told.links.iter().take(MANY).map(|(name, address)| (text(name), text(address))).collect(),
        seconds: if told.seconds.is_finite() { told.seconds.max(0.0) } else { 0.0 },
    }
}

/// One line of it.
pub(super) fn text(raw: &str) -> String {
    let clean = one_line(head(raw));
    let clean = clean.trim_end();
    if clean.chars().count() <= LONGEST && head(raw).len() == raw.len() {
        return clean.to_owned();
    }
    clean.chars().take(LONGEST).chain(['…']).collect()
}

/// As much of a text as is looked at.
fn head(raw: &str) -> &str {
    let mut end = raw.len().min(MOST);
    while !raw.is_char_boundary(end) {
        end -= 1;
    }
    &raw[..end]
}

fn cause(cause: &Cause) -> Cause {
    match cause {
        Cause::FirstBuild => Cause::FirstBuild,
        Cause::Requested => Cause::Requested,
        Cause::Commit { commit, author, subject, branch, url } => {
            let url = text(&crate::fetch::shown(url));
            Cause::Commit { commit: text(commit), author: text(author), subject: text(subject), branch: text(branch), url }
        }
        Cause::Parent { image, digest } => Cause::Parent { image: text(image), digest: digest.as_deref().map(text) },
        Cause::Base { reference, digest } => Cause::Base { reference: text(reference), digest: digest.as_deref().map(text) },
        Cause::IndexChange { keys } => Cause::IndexChange { keys: list(keys) },
    }
}

fn stage(failed: &FailedStage) -> FailedStage {
    let from = failed.tail.len().saturating_sub(TAIL);
    FailedStage {
        stage: text(&failed.stage),
        message: text(&failed.message),
        tail: failed.tail[from..].iter().map(|line| text(line)).collect(),
    }
}

fn scan(note: &ScanNote) -> ScanNote {
    let counts = note.counts.iter().take(MANY).map(|(severity, count)| (text(severity), *count)).collect();
    ScanNote { counts, new: list(&note.new), gone: list(&note.gone) }
}

/// The first of many, and how many more.
fn list(items: &[String]) -> Vec<String> {
    let more = items.len().saturating_sub(MANY);
    let last = (more > 0).then(|| format!("… and {more} more"));
    items.iter().take(MANY).map(|item| text(item)).chain(last).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_moves_the_reader_or_is_endless() {
        assert_eq!(text("a\r\nBcc: x@y\u{1b}[2J\0 \u{202e}b"), "a Bcc: x@y b");
        assert_eq!(text(&"x".repeat(10 << 20)).chars().count(), LONGEST + 1);
        assert_eq!(text(&"ü".repeat(MOST)).chars().last(), Some('…'));
        let tail: Vec<String> = (0..100_000).map(|n| n.to_string()).collect();
        let failed = stage(&FailedStage { stage: "build".into(), message: "m".into(), tail });
        assert_eq!((failed.tail.len(), failed.tail[0].as_str(), failed.tail[29].as_str()), (30, "99970", "99999"));
        assert_eq!(list(&vec!["x".to_owned(); 60])[50], "… and 10 more");
    }
}
