//! `scan`: what is inside images.

mod affected;
mod settle;

use crate::cli::exit::{self, Trouble};
use crate::cli::interrupt;
use crate::cli::options::scanning::ScanOptions;
use crate::cli::options::{Call, Format};
use crate::cli::surroundings::Surroundings;
use crate::engine::ProgressSink;
use crate::event::{Clock as _, SystemClock};
use crate::publish::Point;
use crate::report::{Copying, check_writable, json, replace, scan_html, scan_markdown, scan_sarif, scan_summary, text};
use crate::run::{RunError, ScanChoice, ScanWatch, check_advisories, scan, scanning};
use crate::scan::Scanned;
use serde::Serialize;
use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// What is over sooner needs no progress.
const QUIET: Duration = Duration::from_secs(1);

#[derive(Serialize)]
struct Document<'a> {
    v: u32,
    ok: bool,
    images: &'a [Scanned],
}

/// Scans, and prints what came of it.
pub async fn run(call: &Call, options: &ScanOptions, surroundings: &Surroundings) -> Result<u8, Trouble> {
    check_call(options, surroundings.format)?;
    let config = surroundings.configure(call, Vec::new())?;
    super::show_config_warnings(surroundings, &config);
    for (what, path) in [("--markdown", &options.markdown), ("--html", &options.html)] {
        path.as_ref().map_or(Ok(()), |path| check_writable(what, path))?;
    }
    let cancel = interrupt::token()?;
    let now = SystemClock.now();
    let choice = ScanChoice { only: options.only.clone(), offline: options.offline, network_for_gates: false };
    let mut scanning = scanning(&config, &surroundings.env, choice, now, &cancel)?;
    check_advisories(&scanning)?;
    let jobs = config.jobs(std::thread::available_parallelism().map_or(1, usize::from));
    if let Some(wanted) = &options.affected_by {
        return affected::run(wanted, options, &config, &scanning, surroundings).await;
    }
    let settled = tokio::select! {
        settled = settle::settle(config, options, surroundings) => settled?,
        () = cancel.cancelled() => return Err(RunError::Interrupted.into()),
    };
    scanning.engine = settled.engine();
    let watch = Arc::new(Watch::new(settled.wishes.len(), surroundings));
    let ended = scan(&scanning, &settled.wishes, jobs, &(watch.clone() as Arc<dyn ScanWatch>)).await;
    watch.copying.done();
    settled.tell_stale(surroundings);
    let code = ended.end.exit();
    print(&ended.images, settled.off, code, surroundings)?;
    write(options, &ended.images, &now.strftime("%Y-%m-%d %H:%M UTC").to_string()).map_err(|unwritten| unwritten.after(code))?;
    Ok(code)
}

/// What can be said of a call before anything is read.
fn check_call(options: &ScanOptions, format: Format) -> Result<(), Trouble> {
    if options.affected_by.is_some() && format == Format::Sarif {
        return Err(Trouble::call("--affected-by prints human or json; --format sarif is for what a scan finds"));
    }
    if options.directory.is_none() && !options.choice.is_empty() {
        return Err(Trouble::call("--select, --exclude and their like choose among definitions; name the DIRECTORY of these"));
    }
    if options.markdown.is_some() && options.markdown == options.html {
        return Err(Trouble::call("--markdown and --html name the same file"));
    }
    if options.affected_by.as_ref().is_some_and(|wanted| wanted.trim().is_empty()) {
        return Err(Trouble::call("--affected-by names neither a vulnerability nor a package"));
    }
    let named = options.image.iter().map(|text| ("--image", text)).chain(options.diff.iter().map(|text| ("--diff", text)));
    for (option, text) in named {
        Point::parse(text).map_err(|error| Trouble::call(format!("{option}: {error}")))?;
    }
    Ok(())
}

fn print(images: &[Scanned], off: usize, code: u8, surroundings: &Surroundings) -> Result<(), Trouble> {
    let mut out = std::io::stdout().lock();
    match surroundings.format {
        Format::Json => json(&mut out, &Document { v: 1, ok: code == exit::DONE, images })?,
        Format::Sarif => json(&mut out, &scan_sarif(images))?,
        Format::Human | Format::Github => text(&mut out, &scan_summary(images, off, &surroundings.out))?,
    }
    Ok(())
}

fn write(options: &ScanOptions, images: &[Scanned], at: &str) -> Result<(), Trouble> {
    if let Some(path) = &options.markdown {
        replace("the summary", path, scan_markdown(images).as_bytes())?;
    }
    if let Some(path) = &options.html {
        replace("the page", path, scan_html(images, at).as_bytes())?;
    }
    Ok(())
}

/// Tells people on stderr what goes on, when it takes long.
struct Watch {
    copying: Arc<Copying>,
    started: Instant,
    live: bool,
    images: usize,
    told: Arc<AtomicBool>,
}

impl Watch {
    fn new(images: usize, surroundings: &Surroundings) -> Self {
        let (copying, live) = (Arc::new(Copying::new(surroundings.err)), surroundings.err.live);
        Self { copying, started: Instant::now(), live, images, told: Arc::default() }
    }
}

impl ScanWatch for Watch {
    fn progress(&self, reference: &str) -> ProgressSink {
        let (copying, reference) = (self.copying.clone(), reference.to_owned());
        let (started, live, images, told) = (self.started, self.live, self.images, self.told.clone());
        Arc::new(move |done, total| {
            if started.elapsed() < QUIET {
                return;
            }
            if live {
                copying.moved(&reference, done, total);
            } else if !told.swap(true, Ordering::Relaxed) {
                let plural = if images == 1 { "" } else { "s" };
                // There is nobody left to tell when stderr is gone.
                let _ = writeln!(std::io::stderr(), "scan: reading {images} image{plural}");
            }
        })
    }

    fn ended(&self, reference: &str) {
        self.copying.ended(reference, None);
    }
}
