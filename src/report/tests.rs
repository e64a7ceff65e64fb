//! Every folder of `fixtures/reports` is a run: `events.jsonl` and `facts.json` go in; what each report must be stands
//! beside them. A file `<name>.screen.json` adds a terminal, with `<name>.out.txt` and `<name>.err.txt` expected.
//! `UPDATE=1 cargo test --lib report` writes the expectations anew: look at the difference before you commit it.

use super::*;
use crate::event::{Event, Fanout, ImageDetails, Sink};
use serde::Deserialize;
use serde_json::json;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// A stream that the test can look into.
#[derive(Clone, Default)]
struct Stream(Arc<Mutex<Vec<u8>>>);

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Stream {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

/// A pipe whose reader has gone, or a disk that is full.
struct Broken(io::ErrorKind);

impl Write for Broken {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(self.0.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Err(self.0.into())
    }
}

#[derive(Deserialize)]
struct ScreenFile {
    color: bool,
    width: Option<usize>,
    verbosity: String,
}

#[derive(Deserialize)]
struct FactsFile {
    revision: Option<String>,
    dirty: Option<bool>,
    log: Option<String>,
    images: Vec<ImageFile>,
}

#[derive(Deserialize)]
struct ImageFile {
    name: String,
    version: String,
    reference: String,
    path: String,
    #[serde(flatten)]
    details: ImageDetails,
}

fn cases() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/reports");
    let mut cases: Vec<PathBuf> = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    cases
}

fn events(case: &Path) -> Vec<Event> {
    let text = fs::read_to_string(case.join("events.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{}: {error}: {line}", case.display()))).collect()
}

/// Compares with a file of the case, or writes it. Returns what differs.
fn compare(case: &Path, file: &str, found: &str) -> Option<String> {
    let path = case.join(file);
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, found).unwrap();
        return None;
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    (expected != found).then(|| format!("--- {} is expected to be\n{expected}\n--- but is\n{found}", path.display()))
}

fn each_case(check: impl Fn(&Path, &[Event]) -> Vec<Option<String>>) {
    let cases = cases();
    assert!(cases.len() >= 5, "fixtures/reports has lost its cases");
    let wrong: Vec<String> = cases.iter().flat_map(|case| check(case, &events(case))).flatten().collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn screens(case: &Path) -> Vec<(String, Screen)> {
    let mut screens = Vec::new();
    for entry in fs::read_dir(case).unwrap() {
        let path = entry.unwrap().path();
        let Some(name) = path.file_name().unwrap().to_str().unwrap().strip_suffix(".screen.json").map(str::to_owned) else { continue };
        let file: ScreenFile = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        let verbosity = match file.verbosity.as_str() {
            "info" => Verbosity::Info,
            "debug" => Verbosity::Debug,
            _ => Verbosity::Normal,
        };
        screens.push((name, Screen { color: file.color, width: file.width.unwrap_or(Screen::UNLIMITED), live: false, verbosity }));
    }
    assert!(!screens.is_empty(), "{} has no *.screen.json", case.display());
    screens
}

fn shown(events: &[Event], screen: Screen) -> (String, String) {
    let (out, err) = (Stream::default(), Stream::default());
    let terminal = Terminal::new(Box::new(out.clone()), Box::new(err.clone()), screen);
    terminal.whole_log("./cooperage-build.log");
    terminal.scanning("dockerfiles");
    events.iter().for_each(|event| terminal.take(event));
    drop(terminal);
    (out.text(), err.text())
}

/// What `publish` does: one image gets to its second destination, another one is nowhere.
const PUBLISHING: &str = r#"
{"kind":"run_started","directory":"images","version":"0.1.0","images":1,"publishing":true}
{"kind":"image_queued","name":"base","reference":"r.example/ci/base:1","action":"publish","reason":{"code":"partial","text":"to be published at all"}}
{"kind":"step_started","name":"base","step":"publish"}
{"kind":"step_finished","name":"base","step":"publish","outcome":"ok","seconds":0.1,"message":null}
{"kind":"image_details","name":"base","destinations":[{"name":"main","reference":"r.example/ci/base:1","digest":null,"tags":[]},{"name":"all","reference":"q.example/all:ci_base_1","digest":null,"tags":[]}]}
{"kind":"image_finished","name":"base","reference":"r.example/ci/base:1","outcome":"published","digest":null,"reason":{"code":"published","text":"all its destinations have it now"},"seconds":0.1,"blocked_by":null,"log_tail":[]}
{"kind":"image_finished","name":"tool","reference":"r.example/ci/tool:1","outcome":"failed","digest":null,"reason":{"code":"not_published","text":"published nowhere"},"seconds":0.0,"blocked_by":null,"log_tail":[]}
{"kind":"image_finished","name":"app","reference":"r.example/ci/app:1","outcome":"skipped","digest":null,"reason":{"code":"already_published","text":"all its destinations have it"},"seconds":0.0,"blocked_by":null,"log_tail":[]}
{"kind":"run_finished","counts":{"built":0,"published":1,"reused":0,"skipped":1,"blocked":0,"failed":1,"cancelled":0},"seconds":0.5,"exit":1}
"#;

#[test]
fn what_only_publishes_does_not_speak_of_builds() {
    let out = Stream::default();
    let terminal = Terminal::new(Box::new(out.clone()), Box::new(io::sink()), Screen::plain());
    terminal.only_publishes();
    for line in PUBLISHING.trim().lines() {
        let mut event: serde_json::Value = serde_json::from_str(line).unwrap();
        for (key, value) in [("v", json!(1)), ("seq", json!(0)), ("at", json!("2026-08-01T10:00:00Z")), ("run", json!("r-1"))] {
            event[key] = value;
        }
        terminal.take(&serde_json::from_value(event).unwrap());
    }
    let text = out.text();
    let expected = "\
Will publish the following images:
* r.example/ci/base:1
== Step 1: publishing ==
Successfully published image r.example/ci/base:1
Successfully published image q.example/all:ci_base_1
== Publishing done! ==
";
    assert!(text.starts_with(expected), "{text}");
    assert!(!text.contains("build") && text.contains("nothing to do: 1 already published"), "{text}");
}

#[test]
fn terminals() {
    each_case(|case, events| {
        let mut wrong = Vec::new();
        for (name, screen) in screens(case) {
            let (out, err) = shown(events, screen);
            wrong.push(compare(case, &format!("{name}.out.txt"), &out));
            wrong.push(compare(case, &format!("{name}.err.txt"), &err));
        }
        wrong
    });
}

#[test]
fn json_lines_are_the_events() {
    each_case(|case, events| {
        let out = Stream::default();
        let lines = JsonLines::new(Box::new(out.clone()));
        events.iter().for_each(|event| lines.take(event));
        assert!(lines.finish().is_ok());
        // The other tests read this file: it is never rewritten.
        let expected = fs::read_to_string(case.join("events.jsonl")).unwrap();
        vec![(expected != out.text()).then(|| format!("{}/events.jsonl reads back as\n{}", case.display(), out.text()))]
    });
}

#[test]
fn files() {
    each_case(|case, events| {
        let folder = tempfile::tempdir().unwrap();
        let (log, junit, summary) = (folder.path().join("log"), folder.path().join("junit"), folder.path().join("summary"));
        let readers = (Arc::new(LogFile::create(&log).unwrap()), Arc::new(JUnit::new(&junit)), Arc::new(Summary::new(&summary)));
        let fanout = Fanout(vec![readers.0.clone(), readers.1.clone(), readers.2.clone()]);
        events.iter().for_each(|event| fanout.take(event));
        let (one, two, three): (&dyn Finish, &dyn Finish, &dyn Finish) = (&*readers.0, &*readers.1, &*readers.2);
        [one, two, three].iter().for_each(|reader| reader.finish().unwrap());
        [(log, "log.txt"), (junit, "junit.xml"), (summary, "summary.md")]
            .iter()
            .map(|(path, name)| compare(case, name, &fs::read_to_string(path).unwrap()))
            .collect()
    });
}

#[test]
fn records() {
    each_case(|case, events| {
        let facts: FactsFile = serde_json::from_slice(&fs::read(case.join("facts.json")).unwrap()).unwrap();
        let builder = RecordBuilder::new(RunFacts {
            version: "0.1.0".into(),
            run: events[0].run.clone(),
            started: events[0].at.clone(),
            revision: facts.revision,
            dirty: facts.dirty,
            log: facts.log,
        });
        builder.images(facts.images.into_iter().map(image_facts).collect());
        events.iter().for_each(|event| builder.take(event));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("record.json");
        let exit = match events.last().map(|event| &event.kind) {
            Some(crate::event::EventKind::RunFinished { exit, .. }) => *exit,
            _ => 3,
        };
        let record = builder.record(exit);
        write_atomically(&path, &record).unwrap();
        assert_eq!(read(&path).unwrap(), record);
        vec![compare(case, "record.json", &fs::read_to_string(path).unwrap())]
    });
}

fn image_facts(file: ImageFile) -> ImageFacts {
    let ImageFile { name, version, reference, path, details } = file;
    ImageFacts { name, tag: version.clone(), version, reference, path, details }
}

#[test]
fn nothing_of_a_build_begins_a_line_or_controls_the_terminal() {
    for case in cases() {
        for verbosity in [Verbosity::Normal, Verbosity::Debug] {
            let (out, err) = shown(&events(&case), Screen { verbosity, ..Screen::plain() });
            for text in [&out, &err] {
                assert!(!text.contains(|char: char| char.is_control() && char != '\n'), "{}: {text:?}", case.display());
            }
            let done = out.lines().filter(|line| *line == "== Build done! ==").count();
            assert!(done <= 1, "{}: {out}", case.display());
            assert!(!err.lines().any(|line| line.starts_with("==")), "{}: {err}", case.display());
        }
    }
}

#[test]
fn narrow_screens_are_not_overrun() {
    for case in cases() {
        let (out, _) = shown(&events(&case), Screen { width: 40, ..Screen::plain() });
        let ends = |line: &&str| !line.starts_with("failed: ") && !line.starts_with("You can see");
        let table = out.lines().skip_while(|line| !line.starts_with("outcome ")).take_while(ends);
        let wide: Vec<&str> = table.filter(|line| columns::width(line) > 40 && !line.contains("nothing to do: ")).collect();
        assert!(wide.is_empty(), "{}: {wide:?}", case.display());
    }
}

/// What stands on a terminal after all this was written to it: text, line ends, the cursor moved up, the rest erased.
fn painted(written: &str) -> Vec<String> {
    let (mut rows, mut row, mut column) = (vec![Vec::<char>::new()], 0_usize, 0_usize);
    let mut rest = written;
    while let Some(char) = rest.chars().next() {
        rest = &rest[char.len_utf8()..];
        match char {
            '\r' => column = 0,
            '\n' => (row, column) = (row + 1, 0),
            '\u{1b}' => {
                let end = rest.find(|char: char| char.is_ascii_alphabetic()).expect("a whole sequence");
                match (&rest[end..=end], &rest[1..end]) {
                    ("A", count) => row = row.checked_sub(count.parse().expect("a number")).expect("the cursor stays on the screen"),
                    ("J", "0") if column == 0 => rows.truncate(row),
                    ("h" | "l", "?7") => {}
                    other => panic!("unknown sequence {other:?}"),
                }
                rest = &rest[end + 1..];
            }
            char => {
                let wanted = rows[row].len().max(column + 1);
                rows[row].resize(wanted, ' ');
                rows[row][column] = char;
                column += 1;
            }
        }
        let wanted = rows.len().max(row + 1);
        rows.resize(wanted, Vec::new());
    }
    let lines = rows.iter().map(|row| row.iter().collect::<String>().trim_end().to_owned());
    lines.filter(|line| !line.is_empty()).collect()
}

#[test]
fn live_lines_come_and_leave_what_a_pipe_gets() {
    for case in cases() {
        let screen = Screen { width: 300, verbosity: Verbosity::Info, ..Screen::plain() };
        let live = shown(&events(&case), Screen { live: true, ..screen });
        let pipe = shown(&events(&case), screen);
        assert_eq!(live.0, pipe.0, "{}: stdout is the same", case.display());
        let told = pipe.1.lines().map(str::trim_end).filter(|line| !line.starts_with("… still"));
        assert_eq!(painted(&live.1), told.collect::<Vec<_>>(), "{}: {:?}", case.display(), live.1);
    }
}

#[test]
fn what_runs_has_a_live_line() {
    let case = cases().into_iter().find(|case| case.ends_with("mixed")).unwrap();
    let err = Stream::default();
    let terminal = Terminal::new(Box::new(io::sink()), Box::new(err.clone()), Screen { width: 60, live: true, ..Screen::plain() });
    let all = events(&case);
    let begins = |event: &Event| matches!(&event.kind, crate::event::EventKind::StepStarted { name, .. } if name == "python3");
    let until = all.iter().position(begins).unwrap();
    all[..=until].iter().for_each(|event| terminal.take(event));
    let screen = painted(&err.text());
    assert!(screen.iter().any(|line| line.starts_with("python3  building")), "{screen:?}");
    terminal.close();
    assert!(!painted(&err.text()).iter().any(|line| line.contains("building")), "{screen:?}");
}

#[test]
fn readers_that_go_away_and_full_disks_do_not_stop_a_run() {
    let case = cases().into_iter().find(|case| case.ends_with("mixed")).unwrap();
    for kind in [io::ErrorKind::BrokenPipe, io::ErrorKind::StorageFull] {
        for live in [false, true] {
            let screen = Screen { live, width: 60, verbosity: Verbosity::Debug, color: true };
            let terminal = Terminal::new(Box::new(Broken(kind)), Box::new(Broken(kind)), screen);
            events(&case).iter().for_each(|event| terminal.take(event));
        }
        let lines = JsonLines::new(Box::new(Broken(kind)));
        events(&case).iter().for_each(|event| lines.take(event));
        assert_eq!(lines.finish().is_err(), kind == io::ErrorKind::StorageFull);
        assert!(lines.finish().is_ok(), "it is told once");
    }
}

#[test]
fn a_log_that_cannot_be_written_is_told_once() {
    let log = LogFile::create(Path::new("/dev/full")).unwrap();
    let case = cases().into_iter().next().unwrap();
    events(&case).iter().for_each(|event| log.take(event));
    let error = log.finish().unwrap_err().to_string();
    assert!(error.starts_with("cannot write the detailed log to /dev/full"), "{error}");
    events(&case).iter().for_each(|event| log.take(event));
    assert!(log.finish().is_ok());
}
