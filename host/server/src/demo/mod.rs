//! `anyam demo`: the whole way once, for real. It builds the example steps, starts a server on a
//! temporary folder, uploads, deploys, runs three orders over HTTP and reads back the path that
//! each of them took. What does not match is a failure.

mod order;
mod path;
mod pricing;
mod project;

use std::net::SocketAddr;
use std::path::Path;
use std::time::Instant;

use clap::Args;

use crate::cli::client::Client;
use crate::cli::duration::show;
use crate::cli::screen::Screen;
use crate::cli::{Failure, LogArguments, deploy, step, until_told_or_failed, with_server};

use order::Ending;
use project::{Built, Project};

/// Build the example steps, run them in an example process, and show what happened.
#[derive(Args, Debug)]
pub struct Demo {
    /// End when the orders have run, instead of serving on until Ctrl-C.
    #[arg(long)]
    exit: bool,
    /// Where to listen. Port 0 takes any free port.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    #[command(flatten)]
    log: LogArguments,
}

/// The version that the example steps are uploaded as.
const STEP_VERSION: &str = "1.0.0";

pub(crate) fn run(arguments: &Demo) -> Result<(), Failure> {
    arguments.log.start("warn")?;
    let screen = Screen::new(false);
    let project = Project::find()?;
    let built = build(screen, &project)?;
    let data = tempfile::tempdir()
        .map_err(|error| Failure::failed(format!("cannot make a temporary folder: {error}")))?;
    with_server(
        data.path().to_owned(),
        arguments.listen,
        None,
        |runtime, server| {
            let address = format!("http://{}", server.address());
            screen.line(format_args!("\nThe server listens at {address}"))?;
            screen.line(format_args!("and stores in {}", data.path().display()))?;
            let client = Client::new(&address, None)?;
            upload(screen, &client, &project, &built)?;
            run_orders(screen, &client, &project, &built)?;
            if arguments.exit {
                return Ok(screen.line("\nThe demo is done.")?);
            }
            print_ways_on(screen, &address, &project)?;
            runtime.block_on(until_told_or_failed(server))
        },
    )
}

fn build(screen: Screen, project: &Project) -> Result<Built, Failure> {
    screen.line(format_args!(
        "Building the steps of {}",
        project.folder.display()
    ))?;
    let start = Instant::now();
    let built = project.build()?;
    for step in &built.steps {
        screen.line(format_args!("  {:<15} {}", step.name, step.file.display()))?;
    }
    if let Some(reason) = &built.without_python {
        screen.line(format_args!(
            "  {:<15} skipped: {reason}\n  {:<15} The demo does this job itself, as a worker over \
             HTTP.",
            pricing::JOB_TYPE,
            ""
        ))?;
    }
    screen.line(format_args!("  built in {}", show(start.elapsed())))?;
    Ok(built)
}

fn upload(
    screen: Screen,
    client: &Client,
    project: &Project,
    built: &Built,
) -> Result<(), Failure> {
    screen.line("\nUploading the steps and deploying the process")?;
    for built in &built.steps {
        let start = Instant::now();
        let component = deploy::Resource::read(&built.file)?.bytes;
        step::push(client, (&built.name, STEP_VERSION), &component, false)?;
        screen.line(format_args!(
            "  {:<15} {STEP_VERSION}, {} kB, uploaded and compiled in {}",
            built.name,
            component.len() / 1000,
            show(start.elapsed())
        ))?;
    }
    let start = Instant::now();
    deploy::deploy(client, &[deploy::Resource::read(&project.process)?])?;
    let file = project.process.file_name().unwrap_or_default().display();
    Ok(screen.line(format_args!(
        "  {file} deployed in {}",
        show(start.elapsed())
    ))?)
}

fn run_orders(
    screen: Screen,
    client: &Client,
    project: &Project,
    built: &Built,
) -> Result<(), Failure> {
    let worker = built.without_python.is_some();
    for ending in [Ending::Approved, Ending::Rejected, Ending::OutOfStock] {
        screen.line(format_args!("\n{}", ending.story()))?;
        let order = project.order(ending.file())?;
        let finished = order::run(screen, client, ending, &order, worker)?;
        path::print(screen, &finished)?;
        path::check(ending, &finished)?;
    }
    Ok(screen.line("\nEach order took the path it should.")?)
}

fn print_ways_on(screen: Screen, address: &str, project: &Project) -> Result<(), Failure> {
    let program = std::env::current_exe().unwrap_or_else(|_| "anyam".into());
    let program = near(&program);
    let order = project.orders.join(Ending::Rejected.file());
    let order = near(&order);
    screen.line(format_args!(
        "\n\
         The server goes on until Ctrl-C. In another terminal:\n\n  \
         export ANYAM_SERVER={address}\n  \
         {program} instance list\n  \
         {program} start {} --variables @{order}\n  \
         {program} task list --state created\n  \
         {program} step list\n  \
         curl {address}/v2/topology\n\n\
         The API: {address}/docs",
        order::PROCESS
    ))?;
    Ok(())
}

/// A path for people: relative where it lies below the current folder.
fn near(path: &Path) -> String {
    let current = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(current)
        .unwrap_or(path)
        .display()
        .to_string()
}
