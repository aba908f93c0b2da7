//! The bounds of the file, checked on its bytes before it is parsed.
//!
//! A parser builds a tree of whatever it is given, and the cost of namespaces grows with depth times
//! declarations. So one linear pass counts first; it need not know whether the file is well-formed,
//! only never count less than the parser would build.

use crate::Limits;
use crate::finding::{Rejected, refuse};
use crate::graph::Location;

use super::tree::advance;

/// The text of a file that is within the limits, without a byte order mark.
pub(crate) fn read_text<'b>(bytes: &'b [u8], limits: &Limits) -> Result<&'b str, Rejected> {
    let start = Location { line: 1, column: 1 };
    if bytes.len() > limits.model_bytes {
        let message = format!(
            "the file has {} bytes, allowed are {}; split it into several files",
            bytes.len(),
            limits.model_bytes
        );
        return Err(refuse("limit-model-bytes", start, message));
    }
    if bytes.starts_with(&[0xFE, 0xFF]) || bytes.starts_with(&[0xFF, 0xFE]) {
        let message = "the file is UTF-16; save it as UTF-8".to_owned();
        return Err(refuse("not-utf8", start, message));
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let good = &bytes[..error.valid_up_to()];
        let place = place(std::str::from_utf8(good).unwrap_or_default(), good.len());
        refuse(
            "not-utf8",
            place,
            "the file is not UTF-8 from here on; save it as UTF-8".to_owned(),
        )
    })?;
    check_encoding(text)?;
    Scan {
        text,
        bytes,
        at: 0,
        depth: 0,
        elements: 0,
        namespaces: 0,
        limits,
    }
    .run()?;
    Ok(text)
}

/// An XML declaration must not name an encoding that the bytes are not in.
fn check_encoding(text: &str) -> Result<(), Rejected> {
    let Some(declaration) = text
        .strip_prefix("<?xml")
        .and_then(|rest| rest.split("?>").next())
    else {
        return Ok(());
    };
    let Some((_, after)) = declaration.split_once("encoding") else {
        return Ok(());
    };
    let name = after.trim_start().trim_start_matches('=').trim_start();
    let name = name.get(1..).unwrap_or_default();
    let name = name.split(['"', '\'']).next().unwrap_or_default();
    if ["utf-8", "utf8", "us-ascii", "ascii"].contains(&name.to_ascii_lowercase().as_str()) {
        return Ok(());
    }
    let shown: String = name.chars().take(40).collect();
    let message = format!("the file declares the encoding '{shown}'; save it as UTF-8");
    Err(refuse("not-utf8", Location { line: 1, column: 1 }, message))
}

/// A bound of the scan: the rule of its finding and what is too much.
type Bound = (&'static str, &'static str);

const ELEMENTS: Bound = (
    "limit-elements",
    "the file has more XML elements, comments and instructions than allowed",
);
const DEPTH: Bound = ("limit-depth", "XML elements are nested deeper than allowed");
const ATTRIBUTES: Bound = (
    "limit-attributes",
    "the XML element has more attributes than allowed",
);
const NAMESPACES: Bound = (
    "limit-namespaces",
    "the file has more namespace declarations than allowed",
);
const TEXT: Bound = (
    "limit-text-bytes",
    "an attribute value or text has more bytes than allowed",
);

struct Scan<'s> {
    text: &'s str,
    bytes: &'s [u8],
    at: usize,
    depth: usize,
    elements: usize,
    namespaces: usize,
    limits: &'s Limits,
}

impl Scan<'_> {
    fn run(mut self) -> Result<(), Rejected> {
        while self.at < self.bytes.len() {
            let start = self.at;
            self.at = find(self.bytes, start, b"<");
            self.bound(TEXT, self.at - start, self.limits.text_bytes, start)?;
            self.markup()?;
        }
        Ok(())
    }

    fn markup(&mut self) -> Result<(), Rejected> {
        let start = self.at;
        let rest = &self.bytes[start..];
        if rest.starts_with(b"</") {
            self.depth = self.depth.saturating_sub(1);
            self.skip(2, b">");
            return Ok(());
        }
        if rest.starts_with(b"<![CDATA[") {
            self.skip(9, b"]]>");
            return self.bound(TEXT, self.at - start, self.limits.text_bytes, start);
        }
        self.elements += usize::from(!rest.is_empty());
        self.bound(ELEMENTS, self.elements, self.limits.elements, start)?;
        if rest.starts_with(b"<!--") {
            self.skip(4, b"-->");
        } else if rest.starts_with(b"<?") {
            self.skip(2, b"?>");
        } else if rest.starts_with(b"<!") {
            let message = "a document type or entity declaration is not allowed; remove it";
            return Err(refuse(
                "xml-doctype",
                place(self.text, start),
                message.to_owned(),
            ));
        } else if !rest.is_empty() {
            self.start_tag()?;
        }
        Ok(())
    }

    fn start_tag(&mut self) -> Result<(), Rejected> {
        let start = self.at;
        self.bound(DEPTH, self.depth + 1, self.limits.depth, start)?;
        let mut attributes = 0;
        self.at += 1;
        let mut before_value = self.at;
        while let Some(&byte) = self.bytes.get(self.at)
            && byte != b'>'
        {
            if byte == b'"' || byte == b'\'' {
                let value = self.at + 1;
                let name = &self.bytes[before_value..value];
                self.at = find(self.bytes, value, &[byte]);
                attributes += 1;
                self.bound(ATTRIBUTES, attributes, self.limits.attributes, start)?;
                self.bound(TEXT, self.at - value, self.limits.text_bytes, start)?;
                self.namespaces += usize::from(find(name, 0, b"xmlns") < name.len());
                self.bound(NAMESPACES, self.namespaces, self.limits.namespaces, start)?;
                before_value = (self.at + 1).min(self.bytes.len());
            }
            self.at += 1;
        }
        let is_empty = self.bytes.get(self.at - 1) == Some(&b'/');
        self.depth += usize::from(!is_empty);
        self.at = (self.at + 1).min(self.bytes.len());
        Ok(())
    }

    fn skip(&mut self, opening: usize, end: &[u8]) {
        let found = find(self.bytes, self.at + opening, end);
        self.at = (found + end.len()).min(self.bytes.len());
    }

    fn bound(&self, bound: Bound, count: usize, max: usize, at: usize) -> Result<(), Rejected> {
        if count <= max {
            return Ok(());
        }
        let (rule, subject) = bound;
        let message = format!("{subject} ({max}); make the model smaller");
        Err(refuse(rule, place(self.text, at), message))
    }
}

/// Where `what` next stands at or after `from`; the end where it does not.
fn find(bytes: &[u8], from: usize, what: &[u8]) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    let found = rest.windows(what.len()).position(|window| window == what);
    found.map_or(bytes.len(), |at| from + at)
}

fn place(text: &str, offset: usize) -> Location {
    let mut location = Location { line: 1, column: 1 };
    advance(&mut location, text.get(..offset).unwrap_or_default());
    location
}
