//! Widths of text in columns of a terminal, where a wide character takes two and a combining one none.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Columns the text takes.
pub fn width(text: &str) -> usize {
    text.width()
}

/// The text, or as much of its beginning as fits into `columns` with a `…` behind it.
pub fn cut(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let Some(room) = columns.checked_sub(1) else { return String::new() };
    let mut used = 0;
    let mut short: String = text
        .chars()
        .take_while(|char| {
            used += char.width().unwrap_or(0);
            used <= room
        })
        .collect();
    short.push('…');
    short
}

/// The text, or its beginning and, twice as long, its end with a `…` between them, which take `columns`.
pub fn cut_middle(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let head = cut(text, columns.div_ceil(3));
    let mut room = columns.saturating_sub(width(&head));
    let fits = |char: &char| {
        let left = room.checked_sub(char.width().unwrap_or(0));
        room = left.unwrap_or(room);
        left.is_some()
    };
    let tail: Vec<char> = text.chars().rev().take_while(fits).collect();
    head + &tail.into_iter().rev().collect::<String>()
}

/// Blanks that fill the text up to `columns`.
pub fn padding(text: &str, columns: usize) -> String {
    " ".repeat(columns.saturating_sub(width(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_characters_are_never_halved() {
        assert_eq!(cut("python3", 7), "python3");
        assert_eq!(cut("python3", 6), "pytho…");
        assert_eq!(cut("漢字漢字", 8), "漢字漢字");
        assert_eq!(cut("漢字漢字", 7), "漢字漢…");
        assert_eq!(cut("漢字漢字", 6), "漢字…");
        assert_eq!(cut("漢字", 1), "…");
        assert_eq!(cut("漢字", 0), "");
    }

    #[test]
    fn the_middle_gives_way_to_both_ends() {
        assert_eq!(cut_middle("python3", 7), "python3");
        assert_eq!(cut_middle("r.example/python3:1", 12), "r.e…ython3:1");
        assert_eq!(cut_middle("漢字漢字漢字", 8), "漢…漢字");
        assert_eq!(cut_middle("python3", 1), "…");
        assert_eq!(cut_middle("python3", 0), "");
    }

    #[test]
    fn padding_counts_columns() {
        assert_eq!(padding("漢", 4), "  ");
        assert_eq!(padding("too long", 4), "");
    }
}
