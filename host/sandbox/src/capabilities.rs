//! What a component may import: one table, and everything else is refused.

mod answer;
#[allow(missing_docs, unused_qualifications, clippy::all)]
mod bindings;
mod blobstore;
mod clocks;
mod config;
pub(crate) mod http;
mod keyvalue;
mod logging;
mod messaging;
mod random;
mod sockets;
mod wasi;

use wasmtime::component::Linker;

use crate::grants::Capability;
use crate::state::State;

pub(crate) use clocks::{Monotonic, Wall};
pub(crate) use random::Random;

/// Whether calling a step can change, or be seen by, anything outside it.
///
/// The host derives it from the imports; nobody declares it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EffectClass {
    /// No import reaches the outside: the step may run before its cause is committed, and running
    /// it twice is not noticed.
    Pure,
    /// Some import does: the step may only start from a committed state.
    Effectful,
}

/// One interface that may be imported.
struct Grant {
    /// Package and interface, without a version.
    name: &'static str,
    /// The versions granted.
    version: Versions,
    /// What importing it makes of a step.
    effect: EffectClass,
    /// What the tenant must grant to the step; nothing where it only computes.
    needs: Option<Capability>,
    /// Makes it available.
    link: fn(&mut Linker<State>) -> wasmtime::Result<()>,
}

/// Which versions of a package are granted.
enum Versions {
    /// `major.minor.x`, all of which are compatible.
    Line { major: u64, minor: u64 },
    /// These drafts, of which none is compatible with another.
    Drafts(&'static [&'static str]),
}

const WASI: Versions = Versions::Line { major: 0, minor: 2 };
const STEP: Versions = Versions::Line { major: 0, minor: 1 };
const KEY_VALUE: Versions = Versions::Drafts(&["0.2.0-draft", "0.2.0-draft2"]);
const BLOB_STORE: Versions = Versions::Drafts(&["0.2.0-draft"]);
const CONFIG: Versions = Versions::Drafts(&["0.2.0-draft", "0.2.0-rc.1"]);
const LOGGING: Versions = Versions::Drafts(&["0.1.0-draft"]);

macro_rules! grants {
    ($($name:literal $version:ident $effect:ident $needs:expr, $link:path;)*) => {
        &[$(Grant {
            name: $name,
            version: $version,
            effect: EffectClass::$effect,
            needs: $needs,
            link: $link,
        }),*]
    };
}

/// Every interface that may be imported. Those of the file system, the environment, stdin and the
/// network are here because the standard libraries of Rust, Go and Python import them
/// unconditionally; they are linked with nothing behind them: no folder, no variable, no argument,
/// no input, no socket.
const GRANTS: &[Grant] = grants![
    "anyam:step/types"            STEP Pure None, wasi::types_only_types;
    "anyam:step/context"          STEP Pure None, wasi::types_only_context;
    "anyam:step/messaging"        STEP Effectful Some(Capability::Messaging), messaging::messaging;
    "wasi:blobstore/blobstore"    BLOB_STORE Effectful Some(Capability::BlobStore), blobstore::blobstore;
    "wasi:blobstore/container"    BLOB_STORE Effectful Some(Capability::BlobStore), blobstore::container;
    "wasi:blobstore/types"        BLOB_STORE Effectful Some(Capability::BlobStore), blobstore::types;
    "wasi:cli/environment"        WASI Pure None, wasi::environment;
    "wasi:cli/exit"               WASI Pure None, wasi::exit;
    "wasi:cli/stdin"              WASI Pure None, wasi::stdin;
    "wasi:cli/stdout"             WASI Pure None, wasi::stdout;
    "wasi:cli/stderr"             WASI Pure None, wasi::stderr;
    "wasi:cli/terminal-input"     WASI Pure None, wasi::terminal_input;
    "wasi:cli/terminal-output"    WASI Pure None, wasi::terminal_output;
    "wasi:cli/terminal-stdin"     WASI Pure None, wasi::terminal_stdin;
    "wasi:cli/terminal-stdout"    WASI Pure None, wasi::terminal_stdout;
    "wasi:cli/terminal-stderr"    WASI Pure None, wasi::terminal_stderr;
    "wasi:clocks/monotonic-clock" WASI Pure None, wasi::monotonic_clock;
    "wasi:clocks/wall-clock"      WASI Pure None, wasi::wall_clock;
    "wasi:config/store"           CONFIG Pure Some(Capability::Config), config::store;
    "wasi:filesystem/preopens"    WASI Pure None, wasi::preopens;
    "wasi:filesystem/types"       WASI Pure None, wasi::filesystem_types;
    "wasi:http/outgoing-handler"  WASI Effectful Some(Capability::Http), http::outgoing_handler;
    "wasi:http/types"             WASI Effectful Some(Capability::Http), http::types;
    "wasi:io/error"               WASI Pure None, wasi::error;
    "wasi:io/poll"                WASI Pure None, wasi::poll;
    "wasi:io/streams"             WASI Pure None, wasi::streams;
    "wasi:keyvalue/atomics"       KEY_VALUE Effectful Some(Capability::KeyValue), keyvalue::atomics;
    "wasi:keyvalue/batch"         KEY_VALUE Effectful Some(Capability::KeyValue), keyvalue::batch;
    "wasi:keyvalue/store"         KEY_VALUE Effectful Some(Capability::KeyValue), keyvalue::store;
    "wasi:logging/logging"        LOGGING Pure None, logging::logging;
    "wasi:random/insecure"        WASI Pure None, wasi::insecure;
    "wasi:random/insecure-seed"   WASI Pure None, wasi::insecure_seed;
    "wasi:random/random"          WASI Pure None, wasi::random;
    "wasi:sockets/instance-network" WASI Pure None, sockets::instance_network;
    "wasi:sockets/ip-name-lookup" WASI Pure None, sockets::ip_name_lookup;
    "wasi:sockets/network"        WASI Pure None, sockets::network;
    "wasi:sockets/tcp"            WASI Pure None, sockets::tcp;
    "wasi:sockets/tcp-create-socket" WASI Pure None, sockets::tcp_create_socket;
    "wasi:sockets/udp"            WASI Pure None, sockets::udp;
    "wasi:sockets/udp-create-socket" WASI Pure None, sockets::udp_create_socket;
];

/// What importing `import` makes of a step, and what it needs to be granted.
///
/// # Errors
/// Why it is not granted, as the second half of a sentence.
pub(crate) fn grant(import: &str) -> Result<(EffectClass, Option<Capability>), String> {
    let (name, version) = import.split_once('@').unwrap_or((import, ""));
    let Some(grant) = GRANTS.iter().find(|grant| grant.name == name) else {
        return Err("which is not granted to steps".to_owned());
    };
    if !grant.version.covers(version) {
        return Err(format!(
            "of which only the versions {} are granted",
            grant.version
        ));
    }
    Ok((grant.effect, grant.needs))
}

/// What an import needs to be granted; nothing where it only computes, or is no import of steps.
pub fn capability_of(import: &str) -> Option<Capability> {
    grant(import).ok().and_then(|(_, needs)| needs)
}

/// A linker with every grantable interface, and nothing else.
pub(crate) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    for grant in GRANTS {
        (grant.link)(linker)?;
    }
    Ok(())
}

impl Versions {
    fn covers(&self, version: &str) -> bool {
        let (major, minor) = match self {
            Self::Line { major, minor } => (*major, *minor),
            Self::Drafts(drafts) => return drafts.contains(&version),
        };
        let number = |part: Option<&str>| part.and_then(|part| part.parse::<u64>().ok());
        let mut parts = version.split('.');
        number(parts.next()) == Some(major)
            && number(parts.next()) == Some(minor)
            && number(parts.next()).is_some()
            && parts.next().is_none()
    }
}

impl std::fmt::Display for Versions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Line { major, minor } => write!(f, "{major}.{minor}.x"),
            Self::Drafts(drafts) => f.write_str(&drafts.join(" and ")),
        }
    }
}

/// Whether `name` is `interface` in a version compatible with 0.1 of the step package.
pub(crate) fn is_step_interface(name: &str, interface: &str) -> bool {
    name.split_once('@')
        .is_some_and(|(name, version)| name == interface && STEP.covers(version))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grants_follow_name_and_version_line() {
        assert_eq!(
            grant("wasi:cli/stdout@0.2.0"),
            Ok((EffectClass::Pure, None))
        );
        assert_eq!(
            grant("wasi:cli/stdout@0.2.99"),
            Ok((EffectClass::Pure, None))
        );
        let key_value = Ok((EffectClass::Effectful, Some(Capability::KeyValue)));
        assert_eq!(grant("wasi:keyvalue/store@0.2.0-draft"), key_value);
        assert_eq!(grant("wasi:keyvalue/atomics@0.2.0-draft2"), key_value);
        assert_eq!(
            grant("wasi:config/store@0.2.0-rc.1"),
            Ok((EffectClass::Pure, Some(Capability::Config)))
        );
        assert_eq!(
            grant("wasi:sockets/tcp@0.2.3"),
            Ok((EffectClass::Pure, None))
        );
        for refused in [
            "wasi:cli/stdout",
            "wasi:cli/stdout@0.2",
            "wasi:cli/stdout@0.3.0",
            "wasi:cli/stdout@0.2.0-rc.1",
            "wasi:cli/stdout@1.2.0",
            "wasi:cli/stdout@0.2.0.1",
            "wasi:sockets/tcp@0.3.0",
            "wasi:keyvalue/store@0.2.0",
            "wasi:keyvalue/store@0.2.0-draft3",
            "wasi:keyvalue/watcher@0.2.0-draft2",
            "wasi:logging/logging",
            "wasi:http/incoming-handler@0.2.0",
            "wasi:http/types@0.3.0",
            "stdout",
            "",
        ] {
            assert!(grant(refused).is_err(), "{refused}");
        }
    }
}
