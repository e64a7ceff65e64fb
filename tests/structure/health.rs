//! Services that start, answer and stop, and services that do not.

use crate::{built, cases, containers, errors, test};

const SERVER: &str = "RUN mkdir -p /www && echo hello > /www/index.html\n";

fn health(more: &str, yaml: &str, code: i32) -> (String, String) {
    let catalogue = built(more);
    let run = test(&catalogue, code, yaml);
    let case = cases(&run).remove(0);
    assert_eq!(case["kind"], "health");
    assert_eq!(containers(&catalogue), "");
    (case["outcome"].as_str().unwrap().to_owned(), errors(&case))
}

#[test]
fn a_port_an_answer_or_a_healthcheck_says_that_it_is_up() {
    let trap = "CMD [\"/bin/sh\", \"-c\", \"trap 'exit 0' TERM; httpd -p 8080 -h /www; while :; do sleep 0.1; done\"]\n";
    let check = "HEALTHCHECK --interval=1s --retries=1 CMD [\"/bin/true\"]\n";
    let more = format!("{SERVER}{check}{trap}");
    assert_eq!(health(&more, "health: {port: 8080}", 0).0, "passed");
    assert_eq!(health(&more, "health: {http: {port: 8080, path: /index.html, expectedContents: ['^hello']}}", 0).0, "passed");
    assert_eq!(health(&more, "health: {healthcheck: true}", 0).0, "passed");
}

#[test]
fn what_is_wrong_with_a_service_is_said() {
    let httpd = format!("{SERVER}CMD [\"/bin/httpd\", \"-f\", \"-p\", \"8080\", \"-h\", \"/www\"]\n");
    let (outcome, said) = health(&httpd, "health: {http: {port: 8080, path: /nope}, timeout: 1s}", 1);
    assert!(outcome == "timeout" && said.contains("expected status 200 of /nope, found 404"), "{outcome} {said}");
    let (outcome, said) = health("CMD [\"/bin/sh\", \"-c\", \"exit 7\"]\n", "health: {port: 1}", 1);
    assert!(outcome == "failed" && said.contains("it ended with exit code 7"), "{outcome} {said}");
    let (_, said) = health("CMD [\"/bin/true\"]\n", "health: {healthcheck: true}", 1);
    assert!(said.contains("expected a HEALTHCHECK, the image has none"), "{said}");
    let deaf = "CMD [\"/bin/sh\", \"-c\", \"trap '' TERM; httpd -p 8080 -h /; while :; do sleep 1; done\"]\n";
    let (_, said) = health(deaf, "health: {port: 8080, stopWithin: 1s}", 1);
    assert!(said.contains("it had to be killed"), "{said}");
    let sulky = "CMD [\"/bin/sh\", \"-c\", \"trap 'exit 9' TERM; httpd -p 8080 -h /; while :; do sleep 0.1; done\"]\n";
    let (_, said) = health(sulky, "health: {port: 8080}", 1);
    assert!(said.contains("expected exit code 0 or 143 after a stop, found 9"), "{said}");
    assert_eq!(health(sulky, "health: {port: 8080, exitCode: 9}", 0).0, "passed");
}
