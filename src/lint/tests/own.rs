//! Rules of our own, places in templates, comments.

use super::super::{Bases, Facts, Which, lint};
use super::{all, subject, told};
use crate::name::Reference;
use std::sync::Arc;

fn facts() -> Facts {
    let ours = Reference::parse("r.example/team/base:1.0").unwrap();
    let listed = ["debian:12".to_owned(), "alpine".to_owned()];
    Facts { in_catalogue: true, version: Some("1.2.0-3".into()), bases: Arc::new(Bases::new(&listed, [(&ours, None)])) }
}

/// What our own rules tell.
fn own(text: &str) -> Vec<String> {
    told(&lint(&subject(text, None, facts()), &all(), Which::Own))
}

#[test]
fn base_images_are_those_of_the_catalogue_or_listed() {
    for (image, good) in [
        ("r.example/team/base:1.0", true),
        ("r.example/team/base:0.9", true),
        ("docker.io/library/debian:12", true),
        ("debian:11", false),
        ("alpine:3", true),
        ("r.example/team/web:1", false),
        ("scratch", true),
    ] {
        assert_eq!(own(&format!("FROM {image}\n")).is_empty(), good, "{image}");
    }
    assert_eq!(own("FROM debian:12\nCOPY --from=other:1 /a /b\nRUN --mount=from=third:1 x\n"), ["2 unlisted_base", "3 unlisted_base"]);
    assert_eq!(own("FROM $X\n"), Vec::<String>::new());
    let alone = lint(&subject("FROM x:1\n", None, Facts::default()), &all(), Which::Own);
    assert_eq!(told(&alone), Vec::<String>::new());
}

#[test]
fn the_folder_of_an_image_of_the_catalogue_is_known() {
    let parsed = |text: &str| crate::dockerfile::parse(text).unwrap();
    let files = [
        ("r.example/base:1.0", parsed("FROM debian:12 AS a\nWORKDIR /x\nFROM A\n")),
        ("r.example/middle:1.0", parsed("FROM r.example/base:1.0\n")),
        ("r.example/bare:1.0", parsed("FROM debian:12 AS a\nWORKDIR /x\nFROM debian:12\n")),
        ("r.example/circle:1.0", parsed("FROM r.example/circle:1.0\n")),
    ];
    let named: Vec<_> = files.iter().map(|(name, file)| (Reference::parse(name).unwrap(), file)).collect();
    let bases = Arc::new(Bases::new(&[], named.iter().map(|(name, file)| (name, Some(*file)))));
    for (image, known) in [("base", true), ("middle", true), ("bare", false), ("circle", false), ("other", false)] {
        let text = format!("FROM r.example/{image}:1.0\nCOPY a b\n");
        let linted = lint(&subject(&text, None, Facts { bases: Arc::clone(&bases), ..Facts::default() }), &all(), Which::All);
        assert_eq!(told(&linted).is_empty(), known, "{image}");
    }
}

#[test]
fn versions_agree_with_the_changelog() {
    for (line, good) in [
        ("LABEL version=1.2.0-3", true),
        ("LABEL version=1.2.0", true),
        ("LABEL version=\"v1.2.0\"", true),
        ("LABEL version=1.2", true),
        ("LABEL version=1.1", false),
        ("LABEL org.opencontainers.image.version=1.3.0", false),
        ("LABEL a=b version=2", false),
        ("ENV VERSION=2.0", false),
        ("ENV VERSION 2.0", false),
        ("ARG VERSION", true),
        ("ARG VERSION=$OTHER", true),
        ("ENV TOOL_VERSION=9", true),
    ] {
        assert_eq!(own(&format!("FROM debian:12\n{line}\n")).is_empty(), good, "{line}");
    }
}

#[test]
fn addresses_come_with_a_checksum() {
    for (line, good) in [
        ("ADD https://example.org/a /b", false),
        ("ADD --checksum=sha256:0 https://example.org/a /b", true),
        ("ADD https://example.org/a.git /b", true),
        ("ADD https://example.org/a.git#v1 /b", true),
        ("ADD a /b", true),
    ] {
        assert_eq!(own(&format!("FROM debian:12\n{line}\n")).is_empty(), good, "{line}");
    }
}

#[test]
fn credentials_are_told_without_their_value_and_their_lines_hidden() {
    let text =
        "FROM debian:12\nENV A=b \\\n    DB_PASSWORD=hunter2\nARG URL=https://me:hunter2@example.org/\nONBUILD ARG API_KEY=hunter2\n";
    let linted = lint(&subject(text, None, facts()), &all(), Which::All);
    let credentials: Vec<_> = linted.findings.iter().filter(|finding| finding.id == "credentials").collect();
    assert_eq!(credentials.iter().map(|finding| finding.line.unwrap()).collect::<Vec<_>>(), [3, 4, 5]);
    assert!(!serde_json::to_string(&linted.findings).unwrap().contains("hunter2"));
    assert_eq!(linted.hidden.iter().copied().collect::<Vec<_>>(), [3, 4, 5]);
    let switched = crate::lint::levels(&serde_json::from_str(r#"{"credentials": "off"}"#).unwrap()).unwrap();
    assert!(lint(&subject(text, None, facts()), &switched, Which::All).hidden.contains(&3), "what is switched off is hidden still");
}

#[test]
fn packages_installed_by_hand_are_told_and_filters_are_not() {
    let template = "FROM {{ base }}\nRUN {{ \"a\" | apt_install }}\nRUN apt-get update \\\n    && apt-get install -y b=1\n";
    let rendered =
        "FROM debian:12\nRUN apt-get update \\\n    && apt-get install --yes a\nRUN apt-get update \\\n    && apt-get install -y b=1\n";
    let linted = lint(&subject(rendered, Some(template), facts()), &all(), Which::Own);
    assert_eq!(told(&linted), ["4:8 apt_by_hand"]);
    let all_of_it = told(&lint(&subject(rendered, Some(template), facts()), &all(), Which::All));
    assert!(all_of_it.contains(&"~2 DL3008".to_owned()), "{all_of_it:?}");
}

#[test]
fn comments_silence_with_a_reason() {
    let text = |comment: &str| format!("{comment}\nFROM debian:12\nRUN sudo a\nADD https://example.org/a /b\n");
    for (comment, expected, silenced) in [
        ("# cooperage ignore=DL3004: needed by x", vec!["4:1 add_unchecked"], 1),
        ("# cooperage ignore=DL3004, add_unchecked: needed by x", vec![], 2),
        ("# cooperage ignore=DL3004", vec!["3:5 DL3004", "4:1 add_unchecked"], 0),
        ("# hadolint global ignore=DL3004", vec!["4:1 add_unchecked"], 0),
    ] {
        let text = text(comment);
        let linted = lint(&subject(&text, None, facts()), &all(), Which::All);
        assert_eq!((told(&linted), linted.silenced), (expected.iter().map(|one| (*one).to_owned()).collect(), silenced), "{comment}");
    }
    let template = "{# cooperage ignore=DL3004: needed #}\nFROM {{ x }}\nRUN sudo a\n";
    let linted = lint(&subject("\nFROM debian:12\nRUN sudo a\n", Some(template), facts()), &all(), Which::All);
    assert_eq!((linted.findings.len(), linted.silenced), (0, 1));
}

#[test]
fn scripts_are_read_where_they_stand() {
    let text = "FROM debian:12\nRUN true \\\n  # about\n\n  && sudo é \\\n  | b\nRUN <<EOF\n#!/bin/sh\nset -e\nsudo c\nEOF\nRUN <<EOF\n#!/usr/bin/env python3\nsudo = 1 | 2\nEOF\n# hadolint shell=pwsh\nRUN a | b\n";
    let linted = lint(&subject(text, None, facts()), &all(), Which::All);
    assert_eq!(told(&linted), ["5:6 DL3004", "6:3 DL4006", "10 DL3004"]);
    let fragment = lint(&subject("RUN sudo a\n", None, facts()), &all(), Which::All);
    assert_eq!(told(&fragment), ["1:1 DL3061", "1:5 DL3004"]);
}
