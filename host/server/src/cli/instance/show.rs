//! `anyam instance show`.

use clap::Args;
use serde_json::json;

use crate::cli::client::{Client, escape};
use crate::cli::connection::Connection;
use crate::cli::duration;
use crate::cli::failure::Failure;
use crate::cli::screen::{Screen, compose, moment, shortened};
use crate::cli::wire::{ElementInstance, Incident, Instance, Job, Page, Variable};

/// How many variables, elements, jobs and incidents are shown of each.
const MOST: usize = 1000;

/// Show one instance.
#[derive(Args, Debug)]
pub struct Show {
    /// The instance's key.
    key: String,
    #[command(flatten)]
    connection: Connection,
}

/// What the API tells of one instance, as it was sent.
#[derive(Debug)]
struct Shown {
    /// The instance.
    instance: String,
    /// Its variables.
    variables: String,
    /// The elements it went through, in order.
    elements: String,
    /// Its incidents.
    incidents: String,
    /// Its jobs.
    jobs: String,
}

/// Asks for everything about one instance.
///
/// # Errors
/// [`Failure::Refused`] with 404 where there is none, and as every request.
fn load(client: &Client, key: &str) -> Result<Shown, Failure> {
    let filter = || json!({ "processInstanceKey": key });
    let search = |what: &str, sort: &str| {
        let sort = json!([{ "field": sort, "order": "ASC" }]);
        client.search_text(what, filter(), sort, MOST)
    };
    Ok(Shown {
        instance: client.get(&format!("/v2/process-instances/{}", escape(key)))?,
        variables: search("/v2/variables/search?truncateValues=false", "name")?,
        // Keys rise with time, and many elements begin in the same millisecond.
        elements: search("/v2/element-instances/search", "elementInstanceKey")?,
        incidents: search("/v2/incidents/search", "creationTime")?,
        jobs: search("/v2/jobs/search", "jobKey")?,
    })
}

pub(super) fn run(arguments: &Show) -> Result<(), Failure> {
    let client = arguments.connection.client()?;
    let shown = load(&client, &arguments.key)?;
    let screen = arguments.connection.screen();
    if screen.json() {
        return print_json(screen, &shown);
    }
    let instance: Instance = client.read(&shown.instance)?;
    print_instance(screen, &instance)?;
    let path: Page<ElementInstance> = client.read(&shown.elements)?;
    print_variables(
        screen,
        client.read(&shown.variables)?,
        &path.items,
        &instance,
    )?;
    print_path(screen, path)?;
    print_incidents(screen, client.read(&shown.incidents)?)?;
    print_jobs(screen, client.read(&shown.jobs)?)
}

fn print_json(screen: Screen, shown: &Shown) -> Result<(), Failure> {
    let text = compose(&[
        ("instance", &shown.instance),
        ("variables", &shown.variables),
        ("elementInstances", &shown.elements),
        ("incidents", &shown.incidents),
        ("jobs", &shown.jobs),
    ]);
    Ok(screen.line(text)?)
}

fn print_instance(screen: Screen, instance: &Instance) -> Result<(), Failure> {
    let ended = match instance.end_date.as_str() {
        "" => String::new(),
        end => format!(", ended {}", moment(end)),
    };
    let held = if instance.has_incident {
        ", held up by an incident"
    } else {
        ""
    };
    Ok(screen.line(format_args!(
        "{} version {}, instance {} of tenant {}: {}{held}, started {}{ended}",
        instance.process_definition_id,
        instance.process_definition_version,
        instance.process_instance_key,
        instance.tenant_id,
        instance.state,
        moment(&instance.start_date),
    ))?)
}

fn print_variables(
    screen: Screen,
    mut found: Page<Variable>,
    elements: &[ElementInstance],
    instance: &Instance,
) -> Result<(), Failure> {
    if found.items.is_empty() {
        return Ok(());
    }
    screen.line("\nVariables")?;
    // Those of the instance first, then those that elements keep to themselves.
    let is_root = |variable: &Variable| variable.scope_key == instance.process_instance_key;
    found.items.sort_by_key(|variable| !is_root(variable));
    let rows = found.items.iter().map(|variable| {
        let element = elements
            .iter()
            .find(|element| element.element_instance_key == variable.scope_key);
        let scope = match element {
            _ if is_root(variable) => String::new(),
            Some(element) => element.element_id.clone(),
            None => variable.scope_key.clone(),
        };
        [
            variable.name.clone(),
            shortened(&variable.value, 120),
            scope,
        ]
    });
    screen.table(["NAME", "VALUE", "OF ELEMENT"], rows)?;
    rest(screen, &found)
}

fn print_path(screen: Screen, found: Page<ElementInstance>) -> Result<(), Failure> {
    screen.line("\nPath")?;
    let rows = found.items.iter().map(|element| {
        [
            element.element_id.clone(),
            element.element_name.clone(),
            element.r#type.clone(),
            element.state.clone(),
            moment(&element.start_date),
            element.time_taken().map(duration::show).unwrap_or_default(),
        ]
    });
    screen.table(
        ["ELEMENT", "NAME", "TYPE", "STATE", "STARTED", "TOOK"],
        rows,
    )?;
    rest(screen, &found)
}

fn print_incidents(screen: Screen, found: Page<Incident>) -> Result<(), Failure> {
    if found.items.is_empty() {
        return Ok(());
    }
    screen.line("\nIncidents")?;
    let rows = found.items.iter().map(|incident| {
        [
            incident.incident_key.clone(),
            incident.error_type.clone(),
            incident.state.clone(),
            incident.element_id.clone(),
            incident.error_message.clone(),
        ]
    });
    screen.table(["INCIDENT", "TYPE", "STATE", "ELEMENT", "MESSAGE"], rows)?;
    rest(screen, &found)
}

fn print_jobs(screen: Screen, found: Page<Job>) -> Result<(), Failure> {
    if found.items.is_empty() {
        return Ok(());
    }
    screen.line("\nJobs")?;
    let rows = found.items.iter().map(|job| {
        [
            job.job_key.clone(),
            job.r#type.clone(),
            job.state.clone(),
            job.element_id.clone(),
            job.retries.to_string(),
            job.worker.clone(),
        ]
    });
    screen.table(
        ["JOB", "TYPE", "STATE", "ELEMENT", "RETRIES", "WORKER"],
        rows,
    )?;
    rest(screen, &found)
}

fn rest<T>(screen: Screen, found: &Page<T>) -> Result<(), Failure> {
    let hidden = found
        .page
        .total_items
        .saturating_sub(found.items.len() as u64);
    if hidden > 0 {
        screen.line(format_args!(
            "and {hidden} more, which the API pages through"
        ))?;
    }
    Ok(())
}
