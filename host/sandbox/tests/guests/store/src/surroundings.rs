//! Configuration, log, messages, clocks, randomness and the network that is not there.

use std::net::{TcpListener, TcpStream, ToSocketAddrs, UdpSocket};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use anyam_sdk::logging::{self, Level};
use anyam_sdk::messaging::Message;
use anyam_sdk::{Value, config, json};
use serde::Deserialize;

use crate::bindings::wasi::config0_2_0_draft as config_draft;
use crate::{Outcome, tell};

#[derive(Deserialize)]
#[serde(tag = "act", rename_all = "kebab-case")]
pub enum Act {
    Config {
        key: String,
    },
    Configs,
    ConfigsOfTheDraft,
    Log {
        level: String,
        context: String,
        message: String,
    },
    Print {
        text: String,
    },
    Publish {
        name: String,
        #[serde(default)]
        correlation_key: String,
        variables: Value,
        time_to_live_ms: Option<u64>,
        message_id: Option<String>,
    },
    /// With variables that are not an object of JSON.
    PublishRaw {
        name: String,
        variables: String,
    },
    Clocks,
    Random,
    Network,
}

pub fn act(act: Act) -> Outcome {
    match act {
        Act::Config { key } => Ok(json!(config::get(&key).map_err(|error| error.to_string())?)),
        Act::Configs => Ok(json!(config::get_all().map_err(|error| error.to_string())?)),
        Act::ConfigsOfTheDraft => tell(config_draft::store::get_all()),
        Act::Log {
            level,
            context,
            message,
        } => {
            let level = match level.as_str() {
                "trace" => Level::Trace,
                "debug" => Level::Debug,
                "info" => Level::Info,
                "warn" => Level::Warn,
                "error" => Level::Error,
                _ => Level::Critical,
            };
            logging::log(level, &context, message);
            Ok(Value::Null)
        }
        Act::Print { text } => {
            println!("{text}");
            Ok(Value::Null)
        }
        Act::Publish {
            name,
            correlation_key,
            variables,
            time_to_live_ms,
            message_id,
        } => {
            let said = |error: anyam_sdk::messaging::Error| error.to_string();
            let mut message = Message::new(name)
                .correlation_key(correlation_key)
                .variables(&variables)
                .map_err(said)?;
            if let Some(time) = time_to_live_ms {
                message = message.time_to_live(std::time::Duration::from_millis(time));
            }
            if let Some(id) = message_id {
                message = message.message_id(id);
            }
            Ok(json!(message.publish().map_err(said)?))
        }
        Act::PublishRaw { name, variables } => {
            use crate::bindings::anyam::step::messaging;
            tell(messaging::publish(&messaging::Message {
                name,
                correlation_key: String::new(),
                variables,
                time_to_live_ms: None,
                message_id: None,
            }))
        }
        Act::Clocks => {
            let start = Instant::now();
            let wall = SystemTime::now().duration_since(UNIX_EPOCH);
            let wall = wall.map_err(|error| error.to_string())?;
            Ok(json!({
                "wall": wall.as_nanos().to_string(),
                "passed": start.elapsed().as_nanos().to_string(),
            }))
        }
        Act::Random => Ok(json!({
            "secure": wasip2::random::random::get_random_bytes(8),
            "number": wasip2::random::random::get_random_u64().to_string(),
            "insecure": wasip2::random::insecure::get_insecure_random_bytes(8),
            "seed": format!("{:?}", wasip2::random::insecure_seed::insecure_seed()),
        })),
        Act::Network => {
            let refusals = [
                TcpStream::connect("127.0.0.1:80").map(drop),
                TcpListener::bind("127.0.0.1:0").map(drop),
                UdpSocket::bind("127.0.0.1:0").map(drop),
                ("localhost", 80).to_socket_addrs().map(drop),
            ];
            Ok(json!(refusals.map(|refusal| match refusal {
                Ok(()) => "done".to_owned(),
                Err(error) => format!("{:?}", error.kind()),
            })))
        }
    }
}
