//! All files change or none: read-only files, conflicts, calls that are killed, calls that meet.

use crate::{Outcome, Tree};
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;
use std::time::Duration;

const JOURNAL: &str = ".cooperage-update.json";

/// `base` with this many images on it.
fn fan(children: usize) -> (Tree, Vec<String>) {
    let tree = Tree::new(&[("base", "1.0", &[])]);
    let mut names = vec!["base".to_owned()];
    for at in 0..children {
        let name = format!("child{at}");
        tree.define(&name, "1.0", &["base"]);
        names.push(name);
    }
    (tree, names)
}

fn versions(tree: &Tree, names: &[String]) -> Vec<String> {
    names.iter().map(|name| tree.version(name)).collect()
}

#[test]
fn read_only_files_are_reported_before_anything_is_written() {
    let (tree, _) = fan(3);
    for locked in ["child1/changelog", "child2/changelog"] {
        fs::set_permissions(tree.path(locked), fs::Permissions::from_mode(0o444)).unwrap();
    }
    let said = tree.refuses(&["base"]);
    assert!(
        said.contains("2 changelogs") && said.contains("child1/changelog is read-only") && said.contains("child2/changelog is read-only"),
        "{said}"
    );
    // A dry run refuses what a run refuses.
    assert!(tree.refuses(&["--dry-run", "base"]).contains("child1/changelog is read-only"));
    tree.expect(0, &["child0"]);
}

#[test]
fn conflicts_are_refused_by_their_marks_and_by_what_git_says() {
    let (tree, _) = fan(1);
    let sound = tree.read("child0/changelog");
    tree.write("child0/changelog", format!("{sound}<<<<<<< HEAD\nx\n=======\ny\n>>>>>>> topic\n"));
    assert!(tree.refuses(&["base"]).contains("child0/changelog:6: the changelog holds marks of an unfinished merge"));
    tree.write("child0/changelog", &sound);
    tree.commit_all();
    tree.git(&["switch", "--quiet", "-c", "topic"]);
    tree.write("child0/changelog", sound.replace("Initial", "Theirs"));
    tree.commit_all();
    tree.git(&["switch", "--quiet", "main"]);
    tree.write("child0/changelog", sound.replace("Initial", "Ours"));
    tree.commit_all();
    let merge = std::process::Command::new("git").args(["merge", "--quiet", "topic"]).current_dir(tree.root()).output().unwrap();
    assert!(!merge.status.success());
    // Somebody took the marks out and has not told git yet.
    tree.write("child0/changelog", &sound);
    let said = tree.refuses(&["base"]);
    assert!(said.contains("git calls these changelogs conflicted") && said.contains("child0/changelog"), "{said}");
    tree.git(&["add", "--all"]);
    tree.expect(0, &["base"]);
}

#[test]
fn backup_files_of_editors_are_left_alone() {
    let (tree, _) = fan(1);
    for name in ["changelog~", ".changelog.swp", "#changelog#", "changelog.bak", "changelog.orig", "changelog.dpkg-old"] {
        tree.write(&format!("child0/{name}"), "base (9.0) other; urgency=low\n");
    }
    tree.write("only~/changelog~", "x");
    let before = tree.everything();
    tree.expect(0, &["base"]);
    let after = tree.everything();
    assert_eq!(before.len(), after.len());
    let changed = after.iter().filter(|(path, bytes)| before[*path] != **bytes);
    assert!(changed.map(|(path, _)| path.file_name().unwrap()).eq(["changelog"; 2]));
}

/// No file may be longer than this in the call, so it is killed (SIGXFSZ) while it writes the journal, which is the longest.
#[test]
fn a_call_killed_while_it_writes_the_journal_has_changed_nothing() {
    let (tree, names) = fan(9);
    let before = tree.everything();
    let call = tree.command(&["base"]);
    let mut limited = std::process::Command::new("sh");
    limited.args(["-c", "ulimit -c 0; ulimit -f 2; exec \"$@\"", "sh"]).arg(call.get_program()).args(call.get_args()).env_clear();
    limited.envs(call.get_envs().filter_map(|(key, value)| Some((key, value?)))).current_dir(call.get_current_dir().unwrap());
    let ended = limited.output().unwrap();
    assert!(!ended.status.success() && tree.path(&format!("{JOURNAL}.new")).exists(), "{ended:?}");
    assert!(before.iter().all(|(path, bytes)| fs::read(path).unwrap() == *bytes));
    tree.expect(0, &["base"]);
    assert!(versions(&tree, &names).iter().all(|version| version == "1.0-s1"));
    assert_eq!(tree.everything().len(), before.len());
}

/// The journal and the files as a call leaves them that is killed while it writes the second of three.
#[test]
fn a_killed_call_is_taken_back_by_the_next() {
    let (tree, names) = fan(2);
    let before = tree.everything();
    let blocks = ["base (1.0-s1) x; urgency=high\n\n", "child0 (1.0-s1) x; urgency=high\n\n", "child1 (1.0-s1) x; urgency=high\n\n"];
    let olds: Vec<String> = names.iter().map(|name| tree.read(&format!("{name}/changelog"))).collect();
    let files: Vec<_> = (0..3).map(|at| serde_json::json!({"path": names[at], "block": blocks[at], "old": olds[at]})).collect();
    tree.write(JOURNAL, serde_json::json!({"v": 2, "files": files}).to_string());
    tree.write("base/changelog", format!("{}{}", blocks[0], olds[0]));
    tree.write("child0/changelog", format!("{}{}", &blocks[1][..20], &olds[1][20..]));
    let warned = tree.expect(0, &["--dry-run", "child1"]);
    assert!(warned.stderr.contains("warning[interrupted_update]") && tree.path(JOURNAL).exists(), "{}", warned.stderr);
    let run = tree.expect(0, &["child1"]);
    assert!(run.stderr.contains("had written 2 of its 3 entries; they were taken back"), "{}", run.stderr);
    let mut expected = before;
    let only = tree.path("child1/changelog");
    expected.insert(only.clone(), fs::read(&only).unwrap());
    assert!(tree.everything() == expected);
    assert_eq!(versions(&tree, &names), ["1.0", "1.0", "1.0-s1"]);
}

#[test]
fn a_damaged_journal_is_told_and_left() {
    let (tree, _) = fan(0);
    tree.write(JOURNAL, "{\"v\":2,");
    let said = tree.refuses(&["base"]);
    assert!(said.contains(JOURNAL) && said.contains("remove it"), "{said}");
}

/// Kills real calls as soon as they write, and a little later each time. Whatever the moment: after the next call, every
/// changelog has the same version and as many entries, and nothing else is left.
#[test]
fn calls_killed_while_they_write_leave_all_or_none() {
    let (tree, names) = fan(80);
    let files = tree.everything().len();
    let mut broken_off = 0;
    // A machine may be so busy that a call is through before its journal is seen.
    for step in 0..40_u32 {
        let mut call = tree.command(&["base"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        while !tree.path(JOURNAL).exists() && call.try_wait().unwrap().is_none() {}
        std::thread::sleep(Duration::from_micros(u64::from(step) * 50));
        call.kill().unwrap();
        call.wait().unwrap();
        broken_off += usize::from(tree.path(JOURNAL).exists());
        tree.expect(0, &["base"]);
        let versions = versions(&tree, &names);
        assert!(versions.iter().all(|version| *version == versions[0]), "{versions:?}");
        let entries = |name: &str| tree.read(&format!("{name}/changelog")).matches(" urgency=").count();
        assert!(names.iter().all(|name| entries(name) == entries("base")));
        assert_eq!(tree.everything().len(), files);
        if broken_off == 12 {
            return;
        }
    }
    assert!(broken_off > 0, "no call was killed while it wrote");
}

#[test]
fn two_at_once_work_one_after_the_other() {
    let (tree, names) = fan(40);
    let calls: Vec<_> = (0..4).map(|_| tree.command(&["base"]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()).collect();
    for call in calls {
        let ended = Outcome::of(call.wait_with_output().unwrap());
        assert_eq!(ended.code, 0, "{}", ended.stderr);
    }
    assert!(versions(&tree, &names).iter().all(|version| version == "1.0-s4"), "{:?}", versions(&tree, &names));
}

/// The lock is flock(2) on DIRECTORY, so util-linux's flock can hold it, too.
#[test]
fn a_call_waits_for_the_lock_on_the_directory_and_can_be_interrupted() {
    let (tree, _) = fan(0);
    let before = tree.everything();
    let folder = fs::File::open(tree.root()).unwrap();
    folder.lock().unwrap();
    // Only looking needs no lock.
    tree.expect(0, &["--dry-run", "base"]);
    let mut call = tree.command(&["base"]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(call.stderr.take().unwrap()).read_line(&mut line).unwrap();
    assert!(line.contains("another run works on this catalogue"), "{line}");
    let pid = rustix::process::Pid::from_child(&call);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    assert_eq!(call.wait().unwrap().code(), Some(130));
    assert!(tree.everything() == before);
    let call = tree.command(&["base"]).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(50));
    assert_eq!(tree.version("base"), "1.0");
    drop(folder);
    assert!(call.wait_with_output().unwrap().status.success());
    assert_eq!(tree.version("base"), "1.0-s1");
}
