//! The end of a run: what became of each image, and for those that failed the end of their log.

use crate::event::ImageOutcome;
use crate::report::columns::{self, cut};
use crate::report::ledger::{Image, ImageEnd, Ledger, counted};
use crate::report::screen::{Paint, Screen, Verbosity};
use crate::report::table::{Cell, Table};
use crate::report::{amounts, clean};
use std::collections::BTreeMap;

/// The order of the table: what needs eyes stands last, near the prompt.
const ORDER: [ImageOutcome; 6] = [
    ImageOutcome::Reused,
    ImageOutcome::Built,
    ImageOutcome::Published,
    ImageOutcome::Cancelled,
    ImageOutcome::Blocked,
    ImageOutcome::Failed,
];

fn paint(outcome: ImageOutcome) -> Paint {
    match outcome {
        ImageOutcome::Built | ImageOutcome::Published | ImageOutcome::Reused => Paint::Good,
        ImageOutcome::Skipped => Paint::Faint,
        ImageOutcome::Blocked | ImageOutcome::Cancelled => Paint::Caution,
        ImageOutcome::Failed => Paint::Bad,
    }
}

/// `✔ published python3 12.3s`: the line for an image that has just finished.
pub(super) fn finished(image: &Image, outcome: ImageOutcome, seconds: f64, screen: &Screen) -> String {
    let named = image.reason.as_ref().and_then(|reason| word(&reason.code)).filter(|_| outcome == ImageOutcome::Published);
    let (mark, tail) = match outcome {
        // Giving a name takes no time worth telling.
        ImageOutcome::Published if named.is_some() => ("✔", String::new()),
        ImageOutcome::Failed => ("✘", format!(" {}: {}", amounts::duration(seconds), first_of(&image.why()))),
        ImageOutcome::Blocked => ("-", format!(": {}", clean::line(&image.why()))),
        ImageOutcome::Cancelled | ImageOutcome::Skipped => ("-", String::new()),
        ImageOutcome::Built | ImageOutcome::Published | ImageOutcome::Reused => ("✔", format!(" {}", amounts::duration(seconds))),
    };
    let pulled = outcome == ImageOutcome::Reused && image.action.as_deref() == Some("pull");
    let head = format!("{mark} {}", if pulled { "pulled" } else { named.unwrap_or(outcome.as_str()) });
    let name = clean::line(&image.name);
    let tail = cut(&format!(" {name}{tail}"), screen.width.saturating_sub(columns::width(&head)));
    format!("{}{tail}\n", paint(outcome).on(screen, &head))
}

/// What people call it where an image that was published before got another name.
fn word(code: &str) -> Option<&'static str> {
    match code {
        "promoted" => Some("promoted"),
        "rolled_back" => Some("rolled back"),
        _ => None,
    }
}

/// The first line of a text, and how many there are more: the end of the run has them all.
fn first_of(text: &str) -> String {
    let mut lines = clean::lines(text);
    let first = lines.next().unwrap_or_default();
    match lines.count() {
        0 => first,
        1 => format!("{first}, and 1 line more"),
        more => format!("{first}, and {more} lines more"),
    }
}

/// Everything that is said after the last heading.
pub(super) fn ending(ledger: &Ledger, whole_log: Option<&str>, screen: &Screen) -> String {
    let nothing = ledger.images().iter().all(|image| image.action.is_none());
    let mut text = results(ledger, screen);
    text.push_str(&if nothing || screen.verbosity >= Verbosity::Info { reasons(ledger, screen) } else { reasons_in_short(ledger) });
    for (image, end) in ledger.ended(ImageOutcome::Failed) {
        text.push_str(&failure(image, end, screen));
    }
    text.push_str(&unfinished(ledger));
    let seconds = ledger.end.map(|end| format!(" in {}", amounts::duration(end.seconds))).unwrap_or_default();
    text.push_str(&format!("{}{seconds}\n", counted(&ledger.counts())));
    if let Some(path) = whole_log {
        text.push_str(&format!("You can see the logs at {}\n", clean::line(path)));
    }
    text
}

fn results(ledger: &Ledger, screen: &Screen) -> String {
    let mut table = Table::new(&["outcome", "image", "time", "why"]).right(2);
    for (image, end) in ORDER.into_iter().flat_map(|outcome| ledger.ended(outcome)) {
        let why = image.why_in_short();
        let first = why.lines().next().unwrap_or_default();
        table.row([
            Cell::new(end.outcome.as_str(), paint(end.outcome)),
            image.short().into(),
            amounts::duration(end.seconds).into(),
            first.into(),
        ]);
    }
    if table.is_empty() { String::new() } else { table.render(screen) }
}

/// One line for each image that had nothing to do.
fn reasons(ledger: &Ledger, screen: &Screen) -> String {
    let mut table = Table::new(&["nothing to do for", "because"]);
    ledger.ended(ImageOutcome::Skipped).for_each(|(image, _)| table.row([image.short().into(), image.why().into()]));
    if table.is_empty() { String::new() } else { table.render(screen) }
}

/// Beside images that had something to do, the others would only hide them.
fn reasons_in_short(ledger: &Ledger) -> String {
    let mut codes: BTreeMap<String, usize> = BTreeMap::new();
    for (image, _) in ledger.ended(ImageOutcome::Skipped) {
        *codes.entry(image.reason.as_ref().map(|reason| clean::line(&reason.code)).unwrap_or_default()).or_default() += 1;
    }
    let parts: Vec<String> = codes.iter().map(|(code, count)| format!("{count} {}", code.replace('_', " "))).collect();
    if parts.is_empty() { String::new() } else { format!("nothing to do: {} (--info names them)\n", parts.join(", ")) }
}

/// Images that a run which stopped early never came to the end of.
fn unfinished(ledger: &Ledger) -> String {
    let names: Vec<String> = ledger.images().iter().filter(|image| image.end.is_none()).map(|image| clean::line(&image.name)).collect();
    if names.is_empty() { String::new() } else { format!("not finished: {}\n", names.join(", ")) }
}

/// What went wrong, whole, and the last lines of the log, each with the name before it.
fn failure(image: &Image, end: &ImageEnd, screen: &Screen) -> String {
    let heading = Paint::Bad.on(screen, &format!("failed: {}", clean::line(&image.reference)));
    let why: String = clean::lines(&image.why()).map(|line| format!("  {line}\n")).collect();
    let name = Paint::Faint.on(screen, &format!("{} |", clean::line(&image.name)));
    let tail = end.log_tail.iter().flat_map(|text| clean::lines(text).collect::<Vec<_>>());
    let tail: String = tail.map(|line| format!("{name} {line}").trim_end().to_owned() + "\n").collect();
    format!("{heading}\n{why}{tail}")
}
