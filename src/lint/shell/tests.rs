//! What is found in scripts, and that no script makes the reader fall over.

use super::read;

/// The commands, words joined by blanks, and the number of pipes.
fn found(text: &str) -> (Vec<String>, usize) {
    let script = read(text);
    let shown = |command: &super::Command| command.words.iter().map(|word| word.text.clone()).collect::<Vec<_>>().join(" ");
    (script.commands.iter().map(shown).collect(), script.pipes.len())
}

#[test]
fn commands_are_found_wherever_they_stand() {
    for (text, commands, pipes) in [
        ("a b && c || d; e & f", vec!["a b", "c", "d", "e", "f"], 0),
        ("a | b |& c || d", vec!["a", "b", "c", "d"], 2),
        ("if a; then b c; elif d; then e; else f; fi; g", vec!["a", "b c", "d", "e", "f", "g"], 0),
        ("for i in $(a | b) c; do d $i; done", vec!["a", "b", "d $i"], 1),
        ("for ((i=0; i<3; i++)); do a; done", vec!["a"], 0),
        ("while a; do b; done < c", vec!["a", "b"], 0),
        ("case $x in a|b) c;; (d) e | f;; *) g; esac; h", vec!["c", "e", "f", "g", "h"], 1),
        ("case $x in\n  a) b ;;\n  esac\nc", vec!["b", "c"], 0),
        ("f() { a; }; function g { b; }; f", vec!["a", "b", "f"], 0),
        ("(a; (b)) && { c; }", vec!["a", "b", "c"], 0),
        ("[[ -n x && y =~ (b|c) ]] && a", vec!["a"], 0),
        ("((x = 1 | 2)) && a $((1 | 2))", vec!["a $((1 | 2))"], 0),
        ("X=1 Y=$(a) b >c 2>&1 <d", vec!["b", "a"], 0),
        ("a=(1 $(b) 2) && c", vec!["", "b", "c"], 0),
        ("echo \"x $(a \"b\") `c d`\"", vec!["echo x $(a \"b\") `c d`", "a b", "c d"], 0),
        ("cat <(a) > >(b)", vec!["cat <(a)", "a", "b"], 0),
        ("! time a; time -p b; coproc c", vec!["a", "b", "c"], 0),
        ("a ${x:-$(b)} ${y%\\}}", vec!["a ${x:-$(b)} ${y%\\}}", "b"], 0),
        ("cat <<EOF && a\nb | c\nEOF\nd", vec!["cat", "a", "d"], 0),
        ("a # b && c\nd#e f", vec!["a", "d#e f"], 0),
        ("'a b' \"c\" d\\ e $'f\\'g'", vec!["a b c d e f'g"], 0),
        ("a \\\n  b", vec!["a b"], 0),
        ("a {b,c} }", vec!["a {b,c} }"], 0),
        ("echo a&>b; c &>> d", vec!["echo a", "c"], 0),
    ] {
        let (mut shown, count) = found(text);
        let mut expected: Vec<String> = commands.iter().map(|text| (*text).to_owned()).collect();
        shown.sort();
        expected.sort();
        assert_eq!((shown, count), (expected, pipes), "{text}");
    }
}

#[test]
fn names_stand_behind_what_runs_them() {
    for (text, name) in [("command a b", "a"), ("command -v a", "command"), ("exec -a x y", "y"), ("builtin cd x", "cd"), ("exec", "exec")]
    {
        assert_eq!(read(text).commands[0].name(), name, "{text}");
    }
}

#[test]
fn starts_are_bytes_of_the_text() {
    let text = "é && a | b $(c)";
    for command in read(text).commands {
        let word = &command.words[0];
        assert!(text[word.start..].starts_with(&word.text), "{word:?}");
    }
}

#[test]
fn nothing_makes_it_fall_over_or_last() {
    let mut state = 7_u64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below
    };
    let pieces = [
        "a",
        " ",
        "\n",
        ";",
        ";;",
        "&",
        "|",
        "(",
        ")",
        "((",
        "))",
        "{",
        "}",
        "\"",
        "'",
        "`",
        "\\",
        "$",
        "$(",
        "${",
        "$((",
        "<<",
        "<<E\n",
        "E\n",
        "if ",
        "case x in ",
        "esac",
        "for i in ",
        "do ",
        "[[ ",
        "]]",
        "#",
        "=",
        "=(",
        "é",
        "<(",
        ">",
        "&>",
        "function ",
        "time ",
        "!(",
    ];
    for _ in 0..20_000 {
        let text: String = (0..random(14)).map(|_| pieces[random(pieces.len())]).collect();
        read(&text);
    }
    for piece in pieces {
        read(&piece.repeat(20_000));
    }
    read(&"a && ".repeat(200_000));
    read(&format!("echo {}", "a".repeat(1 << 20)));
}
