//! `anyam tenant`.

mod config;
mod document;
mod secret;
mod usage;

use clap::Subcommand;

use super::client::{Client, escape};
use super::failure::Failure;
use document::{Document, DocumentCommand};

const GRANTS: Document = Document {
    name: "grants",
    cleared: "grants nothing",
};
const LIMITS: Document = Document {
    name: "limits",
    cleared: "has the limits of every tenant",
};
const SIGNATURE_POLICY: Document = Document {
    name: "signature-policy",
    cleared: "asks for no signatures",
};

/// Set what a tenant's steps may reach, read and use.
#[derive(Debug, Subcommand)]
pub enum TenantCommand {
    /// What the tenant lets its steps reach: JSON such as {"keyValue": ["orders*"], "http":
    /// [{"host": "api.example.com"}]}.
    #[command(subcommand)]
    Grants(DocumentCommand),
    /// Values that steps read.
    #[command(subcommand)]
    Config(config::ConfigCommand),
    /// Secrets that are put into outgoing requests and are never shown.
    #[command(subcommand)]
    Secret(secret::SecretCommand),
    /// The bounds of the tenant that differ from those of every tenant: JSON such as {"step":
    /// {"callTimeMs": 60000}}. What is shown are these, what is in force, and what may be set.
    #[command(subcommand)]
    Limits(DocumentCommand),
    /// Which signatures its step versions must have: JSON such as {"minimum": 1, "keys": [{"name":
    /// "release", "publicKey": "-----BEGIN PUBLIC KEY-----..."}]}.
    #[command(subcommand)]
    SignaturePolicy(DocumentCommand),
    /// Show what the tenant used, by step.
    Usage(usage::UsageArguments),
}

pub(super) fn run(command: &TenantCommand) -> Result<(), Failure> {
    match command {
        TenantCommand::Grants(command) => document::run(GRANTS, command),
        TenantCommand::Config(command) => config::run(command),
        TenantCommand::Secret(command) => secret::run(command),
        TenantCommand::Limits(command) => document::run(LIMITS, command),
        TenantCommand::SignaturePolicy(command) => document::run(SIGNATURE_POLICY, command),
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
