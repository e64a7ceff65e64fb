//! What the reader's screen can do. Decided by `cli` from flags, `NO_COLOR` and the terminal; only looked at here.

/// How much to tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// Headings, finished images, warnings, the end.
    #[default]
    Normal,
    /// `--info`: also what builds and tests write.
    Info,
    /// `--debug`: also every step and what moves.
    Debug,
}

/// What the reader's screen can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Screen {
    /// Whether colours may be written.
    pub color: bool,
    /// Columns; [`Screen::UNLIMITED`] where nothing shall be cut, such as in a pipe.
    pub width: usize,
    /// Whether stderr is a terminal whose lines may be drawn again.
    pub live: bool,
    /// How much to tell.
    pub verbosity: Verbosity,
}

impl Screen {
    /// The width of a file or a pipe: nothing is cut.
    pub const UNLIMITED: usize = usize::MAX;

    /// A file or a pipe: no colours, nothing cut, nothing drawn twice.
    pub fn plain() -> Self {
        Self { color: false, width: Self::UNLIMITED, live: false, verbosity: Verbosity::Normal }
    }
}

/// What a colour is to say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Paint {
    /// Nothing.
    #[default]
    None,
    /// It went well.
    Good,
    /// It went wrong.
    Bad,
    /// Somebody should look.
    Caution,
    /// Less important.
    Faint,
    /// More important.
    Strong,
}

impl Paint {
    /// The text in this colour, or as it is where the screen has none.
    pub fn on(self, screen: &Screen, text: &str) -> String {
        // ECMA-48, 8.3.117 (select graphic rendition): the eight basic colours every terminal has.
        let code = match self {
            Self::None => "",
            Self::Good => "32",
            Self::Bad => "31",
            Self::Caution => "33",
            Self::Faint => "2",
            Self::Strong => "1",
        };
        if code.is_empty() || !screen.color { text.to_owned() } else { format!("\u{1b}[{code}m{text}\u{1b}[0m") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_only_where_the_screen_has_them() {
        let plain = Screen::plain();
        assert_eq!(Paint::Bad.on(&plain, "no"), "no");
        assert_eq!(Paint::Bad.on(&Screen { color: true, ..plain }, "no"), "\u{1b}[31mno\u{1b}[0m");
        assert_eq!(Paint::None.on(&Screen { color: true, ..plain }, "no"), "no");
    }
}
