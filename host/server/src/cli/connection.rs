//! The options that every command to a server takes.

use clap::Args;

use super::client::Client;
use super::failure::Failure;
use super::screen::Screen;

/// Which server, for whom, and how to print what it says.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Server")]
pub struct Connection {
    /// Address of the server.
    #[arg(
        long,
        value_name = "URL",
        env = "ANYAM_SERVER",
        default_value = "http://127.0.0.1:8080"
    )]
    pub server: String,
    /// The tenant to act for [default: <default>].
    #[arg(long, value_name = "ID", env = "ANYAM_TENANT")]
    pub tenant: Option<String>,
    /// Print the server's answer as JSON.
    #[arg(long)]
    pub json: bool,
}

impl Connection {
    /// A client of the server.
    ///
    /// # Errors
    /// [`Failure::Usage`] where the address is none.
    pub fn client(&self) -> Result<Client, Failure> {
        Client::new(&self.server, self.tenant.clone())
    }

    /// Where to print.
    pub fn screen(&self) -> Screen {
        Screen::new(self.json)
    }
}
