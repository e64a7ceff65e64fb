use super::*;

fn ids(example: &str) -> Vec<String> {
    let (path, text) = example.split_once(": ").unwrap();
    leaks(path, text.as_bytes()).into_iter().map(|leak| leak.rule).collect()
}

#[test]
fn every_rule_finds_its_example_and_leaves_the_other_alone() {
    let wrong = |rule: &&Rule| ids(rule.bad) != [rule.id] || !ids(rule.good).is_empty();
    let wrong: Vec<_> = RULES.iter().filter(wrong).map(|rule| (rule.id, ids(rule.bad), ids(rule.good))).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn what_only_looks_like_a_secret_is_none() {
    for example in [
        "/usr/lib/python3/ssl.py: PEM_HEADER = \"-----BEGIN PRIVATE KEY-----\"\nPEM_FOOTER = \"-----END PRIVATE KEY-----\"",
        "/srv/README: Put -----BEGIN RSA PRIVATE KEY-----\n...\n-----END RSA PRIVATE KEY----- here",
        "/srv/netrc.md: machine example.org login me password hunter2",
        "/srv/xetc/shadowed: root::1",
        "/home/app/.npmrc: registry=https://example.org/\n# _authToken=abc",
        "/srv/.env: TOKEN=glpat-xxxxxxxxxxxxxxxxxxxx",
        "/home/app/.pypirc: password = %(PASSWORD)s",
    ] {
        assert_eq!(ids(example), [""; 0], "{example}");
    }
}

#[test]
fn keys_are_found_in_json_and_with_carriage_returns() {
    let key = RULES[0].bad.split_once(": ").unwrap().1;
    for text in [format!("{{\"private_key\": \"{}\"}}", key.trim().replace('\n', "\\n")), key.replace('\n', "\r\n")] {
        assert_eq!(leaks("/srv/a.json", text.as_bytes()).len(), 1, "{text}");
    }
}

#[test]
fn lines_are_counted_from_one_and_many_are_cut() {
    let key = RULES[0].bad.split_once(": ").unwrap().1;
    let text = format!("a\nb\n{key}{key}");
    let found: Vec<usize> = leaks("/srv/key", text.as_bytes()).into_iter().map(|leak| leak.line).collect();
    assert_eq!(found, [3, 5]);
    assert_eq!(leaks("/srv/key", key.repeat(1000).as_bytes()).len(), 10);
    assert_eq!((told(&[7]), told(&[1, 2, 3, 4])), ("line 7".to_owned(), "lines 1, 2, 3 and 1 more".to_owned()));
}

#[test]
fn programs_are_not_texts_but_files_of_sign_ins_are_read_in_any_case() {
    let key = RULES[0].bad.split_once(": ").unwrap().1;
    assert!(leaks("/usr/bin/x", format!("\0ELF{key}").as_bytes()).is_empty());
    assert_eq!(leaks("/home/app/.netrc", b"\0\xff password hunter2").len(), 1);
    assert!(leaks("/x", b"").is_empty());
}

#[test]
fn samples_are_told_from_what_is_used() {
    assert!(is_sample("/usr/share/doc/x/key.pem") && is_sample("/opt/a/tests/key.pem"));
    assert!(!is_sample("/home/app/.ssh/id_rsa") && !is_sample("/opt/latest/key.pem"));
}
