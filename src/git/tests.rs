//! Against real repositories made by git in temporary folders.

use super::command::OF_ANOTHER_REPOSITORY;
use super::{GitError, Head, discover};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

struct Work {
    _dir: tempfile::TempDir,
    top: PathBuf,
}

impl Work {
    fn empty() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let top = dir.path().canonicalize().unwrap();
        let work = Self { _dir: dir, top };
        work.git(&["init", "-q", "-b", "main"]);
        work.git(&["config", "user.name", "Test Person"]);
        work.git(&["config", "user.email", "test@example.org"]);
        work
    }

    /// `images/a/changelog` and `other` in one commit.
    fn with_commit() -> Self {
        let work = Self::empty();
        work.write("images/a/changelog", "1");
        work.write("other", "1");
        work.commit("one");
        work
    }

    fn git(&self, arguments: &[&str]) -> String {
        let mut git = Command::new("git");
        for variable in OF_ANOTHER_REPOSITORY {
            git.env_remove(variable);
        }
        let output = git.arg("-C").arg(&self.top).args(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.top.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn commit(&self, message: &str) -> String {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", message]);
        self.git(&["rev-parse", "HEAD"])
    }

    fn images(&self) -> PathBuf {
        self.top.join("images")
    }

    fn changed_since(&self, revision: &str) -> Vec<String> {
        discover(&self.top).unwrap().unwrap().changed_since(revision, &self.images()).unwrap()
    }
}

/// Runs one test of this file again in a process of its own, with other variables.
fn again(test: &str, variables: &[(&str, &Path)]) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", &format!("git::tests::{test}")]).envs(variables.iter().copied());
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains(" 1 passed"), "{text}");
}

#[test]
fn a_hooks_environment_is_left_behind() {
    // As in a hook of another repository, which git ties to that repository.
    let other = Work::with_commit();
    let (git, index) = (other.top.join(".git"), other.top.join("nothing"));
    let variables: [(&str, &Path); 4] =
        [("GIT_DIR", &git), ("GIT_WORK_TREE", &other.top), ("GIT_INDEX_FILE", &index), ("GIT_PREFIX", Path::new("images/"))];
    again("every_kind_of_change_counts", &variables);
    again("dirty_looks_at_the_folder_only", &variables);
    again("the_remote_has_no_password", &variables);
}

#[test]
fn without_git_there_is_no_repository() {
    if std::env::var_os("PATH").is_some_and(|path| path == "/nonexistent") {
        assert_eq!(discover(Path::new("/")).unwrap(), None);
    } else {
        again("without_git_there_is_no_repository", &[("PATH", Path::new("/nonexistent"))]);
    }
}

#[test]
fn a_repository_of_somebody_else_is_reported_in_gits_words() {
    // git's own switch for testing this.
    let switch = "GIT_TEST_ASSUME_DIFFERENT_OWNER";
    let Some(top) = std::env::var_os(switch).and(std::env::var_os("COOPERAGE_TEST_FOLDER")) else {
        let work = Work::with_commit();
        let variables = [(switch, Path::new("1")), ("COOPERAGE_TEST_FOLDER", &work.top), ("GIT_CONFIG_GLOBAL", Path::new("/dev/null"))];
        return again("a_repository_of_somebody_else_is_reported_in_gits_words", &variables);
    };
    let error = discover(Path::new(&top)).unwrap_err().to_string();
    assert!(error.contains("dubious ownership") && error.contains("safe.directory"), "{error}");
}

#[test]
fn the_work_tree_is_found_from_inside() {
    let work = Work::with_commit();
    assert_eq!(discover(&work.images().join("a")).unwrap().unwrap().top, work.top);
    let elsewhere = tempfile::tempdir().unwrap();
    assert_eq!(discover(elsewhere.path()).unwrap(), None);
    assert!(matches!(discover(&elsewhere.path().join("missing")), Err(GitError::Failed { .. })));
    // A repository without a work tree has nothing to say of a folder.
    assert_eq!(discover(&work.top.join(".git")).unwrap(), None);
}

#[test]
fn a_work_tree_may_have_any_name() {
    let outer = tempfile::tempdir().unwrap();
    let folder = outer.path().canonicalize().unwrap().join("-ü \n");
    fs::create_dir(&folder).unwrap();
    assert!(Command::new("git").arg("init").arg("-q").current_dir(&folder).status().unwrap().success());
    assert_eq!(discover(&folder).unwrap().unwrap().top, folder);
}

#[test]
fn dirty_looks_at_the_folder_only() {
    let work = Work::with_commit();
    let commit = work.git(&["rev-parse", "HEAD"]);
    let head = |folder: &Path| discover(folder).unwrap().unwrap().head().unwrap();
    work.write("elsewhere", "untracked");
    assert_eq!(head(&work.images()), Some(Head { commit: commit.clone(), dirty: false }));
    assert_eq!(head(&work.top), Some(Head { commit: commit.clone(), dirty: true }));
    work.write("images/a/new", "untracked");
    assert_eq!(head(&work.images()), Some(Head { commit: commit.clone(), dirty: true }));
    work.write(".gitignore", "new");
    assert_eq!(head(&work.images()), Some(Head { commit: commit.clone(), dirty: false }));
    work.write("images/a/changelog", "2");
    assert_eq!(head(&work.images()), Some(Head { commit: commit.clone(), dirty: true }));
    work.git(&["add", "images"]);
    assert_eq!(head(&work.images()), Some(Head { commit, dirty: true }));
}

#[test]
fn before_the_first_commit_there_is_no_head() {
    let work = Work::empty();
    work.write("a", "1");
    assert_eq!(discover(&work.top).unwrap().unwrap().head().unwrap(), None);
}

#[test]
fn the_remote_has_no_password() {
    let work = Work::empty();
    let remote = || discover(&work.top).unwrap().unwrap().remote_url().unwrap();
    assert_eq!(remote(), None);
    work.git(&["remote", "add", "origin", "https://me:secret@h.example/a.git"]);
    assert_eq!(remote().as_deref(), Some("https://h.example/a.git"));
}

#[test]
fn the_user_is_the_configured_one() {
    let work = Work::empty();
    let user = || discover(&work.top).unwrap().unwrap().user().unwrap();
    assert_eq!(user(), Some(("Test Person".to_owned(), "test@example.org".to_owned())));
    work.git(&["config", "user.email", ""]);
    assert_eq!(user(), None);
}

#[test]
fn every_kind_of_change_counts() {
    let work = Work::with_commit();
    work.write("images/b/kept", "1");
    work.write("images/b/moved from", "a text that is long enough to be recognised");
    let base = work.commit("two");
    assert_eq!(work.changed_since(&base), Vec::<String>::new());
    work.write("images/a/committed", "1");
    work.git(&["mv", "images/b/moved from", "images/b/moved\nto"]);
    work.commit("three");
    work.write("images/a/stäged", "1");
    work.git(&["add", "images/a/stäged"]);
    work.write("images/b/kept", "2");
    work.write("images/new folder/untracked", "1");
    work.write("images/a/.gitignore", "ignored");
    work.write("images/a/ignored", "1");
    fs::remove_file(work.top.join("images/a/changelog")).unwrap();
    work.write("other", "changed, but not below images");
    let expected =
        ["a/.gitignore", "a/changelog", "a/committed", "a/stäged", "b/kept", "b/moved\nto", "b/moved from", "new folder/untracked"];
    assert_eq!(work.changed_since(&base), expected);
}

#[test]
fn what_the_base_branch_did_since_does_not_count() {
    let work = Work::with_commit();
    work.git(&["switch", "-q", "-c", "mine"]);
    work.write("images/a/mine", "1");
    work.commit("mine");
    work.git(&["switch", "-q", "main"]);
    work.write("images/a/theirs", "1");
    work.commit("theirs");
    work.git(&["tag", "-a", "v1", "-m", "annotated"]);
    work.git(&["switch", "-q", "mine"]);
    for revision in ["main", "v1", "main~0", "refs/heads/main"] {
        assert_eq!(work.changed_since(revision), ["a/mine"], "{revision}");
    }
}

#[test]
fn the_users_settings_do_not_change_the_answer() {
    let work = Work::with_commit();
    for (key, value) in [
        ("diff.relative", "true"),
        ("status.relativePaths", "true"),
        ("status.showUntrackedFiles", "no"),
        ("diff.external", "false"),
        ("diff.noprefix", "true"),
        ("color.ui", "always"),
        ("status.renames", "copies"),
        ("core.fsmonitor", "/nonexistent"),
    ] {
        work.git(&["config", key, value]);
    }
    let base = work.git(&["rev-parse", "HEAD"]);
    work.write("images/a/two", "2");
    work.commit("two");
    work.write("images/a/three", "3");
    assert_eq!(work.changed_since(&base), ["a/three", "a/two"]);
    assert!(discover(&work.images()).unwrap().unwrap().head().unwrap().unwrap().dirty);
}

#[test]
fn an_unknown_revision_is_named_and_never_an_option() {
    let work = Work::with_commit();
    let repository = discover(&work.top).unwrap().unwrap();
    let tree = work.git(&["rev-parse", "HEAD^{tree}"]);
    for bad in ["nothere", "", "--all", "-h", "--output=x", "^main", "main..main", "HEAD:other", "a\0b", "main other", &tree] {
        let error = repository.changed_since(bad, &work.images()).unwrap_err();
        assert!(matches!(&error, GitError::UnknownRevision { revision, .. } if revision == bad), "{bad}: {error}");
        assert!(error.to_string().contains(&format!("\"{bad}\"")), "{error}");
    }
    assert!(!work.images().join("x").exists());
}

#[test]
fn nothing_in_common_is_said() {
    let work = Work::with_commit();
    work.git(&["switch", "-q", "--orphan", "stranger"]);
    work.write("images/b", "1");
    work.commit("stranger");
    let error = discover(&work.top).unwrap().unwrap().changed_since("main", &work.images()).unwrap_err();
    assert!(matches!(error, GitError::NothingInCommon { .. }), "{error}");
}

#[test]
fn files_are_read_as_they_were_at_a_commit() {
    let work = Work::with_commit();
    let first = work.git(&["rev-parse", "HEAD"]);
    work.write("images/a/changelog", "2\n\n3");
    work.write("late", "x");
    let second = work.commit("two");
    work.write("images/a/changelog", "not committed");
    let repository = discover(&work.images()).unwrap().unwrap();
    let paths = ["late", "images/a/changelog", "a\nb", "images", "other"];
    let at = |commit: &str| repository.files_at(commit, &paths).unwrap();
    let some = |text: &str| Some(text.as_bytes().to_vec());
    assert_eq!(at(&first), [None, some("1"), None, None, some("1")]);
    assert_eq!(at(&second), [some("x"), some("2\n\n3"), None, None, some("1")]);
}

#[test]
fn lines_are_searched_in_tracked_text_files_of_the_work_tree() {
    let work = Work::with_commit();
    work.write("images/a/list", "x\n  mark 1\r\n\tmark 2\n");
    work.write("images/binary", "\0\nmark 3\n");
    work.write("other", "mark 4\n");
    work.commit("two");
    work.write("images/untracked", "mark 5\n");
    work.write("images/a/changelog", "mark 6\n");
    let repository = discover(&work.images()).unwrap().unwrap();
    let found = repository.tracked_lines("^ *mark ", &work.images()).unwrap();
    let found: Vec<(&str, usize, &str)> = found.iter().map(|one| (one.path.as_str(), one.line, one.text.as_str())).collect();
    assert_eq!(found, [("a/changelog", 1, "mark 6"), ("a/list", 2, "  mark 1")]);
    assert!(repository.tracked_lines("^nowhere$", &work.images()).unwrap().is_empty());
}

#[test]
fn files_of_other_commits_and_removed_ones_are_found() {
    let work = Work::with_commit();
    let first = work.git(&["rev-parse", "HEAD"]).trim().to_owned();
    work.write("images/b/changelog", "b");
    work.commit("two");
    work.git(&["mv", "images/b", "images/c"]);
    work.commit("moved");
    work.git(&["rm", "-q", "-r", "images/a"]);
    work.commit("removed");
    let repository = discover(&work.top.join("images")).unwrap().unwrap();
    assert_eq!(repository.commit("HEAD~3").unwrap(), first);
    assert!(repository.commit("nothing").is_err());
    let at = |commit: &str| repository.files_called("changelog", commit).unwrap();
    let file = |path: &str, text: &str| (path.to_owned(), text.as_bytes().to_vec());
    assert_eq!(at(&first), [file("images/a/changelog", "1")]);
    assert_eq!(at("HEAD"), [file("images/c/changelog", "b")]);
    let mut removed = repository.removed_files_called("changelog").unwrap();
    removed.sort();
    assert_eq!(removed, [file("images/a/changelog", "1"), file("images/b/changelog", "b")]);
}

#[test]
fn a_file_that_a_merge_removed_is_found() {
    let work = Work::with_commit();
    work.git(&["checkout", "-q", "-b", "topic"]);
    work.git(&["rm", "-q", "-r", "images"]);
    work.commit("removed");
    work.git(&["checkout", "-q", "main"]);
    work.write("other", "2");
    work.commit("meanwhile");
    work.git(&["merge", "-q", "--no-edit", "topic"]);
    let repository = discover(&work.top).unwrap().unwrap();
    assert_eq!(repository.removed_files_called("changelog").unwrap().len(), 1);
}
