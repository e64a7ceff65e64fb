//! What a Dockerfile needs that not every engine has.

use super::Dockerfile;
use super::instruction::Instruction;

/// Something that the classic builder does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FeatureKind {
    /// `RUN --mount`.
    Mount,
    /// `RUN --network`.
    Network,
    /// `RUN --security`.
    Security,
    /// `COPY --chmod`, `ADD --chmod`.
    Chmod,
    /// `COPY --link`, `ADD --link`.
    Link,
    /// `ADD --checksum`.
    Checksum,
    /// `COPY --parents`.
    Parents,
    /// `COPY --exclude`, `ADD --exclude`.
    Exclude,
    /// A text in the file itself.
    Heredoc,
    /// `# syntax=`: a frontend fetched as an image.
    Syntax,
}

impl FeatureKind {
    /// Whether the frontend built into Docker Engine 20.10 knows it (tried on 20.10.24); the others came with 23.0 or later.
    pub fn in_engine_20_10(self) -> bool {
        matches!(self, Self::Mount | Self::Chmod | Self::Syntax)
    }
}

/// One use of such a thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feature {
    /// What it is.
    pub kind: FeatureKind,
    /// The line, from 1.
    pub line: usize,
    /// What to show a person, such as `COPY --link`.
    pub text: String,
}

impl Dockerfile {
    /// What needs BuildKit, in the order of the file.
    pub fn features(&self) -> Vec<Feature> {
        let syntax = self.directives.iter().filter(|directive| directive.name == "syntax");
        let syntax = syntax.map(|directive| Feature {
            kind: FeatureKind::Syntax,
            line: directive.line,
            text: format!("# syntax={}", directive.value),
        });
        syntax.chain(self.instructions.iter().flat_map(of_instruction)).collect()
    }

    /// The ids of the secrets that `RUN --mount=type=secret` asks for, with their lines; each as often as it is asked for.
    pub fn secret_ids(&self) -> Vec<(String, usize)> {
        let mounts = self.instructions.iter().flat_map(Instruction::mounts);
        mounts.filter_map(|mount| Some((mount.secret_id()?.to_owned(), mount.line))).collect()
    }
}

fn of_instruction(instruction: &Instruction) -> Vec<Feature> {
    let keyword = &instruction.keyword;
    let flags = instruction.flags.iter().filter_map(|flag| {
        let kind = flag_kind(keyword, &flag.name)?;
        Some(Feature { kind, line: flag.line, text: format!("{keyword} --{}", flag.name) })
    });
    let heredocs = instruction.heredocs.iter().map(|heredoc| Feature {
        kind: FeatureKind::Heredoc,
        line: instruction.line,
        text: format!("{keyword} <<{}", heredoc.name),
    });
    flags.chain(heredocs).collect()
}

fn flag_kind(keyword: &str, flag: &str) -> Option<FeatureKind> {
    Some(match (keyword, flag) {
        ("RUN", "mount") => FeatureKind::Mount,
        ("RUN", "network") => FeatureKind::Network,
        ("RUN", "security") => FeatureKind::Security,
        ("COPY" | "ADD", "chmod") => FeatureKind::Chmod,
        ("COPY" | "ADD", "link") => FeatureKind::Link,
        ("ADD", "checksum") => FeatureKind::Checksum,
        ("COPY" | "ADD", "parents") => FeatureKind::Parents,
        ("COPY" | "ADD", "exclude") => FeatureKind::Exclude,
        _ => return None,
    })
}
