//! `anyam tenant`.

mod config;
mod grants;
mod limits;
mod secret;
mod usage;

use clap::Subcommand;

use super::client::{Client, escape};
use super::failure::Failure;

/// Set what a tenant's steps may reach, read and use.
#[derive(Debug, Subcommand)]
pub enum TenantCommand {
    /// What the tenant lets its steps reach.
    #[command(subcommand)]
    Grants(grants::GrantsCommand),
    /// Values that steps read.
    #[command(subcommand)]
    Config(config::ConfigCommand),
    /// Secrets that are put into outgoing requests and are never shown.
    #[command(subcommand)]
    Secret(secret::SecretCommand),
    /// The bounds of the tenant.
    #[command(subcommand)]
    Limits(limits::LimitsCommand),
    /// Show what the tenant used, by step.
    Usage(usage::UsageArguments),
}

pub(super) fn run(command: &TenantCommand) -> Result<(), Failure> {
    match command {
        TenantCommand::Grants(command) => grants::run(command),
        TenantCommand::Config(command) => config::run(command),
        TenantCommand::Secret(command) => secret::run(command),
        TenantCommand::Limits(command) => limits::run(command),
        TenantCommand::Usage(arguments) => usage::run(arguments),
    }
}

/// Where something of the tenant that the client acts for is to be had.
fn path(client: &Client, rest: &str) -> String {
    let tenant = client.tenant().unwrap_or("<default>");
    format!("/v2/tenants/{}/{rest}", escape(tenant))
}

/// What the command is for, in sentences.
fn named(client: &Client) -> String {
    let tenant = client.tenant().unwrap_or("<default>");
    format!("tenant '{tenant}'")
}
