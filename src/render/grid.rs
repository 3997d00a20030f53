//! Columns: aligned, without borders, and never wrapped within a cell, so that a digest or path can be copied.

use std::io::{self, Write};

use comfy_table::{Attribute, Cell, CellAlignment, Color, ContentArrangement, Table, presets};

use super::View;
use super::paint::Tone;
use super::text::paragraph;

/// How many characters of a text stay, however narrow it is.
const LEAST: usize = 10;

/// How many characters of a digest stay where there is no room for all.
const SHORT: usize = 12;

/// A table in the making. Texts must be safe for a terminal.
pub(super) struct Grid {
    columns: Vec<Column>,
    rows: Vec<Vec<(String, Option<Tone>)>>,
}

/// How a column is shown.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column {
    pub(super) name: &'static str,
    pub(super) right: bool,
    /// Whether its digests may be shortened where there is no room; the leftmost such column goes first.
    pub(super) digests: bool,
    /// Whether it may be left out where there is no room even then.
    pub(super) optional: bool,
}

impl Column {
    pub(super) const fn text(name: &'static str) -> Self {
        Self { name, right: false, digests: false, optional: false }
    }

    pub(super) const fn number(name: &'static str) -> Self {
        Self { name, right: true, digests: false, optional: false }
    }

    pub(super) const fn digests(name: &'static str) -> Self {
        Self { name, right: false, digests: true, optional: false }
    }

    pub(super) const fn optional(self) -> Self {
        Self { optional: true, ..self }
    }
}

impl Grid {
    pub(super) fn new(columns: &[Column]) -> Self {
        Self { columns: columns.to_vec(), rows: Vec::new() }
    }

    /// Adds a row with as many cells as there are columns.
    pub(super) fn row(&mut self, cells: impl IntoIterator<Item = (String, Option<Tone>)>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// Draws it, a little to the right if `indent` says so. Where there is no room digests are shortened; if that is not
    /// enough, optional columns are left out, the rightmost first, and it is said which; and if that is not either, the
    /// longest texts are cut.
    pub(super) fn write(mut self, indent: usize, view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
        let excess =
            |grid: &Self| view.width.map_or(0, |width| (indent + grid.width()).saturating_sub(width));
        for column in 0..self.columns.len() {
            if self.columns[column].digests && excess(&self) > 0 {
                self.rows.iter_mut().for_each(|row| row[column].0 = shortened(&row[column].0));
            }
        }
        let mut left_out = Vec::new();
        while excess(&self) > 0
            && let Some(column) = self.columns.iter().rposition(|column| column.optional)
        {
            left_out.push(self.columns.remove(column).name);
            self.rows.iter_mut().for_each(|row| drop(row.remove(column)));
        }
        while let Some(column) = self.widest_text().filter(|_| excess(&self) > 0) {
            let room = self.widest(column).saturating_sub(excess(&self)).max(LEAST);
            self.rows.iter_mut().for_each(|row| row[column].0 = cut(&row[column].0, room));
        }
        for line in self.table(view).lines() {
            writeln!(out, "{:indent$}{}", "", line.trim_end())?;
        }
        left_out.reverse();
        left_out.retain(|name| !name.trim().is_empty());
        if left_out.is_empty() {
            return Ok(());
        }
        let text = format!("(too narrow for {}; --format json has all)", left_out.join(", "));
        paragraph(out, &text, indent, view.width)
    }

    /// The column with the longest text that can be cut.
    fn widest_text(&self) -> Option<usize> {
        let texts = (0..self.columns.len()).filter(|column| !self.columns[*column].right);
        let widest = texts.max_by_key(|column| self.widest(*column))?;
        (self.widest(widest) > LEAST.max(self.columns[widest].name.len())).then_some(widest)
    }

    fn widest(&self, column: usize) -> usize {
        let cells = self.rows.iter().map(|row| row[column].0.chars().count());
        cells.chain([self.columns[column].name.len()]).max().unwrap_or(0)
    }

    fn width(&self) -> usize {
        (0..self.columns.len()).map(|column| self.widest(column) + 2).sum::<usize>().saturating_sub(2)
    }

    fn table(self, view: &View<'_>) -> Table {
        let mut table = Table::new();
        table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
        if view.color {
            table.enforce_styling();
        } else {
            table.force_no_tty();
        }
        table.set_header(self.columns.iter().map(|column| Cell::new(column.name)));
        for row in self.rows {
            table.add_row(row.into_iter().map(|(text, tone)| cell(text, tone.filter(|_| view.color))));
        }
        for (index, column) in self.columns.iter().enumerate() {
            if let Some(drawn) = table.column_mut(index) {
                drawn.set_padding((0, 2));
                if column.right {
                    drawn.set_cell_alignment(CellAlignment::Right);
                }
            }
        }
        table
    }
}

/// A text of at most so many characters, which shows that it was longer.
fn cut(text: &str, room: usize) -> String {
    if text.chars().count() <= room {
        return text.to_owned();
    }
    text.chars().take(room.saturating_sub(1)).chain(['…']).collect()
}

fn cell(text: String, tone: Option<Tone>) -> Cell {
    let cell = Cell::new_owned(text);
    match tone {
        None => cell,
        Some(Tone::Good) => cell.fg(Color::DarkGreen),
        Some(Tone::Bad) => cell.fg(Color::DarkRed).add_attribute(Attribute::Bold),
        Some(Tone::Doubtful) => cell.fg(Color::DarkYellow).add_attribute(Attribute::Bold),
        Some(Tone::Harmless) => cell.fg(Color::DarkCyan),
        Some(Tone::Strong) => cell.add_attribute(Attribute::Bold),
    }
}

/// The text with each long run of hex digits cut to its beginning.
pub(super) fn shortened(text: &str) -> String {
    const LONG: usize = 32;
    let mut short = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let hex = rest.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(rest.len());
        if hex < LONG {
            short.push_str(&rest[..hex]);
        } else {
            short.push_str(&rest[..SHORT]);
            short.push('…');
        }
        let other = rest[hex..].find(|c: char| c.is_ascii_hexdigit()).map_or(rest.len(), |next| hex + next);
        short.push_str(&rest[hex..other]);
        rest = &rest[other..];
    }
    short
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use proptest::prelude::*;

    use super::*;

    fn drawn(width: Option<usize>, color: bool) -> String {
        let mut grid = Grid::new(&[
            Column::digests("DIGEST"),
            Column::number("SIZE"),
            Column::digests("PATH").optional(),
        ]);
        let hex = "0123456789abcdef".repeat(4);
        grid.row([
            (format!("sha256:{hex}"), None),
            ("7 B".into(), None),
            (format!("blobs/sha256/01/{hex}/data"), None),
        ]);
        grid.row([("-".into(), Some(Tone::Bad)), ("12.0 KiB".into(), None), (String::new(), None)]);
        let mut out = Vec::new();
        grid.write(2, &View { terminal: false, color, width, root: Path::new("") }, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn columns_are_aligned_and_numbers_stand_right() {
        let hex = "0123456789abcdef".repeat(4);
        let shown = drawn(None, false);
        let words: Vec<_> = shown.split_whitespace().collect();
        let (digest, path) = (format!("sha256:{hex}"), format!("blobs/sha256/01/{hex}/data"));
        assert_eq!(words, ["DIGEST", "SIZE", "PATH", &digest, "7", "B", &path, "-", "12.0", "KiB"]);
        let ends: Vec<_> = ["SIZE", "7 B", "KiB"]
            .iter()
            .zip(shown.lines())
            .map(|(word, line)| line.find(word).unwrap() + word.len())
            .collect();
        assert!(ends.windows(2).all(|pair| pair[0] == pair[1]), "{shown}");
        assert!(shown.lines().all(|line| line.starts_with("  ") && !line.ends_with(' ')), "{shown}");
    }

    #[test]
    fn digests_are_shortened_from_the_left_only_where_there_is_no_room() {
        let full = "0123456789abcdef".repeat(4);
        assert_eq!(drawn(Some(200), false), drawn(None, false));
        let narrower = drawn(Some(130), false);
        assert!(narrower.contains("sha256:0123456789ab… ") && narrower.contains(&full), "{narrower}");
        let narrow = drawn(Some(80), false);
        assert!(narrow.contains("blobs/sha256/01/0123456789ab…/data") && !narrow.contains(&full), "{narrow}");
        let narrowest = drawn(Some(40), false);
        assert!(narrowest.contains("sha256:0123456789ab…") && !narrowest.contains("blobs"), "{narrowest}");
        assert!(narrowest.contains("(too narrow for PATH"), "{narrowest}");
        assert!(narrowest.lines().all(|line| line.chars().count() <= 40), "{narrowest}");
    }

    #[test]
    fn the_rightmost_optional_column_goes_first_and_the_longest_text_is_cut_last() {
        let shown = |width: usize| {
            let mut grid = Grid::new(&[
                Column::text("NAME"),
                Column::text("TYPE").optional(),
                Column::number("SIZE"),
                Column::text("TIME").optional(),
            ]);
            grid.row(
                ["a name of some length", "docker image", "12.0 KiB", "2026-01-02"]
                    .map(|text| (text.into(), None)),
            );
            let mut out = Vec::new();
            grid.write(
                0,
                &View { terminal: false, color: false, width: Some(width), root: Path::new("") },
                &mut out,
            )
            .unwrap();
            String::from_utf8(out).unwrap()
        };
        assert!(shown(57).contains("2026-01-02"));
        for (width, gone) in [(56, "for TIME;"), (44, "for TYPE, TIME;"), (31, "for TYPE, TIME;")] {
            let table = shown(width);
            assert!(table.replace('\n', " ").contains(gone), "{table}");
            assert!(table.contains("a name of some length") && table.contains("12.0 KiB"), "{table}");
        }
        let cut = shown(24);
        assert!(cut.contains("a name of som…  12.0 KiB\n"), "{cut}");
        assert!(cut.lines().all(|line| line.chars().count() <= 24), "{cut}");
        // A number is never cut.
        assert!(shown(5).contains("12.0 KiB"));
    }

    #[test]
    fn colour_is_used_only_when_wanted() {
        assert!(!drawn(Some(80), false).contains('\u{1B}'));
        assert!(drawn(Some(80), true).contains('\u{1B}'));
    }

    proptest! {
        #[test]
        fn shortening_touches_nothing_but_long_hex(text in "[a-z/:é-]{0,20}") {
            prop_assert_eq!(shortened(&text), text.as_str());
            let with_digest = format!("{text}/{}/{text}", "0f".repeat(32));
            prop_assert_eq!(shortened(&with_digest), format!("{text}/0f0f0f0f0f0f…/{text}"));
        }
    }
}
