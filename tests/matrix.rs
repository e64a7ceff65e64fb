//! `matrix` and `graph --presence` on a real engine and a real registry.

mod support;

use serde_json::Value;
use support::catalogue::Catalogue;
use support::registry::{Registry, RegistryKind};

/// Two groups, `a` with `b` and `c`, and `d` with `e`.
fn stage() -> (Registry, Catalogue) {
    let registry = Registry::start(RegistryKind::Plain);
    let catalogue = Catalogue::new(&registry.address);
    catalogue.plain("a", "1.0", "a").plain_child("b", "1.0", "a").plain_child("c", "1.0", "b");
    catalogue.plain("d", "1.0", "d").plain_child("e", "1.0", "d");
    (registry, catalogue)
}

fn publish(catalogue: &Catalogue, arguments: &str) -> Vec<String> {
    let args: Vec<&str> = ["--format", "json", "build"].into_iter().chain(arguments.split_whitespace()).collect();
    catalogue.expect(0, &args).outcomes()
}

/// `level name < needs: images` of every job.
fn jobs(document: &Value) -> Vec<String> {
    let words = |value: &Value| value.as_array().unwrap().iter().map(|word| word.as_str().unwrap()).collect::<Vec<_>>().join(" ");
    let job = |job: &Value| {
        let images: Vec<&str> = job["images"].as_array().unwrap().iter().map(|image| image["name"].as_str().unwrap()).collect();
        format!("{} {} < {}: {}", job["level"], job["name"].as_str().unwrap(), words(&job["needs"]), images.join(" "))
    };
    document["jobs"].as_array().unwrap().iter().map(job).collect()
}

#[test]
fn groups_run_on_their_own_and_then_there_is_nothing_to_do() {
    let (_registry, catalogue) = stage();
    let document = catalogue.expect(0, &["matrix", "--publish"]).json();
    assert_eq!(jobs(&document), ["0 a and 2 more < : a b c", "0 d and 1 more < : d e"]);
    assert_eq!(document["jobs"][0]["images"][1]["action"], "build");
    assert_eq!(document["jobs"][0]["images"][1]["reason"]["code"], "missing");
    let second = document["jobs"][1]["arguments"].as_str().unwrap();
    assert_eq!(publish(&catalogue, second), ["d: published", "e: published"]);
    let left = catalogue.expect(0, &["matrix", "--publish", "--for", "github"]);
    assert_eq!(left.stdout.lines().count(), 1);
    let first = &left.json()["include"];
    assert_eq!(first.as_array().unwrap().len(), 1);
    assert_eq!(first[0]["images"], "a b c");
    assert_eq!(publish(&catalogue, first[0]["arguments"].as_str().unwrap()), ["a: published", "b: published", "c: published"]);
    assert_eq!(catalogue.expect(0, &["matrix", "--publish", "--for", "github"]).stdout, "{\"include\":[]}\n");
    let gitlab: Value = serde_yaml::from_str(&catalogue.expect(0, &["matrix", "--publish", "--for", "gitlab"]).stdout).unwrap();
    assert_eq!(gitlab["nothing to do"]["script"][0], "true");
}

#[test]
fn images_run_after_their_parents() {
    let (_registry, catalogue) = stage();
    let outcome = catalogue.expect(0, &["matrix", "--publish", "--per", "image"]);
    assert!(!outcome.stderr.contains("built_again"), "{}", outcome.stderr);
    assert_eq!(jobs(&outcome.json()), ["0 a < : a", "0 d < : d", "1 b < a: b", "1 e < d: e", "2 c < b: c"]);
    let github = catalogue.expect(0, &["matrix", "--publish", "--per", "image", "--for", "github"]).json();
    let levels: Vec<usize> = github["levels"].as_array().unwrap().iter().map(|level| level["include"].as_array().unwrap().len()).collect();
    assert_eq!(levels, [2, 2, 1]);
    for level in github["levels"].as_array().unwrap() {
        for job in level["include"].as_array().unwrap() {
            let outcomes = publish(&catalogue, job["arguments"].as_str().unwrap());
            assert_eq!(outcomes, [format!("{}: published", job["images"].as_str().unwrap())]);
        }
    }
    assert!(jobs(&catalogue.expect(0, &["matrix", "--publish", "--per", "image"]).json()).is_empty());
    let nothing = catalogue.expect(0, &["matrix", "--publish", "--per", "image", "--for", "github"]);
    assert_eq!(nothing.stdout, "{\"levels\":[]}\n");
}

#[test]
fn a_gitlab_pipeline_names_what_comes_before_and_extends_the_repositorys_job() {
    let (_registry, catalogue) = stage();
    let text = catalogue.expect(0, &["matrix", "--publish", "--per", "image", "--for", "gitlab", "--include", "/ci/job.yml"]).stdout;
    let pipeline: Value = serde_yaml::from_str(&text).unwrap();
    assert_eq!(pipeline["include"][0]["local"], "/ci/job.yml");
    assert_eq!(pipeline["build c"]["needs"], serde_json::json!(["build b"]));
    assert_eq!(pipeline["build c"]["extends"], ".cooperage");
    let expected = format!("--publish --select {}", catalogue.reference("c", "1.0"));
    assert_eq!(pipeline["build c"]["variables"]["BUILD_ARGUMENTS"], expected);
    assert_eq!(pipeline["build a"]["needs"], serde_json::json!([]));
}

#[test]
fn a_parent_that_comes_along_is_in_the_job_of_its_child_and_is_not_asked_for() {
    let (_registry, catalogue) = stage();
    let document = catalogue.expect(0, &["matrix", "--publish", "--select", "*/b:*"]).json();
    assert_eq!(jobs(&document), ["0 a and 1 more < : a b"]);
    assert_eq!(document["jobs"][0]["arguments"], format!("--publish --select {}", catalogue.reference("b", "1.0")));
    let single = catalogue.expect(0, &["matrix", "--no-publish", "--per", "image", "--select", "*/b:*"]);
    assert_eq!(jobs(&single.json()), ["0 a < : a", "1 b < a: b"]);
    assert!(single.stderr.contains("built_again"), "{}", single.stderr);
}

#[test]
fn jobs_are_put_together_and_calls_that_cannot_be_meant_are_refused() {
    let (_registry, mut catalogue) = stage();
    let document = catalogue.expect(0, &["matrix", "--publish", "--max-jobs", "1"]).json();
    assert_eq!(jobs(&document), ["0 a and 4 more < : a b c d e"]);
    assert!(publish(&catalogue, document["jobs"][0]["arguments"].as_str().unwrap()).len() == 5);
    let stamped = catalogue.expect(0, &["matrix", "--publish", "--nightly"]).json();
    assert_eq!(stamped["jobs"].as_array().unwrap().len(), 2);
    assert!(stamped["jobs"][0]["arguments"].as_str().unwrap().starts_with("--nightly --publish --select "));
    for refused in [["--nightly", "--per", "image"].as_slice(), &["--max-jobs", "0"], &["--select", "*/nobody:*"]] {
        catalogue.expect(2, &[&["matrix"], refused].concat());
    }
    catalogue.expect(2, &["--format", "json", "matrix", "--for", "gitlab"]);
    catalogue.set("COOPERAGE_REGISTRY", "127.0.0.1:1").set("COOPERAGE_REGISTRY_PATIENCE", "1");
    let outcome = catalogue.expect(3, &["matrix", "--publish"]);
    assert_eq!(outcome.stdout, "");
}

#[test]
fn what_a_label_skips_is_in_no_job_and_neither_is_what_needs_it() {
    let (_registry, catalogue) = stage();
    let skipped = catalogue.expect(0, &["matrix", "--publish", "--skip-label", "no_b", "--skip-label", "other"]).json();
    assert_eq!(jobs(&skipped), ["0 a < : a", "0 d and 1 more < : d e"]);
    let both = catalogue.expect(0, &["matrix", "--publish", "--skip-label", "no_a", "--skip-label", "no_d", "--for", "github"]);
    assert_eq!(both.stdout, "{\"include\":[]}\n");
    let unknown = catalogue.expect(0, &["matrix", "--publish", "--skip-label", "no_bb"]);
    assert!(unknown.stderr.contains("unknown_label"), "{}", unknown.stderr);
    catalogue.write("b/control", "Package: b\nBuild-Depends: a\nTooling: yes\n");
    let tooling = catalogue.expect(2, &["matrix", "--publish", "--skip-label", "no_b"]);
    assert!(tooling.stdout.is_empty() && tooling.stderr.contains("tooling_skipped"), "{}", tooling.all());
}

#[test]
fn a_graph_knows_where_images_are_when_it_is_asked_to() {
    let (_registry, catalogue) = stage();
    catalogue.expect(0, &["build", "--publish", "--select", "*/d:*"]);
    catalogue.expect(0, &["build", "--no-publish", "--select", "*/a:*"]);
    let document = catalogue.expect(0, &["graph", "--presence"]).json();
    let nodes = document["nodes"].as_array().unwrap().iter();
    let found: Vec<&str> = nodes.map(|node| node["presence"].as_str().unwrap()).collect();
    assert_eq!(found, ["built", "missing", "missing", "published", "missing"]);
    let picture = catalogue.expect(0, &["graph", "--presence", "--as", "svg"]).stdout;
    for word in ["built", "missing", "published"] {
        assert!(picture.contains(&format!("class=\"b {word}")), "{word}: {picture}");
    }
    let flowchart = catalogue.expect(0, &["graph", "--presence", "--as", "mermaid"]).stdout;
    assert!(flowchart.contains(":::published") && flowchart.contains("classDef published "), "{flowchart}");
    let gone = catalogue.expect(3, &["--engine", "unix:///nowhere/docker.sock", "graph", "--presence"]);
    assert_eq!(gone.json()["nodes"][1]["presence"], "unknown");
    assert!(gone.stderr.contains("/nowhere/docker.sock"), "{}", gone.stderr);
}
