//! The root elements that processes refer to.

mod error;
mod escalation;
mod message;
mod signal;

pub(crate) use message::MessageUse;

use std::collections::HashMap;

use crate::elements;
use crate::finding::Findings;
use crate::vocabulary::{Standing, standing};
use crate::xml::Element;

/// The root elements of a file.
pub(crate) struct Definitions<'a> {
    /// The processes that can run, in document order.
    pub(crate) executable: Vec<Element<'a>>,
    /// The global tasks, which call activities call as they call processes, in document order.
    pub(crate) global_tasks: Vec<Element<'a>>,
    /// Every event definition with an id, wherever it stands.
    pub(crate) event_definitions: HashMap<&'a str, Element<'a>>,
    messages: HashMap<&'a str, Element<'a>>,
    signals: HashMap<&'a str, Element<'a>>,
    errors: HashMap<&'a str, Element<'a>>,
    escalations: HashMap<&'a str, Element<'a>>,
}

impl<'a> Definitions<'a> {
    /// Sorts the root elements.
    pub(crate) fn collect(root: Element<'a>, findings: &mut Findings) -> Self {
        let mut all = Self {
            executable: Vec::new(),
            global_tasks: Vec::new(),
            event_definitions: HashMap::new(),
            messages: HashMap::new(),
            signals: HashMap::new(),
            errors: HashMap::new(),
            escalations: HashMap::new(),
        };
        let definitions = root.model();
        for definition in definitions.filter(|e| e.name().ends_with("EventDefinition")) {
            if let Some(id) = definition.attribute("id") {
                all.event_definitions.entry(id).or_insert(definition);
            }
        }
        for element in root.children() {
            let id = element.attribute("id").unwrap_or_default();
            match element.name() {
                "process" => all.add_process(element, findings),
                _ if elements::global_task(element).is_some() => all.global_tasks.push(element),
                "message" => {
                    all.messages.entry(id).or_insert(element);
                }
                "signal" => {
                    all.signals.entry(id).or_insert(element);
                }
                "escalation" => {
                    all.escalations.entry(id).or_insert(element);
                }
                "error" => {
                    all.errors.entry(id).or_insert(element);
                }
                name => check_root_element(name, element, findings),
            }
        }
        if all.executable.is_empty() && all.global_tasks.is_empty() && !findings.has_errors() {
            let message =
                "the file has no executable process; set isExecutable=\"true\" on a process";
            findings.warning("executable-process-missing", root, message.to_owned());
        }
        all
    }

    fn add_process(&mut self, process: Element<'a>, findings: &mut Findings) {
        match process.flag("isExecutable", false) {
            Ok(true) => self.executable.push(process),
            Ok(false) => {}
            Err(message) => findings.error("attribute-not-boolean", process, message),
        }
    }
}

fn check_root_element(name: &str, element: Element<'_>, findings: &mut Findings) {
    let is_event_definition = name.ends_with("EventDefinition");
    match standing(name) {
        Some(Standing::NotYet) if !is_event_definition => {
            let message = format!("'{name}' is not supported yet; remove it");
            findings.error("not-supported", element, message);
        }
        Some(Standing::Part) if !is_event_definition => misplaced(name, element, findings),
        None if elements::find(name).is_some() => misplaced(name, element, findings),
        _ => {}
    }
}

fn misplaced(name: &str, element: Element<'_>, findings: &mut Findings) {
    let message = format!("'{name}' must stand inside a process; move it there");
    findings.error("element-misplaced", element, message);
}
