//! What is refused, where, with what advice; and that nothing makes the parser fall over.

use crate::dockerfile::{parse, parse_all};
use std::collections::BTreeMap;

#[test]
fn mistakes_are_named_with_their_line() {
    let cases = [
        ("", 1, "no instruction", "FROM"),
        ("\n# only a comment\n", 2, "no instruction", "FROM"),
        ("FROM a\nRNU x", 2, "\"RNU\" is no instruction", "RUN"),
        ("FROM a\nRUN b\n  && c", 3, "\"&&\" is no instruction", "continuation"),
        ("FROM a\n\\\n", 2, "is no instruction", ""),
        ("# c\nFROM", 2, "FROM names no image", "FROM IMAGE"),
        ("FROM --platform=x", 1, "FROM names no image", "FROM IMAGE"),
        ("FROM a b", 1, "more than an image", "AS NAME"),
        ("FROM a as", 1, "more than an image", "AS NAME"),
        ("FROM a # comment", 1, "more than an image", "AS NAME"),
        ("FROM a as 1x", 1, "\"1x\" cannot be the name of a stage", "letter"),
        ("FROM a\nRUN <<EOF\nb\n EOF\n", 2, "<<EOF is never ended", "EOF"),
        ("ARG a\nRUN b\nFROM c", 2, "RUN stands before the first FROM", "ARG"),
        ("# escape=x\nFROM a", 1, "\"x\" cannot be the escape character", "escape"),
        ("# escape=\\\n# escape=\\\nFROM a", 2, "a second time", "one"),
        ("FROM a\nONBUILD ONBUILD RUN x", 2, "ONBUILD cannot stand behind ONBUILD", ""),
        ("FROM a\nONBUILD from x", 2, "FROM cannot stand behind ONBUILD", ""),
        ("FROM a\nONBUILD", 2, "without an instruction", ""),
        ("FROM a\nONBUILD COPPY x y", 2, "\"COPPY\" is no instruction", "COPY"),
    ];
    for (text, line, message, help) in cases {
        let error = parse(text).unwrap_err();
        assert_eq!(error.line, line, "{text:?}: {error}");
        assert!(error.message.contains(message), "{text:?}: {error}");
        assert!(error.help.clone().unwrap_or_default().contains(help), "{text:?}: {:?}", error.help);
    }
}

#[test]
fn reading_goes_on_after_a_mistake() {
    let (file, errors) = parse_all("LABEL x=y\nFROM a\nFOO\nRUN b\nBAR\nFROM\nUSER c");
    assert_eq!(errors.iter().map(|error| error.line).collect::<Vec<_>>(), [1, 3, 5, 6]);
    assert_eq!(file.instructions.len(), 5);
    assert_eq!(file.stages.len(), 1);
}

/// Everything there is to ask of a text; only that it ends and does not panic matters here.
fn ask_everything(text: &str) {
    let (file, errors) = parse_all(text);
    assert_eq!(parse(text).is_err(), !errors.is_empty());
    let args = BTreeMap::from([("A".to_owned(), "b".to_owned())]);
    let references = file.external_references(&args);
    assert!(references.iter().all(|reference| reference.line >= 1));
    file.last_base(&args);
    file.last_user();
    file.features();
    file.secret_ids();
    let lines = text.lines().count();
    for instruction in &file.instructions {
        assert!(instruction.line >= 1 && instruction.line <= instruction.end_line && instruction.end_line <= lines);
        assert!(text.get(instruction.span.clone()).is_some(), "{:?} in {text:?}", instruction.span);
        assert!(text.is_char_boundary(instruction.position(instruction.arguments.len() / 2).byte.min(text.len())) || !text.is_ascii());
    }
    for error in &errors {
        assert!(error.line >= 1 && error.line <= lines.max(1) && error.message.len() < 400, "{error}");
    }
}

const SAMPLE: &str = "# syntax=docker/dockerfile:1\n# escape=\\\nARG A=\"x y\" B=${A:-${C:+'d'}}\nFROM --platform=$P a:${B%x} AS One\r\n\
    RUN --mount=type=secret,id=s,\"x=1,2\" --network=none cat <<-\"EOF\" 3<<'é' > /x && \\\n # c\n\n b\n\tEOF\n\té\n\né\n\
    COPY --from=0 --chmod=755 [\"a\", \"b\\u00e9\"] /\nONBUILD RUN <<E\nE\nHEALTHCHECK --interval=1s CMD [\"x\"]\nFROM one\nUSER $U\n";

#[test]
fn no_text_makes_it_panic() {
    let pieces = [
        "\\", "\n", "\r\n", "<<", "\"", "'", "$", "${", "}", "--", "=", "#", "`", "é", "\u{feff}", "\0", "[", "FROM ", "ONBUILD ", "<<-E\n",
    ];
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below
    };
    for _ in 0..20_000 {
        let mut bytes = SAMPLE.as_bytes().to_vec();
        for _ in 0..=random(6) {
            let at = random(bytes.len() + 1);
            match random(4) {
                0 => bytes.truncate(at.max(1)),
                1 => drop(bytes.drain(at..bytes.len().min(at + random(30)))),
                2 => bytes.splice(at..at, [u8::try_from(random(256)).unwrap()]).for_each(drop),
                _ => bytes.splice(at..at, pieces[random(pieces.len())].bytes()).for_each(drop),
            }
        }
        ask_everything(&String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn huge_files_are_read() {
    let many = 100_000;
    for text in [
        "FROM ".to_owned() + &"a".repeat(1 << 20),
        "a".repeat(1 << 20),
        "RUN a".to_owned() + &" \\\n b".repeat(many),
        "RUN a".to_owned() + &" \\\n# c".repeat(many),
        "RUN ".to_owned() + &"--mount=type=secret,id=a ".repeat(many),
        "RUN --mount=".to_owned() + &"from=a,".repeat(many),
        "ONBUILD ".repeat(many),
        "RUN ".to_owned() + &"<<A ".repeat(many),
        "RUN ".to_owned() + &"<<A ".repeat(many / 10) + "\n" + &"A\n".repeat(many / 10),
        "CMD ".to_owned() + &"[".repeat(1 << 20),
        "FROM ".to_owned() + &"${A:-".repeat(many),
        "ARG A=aaaaaaaaaa\n".to_owned() + &"ARG A=$A$A\n".repeat(many) + "FROM $A",
        "FROM ".to_owned() + &"$A".repeat(1 << 19),
        "RUN a\n".repeat(many),
        "FROM a AS b\n".repeat(many / 10),
        (0..many / 10).map(|n| format!("FROM s{} AS s{n}\n", n.max(1) - 1)).collect::<String>(),
        "FOO\n".repeat(many),
        "\\\n".repeat(many),
    ] {
        ask_everything(&text);
    }
}
