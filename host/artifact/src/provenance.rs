//! Where a component comes from, by its own words.
//!
//! Read from the custom sections that tools leave behind: `producers` of the component and of all
//! modules in it (the tool conventions of WebAssembly), and `authors`, `description`, `licenses`,
//! `source`, `homepage`, `revision` and `version` of the component itself. Nobody has verified any
//! of it; a signature says who answers for the bytes.

use std::collections::BTreeMap;

use serde::Serialize;
use wasmparser::{CustomSectionReader, KnownCustom, Parser, Payload};

/// Most bytes of one text that is taken over; longer ones are left out.
const MOST_TEXT: usize = 1_024;
/// Most tools of one kind.
const MOST_TOOLS: usize = 64;

/// What a component says of its origin.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Provenance {
    /// Source languages with their versions, such as `Rust` and `2024`.
    pub languages: BTreeMap<String, String>,
    /// The tools that processed it, such as `rustc` and `1.95.0`.
    pub tools: BTreeMap<String, String>,
    /// The SDKs it was made with.
    pub sdks: BTreeMap<String, String>,
    /// What else it says: `authors`, `description`, `licenses`, `source`, `homepage`, `revision`,
    /// `version`.
    pub statements: BTreeMap<&'static str, String>,
}

const STATEMENTS: [&str; 7] = [
    "authors",
    "description",
    "homepage",
    "licenses",
    "revision",
    "source",
    "version",
];

impl Provenance {
    /// Reads what a component says. Sections that are not understood are passed over, and so is
    /// everything behind the first byte that is no WebAssembly.
    pub fn of(component: &[u8]) -> Self {
        let mut found = Self::default();
        let mut depth = 0usize;
        for payload in Parser::new(0).parse_all(component).map_while(Result::ok) {
            match payload {
                Payload::Version { .. } => depth += 1,
                Payload::End(_) => depth = depth.saturating_sub(1),
                Payload::CustomSection(section) => found.read(&section, depth == 1),
                _ => {}
            }
        }
        found
    }

    fn read(&mut self, section: &CustomSectionReader<'_>, of_the_component: bool) {
        if let KnownCustom::Producers(fields) = section.as_known() {
            for field in fields.into_iter().map_while(Result::ok) {
                let into = match field.name {
                    "language" => &mut self.languages,
                    "processed-by" => &mut self.tools,
                    "sdk" => &mut self.sdks,
                    _ => continue,
                };
                for value in field.values.into_iter().map_while(Result::ok) {
                    let fits = value.name.len() <= MOST_TEXT && value.version.len() <= MOST_TEXT;
                    if fits && (into.len() < MOST_TOOLS || into.contains_key(value.name)) {
                        into.insert(value.name.to_owned(), value.version.to_owned());
                    }
                }
            }
            return;
        }
        let name = STATEMENTS.iter().find(|name| **name == section.name());
        let Some(name) = name.filter(|_| of_the_component) else {
            return;
        };
        if let Ok(text) = std::str::from_utf8(section.data())
            && text.len() <= MOST_TEXT
        {
            self.statements.insert(name, text.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn producers(language: &str, tool: &str) -> String {
        format!(r#"(@producers (language "{language}" "1") (processed-by "{tool}" "2.0"))"#)
    }

    #[test]
    fn producers_of_the_component_and_its_modules_are_gathered() {
        let text = format!(
            "(component (core module {}) {} (component (core module {})))",
            producers("Rust", "rustc"),
            r#"(@custom "source" "https://example.com/x")"#,
            producers("C11", "clang"),
        );
        let found = Provenance::of(&wat::parse_str(text).unwrap());
        let names = |of: &BTreeMap<String, String>| of.keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(&found.languages), ["C11", "Rust"]);
        assert_eq!(names(&found.tools), ["clang", "rustc"]);
        assert_eq!(found.tools["clang"], "2.0");
        assert_eq!(found.statements["source"], "https://example.com/x");
    }

    #[test]
    fn statements_of_inner_components_are_not_those_of_the_whole() {
        let text = r#"(component (component (@custom "source" "inner")))"#;
        assert_eq!(
            Provenance::of(&wat::parse_str(text).unwrap()),
            Provenance::default()
        );
    }

    #[test]
    fn long_texts_and_many_tools_are_left_out_at_their_edges() {
        let statement = |length: usize| {
            let text = format!(r#"(component (@custom "source" "{}"))"#, "s".repeat(length));
            Provenance::of(&wat::parse_str(text).unwrap())
                .statements
                .len()
        };
        assert_eq!((statement(MOST_TEXT), statement(MOST_TEXT + 1)), (1, 0));
        let tools = |count: usize| {
            let values: String = (0..count)
                .map(|at| producers("Rust", &format!("tool{at}")))
                .map(|section| format!("(core module {section})"))
                .collect();
            let text = format!("(component {values})");
            Provenance::of(&wat::parse_str(text).unwrap()).tools.len()
        };
        assert_eq!(
            (tools(MOST_TOOLS), tools(MOST_TOOLS + 1)),
            (MOST_TOOLS, MOST_TOOLS)
        );
    }

    #[test]
    fn bytes_that_are_something_else_say_nothing() {
        for bytes in [&b""[..], b"text", b"\0asm\x0d\0\x01\0\0\xff\xff"] {
            assert_eq!(Provenance::of(bytes), Provenance::default());
        }
    }
}
