//! The example project: where it is, and its steps as components.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::value::RawValue;

use crate::cli::Failure;
use crate::cli::progress::Progress;
use crate::toolchain::{self, BuiltStep, Toolchain};

use super::pricing;

/// The files of the example.
#[derive(Debug)]
pub struct Project {
    /// Its folder.
    pub folder: PathBuf,
    /// The BPMN file.
    pub process: PathBuf,
    /// The folder of the orders.
    pub orders: PathBuf,
    repository: PathBuf,
}

/// The steps that could be built here.
#[derive(Debug)]
pub struct Built {
    /// The components.
    pub steps: Vec<BuiltStep>,
    /// Why the step in Python is missing.
    pub without_python: Option<String>,
}

impl Project {
    /// Finds the example in the repository.
    ///
    /// # Errors
    /// Where the program does not run in a clone of it.
    pub fn find() -> Result<Self, Failure> {
        let repository = toolchain::repository()?;
        let folder = repository.join("plugins").join("order-fulfilment");
        let process = folder.join("order-fulfilment.bpmn");
        if !process.is_file() {
            return Err(Failure::failed(format!(
                "{} is missing; run the demo in a complete clone of the repository of Anyam",
                process.display()
            )));
        }
        Ok(Self {
            process,
            orders: folder.join("orders"),
            folder,
            repository,
        })
    }

    /// Builds the steps and shows how far it is.
    ///
    /// # Errors
    /// Where a step does not build. A machine without Python is no failure.
    pub fn build(&self) -> Result<Built, Failure> {
        let progress = Arc::new(Progress::begin("building"));
        let shown = Arc::clone(&progress);
        let toolchain =
            Toolchain::of_repository(&self.repository).reporting(move |what| shown.say(what));
        let mut steps = toolchain.rust_steps(&self.folder)?;
        let source = self.folder.join("steps").join(pricing::JOB_TYPE);
        let mut without_python = None;
        match toolchain.python_step(&source, &self.repository.join("wit")) {
            Ok(step) => steps.push(step),
            Err(error) if error.lacks_python() => without_python = Some(error.to_string()),
            Err(error) => return Err(error.into()),
        }
        Ok(Built {
            steps,
            without_python,
        })
    }

    /// Reads an order: a JSON object of variables.
    ///
    /// # Errors
    /// Where the file cannot be read or is no JSON object.
    pub fn order(&self, file: &str) -> Result<Box<RawValue>, Failure> {
        let path = self.orders.join(file);
        let wrong = |error: &dyn std::fmt::Display| {
            Failure::failed(format!("cannot use the order {}: {error}", path.display()))
        };
        let text = fs::read_to_string(&path).map_err(|error| wrong(&error))?;
        serde_json::from_str(&text).map_err(|error| wrong(&error))
    }
}
