//! Steps that want out without having been let out.
//!
//! Those that have been let out, and try to get further, are in `tests/http`.

use crate::attack::{Attack, component};
use crate::support::guest::echo;

pub fn attacks() -> Vec<Attack> {
    let wants = |name, import: &str, says| {
        let import = format!(r#"(import "{import}" (instance))"#);
        Attack::fails(name, echo().outer(&import), says)
    };
    let refused = |name, import: &str, says| {
        let import = format!(r#"(import "{import}" (instance))"#);
        Attack::refused(name, echo().outer(&import), says)
    };
    vec![
        wants("HTTP", "wasi:http/outgoing-handler@0.2.0", &["http"]),
        wants("a store", "wasi:keyvalue/store@0.2.0-draft", &["keyValue"]),
        wants(
            "blobs",
            "wasi:blobstore/blobstore@0.2.0-draft",
            &["blobStore"],
        ),
        wants("settings", "wasi:config/store@0.2.0-rc.1", &["config"]),
        wants("messages", "anyam:step/messaging@0.1.0", &["messaging"]),
        refused(
            "to be a server",
            "wasi:http/incoming-handler@0.2.0",
            &["wasi:http/incoming-handler", "not granted"],
        ),
        refused(
            "to be a program",
            "wasi:cli/run@0.2.0",
            &["wasi:cli/run", "not granted"],
        ),
        refused(
            "threads",
            "wasi:thread/spawn@0.2.0",
            &["wasi:thread/spawn", "not granted"],
        ),
        refused(
            "sockets of another version",
            "wasi:sockets/tcp@0.3.0",
            &["0.2.x"],
        ),
        refused(
            "a name without an end",
            &format!("evil:{}/x", "x".repeat(5_000)),
            &["[cut]"],
        ),
        Attack::refused(
            "a plain function of the host",
            component(
                r#"(import "secrets" (func $secrets (result string)))
                (core module $main (memory (export "memory") 1))
                (core instance $main (instantiate $main))
                (export "f" (func $secrets))"#,
            ),
            &["secrets", "not granted"],
        ),
        Attack::refused(
            "a module of the host",
            component(r#"(import "kernel" (core module)) (import "more" (component))"#),
            &["kernel", "not granted"],
        ),
        Attack::refused(
            "functions that the host does not have",
            echo().outer(
                r#"(import "wasi:filesystem/preopens@0.2.0" (instance
                    (export "get-everything" (func (result (list string))))))"#,
            ),
            &["get-everything"],
        ),
    ]
}
