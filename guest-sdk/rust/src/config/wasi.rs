//! Configuration values in terms of `wasi:config`.

use super::Error;

#[allow(missing_docs, unused_qualifications, clippy::all)]
mod bindings {
    wit_bindgen::generate!({
        path: "wit/config",
        world: "imports",
    });
}

use bindings::wasi::config::store;

fn told(error: store::Error) -> Error {
    let (store::Error::Upstream(message) | store::Error::Io(message)) = error;
    Error(message)
}

pub(super) fn get(key: &str) -> Result<Option<String>, Error> {
    store::get(key).map_err(told)
}

pub(super) fn get_all() -> Result<Vec<(String, String)>, Error> {
    store::get_all().map_err(told)
}
