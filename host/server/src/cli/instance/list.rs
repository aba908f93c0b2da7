//! `anyam instance list`.

use clap::Args;
use serde_json::{Map, json};

use crate::cli::connection::Connection;
use crate::cli::failure::Failure;
use crate::cli::screen::moment;
use crate::cli::wire::{Instance, Page};

/// List process instances.
#[derive(Args, Debug)]
pub struct List {
    /// Only instances of the process with this `id`.
    #[arg(long, value_name = "ID")]
    process: Option<String>,
    /// Only instances in this state: ACTIVE, COMPLETED or TERMINATED.
    #[arg(long, value_name = "STATE")]
    state: Option<String>,
    /// Only instances that an incident holds up.
    #[arg(long)]
    incidents: bool,
    /// How many to list.
    #[arg(long, value_name = "COUNT", default_value_t = 20)]
    limit: usize,
    #[command(flatten)]
    connection: Connection,
}

pub(super) fn run(arguments: &List) -> Result<(), Failure> {
    let client = arguments.connection.client()?;
    let mut filter = Map::new();
    if let Some(process) = &arguments.process {
        filter.insert("processDefinitionId".into(), json!(process));
    }
    if let Some(state) = &arguments.state {
        filter.insert("state".into(), json!(state.to_ascii_uppercase()));
    }
    if arguments.incidents {
        filter.insert("hasIncident".into(), json!(true));
    }
    let sort = json!([{ "field": "startDate", "order": "DESC" }]);
    let path = "/v2/process-instances/search";
    let answer = client.search_text(path, filter.into(), sort, arguments.limit)?;
    let screen = arguments.connection.screen();
    if screen.json() {
        return Ok(screen.answer(&answer)?);
    }
    let found: Page<Instance> = client.read(&answer)?;
    let shown = found.items.len();
    let rows = found.items.into_iter().map(|instance| {
        [
            instance.process_instance_key,
            instance.process_definition_id,
            instance.process_definition_version.to_string(),
            if instance.has_incident {
                "INCIDENT".to_owned()
            } else {
                instance.state
            },
            moment(&instance.start_date),
            moment(&instance.end_date),
        ]
    });
    screen.table(
        [
            "INSTANCE", "PROCESS", "VERSION", "STATE", "STARTED", "ENDED",
        ],
        rows,
    )?;
    Ok(screen.rest(shown, &found.page)?)
}
