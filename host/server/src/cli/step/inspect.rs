//! `anyam step inspect`.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use anyam_artifact::{Digest, Provenance};
use anyam_sandbox::{Capability, EffectClass, Inspection, Limits, Manifest};
use clap::Args;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::component::{self, Component};
use super::local::Local;
use crate::cli::failure::Failure;
use crate::cli::screen::{Screen, printable};

/// Tell what a component is, what it needs, and what it offers.
#[derive(Args, Debug)]
pub struct Inspect {
    /// A component, or a step's project, which is built.
    #[arg(value_name = "FILE|DIR")]
    step: PathBuf,
    /// Print everything as JSON.
    #[arg(long)]
    json: bool,
}

/// What can be told of a component without compiling it.
pub struct Facts {
    /// What the sandbox found.
    pub inspection: Inspection,
    provenance: Provenance,
}

impl Facts {
    /// Of a component.
    ///
    /// # Errors
    /// Why it cannot be a step.
    pub fn of(bytes: &[u8]) -> Result<Self, Failure> {
        let inspection = anyam_sandbox::inspect(bytes, &Limits::default())
            .map_err(|error| Failure::failed(error.to_string()))?;
        Ok(Self {
            inspection,
            provenance: Provenance::of(bytes),
        })
    }

    /// SHA-256 in hexadecimal digits.
    pub fn digest(&self) -> String {
        Digest(self.inspection.digest).to_string()
    }

    /// The grants that its imports need, as the JSON of a tenant's grants.
    fn grants(&self) -> Option<String> {
        let members: Vec<_> = self
            .inspection
            .capabilities
            .iter()
            .map(Capability::ask_for)
            .collect();
        (!members.is_empty()).then(|| format!("{{{}}}", members.join(", ")))
    }

    /// Says what must be granted, where anything must.
    ///
    /// # Errors
    /// Where stdout is closed.
    pub fn print_needs(&self, screen: Screen) -> Result<(), Failure> {
        if let Some(grants) = self.grants() {
            for capability in &self.inspection.capabilities {
                screen.line(format_args!("  needs a grant of {capability}"))?;
            }
            screen.line(format_args!("  grants to ask for, at the widest: {grants}"))?;
        }
        Ok(())
    }
}

/// An effect class as the API names it.
pub fn effect(class: EffectClass) -> &'static str {
    match class {
        EffectClass::Pure => crate::runtime::steps::PURE,
        EffectClass::Effectful => crate::runtime::steps::EFFECTFUL,
    }
}

pub(super) fn run(arguments: &Inspect) -> Result<(), Failure> {
    let component = Component::at(&arguments.step)?;
    let facts = Facts::of(&component.bytes)?;
    let manifest = manifest(&facts, &component.bytes)?;
    let screen = Screen::new(arguments.json);
    if screen.json() {
        return print_json(screen, &facts, manifest.as_ref());
    }
    let inspection = &facts.inspection;
    screen.line(format_args!(
        "{}: {}, {}",
        component.file.display(),
        component::size(inspection.size),
        effect(inspection.effect)
    ))?;
    screen.line(format_args!("sha256 {}", facts.digest()))?;
    let names = |tools: &BTreeMap<String, String>| {
        // Some tools say no version.
        let names = tools
            .iter()
            .map(|(name, version)| format!("{name} {version}").trim_end().to_owned());
        printable(&names.collect::<Vec<_>>().join(", "))
    };
    for (what, tools) in [
        ("written in", &facts.provenance.languages),
        ("made by", &facts.provenance.tools),
        ("with", &facts.provenance.sdks),
    ] {
        if !tools.is_empty() {
            screen.line(format_args!("{what} {}", names(tools)))?;
        }
    }
    for (what, names) in [
        ("imports", &inspection.imports),
        ("exports", &inspection.exports),
    ] {
        screen.line(format_args!("{what}"))?;
        for name in names {
            screen.line(format_args!("  {}", printable(name)))?;
        }
    }
    for function in &inspection.functions {
        screen.line(format_args!("function {}", printable(&function.name)))?;
        screen.line("  takes")?;
        screen.line(pretty(&function.input_schema().to_string()))?;
        screen.line("  gives")?;
        screen.line(pretty(&function.output_schema().to_string()))?;
        for (code, docs) in function.error_codes() {
            let line = format!("  BPMN error {} {}", printable(&code), printable(&docs));
            screen.line(line.trim_end())?;
        }
    }
    facts.print_needs(screen)?;
    match manifest {
        Some(manifest) => print_manifest(screen, &manifest),
        None => Ok(()),
    }
}

/// What the component says of itself; that takes compiling it.
fn manifest(facts: &Facts, bytes: &Arc<[u8]>) -> Result<Option<Manifest>, Failure> {
    if !facts.inspection.has_manifest {
        return Ok(None);
    }
    let local = Local::start()?;
    local.describe(&local.prepare(bytes)?)
}

fn print_json(screen: Screen, facts: &Facts, manifest: Option<&Manifest>) -> Result<(), Failure> {
    let inspection = &facts.inspection;
    let json = |text: &str| serde_json::from_str::<Box<RawValue>>(text).ok();
    let functions = inspection.functions.iter().map(|function| {
        json!({
            "name": function.name,
            "interface": function.interface,
            "inputSchema": function.input_schema(),
            "outputSchema": function.output_schema(),
            "errorCodes": function.error_codes().into_iter().map(|(code, _)| code).collect::<Vec<_>>(),
        })
    });
    let value = json!({
        "functions": functions.collect::<Vec<_>>(),
        "size": inspection.size,
        "digest": facts.digest(),
        "effect": effect(inspection.effect),
        "imports": inspection.imports,
        "exports": inspection.exports,
        "capabilities": inspection.capabilities,
        "grants": facts.grants().as_deref().and_then(json),
        "manifest": manifest.map(Manifest::to_json).as_deref().and_then(json),
        "provenance": facts.provenance,
    });
    Ok(screen.line(value)?)
}

fn print_manifest(screen: Screen, manifest: &Manifest) -> Result<(), Failure> {
    screen.line(format_args!(
        "says of itself: {} {}",
        printable(&manifest.name),
        printable(&manifest.version)
    ))?;
    for line in manifest.docs.lines() {
        screen.line(format!("  {}", printable(line)).trim_end())?;
    }
    for (what, schema) in [
        ("input", &manifest.input_schema),
        ("output", &manifest.output_schema),
    ] {
        if let Some(schema) = schema {
            screen.line(format_args!("{what} schema"))?;
            screen.line(pretty(schema))?;
        }
    }
    for (code, docs) in &manifest.error_codes {
        screen.line(format_args!(
            "BPMN error {}: {}",
            printable(code),
            printable(docs)
        ))?;
    }
    Ok(())
}

/// A JSON text over several lines.
fn pretty(json: &str) -> String {
    let value = serde_json::from_str::<Value>(json);
    let text = value.and_then(|value| serde_json::to_string_pretty(&value));
    let text = text.unwrap_or_else(|_| json.to_owned());
    let lines = text.lines().map(|line| format!("  {}", printable(line)));
    lines.collect::<Vec<_>>().join("\n")
}
