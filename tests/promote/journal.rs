//! Journals of promotions: finished after a kill, never lost, and nobody's way to move what the catalogue does not name.

use super::moves::{codes, events, many, stage, wait_for};
use super::support::faults::{Action, Faults};
use super::support::registry::image::TinyImage;
use super::{TIME, Tree};
use serde_json::Value;
use std::fs;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

/// Promotes, and kills the call when it is about to give this name.
fn kill_a_promotion(faults: &Faults, tree: &Tree, tag: &str, args: &[&str]) {
    faults.on("PUT", &format!("/v2/all/manifests/{tag}"), Action::Delay(Duration::from_secs(60)));
    let mut child = tree.command("promote", args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    wait_for(&mut child, || faults.count("PUT", &format!("/manifests/{tag}")) > 0);
    child.kill().unwrap();
    child.wait().unwrap();
    faults.clear();
}

/// The journal that a killed call left.
fn journal(tree: &Tree) -> Option<PathBuf> {
    let files = fs::read_dir(tree.folder.path().join(".local/state/cooperage")).ok()?;
    files.map(|entry| entry.unwrap().path()).find(|path| path.extension().is_some_and(|extension| extension == "journal"))
}

#[test]
fn a_killed_promotion_is_resumed_by_the_next_call_and_by_resume() {
    for verb in [["promote", "--resume"].as_slice(), &["publish", "--resume"], &["promote"]] {
        let (registry, faults, tree) = stage();
        TinyImage::new("old").put(&registry.address, None, "all", "ci_tools_base");
        kill_a_promotion(&faults, &tree, "ci_tools_base", &["--timestamp", TIME]);
        assert_eq!(registry.digest("all", "ci_tools_base"), Some(TinyImage::new("old").digest.to_string()));
        // A dry run tells and does nothing.
        if verb[0] == "publish" {
            let told = tree.expect(0, "promote", &["--resume", "--dry-run"]);
            assert!(String::from_utf8_lossy(&told.stdout).contains("\"open\""));
        }
        let output = tree.expect(0, verb[0], &verb[1..]);
        assert_eq!(registry.digest("all", "ci_tools_base"), Some(TinyImage::new("base").digest.to_string()), "{verb:?}");
        assert_eq!(registry.digest("all", &format!("{TIME}_prune_ci_tools_base")), Some(TinyImage::new("old").digest.to_string()));
        if verb.len() == 1 {
            assert!(codes(&output).contains(&"resumed".to_owned()));
        }
        let nothing = tree.expect(0, "promote", &["--resume"]);
        assert!(
            String::from_utf8_lossy(&nothing.stdout).contains("\"tags\": []")
                || String::from_utf8_lossy(&nothing.stdout).contains("\"tags\":[]")
        );
    }
}

/// A journal of one line, as a killed promotion of `base` writes it, changed by somebody.
fn forge(tree: &Tree, changes: &[(&str, &str)]) {
    let path = journal(tree).unwrap();
    let text = fs::read_to_string(&path).unwrap();
    let line = text.lines().find(|line| line.contains("ci_tools_base")).unwrap();
    let mut entry: Value = serde_json::from_str(line).unwrap();
    for (key, value) in changes {
        entry[key] = if value.is_empty() { Value::Null } else { (*value).into() };
    }
    fs::write(path, format!("{entry}\n")).unwrap();
}

#[test]
fn a_forged_or_foreign_journal_gives_no_name() {
    let (registry, faults, tree) = stage();
    let (address, at) = (registry.address.as_str(), faults.address.as_str());
    let evil = TinyImage::new("evil");
    // It stands in the repository of the names already, so that nothing but the journal's reader is in the way.
    evil.put(address, None, "all", "scratch");
    evil.put(address, None, "ns/evil", "1.0");
    TinyImage::new("old").put(address, None, "all", "ci_tools_base");
    let digest = evil.digest.as_str();
    let (name, place) = (format!("{at}/all:ci_tools_other"), format!("{at}/ns/evil@{digest}"));
    let (own, own_place) = (format!("{at}/all:ci_tools_app"), format!("{at}/ns/base@{digest}"));
    for changes in [
        // Another digest, under the right place and under one of its own.
        [("to", digest)].as_slice(),
        &[("to", digest), ("version", &own_place)],
        &[("to", digest), ("version", &place)],
        &[("to", digest), ("version", &place), ("name", "evil")],
        // A name that the catalogue does not give, and one that another image has.
        &[("location", &name), ("from", ""), ("keep", "")],
        &[("location", &own), ("from", ""), ("keep", "")],
        // Another kind of move.
        &[("kind", "floating")],
        &[("kind", "version"), ("from", ""), ("keep", "")],
    ] {
        kill_a_promotion(&faults, &tree, "ci_tools_base", &["--timestamp", TIME]);
        forge(&tree, changes);
        let before =
            (registry.digest("all", "ci_tools_base"), registry.digest("all", "ci_tools_app"), registry.digest("all", "ci_tools_other"));
        let output = tree.command("promote", &["--resume"]).output().unwrap();
        let after =
            (registry.digest("all", "ci_tools_base"), registry.digest("all", "ci_tools_app"), registry.digest("all", "ci_tools_other"));
        assert_eq!(before, after, "{changes:?}: {}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(1), "{changes:?}: {}", String::from_utf8_lossy(&output.stdout));
        assert!(!String::from_utf8_lossy(&output.stdout).contains("\"moved\""), "{}", String::from_utf8_lossy(&output.stdout));
    }
    // What is kept goes under a name that is for that, and nowhere else.
    kill_a_promotion(&faults, &tree, "ci_tools_base", &["--timestamp", TIME]);
    forge(&tree, &[("keep", "ci_tools_app")]);
    let output = tree.expect(0, "promote", &[]);
    assert!(codes(&output).contains(&"journal_damaged".to_owned()));
    assert_eq!(registry.digest("all", "ci_tools_app"), Some(TinyImage::new("app").digest.to_string()));
}

#[test]
fn without_a_catalogue_a_journal_is_finished_by_the_same_call_and_never_lost() {
    let (registry, faults, tree) = many(3);
    let images = fs::read_to_string(tree.folder.path().join("images.yaml")).unwrap();
    let call = ["--images", "images.yaml"];
    kill_a_promotion(&faults, &tree, "ci_tools_image1", &call);
    let path = journal(&tree).unwrap();
    let text = fs::read_to_string(&path).unwrap();
    // Another file of images names other images.
    tree.write("images.yaml", images.lines().next().unwrap());
    let refused = tree.expect(2, "promote", &call);
    let stderr = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(stderr.contains("all:ci_tools_image1") && stderr.contains(path.to_str().unwrap()), "{stderr}");
    assert_eq!(fs::read_to_string(&path).unwrap(), text, "the journal is as it was");
    assert_eq!(registry.digest("all", "ci_tools_image1"), None);
    // So does a call that writes its journal elsewhere.
    tree.expect(2, "promote", &[call.as_slice(), &["--record", "run.json"]].concat());
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
    tree.write("images.yaml", &images);
    let output = tree.expect(0, "promote", &call);
    assert_eq!(events(&output).last().unwrap()["exit"], 0);
    assert_eq!(registry.digest("all", "ci_tools_image1"), Some(TinyImage::new("image1").digest.to_string()));
    assert_eq!(journal(&tree), None);
}
