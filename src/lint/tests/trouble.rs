//! What is no Dockerfile, or hardly one: told or read, never a panic, never endless.

use super::{Facts, Which, all, decode, lint, subject, told};
use crate::lint::Subject;
use std::path::Path;

fn lines(bytes: &[u8]) -> Vec<String> {
    let (text, broken) = decode(bytes.to_vec());
    told(&lint(&Subject { broken, ..subject(&text, None, Facts::default()) }, &all(), Which::All))
}

#[test]
fn what_cannot_be_read_is_one_finding() {
    for (bytes, expected) in [
        (b"" as &[u8], "1 DL1000"),
        (b"FROM a:1\nRNU b\n", "2 DL1000"),
        (b"\x7fELF\x02\x01\x01\0\0\n\0", "1 DL1000"),
        (b"FROM a:1\nRUN \xff\xfe\n", "2 DL1000"),
        (b"# escape=x\nFROM a:1\n", "1 DL1000"),
        (b"FROM a:1\nRUN <<EOF\nb\n", "2 DL1000"),
        (b"FROM a:1 b\n", "1 DL1000"),
    ] {
        assert_eq!(lines(bytes), [expected], "{}", String::from_utf8_lossy(bytes));
    }
}

#[test]
fn odd_texts_are_read() {
    for (text, expected) in [
        ("# escape=`\nFROM a:1\nRUN sudo `\n  b | c\n", vec!["3:5 DL3004", "4:5 DL4006"]),
        ("\u{feff}FROM a\r\nRUN sudo b\r\n", vec!["1 DL3006", "2:5 DL3004"]),
        ("FROM a:1\nRUN sudo \\", vec!["2:5 DL3004"]),
        ("FROM a:1\nRUN\nCMD\nENV\nLABEL\nCOPY\nADD x\nUSER\nEXPOSE\nWORKDIR\nARG\nSHELL []\nHEALTHCHECK\n", vec![]),
        ("FROM a:1\nSHELL []\nRUN a | b\n", vec!["3:7 DL4006"]),
        ("FROM a:1\nWORKDIR é\nCOPY é é\n", vec!["2:1 DL3000"]),
    ] {
        assert_eq!(lines(text.as_bytes()), expected, "{text:?}");
    }
}

#[test]
fn huge_texts_end() {
    let many = 50_000;
    for text in [
        format!("FROM a:1\nRUN {}\n", "a && ".repeat(many)),
        format!("FROM a:1\nRUN a{}\n", " \\\n && sudo b".repeat(many)),
        format!("FROM a:1\nRUN {}\n", "x".repeat(1 << 20)),
        format!("FROM a:1\nRUN {}\n", "$(".repeat(many)),
        format!("FROM a:1\nENV {}\n", "A=$A ".repeat(2_000)),
        format!("FROM a:1\n{}", "RUN sudo a | b\n".repeat(4_000)),
        format!("FROM a:1\n{}", "RUN sudo a | b\n".repeat(many)),
        format!("FROM a:1\nRUN {}\n", "pip install a; yum install b; apt-get update;".repeat(5_000)),
        "FROM a AS b\nCOPY --from=b c d\n".repeat(2_000),
        "\\\n".repeat(many),
    ] {
        lint(&subject(&text, Some(&text), Facts::default()), &all(), Which::All);
    }
}

/// Pieces of the cases, cut, mixed and broken.
#[test]
fn mutated_cases_never_panic() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/lint");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let texts: Vec<Vec<u8>> = files.iter().map(|file| std::fs::read(file).unwrap()).filter(|bytes| bytes.len() < 4000).collect();
    let pieces =
        ["\\", "\n", "\"", "'", "$", "${", "`", "<<EOF", "(", ")", "é", "\0", "[", "ONBUILD ", "FROM ", "#", "=", "--", "\u{feff}", "|"];
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below.max(1)
    };
    let levels = all();
    for _ in 0..4_000 {
        let mut bytes = texts[random(texts.len())].clone();
        for _ in 0..=random(5) {
            let at = random(bytes.len() + 1);
            match random(4) {
                0 => bytes.truncate(at),
                1 => drop(bytes.drain(at..bytes.len().min(at + random(40)))),
                2 => bytes.splice(at..at, [u8::try_from(random(256)).unwrap()]).for_each(drop),
                _ => bytes.splice(at..at, pieces[random(pieces.len())].bytes()).for_each(drop),
            }
        }
        let (text, broken) = decode(bytes);
        let template = texts[random(texts.len())].as_slice();
        let template = String::from_utf8_lossy(template);
        let linted = lint(&Subject { broken, ..subject(&text, Some(&template), Facts::default()) }, &levels, Which::All);
        let count = template.lines().count().max(1);
        assert!(linted.findings.iter().all(|finding| finding.line.is_some_and(|line| line >= 1 && line <= count)), "{text:?}");
    }
}
