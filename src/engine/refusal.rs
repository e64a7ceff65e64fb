//! What an old engine, or the classic builder, refuses in a Dockerfile: told from the engine's text and the Dockerfile.

use std::io::Read as _;
use std::path::Path;

/// The Dockerfile at the root of a build context.
pub(super) fn dockerfile_of(context: &Path) -> Option<String> {
    let mut archive = tar::Archive::new(std::fs::File::open(context).ok()?);
    for entry in archive.entries_with_seek().ok()? {
        let mut entry = entry.ok()?;
        if entry.path().ok()?.components().as_path() == Path::new("Dockerfile") {
            let mut text = String::new();
            entry.read_to_string(&mut text).ok()?;
            return Some(text);
        }
    }
    None
}

/// The instruction the engine cannot do, with its line, when `message` says that it cannot.
pub(super) fn instruction(message: &str, dockerfile: &str) -> Option<String> {
    let lower = message.to_lowercase();
    if lower.contains("unknown instruction") {
        return heredoc(dockerfile);
    }
    let flag = unknown_flag(&lower).or_else(|| needs_buildkit(&lower))?;
    let known = ["link", "checksum", "mount", "chmod", "network", "security", "parents", "exclude", "keep-git-dir", "unpack"];
    if !known.contains(&flag.as_str()) {
        return None;
    }
    Some(line_with(dockerfile, &format!("--{flag}")).unwrap_or_else(|| format!("--{flag}")))
}

/// "Unknown flag: link" (Docker 20.10), "unknown flag: --link" (newer).
fn unknown_flag(message: &str) -> Option<String> {
    word_behind(message, "unknown flag: ")
}

/// "the --mount option requires BuildKit."
fn needs_buildkit(message: &str) -> Option<String> {
    message.contains("requires buildkit").then(|| word_behind(message, "the --")).flatten()
}

fn word_behind(message: &str, words: &str) -> Option<String> {
    let rest = &message[message.find(words)? + words.len()..];
    let word: String = rest.trim_start_matches('-').chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    (!word.is_empty()).then_some(word)
}

fn line_with(dockerfile: &str, flag: &str) -> Option<String> {
    let (number, line) = dockerfile.lines().enumerate().find(|(_, line)| !line.trim_start().starts_with('#') && line.contains(flag))?;
    let keyword = line.split_whitespace().next().filter(|word| word.bytes().all(|b| b.is_ascii_alphabetic()));
    let keyword = keyword.map(|word| format!("{} ", word.to_uppercase())).unwrap_or_default();
    Some(format!("{keyword}{flag} (line {} of the Dockerfile)", number + 1))
}

/// The first heredoc of the Dockerfile: an engine that knows none takes its lines for instructions.
fn heredoc(dockerfile: &str) -> Option<String> {
    let lines: Vec<&str> = dockerfile.lines().collect();
    lines.iter().enumerate().find_map(|(at, line)| {
        let keyword = line.split_whitespace().next()?.to_uppercase();
        if !matches!(keyword.as_str(), "RUN" | "COPY" | "ADD") {
            return None;
        }
        let word = heredoc_word(line)?;
        let closed = lines[at + 1..].iter().any(|line| line.trim_start_matches('\t') == word);
        closed.then(|| format!("{keyword} <<{word}, a heredoc (line {} of the Dockerfile)", at + 1))
    })
}

/// The word of `<<EOF`, `<<-EOF`, `<<"EOF"`; a shift such as `1<<2` is none.
fn heredoc_word(line: &str) -> Option<&str> {
    let rest = line.split("<<").nth(1)?.trim_start_matches('-').trim_start_matches(['"', '\'']);
    let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
    let word = &rest[..end];
    word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_').then_some(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refused_flags_are_found_with_their_line() {
        let file = "FROM scratch\n# COPY --link a b\nCOPY --link a b\n";
        assert_eq!(
            instruction("dockerfile parse error line 3: Unknown flag: link", file).unwrap(),
            "COPY --link (line 3 of the Dockerfile)"
        );
        assert_eq!(instruction("unknown flag: --checksum", "ADD --checksum=x y z").unwrap(), "ADD --checksum (line 1 of the Dockerfile)");
        let mount = "the --mount option requires BuildKit. Refer to https://docs.docker.com/go/buildkit/";
        assert_eq!(instruction(mount, "FROM x\nRUN --mount=type=cache true").unwrap(), "RUN --mount (line 2 of the Dockerfile)");
    }

    #[test]
    fn a_mistyped_instruction_or_flag_is_not_the_engines_age() {
        assert_eq!(instruction("unknown instruction: RNU", "FROM x\nRNU echo $((1<<2))"), None);
        assert_eq!(instruction("Unknown flag: lnik", "COPY --lnik a b"), None);
        assert_eq!(instruction("COPY failed: no such file", "COPY --link a b"), None);
    }

    #[test]
    fn a_heredoc_is_found() {
        let file = "FROM x\nRUN cat <<-'EOF' > /x\nhello\nEOF\n";
        assert_eq!(instruction("unknown instruction: HELLO", file).unwrap(), "RUN <<EOF, a heredoc (line 2 of the Dockerfile)");
    }
}
