//! The table of cases in `host/engine/README.md` is generated.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use super::folder;

const BEGIN: &str = "<!-- cases: begin -->\n";
const END: &str = "<!-- cases: end -->\n";

fn table() -> String {
    let mut by_element: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for case in folder::cases() {
        let shows = case.scenario().map(|scenario| scenario.shows);
        let shows = shows.unwrap_or_else(|why| panic!("{}: {why}", case.name()));
        assert!(
            shows.ends_with('.'),
            "`shows` of {} is no sentence",
            case.name()
        );
        by_element.entry(case.element).or_default().push(case.title);
    }
    let mut text = String::from("\n| Element | Cases |\n|---|---|\n");
    for (element, titles) in &by_element {
        let links: Vec<_> = titles
            .iter()
            .map(|title| {
                format!(
                    "[{}](tests/cases/{element}/{title})",
                    title.replace('_', " ")
                )
            })
            .collect();
        let name = element.replace('_', " ");
        writeln!(
            text,
            "| {name} ({}) | {} |",
            titles.len(),
            links.join(" · ")
        )
        .expect("a string");
    }
    text.push('\n');
    text
}

#[test]
fn the_table_of_cases_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = std::fs::read_to_string(&path).expect("the README can be read");
    let (before, rest) = readme
        .split_once(BEGIN)
        .expect("the README marks its table");
    let (found, after) = rest
        .split_once(END)
        .expect("the README marks its table's end");
    let table = table();
    if std::env::var_os("ANYAM_WRITE").is_some() {
        let text = format!("{before}{BEGIN}{table}{END}{after}");
        std::fs::write(&path, text).expect("the README can be written");
        return;
    }
    assert!(
        found == table,
        "the table of cases in {} is stale; write it anew with `ANYAM_WRITE=1 cargo test -p \
         anyam-engine --test cases`",
        path.display()
    );
}
