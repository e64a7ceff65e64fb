//! `test`: tests what is built or published, without building.

use crate::cli::exit::{self, Trouble};
use crate::cli::interrupt;
use crate::cli::options::testing::TestOptions;
use crate::cli::options::{Call, Format};
use crate::cli::surroundings::Surroundings;
use crate::config::Config;
use crate::event::{Clock as _, Emitter, Event, EventKind, Fanout, Sink, SystemClock};
use crate::name::Reference;
use crate::plan::Selection;
use crate::report::{Finish as _, JUnit, Paint, Screen, check_writable, json, one_line, text};
use crate::run::{Revision, RunError, Session, TestEnd, TestOutcome, TestWish, TestedImage, Wanted, choose, test, test_wishes, wish_for};
use crate::testing::{Case, CaseOutcome};
use serde::Serialize;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How much of a failed command's output is shown, in lines.
const SHOWN: usize = 20;

#[derive(Serialize)]
struct TestDocument<'a> {
    v: u32,
    ok: bool,
    images: Vec<ImageDocument<'a>>,
}

#[derive(Serialize)]
struct ImageDocument<'a> {
    name: &'a str,
    reference: &'a str,
    image_id: Option<&'a str>,
    outcome: &'static str,
    seconds: f64,
    errors: &'a [String],
    cases: &'a [Case],
}

/// Tests, and prints what came of it.
pub async fn run(call: &Call, options: &TestOptions, surroundings: &Surroundings) -> Result<u8, Trouble> {
    let config = surroundings.configure(call, Vec::new())?;
    super::show_config_warnings(surroundings, &config);
    if let Some(path) = &options.junit {
        check_writable("--junit", path)?;
    }
    if let Some(file) = options.structure.iter().find(|file| !file.is_file()) {
        return Err(Trouble::call(format!("--structure {}: there is no such file", file.display())));
    }
    let cancel = interrupt::token()?;
    let (session, wishes) = tokio::select! {
        settled = settle(config, options, surroundings) => settled?,
        () = cancel.cancelled() => return Err(RunError::Interrupted.into()),
    };
    let junit = options.junit.as_ref().map(|path| Arc::new(JUnit::new(path)));
    let mut sinks: Vec<Arc<dyn Sink>> = vec![Arc::new(Doubts(surroundings.err))];
    sinks.extend(junit.clone().map(|junit| junit as Arc<dyn Sink>));
    let run = format!("{}-{:08x}", SystemClock.now().strftime("%Y%m%dT%H%M%SZ"), fastrand::u32(..));
    let emitter = Arc::new(Emitter::new(run, Arc::new(SystemClock), Arc::new(Fanout(sinks))));
    let ended = test(&session, wishes, &emitter, &cancel).await?;
    let code = ended.end.exit();
    print(&ended, code, surroundings)?;
    junit.map_or(Ok(()), |junit| junit.finish()).map_err(|unwritten| Trouble::from(unwritten).after(code))?;
    Ok(code)
}

/// Who takes part, and what is tested.
async fn settle(config: Config, options: &TestOptions, surroundings: &Surroundings) -> Result<(Session, Vec<TestWish>), Trouble> {
    let directory = options.directory.clone().unwrap_or_else(|| PathBuf::from("."));
    let image = options.image.as_deref().map(Reference::parse).transpose();
    let image = image.map_err(|error| Trouble::call(format!("--image: {error}")))?;
    let env = surroundings.env.clone();
    let open = |config, registry| Session::open(config, env, directory.clone(), Revision::default(), Wanted { engine: true, registry });
    if let Some(image) = image {
        let folder = if options.structure.is_empty() { Some(folder_of(&image, &directory, &config)?) } else { None };
        let session = open(config, false).await?;
        let (name, folder) = folder.map_or_else(|| (image.to_string(), None), |(name, folder)| (name, Some(folder)));
        let wish = wish_for(&session, name, image, folder, options.structure.clone()).await?;
        return Ok((session, vec![wish]));
    }
    let (survey, marked) = choose(&directory, &config, &super::selection(&options.choice, &directory)?)?;
    super::show(surroundings, &[&survey.warnings, &survey.defects]);
    let session = open(config, true).await?;
    let wishes = test_wishes(&session, &survey, &marked).await?;
    Ok((session, wishes))
}

/// The definition whose images have this name, whatever their version.
fn folder_of(image: &Reference, directory: &Path, config: &Config) -> Result<(String, PathBuf), Trouble> {
    let (survey, _) = choose(directory, config, &Selection::default())?;
    let name = image.canonical().name();
    let found = survey.graph.nodes.iter().position(|node| node.reference.canonical().name() == name);
    let node = found.ok_or_else(|| {
        let where_ = directory.display();
        Trouble::call(format!("no definition in {where_} makes {}; give its tests with --structure FILE", image.name()))
    })?;
    Ok((survey.graph.nodes[node].name.clone(), survey.folder(node)))
}

/// Warnings of a run on stderr, as they come.
struct Doubts(Screen);

impl Sink for Doubts {
    fn take(&self, event: &Event) {
        if let EventKind::Warning { name, message, .. } = &event.kind {
            let name = name.as_ref().map(|name| format!("{name}: ")).unwrap_or_default();
            // There is nobody left to tell when stderr is gone.
            let _ = writeln!(std::io::stderr(), "{} {}", Paint::Caution.on(&self.0, "warning:"), one_line(&format!("{name}{message}")));
        }
    }
}

fn print(ended: &TestEnd, code: u8, surroundings: &Surroundings) -> Result<(), Trouble> {
    let mut out = std::io::stdout().lock();
    if surroundings.format == Format::Json {
        let images = ended.images.iter().map(document).collect();
        return Ok(json(&mut out, &TestDocument { v: 1, ok: code == exit::DONE, images })?);
    }
    let screen = &surroundings.out;
    let shown: String = ended.images.iter().map(|image| lines(image, screen)).collect();
    Ok(text(&mut out, &format!("{shown}{}\n", sum(&ended.images)))?)
}

fn document(image: &TestedImage) -> ImageDocument<'_> {
    ImageDocument {
        name: &image.name,
        reference: &image.reference,
        image_id: image.image_id.as_deref(),
        outcome: image.outcome.as_str(),
        seconds: image.seconds,
        errors: &image.errors,
        cases: &image.cases,
    }
}

/// An image: its name, a line a test, and what failed.
fn lines(image: &TestedImage, screen: &Screen) -> String {
    let paint = match image.outcome {
        TestOutcome::Passed => Paint::Good,
        TestOutcome::Skipped => Paint::Faint,
        _ => Paint::Bad,
    };
    let why = if image.outcome == TestOutcome::Skipped { "  it has no test" } else { "" };
    let mut shown = format!("{} {}{why}\n", paint.on(screen, image.outcome.as_str()), image.reference);
    for error in &image.errors {
        line(&mut shown, 4, error);
    }
    for case in &image.cases {
        case_lines(&mut shown, case, screen);
    }
    shown
}

fn case_lines(shown: &mut String, case: &Case, screen: &Screen) {
    let (word, paint) = match case.outcome {
        CaseOutcome::Passed => ("ok", Paint::Good),
        CaseOutcome::Skipped => ("skipped", Paint::Faint),
        CaseOutcome::Failed => ("FAILED", Paint::Bad),
        CaseOutcome::Timeout => ("TIMEOUT", Paint::Bad),
    };
    let name = if case.name.is_empty() { "(no name)" } else { &case.name };
    // Writing to a String cannot fail.
    let _ = writeln!(shown, "  {} {} {} ({:.1} s)", paint.on(screen, word), case.kind.as_str(), one_line(name), case.seconds);
    if !case.outcome.is_bad() {
        return;
    }
    case.errors.iter().for_each(|error| line(shown, 6, error));
    for (what, output) in [("stdout", &case.stdout), ("stderr", &case.stderr)] {
        let output = output.as_deref().unwrap_or_default();
        output.lines().take(SHOWN).for_each(|text| line(shown, 6, &format!("{what} | {text}")));
    }
}

fn line(shown: &mut String, indent: usize, text: &str) {
    let _ = writeln!(shown, "{:indent$}{}", "", one_line(text));
}

fn sum(images: &[TestedImage]) -> String {
    let cases = || images.iter().flat_map(|image| &image.cases);
    let bad = cases().filter(|case| case.outcome.is_bad()).count();
    let wrong = images.iter().filter(|image| !matches!(image.outcome, TestOutcome::Passed | TestOutcome::Skipped)).count();
    let good = cases().filter(|case| case.outcome == CaseOutcome::Passed).count();
    let many = |count: usize, noun: &str| if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") };
    format!("{}, {wrong} not good; {} passed, {bad} failed", many(images.len(), "image"), many(good, "test"))
}
