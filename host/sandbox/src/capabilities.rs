//! What a component may import: one table, and everything else is refused.

pub(crate) mod http;
mod wasi;

use wasmtime::component::Linker;

use crate::grants::Capability;
use crate::state::State;

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
    version: VersionLine,
    /// What importing it makes of a step.
    effect: EffectClass,
    /// What the tenant must grant to the step; nothing where it only computes.
    needs: Option<Capability>,
    /// Makes it available.
    link: fn(&mut Linker<State>) -> wasmtime::Result<()>,
}

/// The versions `major.minor.x`, all of which are compatible.
struct VersionLine {
    major: u64,
    minor: u64,
}

const WASI: VersionLine = VersionLine { major: 0, minor: 2 };
const STEP: VersionLine = VersionLine { major: 0, minor: 1 };

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

/// Every interface that may be imported. Those of the file system, the environment and stdin are
/// here because the standard libraries of Rust, Go and Python import them unconditionally; they
/// are linked with nothing behind them: no folder, no variable, no argument, no input.
const GRANTS: &[Grant] = grants![
    "anyam:step/types"            STEP Pure None, wasi::types_only_types;
    "anyam:step/context"          STEP Pure None, wasi::types_only_context;
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
    "wasi:filesystem/preopens"    WASI Pure None, wasi::preopens;
    "wasi:filesystem/types"       WASI Pure None, wasi::filesystem_types;
    "wasi:http/outgoing-handler"  WASI Effectful Some(Capability::Http), http::outgoing_handler;
    "wasi:http/types"             WASI Effectful Some(Capability::Http), http::types;
    "wasi:io/error"               WASI Pure None, wasi::error;
    "wasi:io/poll"                WASI Pure None, wasi::poll;
    "wasi:io/streams"             WASI Pure None, wasi::streams;
    "wasi:random/insecure"        WASI Pure None, wasi::insecure;
    "wasi:random/insecure-seed"   WASI Pure None, wasi::insecure_seed;
    "wasi:random/random"          WASI Pure None, wasi::random;
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
        let VersionLine { major, minor } = grant.version;
        return Err(format!(
            "of which only the versions {major}.{minor}.x are granted"
        ));
    }
    Ok((grant.effect, grant.needs))
}

/// A linker with every grantable interface, and nothing else.
pub(crate) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    for grant in GRANTS {
        (grant.link)(linker)?;
    }
    Ok(())
}

impl VersionLine {
    fn covers(&self, version: &str) -> bool {
        let number = |part: Option<&str>| part.and_then(|part| part.parse::<u64>().ok());
        let mut parts = version.split('.');
        number(parts.next()) == Some(self.major)
            && number(parts.next()) == Some(self.minor)
            && number(parts.next()).is_some()
            && parts.next().is_none()
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
        for refused in [
            "wasi:cli/stdout",
            "wasi:cli/stdout@0.2",
            "wasi:cli/stdout@0.3.0",
            "wasi:cli/stdout@0.2.0-rc.1",
            "wasi:cli/stdout@1.2.0",
            "wasi:cli/stdout@0.2.0.1",
            "wasi:sockets/tcp@0.2.0",
            "wasi:http/incoming-handler@0.2.0",
            "wasi:http/types@0.3.0",
            "stdout",
            "",
        ] {
            assert!(grant(refused).is_err(), "{refused}");
        }
    }
}
