//! Lines, flags, heredocs, stages, features.

use super::read;
use crate::dockerfile::{FeatureKind, Position};

/// Keyword and arguments of every instruction.
fn shown(text: &str) -> Vec<(String, String)> {
    read(text).instructions.into_iter().map(|i| (i.keyword, i.arguments)).collect()
}

fn only(text: &str) -> String {
    let shown = shown(text);
    assert_eq!(shown.len(), 1, "{shown:?}");
    shown[0].1.clone()
}

#[test]
fn keywords_ignore_case_and_lines_keep_their_numbers() {
    let file = read("# a comment\n\n  from alpine\nrun a \\\n   && b\n\nCmd x");
    let lines: Vec<_> = file.instructions.iter().map(|i| (i.keyword.as_str(), i.line, i.end_line, i.arguments.as_str())).collect();
    assert_eq!(lines, [("FROM", 3, 3, "alpine"), ("RUN", 4, 5, "a    && b"), ("CMD", 7, 7, "x")]);
}

#[test]
fn spans_are_the_bytes_of_the_instruction() {
    let text = "\u{feff}# c\r\n  FROM x\r\nRUN a \\\r\n # c\r\n\r\n  é\r\n\r\n # end\r\nRUN <<E\r\nb\r\nE\r\nCMD y";
    let file = read(text);
    let spans: Vec<_> = file.instructions.iter().map(|i| &text[i.span.clone()]).collect();
    assert_eq!(spans, ["FROM x", "RUN a \\\r\n # c\r\n\r\n  é", "RUN <<E\r\nb\r\nE", "CMD y"]);
    assert_eq!(file.instructions[2].heredocs[0].body, "b\r\n");
    for instruction in &file.instructions {
        for (offset, c) in instruction.arguments.char_indices() {
            let Position { line, byte } = instruction.position(offset);
            assert!(text[byte..].starts_with(c), "{c} of {}", instruction.arguments);
            assert_eq!(line, text[..byte].matches('\n').count() + 1);
        }
    }
}

#[test]
fn comments_and_blank_lines_inside_a_continuation_are_left_out() {
    assert_eq!(only("RUN a \\\n# one\n   # two\n\n  \t\n b \\\n\n c"), "a  b  c");
    assert_eq!(only("RUN a \\\n# one"), "a");
    assert_eq!(only("RUN a \\  \t\n b"), "a  b");
    assert_eq!(only("RUN a#b # c"), "a#b # c");
    assert_eq!(only("RU\\\nN a"), "a");
    assert_eq!(only("\\\nRUN a"), "a");
    assert_eq!(shown("RUN a \\\\\nRUN b").len(), 2);
    assert_eq!(shown("RUN a\\ b\nRUN c").len(), 2);
}

#[test]
fn directives_stand_at_the_top_only() {
    let file = read("# syntax=docker/dockerfile:1\n#  ESCAPE = `\n# check=skip=all\nRUN a `\n  b\nRUN c \\\nRUN d");
    let directives: Vec<_> = file.directives.iter().map(|d| (d.name.as_str(), d.value.as_str(), d.line)).collect();
    assert_eq!(directives, [("syntax", "docker/dockerfile:1", 1), ("escape", "`", 2), ("check", "skip=all", 3)]);
    assert_eq!((file.escape, file.instructions.len()), ('`', 3));
    for above in ["# a comment\n", "\n", "# unknown=1\n", "ARG x\n"] {
        let file = read(&format!("{above}# escape=`\nRUN a \\\n b"));
        assert_eq!((file.escape, file.directives.len()), ('\\', 0), "{above:?}");
    }
}

#[test]
fn flags_stand_before_the_arguments() {
    let file = read("COPY --from=a --chown=\"b c\" \\\n  --link --x=\\\"y src --dst=1 /\nRUN -- --a\nCMD --\nRUN a --b");
    let copy = &file.instructions[0];
    let flags: Vec<_> = copy.flags.iter().map(|f| (f.name.as_str(), f.value.as_deref(), f.line)).collect();
    assert_eq!(flags, [("from", Some("a"), 1), ("chown", Some("b c"), 1), ("link", None, 2), ("x", Some("\"y"), 2)]);
    assert_eq!(copy.arguments, "src --dst=1 /");
    assert_eq!(file.instructions[1].arguments, "--a");
    assert_eq!(file.instructions[2].arguments, "");
    assert!(file.instructions[3].flags.is_empty());
}

#[test]
fn json_lists_of_strings_are_exec_form() {
    let exec = |text: &str| read(text).instructions[0].exec.clone();
    assert_eq!(exec("CMD [\"a\", \"b c\\n\"]").unwrap(), ["a", "b c\n"]);
    assert_eq!(exec("RUN --network=none [ \"a\" , \\\n \"b\" ]").unwrap(), ["a", "b"]);
    assert_eq!(exec("HEALTHCHECK --interval=5s cmd [\"a\"]").unwrap(), ["a"]);
    assert_eq!(exec("CMD []").unwrap().len(), 0);
    for shell in
        ["CMD ['a']", "CMD [\"a\", 1]", "CMD [\"a\"] b", "CMD [", "ENV [\"a\"]", "CMD x", "CMD", "HEALTHCHECK NONE", "HEALTHCHECK é"]
    {
        assert_eq!(exec(shell), None, "{shell}");
    }
}

#[test]
fn onbuild_holds_another_instruction() {
    let file = read("ONBUILD copy --from=x \\\n  a b\nONBUILD RUN <<E\nb\nE\nCMD y");
    let inner = file.instructions[0].onbuild.as_deref().unwrap();
    assert_eq!((inner.keyword.as_str(), inner.arguments.as_str(), inner.flag("from").unwrap().line), ("COPY", "a b", 1));
    assert_eq!(inner.position(0).line, 2);
    assert_eq!(file.instructions[1].heredocs[0].body, "b\n");
    assert_eq!(file.instructions.len(), 3);
}

/// Name, body, expand, chomp.
fn heredocs(text: &str) -> Vec<(String, String, bool, bool)> {
    let file = read(text);
    assert_eq!(file.instructions.last().unwrap().arguments, "end", "{text}");
    file.instructions[0].heredocs.iter().map(|h| (h.name.clone(), h.body.clone(), h.expand, h.chomp)).collect()
}

fn heredoc(name: &str, body: &str, expand: bool, chomp: bool) -> (String, String, bool, bool) {
    (name.to_owned(), body.to_owned(), expand, chomp)
}

#[test]
fn heredocs_are_read_where_buildkit_reads_them() {
    assert_eq!(heredocs("RUN <<EOF\n a\n\n# b \\\nEOF\nCMD end"), [heredoc("EOF", " a\n\n# b \\\n", true, false)]);
    assert_eq!(heredocs("RUN cat <<EOF > /x\na\nEOF\nCMD end"), [heredoc("EOF", "a\n", true, false)]);
    assert_eq!(heredocs("RUN <<-EOF\n\ta\n\tEOF\nCMD end"), [heredoc("EOF", "\ta\n", true, true)]);
    assert_eq!(heredocs("RUN 3<<\"EOF\"\nEOF\nCMD end"), [heredoc("EOF", "", false, false)]);
    assert_eq!(heredocs("RUN <<E'O'F\nEOF\nCMD end"), [heredoc("EOF", "", false, false)]);
    assert_eq!(heredocs("RUN <<\\EOF\nEOF\nCMD end"), [heredoc("EOF", "", false, false)]);
    assert_eq!(heredocs("RUN <<'A B'\nA B\nCMD end"), [heredoc("A B", "", false, false)]);
    assert_eq!(heredocs("COPY <<a <<b /\n1\na\n2\nb\nCMD end"), [heredoc("a", "1\n", true, false), heredoc("b", "2\n", true, false)]);
    assert_eq!(heredocs("RUN a && \\\n cat <<E\nE\nCMD end")[0].0, "E");
    assert_eq!(heredocs("RUN <<E\r\na\r\nE\r\nCMD end"), [heredoc("E", "a\r\n", true, false)]);
}

#[test]
fn what_only_looks_like_a_heredoc_is_none() {
    for line in [
        "RUN echo \"a <<EOF b\"",
        "RUN cat <<< word",
        "RUN cat <<<word",
        "RUN echo $((1<<2))",
        "RUN echo a<<EOF",
        "RUN echo a << EOF",
        "RUN echo it's <<EOF",
        "RUN echo ${x:-a <<EOF b}",
        "RUN [\"cat\", \"<<EOF\"]",
        "CMD cat <<EOF",
        "ENV a=<<EOF",
        "ONBUILD CMD <<EOF",
    ] {
        assert!(heredocs(&format!("{line}\nCMD end")).is_empty(), "{line}");
    }
}

#[test]
fn stages_have_names_bases_and_ranges() {
    let file = read("ARG A\nFROM --platform=$BUILDPLATFORM x:$A AS Build\nRUN a\nFROM \\\n build\nfrom y as z.1-_");
    let stages: Vec<_> = file
        .stages
        .iter()
        .map(|s| (s.index, s.name.as_deref(), s.base.as_str(), s.line, s.platform.as_deref(), s.instructions.clone()))
        .collect();
    assert_eq!(
        stages,
        [
            (0, Some("build"), "x:$A", 2, Some("$BUILDPLATFORM"), 1..3),
            (1, None, "build", 5, None, 3..4),
            (2, Some("z.1-_"), "y", 6, None, 4..5),
        ]
    );
}

#[test]
fn features_name_what_old_engines_lack() {
    let file = read(
        "# syntax=docker/dockerfile:1\nFROM x\nRUN --mount=type=cache,target=/c \\\n  --network=none --security=insecure a\nADD --chmod=755 --link \
         --checksum=sha256:00 a b\nCOPY --parents --exclude=*.c a b\nRUN <<E\nE\nCOPY --chown=1 --from=x a b",
    );
    let found: Vec<_> = file.features().into_iter().map(|f| (f.kind, f.line, f.text)).collect();
    let expected = [
        (FeatureKind::Syntax, 1, "# syntax=docker/dockerfile:1"),
        (FeatureKind::Mount, 3, "RUN --mount"),
        (FeatureKind::Network, 4, "RUN --network"),
        (FeatureKind::Security, 4, "RUN --security"),
        (FeatureKind::Chmod, 5, "ADD --chmod"),
        (FeatureKind::Link, 5, "ADD --link"),
        (FeatureKind::Checksum, 5, "ADD --checksum"),
        (FeatureKind::Parents, 6, "COPY --parents"),
        (FeatureKind::Exclude, 6, "COPY --exclude"),
        (FeatureKind::Heredoc, 7, "RUN <<E"),
    ];
    assert_eq!(found, expected.map(|(kind, line, text)| (kind, line, text.to_owned())));
    assert!(read("FROM x\nCOPY --chown=1 a b\nUSER y").features().is_empty());
}

#[test]
fn secrets_are_known_by_id_or_by_the_name_of_their_file() {
    let file = read(
        "FROM x\nRUN --mount=type=secret,id=one --mount=id=two,Type=secret \\\n --mount=type=secret,target=/a/three a\nRUN --mount=type=cache,id=no \
         --mount=type=secret b\nRUN --mount=type=secret,'\"id=f,our\"' c",
    );
    let ids = file.secret_ids();
    let ids: Vec<_> = ids.iter().map(|(id, line)| (id.as_str(), *line)).collect();
    assert_eq!(ids, [("one", 2), ("two", 2), ("three", 3), ("f,our", 5)]);
}
