//! The parsed file with the place of each element.

use roxmltree::{Document, Error, ParsingOptions};

use super::Element;
use crate::finding::{Rejected, refuse};
use crate::graph::Location;

/// A parsed file.
pub(crate) struct Tree<'t> {
    document: Document<'t>,
    /// Place of each node, by the node's position in the document.
    places: Vec<Location>,
}

impl<'t> Tree<'t> {
    /// Parses text that [`super::read_text`] has found to be within the limits.
    pub(crate) fn parse(text: &'t str) -> Result<Self, Rejected> {
        let options = ParsingOptions {
            allow_dtd: false,
            ..ParsingOptions::default()
        };
        let document =
            Document::parse_with_options(text, options).map_err(|error| malformed(text, &error))?;
        let places = places(text, &document);
        Ok(Self { document, places })
    }

    /// The root element.
    pub(crate) fn root(&self) -> Element<'_> {
        Element::new(self.document.root_element(), &self.places)
    }
}

fn malformed(text: &str, error: &Error) -> Rejected {
    let at = error.pos();
    let mut location = Location {
        line: at.row,
        column: at.col,
    };
    let reason = error.to_string();
    let place = format!(" at {at}");
    let reason = reason.strip_suffix(&place).unwrap_or(&reason);
    if let Error::UnclosedRootNode | Error::UnexpectedEndOfStream = error {
        location = Location { line: 1, column: 1 };
        advance(&mut location, text);
    }
    refuse(
        "xml-malformed",
        location,
        format!("the file is not well-formed XML: {reason}; correct it"),
    )
}

/// One pass over the text for all nodes: they are numbered in document order, so each begins at or
/// after the one before.
fn places(text: &str, document: &Document<'_>) -> Vec<Location> {
    let mut places = vec![Location { line: 1, column: 1 }];
    let mut at = Location { line: 1, column: 1 };
    let mut done = 0;
    for node in document.root().descendants().skip(1) {
        let start = node.range().start;
        if start > done {
            advance(&mut at, &text[done..start]);
            done = start;
        }
        places.push(at);
    }
    places
}

/// Moves `at` behind `passed`.
pub(super) fn advance(at: &mut Location, passed: &str) {
    for character in passed.chars() {
        if character == '\n' {
            at.line = at.line.saturating_add(1);
            at.column = 1;
        } else {
            at.column = at.column.saturating_add(1);
        }
    }
}
