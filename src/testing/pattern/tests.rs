//! Answers that container-structure-test 1.19.1 gave to the same patterns.

use super::search;

const TEXT: &str = "line one\nline two\n";
const BYTES: &str = "café\n\u{fffd}\n";

#[test]
fn what_it_finds_we_find() {
    let found = [
        r"[l]ine",
        "(?m)^line two$",
        "two\n$",
        "(?s)one.line",
        r"\Aline",
        "two\n\\z",
        r"\Qline\E",
        "(?P<a>line)(?<b> )",
        "[[:alpha:]]+",
        "(?U)l.*",
        r"\pL\p{Greek}*",
        "",
        r"\154ine",
        r"\x{6c}ine",
        r"\x6cine",
        "^*line",
        "l{1,3}",
        "(?:line|x)?? one",
        r"\bone\b",
        r"[^\d\s]ine",
        r"one\s+line",
        r"[\n]",
    ];
    for pattern in found {
        assert_eq!(search(pattern, TEXT), Ok(true), "{pattern}");
    }
    for pattern in ["caf.\n", "\n.\n", r"\x{fffd}", r"caf\x{e9}", r"caf\b", "(?i)CAFÉ", r"\P{Latin}"] {
        assert_eq!(search(pattern, BYTES), Ok(true), "{pattern}");
    }
}

#[test]
fn what_it_does_not_find_we_do_not_find() {
    let absent = [
        "^line one$",
        "one.line",
        "{",
        "a{,2}",
        "x{",
        "[a&&b]x",
        "[[a]x",
        "[a~~b]x",
        r"\<line",
        r"\-\_\!\@",
        r"\_",
        r"a{01}",
        "[]]",
        r"\Q(",
    ];
    for pattern in absent {
        assert_eq!(search(pattern, TEXT), Ok(false), "{pattern}");
    }
    for pattern in [r"caf\w", r"\xff"] {
        assert_eq!(search(pattern, BYTES), Ok(false), "{pattern}");
    }
}

#[test]
fn what_it_refuses_we_refuse() {
    let refused = [
        "(",
        ")",
        r"(l)\1",
        "l(?=i)",
        r"two\n\Z",
        "l{2000}",
        "((a{100}){100}){100}",
        "[a--b]",
        "(?x) line # c",
        r"\u0041",
        r"\C",
        "a**",
        "(?R)a",
        "*a",
        "(*a)",
        "a|*b",
        "[",
        "[b-a]",
        "[[:nope:]]",
        r"\",
        r"\pX{",
        "(?P<a>x)(?P<a>y)",
        "(?P<>x)",
        "a+??",
        "a{2}{3}",
        r"\x{110000}",
        "(?i-)a",
        "(a{501}){2}",
        "[a",
        "(?P<a",
    ];
    for pattern in refused {
        assert!(search(pattern, TEXT).is_err(), "{pattern}");
    }
}

#[test]
fn nothing_explodes() {
    assert_eq!(search("(a*)*b", &"a".repeat(100_000)), Ok(false));
    assert!(search(r"(\pL{1000}){1}|(\pL{999}x){1}|(\w{1000})", "x").is_ok_and(|found| !found) || search(r"\pL{1000}", "x").is_err());
    assert!(search(&"(".repeat(5000), "x").is_err());
    assert!(search(&("(".repeat(5000) + &")".repeat(5000)), "x").is_err());
}
