//! `wasi:config`: the configuration values of the tenant.
//!
//! They are set from outside while no step can change them, so reading them has no effect.

use wasmtime::component::{HasSelf, Linker};

use super::bindings::wasi::{config0_2_0_draft as draft, config0_2_0_rc_1 as rc_1};
use crate::grants::Capability;
use crate::state::State;

/// The value of a key, or why it is refused.
fn get(state: &mut State, key: &str) -> Result<Option<String>, String> {
    if let Err(sentence) = state.caller.access.allows(Capability::Config, key) {
        state.deny(sentence.clone());
        return Err(sentence);
    }
    let value = state.caller.access.outside.config(key);
    value.map(|value| bounded(state, key, value)).transpose()
}

/// The values that are granted, in order of their keys.
fn get_all(state: &State) -> Result<Vec<(String, String)>, String> {
    let access = &state.caller.access;
    let values = access.outside.configs().into_iter();
    values
        .filter(|(key, _)| access.allows(Capability::Config, key).is_ok())
        .map(|(key, value)| bounded(state, &key, value).map(|value| (key, value)))
        .collect()
}

fn bounded(state: &State, key: &str, value: String) -> Result<String, String> {
    let limit = state.limits.config_value_bytes;
    if value.len() > limit {
        return Err(format!(
            "the configuration value `{key}` has {} bytes; the limit is {limit} (limit \
             config_value_bytes)",
            value.len()
        ));
    }
    Ok(value)
}

macro_rules! provide {
    ($version:ident) => {
        impl $version::store::Host for State {
            fn get(
                &mut self,
                key: String,
            ) -> wasmtime::Result<Result<Option<String>, $version::store::Error>> {
                Ok(get(self, &key).map_err($version::store::Error::Upstream))
            }

            fn get_all(
                &mut self,
            ) -> wasmtime::Result<Result<Vec<(String, String)>, $version::store::Error>> {
                Ok(get_all(self).map_err($version::store::Error::Upstream))
            }
        }
    };
}

provide!(draft);
provide!(rc_1);

pub(super) fn store(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    draft::store::add_to_linker::<_, HasSelf<State>>(linker, State::called)?;
    rc_1::store::add_to_linker::<_, HasSelf<State>>(linker, State::called)
}
