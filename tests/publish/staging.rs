//! All names of a run appear together, or none.

use crate::support::catalogue::Catalogue;
use crate::support::faults::{Action, Faults};
use crate::support::registry::image::TinyImage;
use crate::{all, build, joined, own, publish_to, shared, stage};

fn staged(faults: &Faults, catalogue: &Catalogue, more: &str) {
    let staging = format!("  staging: {}/{}/staging\n{more}", faults.address, catalogue.namespace);
    let namespace = &catalogue.namespace;
    publish_to(catalogue, &[own("main", &faults.address, namespace), shared("ci", &faults.address, namespace)], &staging);
}

#[test]
fn nothing_is_visible_until_the_end_and_then_all_of_it() {
    let (registry, faults, catalogue) = stage();
    staged(&faults, &catalogue, "");
    catalogue.plain("tool", "1.0", "tool").plain_child("child", "1.0", "tool");
    let look = format!(
        "#!/bin/bash\ncurl --silent --noproxy '*' http://{0}/v2/{1}/tool/tags/list http://{0}/v2/{1}/all/tags/list\n",
        registry.address, catalogue.namespace
    );
    catalogue.script("child/test.sh", &look);
    let run = build(&catalogue, 0, &["--record", "run.json"]);
    assert_eq!(run.outcomes(), ["child: published", "tool: published"]);
    let seen = run.log("child", "test").concat();
    assert!(!seen.contains("1.0") && !seen.contains("latest"), "the parent was published, but nobody could see it: {seen}");
    for name in ["tool", "child"] {
        let digest = registry.digest(&catalogue.repository(name), "1.0");
        assert!(digest.is_some());
        assert_eq!(registry.digest(&catalogue.repository(name), "latest"), digest);
        assert_eq!(registry.digest(&all(&catalogue), &joined(&catalogue, name, "1.0")), digest);
        assert_eq!(registry.digest(&all(&catalogue), &joined(&catalogue, name, "latest")), digest);
        assert_eq!(run.finished(name)["digest"].as_str(), digest.as_deref());
    }
    let record = crate::support::catalogue::read_json(&catalogue.work().join("run.json"));
    assert_eq!(record["images"][1]["destinations"].as_array().unwrap().len(), 2, "{record}");
    assert!(registry.tags(&catalogue.repository("staging")).iter().all(|tag| tag.ends_with("_incoming")));
    assert_eq!(build(&catalogue, 0, &[]).outcomes(), ["child: skipped", "tool: skipped"]);
}

#[test]
fn a_failure_hides_the_whole_run_where_the_run_is_atomic() {
    let (registry, faults, catalogue) = stage();
    staged(&faults, &catalogue, "  atomic: run\n");
    catalogue.plain("tool", "1.0", "tool").plain("bad", "1.0", "bad").script("bad/test.sh", "#!/bin/bash\nexit 1\n");
    let run = build(&catalogue, 1, &[]);
    assert_eq!(run.outcomes(), ["bad: failed", "tool: built"]);
    assert_eq!(run.finished("tool")["reason"]["code"], "atomic_run");
    assert_eq!(registry.tags(&catalogue.repository("tool")), [""; 0]);
    assert_eq!(registry.tags(&all(&catalogue)), [""; 0]);
    catalogue.script("bad/test.sh", "#!/bin/bash\nexit 0\n");
    build(&catalogue, 0, &[]);
    assert_eq!(registry.tags(&catalogue.repository("tool")), ["1.0", "latest"]);
    assert_eq!(registry.tags(&catalogue.repository("bad")), ["1.0", "latest"]);
}

#[test]
fn by_default_what_is_good_appears() {
    let (registry, faults, catalogue) = stage();
    staged(&faults, &catalogue, "");
    catalogue.plain("tool", "1.0", "tool").plain("bad", "1.0", "bad").script("bad/test.sh", "#!/bin/bash\nexit 1\n");
    assert_eq!(build(&catalogue, 1, &[]).outcomes(), ["bad: failed", "tool: published"]);
    assert_eq!(registry.tags(&catalogue.repository("tool")), ["1.0", "latest"]);
    assert_eq!(registry.tags(&catalogue.repository("bad")), [""; 0]);
}

#[test]
fn without_staging_an_atomic_run_that_is_not_good_moves_no_floating_tag() {
    let (registry, faults, catalogue) = stage();
    publish_to(&catalogue, &[own("main", &faults.address, &catalogue.namespace)], "");
    catalogue.plain("tool", "1.0", "tool").plain("bad", "1.0", "bad").script("bad/test.sh", "#!/bin/bash\nexit 1\n");
    let run = build(&catalogue, 1, &["--atomic", "run"]);
    assert_eq!(
        (run.outcomes(), run.warnings()),
        (vec!["bad: failed".to_owned(), "tool: published".to_owned()], vec!["atomic_run".to_owned()])
    );
    assert_eq!(registry.tags(&catalogue.repository("tool")), ["1.0"]);
    build(&catalogue, 1, &["--atomic", "image"]);
    assert_eq!(registry.tags(&catalogue.repository("tool")), ["1.0", "latest"]);
}

#[test]
fn no_floating_tag_follows_a_version_that_somebody_else_took() {
    let (registry, faults, catalogue) = stage();
    let staging = format!("  staging: {}/{}/staging\n", faults.address, catalogue.namespace);
    publish_to(&catalogue, &[own("main", &faults.address, &catalogue.namespace)], &staging);
    catalogue.plain("tool", "1.0", "tool");
    let other = TinyImage::new("faster");
    let (digest, address, repository) = (other.digest.to_string(), registry.address.clone(), catalogue.repository("tool"));
    faults.times(2, "HEAD", "/tool/manifests/1.0", Action::Delay(std::time::Duration::ZERO));
    faults.times(1, "HEAD", "/tool/manifests/1.0", Action::first(move || other.put(&address, None, &repository, "1.0")));
    let run = build(&catalogue, 1, &[]);
    assert_eq!((run.outcomes(), run.warnings()), (vec!["tool: failed".to_owned()], vec!["lost_race".to_owned(); 2]), "{}", run.stdout);
    assert_eq!(registry.tags(&catalogue.repository("tool")), ["1.0"]);
    assert_eq!(registry.digest(&catalogue.repository("tool"), "1.0").unwrap(), digest);
}
