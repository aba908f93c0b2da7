//! What a command prints on stdout: a table for people or JSON for programs.

use std::io::{self, Write};

use comfy_table::{Table, presets};

use super::wire::PageTotals;

/// The standard output of one command.
#[derive(Clone, Copy, Debug)]
pub struct Screen {
    json: bool,
}

impl Screen {
    /// Prints JSON instead of tables and sentences where `json` is set.
    pub fn new(json: bool) -> Self {
        Self { json }
    }

    /// Whether JSON is wanted.
    pub fn json(self) -> bool {
        self.json
    }

    /// Prints one line.
    ///
    /// # Errors
    /// Where stdout is closed.
    pub fn line(self, text: impl std::fmt::Display) -> io::Result<()> {
        writeln!(io::stdout().lock(), "{text}")
    }

    /// Prints an answer of the server as it was sent; nothing for an empty one, so that a program
    /// reads either one JSON text or nothing.
    ///
    /// # Errors
    /// Where stdout is closed.
    pub fn answer(self, body: &str) -> io::Result<()> {
        if body.is_empty() {
            Ok(())
        } else {
            self.line(body)
        }
    }

    /// Prints rows below a heading.
    ///
    /// # Errors
    /// Where stdout is closed.
    pub fn table<const N: usize>(
        self,
        heading: [&str; N],
        rows: impl IntoIterator<Item = [String; N]>,
    ) -> io::Result<()> {
        let mut table = Table::new();
        table.load_style(presets::NOTHING).set_header(heading);
        for row in rows {
            table.add_row(row.map(|cell| printable(&cell)));
        }
        self.line(table.trim_fmt())
    }

    /// Says how much of a search is not shown.
    ///
    /// # Errors
    /// Where stdout is closed.
    pub fn rest(self, shown: usize, totals: &PageTotals) -> io::Result<()> {
        let more = if totals.has_more_total_items {
            " or more"
        } else {
            ""
        };
        if (shown as u64) < totals.total_items {
            self.line(format_args!(
                "{shown} of {}{more}; see more with --limit",
                totals.total_items
            ))?;
        }
        Ok(())
    }
}

/// A line for stderr, so that stdout is the answer alone. Where nobody reads it there is nobody to
/// tell.
pub fn tell(text: &str) {
    use std::io::Write;
    let line = format!("{}\n", printable(text));
    let _ = io::stderr().write_all(line.as_bytes());
}

/// `text` without control characters: what a tenant stored must not steer the terminal.
pub fn printable(text: &str) -> String {
    text.chars()
        .map(|c| if c == '\n' || c == '\t' { ' ' } else { c })
        .filter(|c| !c.is_control())
        .collect()
}

/// `text`, cut to `longest` characters.
pub fn shortened(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// A time as the API writes it, without the date's `T` and the milliseconds.
pub fn moment(time: &str) -> String {
    let seconds = time.get(..19).unwrap_or(time);
    seconds.replacen('T', " ", 1)
}

/// One JSON object of members that are JSON texts already.
pub fn compose(members: &[(&str, &str)]) -> String {
    let members: Vec<String> = members
        .iter()
        .map(|(name, text)| format!("\"{name}\":{text}"))
        .collect();
    format!("{{{}}}", members.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_do_not_reach_the_terminal() {
        assert_eq!(printable("a\u{1b}[31mb\nc\u{7}"), "a[31mb c");
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        assert_eq!(shortened("äöü", 3), "äöü");
        assert_eq!(shortened("äöüß", 3), "äöü…");
    }

    #[test]
    fn members_are_put_together_as_they_are() {
        let text = compose(&[("a", "1.10"), ("b", "{\"c\":[]}")]);
        assert_eq!(text, r#"{"a":1.10,"b":{"c":[]}}"#);
    }

    #[test]
    fn times_are_shown_to_the_second() {
        assert_eq!(moment("2026-01-31T12:00:00.000Z"), "2026-01-31 12:00:00");
        assert_eq!(moment(""), "");
    }
}
