//! `mirror`: copies of images from elsewhere.

use crate::cli::exit::{FAILED, INTERRUPTED, Trouble, UNREACHABLE};
use crate::cli::interrupt;
use crate::cli::options::mirroring::MirrorOptions;
use crate::cli::options::{Call, Format};
use crate::cli::surroundings::Surroundings;
use crate::config::Config;
use crate::event::{Clock as _, SystemClock};
use crate::name::{Digest, Pattern};
use crate::publish::Spots;
use crate::publish::mirror::{Doing, Mirror, MirrorError, Pair, Proxies, one, read_list};
use crate::registry::ProgressSink;
use crate::report::{Copying, MarkdownTable, Paint, Screen, bytes, check_writable, json, markdown, replace, text};
use crate::run::{MirrorChoice, MirrorWatch, Mirrored, RunError, copies, mirror, registries, stale_sign_ins};
use serde::Serialize;
use std::sync::Arc;

#[derive(Serialize)]
struct Document {
    v: u32,
    ok: bool,
    dry_run: bool,
    images: Vec<Row>,
}

/// One image. What is not known is null.
#[derive(Serialize)]
struct Row {
    source: String,
    destination: String,
    action: &'static str,
    digest: Option<Digest>,
    before: Option<Digest>,
    kept_as: Option<String>,
    sent_bytes: u64,
    mounted_bytes: u64,
    error: Option<String>,
}

/// Mirrors, or says what would be mirrored.
pub async fn run(call: &Call, options: &MirrorOptions, surroundings: &Surroundings) -> Result<u8, Trouble> {
    let config = surroundings.configure(call, Vec::new())?;
    super::show_config_warnings(surroundings, &config);
    let pairs = pairs(options, &config)?;
    let proxies = Proxies::of(&config);
    let wrong: Vec<String> = pairs.iter().filter_map(|pair| proxies.check(pair).err()).collect();
    if !wrong.is_empty() {
        return Err(Trouble::call(wrong.join("\n")));
    }
    let choice = MirrorChoice { select: patterns(&options.select)?, tags: patterns(&options.tags)? };
    if let Some(path) = &options.summary {
        check_writable("the summary", path)?;
    }
    let (registry, credentials) = registries(&config, &surroundings.env)?;
    let (spots, cancel) = (Spots::new(registry), interrupt::token()?);
    let found = tokio::select! {
        found = copies(&spots, &pairs, &choice) => found.map_err(RunError::from)?,
        () = cancel.cancelled() => return Err(RunError::Interrupted.into()),
    };
    if found.is_empty() && !pairs.is_empty() {
        return Err(Trouble::call("nothing to mirror: no tag of the sources matches --tags and --select, or they have none"));
    }
    let how = Mirror {
        keep_alive: options.keep_alive,
        dry_run: options.dry_run,
        parallel: config.registry_parallel().min(4),
        at: SystemClock.now(),
    };
    let copying = Arc::new(Copying::new(surroundings.err));
    let beside = surroundings.format == Format::Json;
    let watch: Arc<dyn MirrorWatch> = Arc::new(Watch { copying: copying.clone(), out: surroundings.out, dry_run: options.dry_run, beside });
    let ended = mirror(&how, found, &watch, &cancel).await;
    copying.done();
    super::show(surroundings, &[&stale_sign_ins(credentials.as_ref())]);
    let unclear = ended.iter().any(|one| one.outcome.as_ref().is_err_and(MirrorError::is_unclear));
    let rows: Vec<Row> = ended.iter().map(row).collect();
    let ok = rows.iter().all(|row| matches!(row.action, "copied" | "same"));
    finish(options, surroundings, rows, ok)?;
    Ok(match (cancel.is_cancelled(), unclear, ok) {
        (true, ..) => INTERRUPTED,
        (_, true, _) => UNREACHABLE,
        (.., true) => 0,
        (.., false) => FAILED,
    })
}

fn pairs(options: &MirrorOptions, config: &Config) -> Result<Vec<Pair>, Trouble> {
    if let (Some(from), Some(to)) = (&options.from, &options.to) {
        return Ok(vec![one(from, to).map_err(Trouble::call)?]);
    }
    if config.cooperage.mirror.is_empty() {
        return Err(Trouble::call("cooperage.mirror of the configuration lists nothing; write {DESTINATION: SOURCE} there"));
    }
    read_list(&config.cooperage.mirror, options.docker_hub)
        .map_err(|problems| Trouble::call(problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")))
}

fn patterns(texts: &[String]) -> Result<Vec<Pattern>, Trouble> {
    texts.iter().map(|text| Pattern::parse(text).map_err(|error| Trouble::call(error.to_string()))).collect()
}

/// Tells people what happens: bytes on stderr; what has ended on stdout, or beside a document on stderr.
struct Watch {
    copying: Arc<Copying>,
    out: Screen,
    dry_run: bool,
    beside: bool,
}

impl MirrorWatch for Watch {
    fn progress(&self, source: &str) -> ProgressSink {
        let (copying, source) = (self.copying.clone(), source.to_owned());
        Arc::new(move |done, total| copying.moved(&source, done, total))
    }

    fn ended(&self, mirrored: &Mirrored) {
        let line = line(&row(mirrored), self.dry_run, &self.out);
        self.copying.ended(&mirrored.source, self.beside.then_some(line.as_str()));
        if !self.beside {
            // A reader that went away is noticed at the end.
            let _ = text(&mut std::io::stdout().lock(), &format!("{line}\n"));
        }
    }
}

fn line(row: &Row, dry_run: bool, screen: &Screen) -> String {
    let word = if dry_run && row.action == "copied" { "to copy" } else { row.action };
    let paint = match row.action {
        "copied" => Paint::Good,
        "same" => Paint::Faint,
        _ => Paint::Bad,
    };
    let why = Some(why(row)).filter(|why| !why.is_empty()).map(|why| format!(" ({why})")).unwrap_or_default();
    format!("{} {} -> {}{why}", paint.on(screen, &format!("{word:8}")), row.source, row.destination)
}

fn row(mirrored: &Mirrored) -> Row {
    let (source, destination) = (mirrored.source.clone(), mirrored.destination.clone());
    let empty = Row {
        source,
        destination,
        action: "failed",
        digest: None,
        before: None,
        kept_as: None,
        sent_bytes: 0,
        mounted_bytes: 0,
        error: None,
    };
    match &mirrored.outcome {
        Err(error) => Row { error: Some(error.to_string()), ..empty },
        Ok(brought) => Row {
            action: match brought.doing {
                Doing::Copied => "copied",
                Doing::Same => "same",
                Doing::Missing => "missing",
            },
            digest: brought.digest.clone(),
            before: brought.before.clone(),
            kept_as: brought.kept_as.as_ref().map(ToString::to_string),
            sent_bytes: brought.copied.sent_bytes,
            mounted_bytes: brought.copied.mounted_bytes,
            ..empty
        },
    }
}

fn finish(options: &MirrorOptions, surroundings: &Surroundings, rows: Vec<Row>, ok: bool) -> Result<(), Trouble> {
    if let Some(path) = &options.summary {
        let fields = |row: &Row| vec![row.source.clone(), row.destination.clone(), row.action.to_owned(), why(row)];
        let title = if options.dry_run { "Images (dry run)" } else { "Images" };
        let headings = vec!["source", "destination", "action", "more"];
        let table = MarkdownTable { title: title.to_owned(), folded: false, headings, rows: rows.iter().map(fields).collect() };
        replace("the summary", path, markdown("Mirror", &[], &[table]).as_bytes())?;
    }
    if surroundings.format == Format::Json {
        let mut out = std::io::stdout().lock();
        return Ok(json(&mut out, &Document { v: 1, ok, dry_run: options.dry_run, images: rows })?);
    }
    Ok(())
}

fn why(row: &Row) -> String {
    let kept = row.kept_as.as_ref().map(|name| format!("the old one stays as {name}"));
    let sent = (row.sent_bytes > 0).then(|| format!("{} sent", bytes(row.sent_bytes)));
    let mounted = (row.mounted_bytes > 0).then(|| format!("{} mounted", bytes(row.mounted_bytes)));
    let missing = (row.action == "missing").then(|| "the source has no such image".to_owned());
    [row.error.clone(), missing, sent, mounted, kept].into_iter().flatten().collect::<Vec<_>>().join(", ")
}
