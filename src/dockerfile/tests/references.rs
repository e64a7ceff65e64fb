//! Images from elsewhere, variables, base and user of the last stage.

use super::read;
use crate::dockerfile::Via;
use std::collections::BTreeMap;

fn args(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// The only reference, and whether it is resolved.
fn from(text: &str, given: &[(&str, &str)]) -> (String, bool) {
    let found = read(text).external_references(&args(given));
    assert_eq!(found.len(), 1, "{found:?}");
    (found[0].text.clone(), found[0].resolved)
}

#[test]
fn references_leave_out_stages_numbers_and_scratch() {
    let file = read(
        "FROM a AS one\nFROM One AS two\nFROM scratch\nCOPY --from=0 x y\nCOPY --from=TWO x y\nCOPY --from=b:1 x y\n\
         RUN --mount=type=bind,from=one,target=/x \\\n  --mount=from=c,target=/y d\nFROM later\nFROM x AS later\nADD --from=no x y\n\
         COPY --from=scratch x y\nONBUILD COPY --from=onlylater x y\nCOPY --from=later a b",
    );
    let found: Vec<_> = file.external_references(&args(&[])).into_iter().map(|r| (r.text, r.line, r.via, r.resolved)).collect();
    let expected =
        [("a", 1, Via::From), ("b:1", 6, Via::CopyFrom), ("c", 8, Via::MountFrom), ("later", 9, Via::From), ("x", 10, Via::From)];
    assert_eq!(found, expected.map(|(text, line, via)| (text.to_owned(), line, via, true)));
}

#[test]
fn a_stage_hides_an_image_of_its_name_from_the_next_line_on() {
    let file = read("FROM debian AS debian\nFROM debian\nFROM 0\nRUN --mount=from=1,target=/x y");
    let found: Vec<_> = file.external_references(&args(&[])).into_iter().map(|r| (r.text, r.line)).collect();
    assert_eq!(found, [("debian".to_owned(), 1), ("0".to_owned(), 3), ("1".to_owned(), 4)]);
}

#[test]
fn a_fragment_may_copy_from_images() {
    let file = read("RUN a\nCOPY --from=tools x y\nUSER one\nUSER two");
    assert_eq!(file.external_references(&args(&[])).len(), 1);
    assert_eq!(file.last_user(), Some(("two".to_owned(), 4)));
    assert_eq!(file.last_base(&args(&[])), None);
}

/// `ARG`s before `FROM`, what stands in `FROM`, what comes out, whether it is resolved.
const VARIABLES: &[(&str, &str, &str, bool)] = &[
    ("ARG T=1", "a:$T", "a:1", true),
    ("ARG T=1", "a:${T}-x", "a:1-x", true),
    ("ARG T=\"1 2\" U='3'", "a:$U", "a:3", true),
    ("ARG T=1\nARG U=$T.2", "a:$U", "a:1.2", true),
    ("ARG T=1\nARG U='$T'", "a:$U", "a:$T", true),
    ("ARG T=1\nARG T=2", "a:$T", "a:2", true),
    ("ARG T", "a:$T", "a:$T", false),
    ("ARG T", "a:${T}", "a:${T}", false),
    ("", "a:$T", "a:$T", false),
    ("", "a:${T:-x}", "a:x", true),
    ("ARG T=", "a:${T:-x}", "a:x", true),
    ("ARG T=", "a${T-x}", "a", true),
    ("ARG T=1", "a${T:+-slim}", "a-slim", true),
    ("ARG T=", "a${T:+-slim}", "a", true),
    ("ARG T=", "a${T+-slim}", "a-slim", true),
    ("", "a${T:+$U}", "a", true),
    ("ARG T=1", "a:${T:-$U}", "a:1", true),
    ("ARG T=1", "a:${U:-${V:-$T}}", "a:1", true),
    ("ARG T=1", "a:${U:-$V}", "a:$V", false),
    ("ARG T=1", "a:${T:?need}", "a:1", true),
    ("", "a:${T:?need}", "a:${T:?need}", false),
    ("ARG T=1.2", "a:${T%.*}", "a:${T%.*}", false),
    ("ARG T=1", "\"a:$T\"", "a:1", true),
    ("ARG T=1", "a:\\$T", "a:$T", true),
    ("ARG T=1", "a:${T", "a:${T", false),
    ("ARG T=1", "a:$", "a:$", true),
    ("ARG T=", "$T", "$T", false),
    ("ARG T=1", "a:$T$U", "a:1$U", false),
    ("ARG A=b AB=c", "$AB", "c", true),
    ("ARG T=1 \\\n  U=2", "a:$T$U", "a:12", true),
];

#[test]
fn variables_in_from_are_replaced_from_the_args_before_it() {
    for (before, base, text, resolved) in VARIABLES {
        assert_eq!(from(&format!("{before}\nFROM {base}\n"), &[]), ((*text).to_owned(), *resolved), "{before:?} {base}");
    }
}

#[test]
fn given_args_replace_defaults_of_declared_args_and_platform_ones() {
    assert_eq!(from("ARG T=1\nFROM a:$T", &[("T", "2")]).0, "a:2");
    assert_eq!(from("ARG T\nFROM a:$T", &[("T", "2")]).0, "a:2");
    assert_eq!(from("FROM a:$T", &[("T", "2")]), ("a:$T".to_owned(), false));
    assert_eq!(from("FROM a:$TARGETARCH", &[("TARGETARCH", "arm64")]).0, "a:arm64");
    assert_eq!(from("FROM x AS y\nARG T=1\nRUN a\nFROM y", &[]).0, "x");
    let late = read("FROM x\nARG T=1\nFROM a:$T").external_references(&args(&[]));
    assert!(!late[1].resolved);
}

#[test]
fn variables_that_name_stages_or_scratch_are_no_images() {
    let file = read("ARG S=one\nARG N=scratch\nFROM $N AS one\nFROM $S AS two");
    assert!(file.external_references(&args(&[])).is_empty());
    assert_eq!(file.last_base(&args(&[])), None);
}

#[test]
fn copy_from_a_variable_is_not_replaced() {
    let found = read("ARG T=1\nFROM scratch\nCOPY --from=a:$T x y").external_references(&args(&[]));
    assert_eq!((found[0].text.as_str(), found[0].resolved), ("a:$T", false));
}

#[test]
fn the_last_base_is_found_through_stages() {
    let base = |text: &str| read(text).last_base(&args(&[("V", "9")]));
    assert_eq!(base("FROM a AS x\nFROM b\nFROM X AS y\nFROM y").as_deref(), Some("a"));
    assert_eq!(base("ARG V=1\nFROM a:$V").as_deref(), Some("a:9"));
    assert_eq!(base("FROM a AS a\nFROM a AS a\nFROM a").as_deref(), Some("a"));
    assert_eq!(base("FROM a\nFROM scratch"), None);
    assert_eq!(base("FROM a:$U"), None);
}

#[test]
fn the_last_user_is_that_of_the_last_stage_or_of_the_stage_below() {
    let user = |text: &str| read(text).last_user().map(|(user, line)| format!("{user}@{line}"));
    assert_eq!(user("FROM a AS x\nUSER root\nUSER www:1\nFROM b AS y\nUSER other\nFROM x\nRUN z").as_deref(), Some("www:1@3"));
    assert_eq!(user("FROM a\nUSER one\nFROM b"), None);
    assert_eq!(user("FROM a\nUSER one\nRUN x \\\n y\nuser \\\n  33").as_deref(), Some("33@6"));
    assert_eq!(user("FROM a\nONBUILD USER one"), None);
    assert_eq!(user("ARG S=x\nFROM a AS x\nUSER one\nFROM $S").as_deref(), Some("one@3"));
}
