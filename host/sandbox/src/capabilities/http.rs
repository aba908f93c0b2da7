//! Outgoing HTTP (`wasi:http`), deny by default.
//!
//! Unlike all else that a call changes, a request happens during the call. The way of one:
//!
//! 1. `target`: the URL is read in one way only; what has two readings is refused.
//! 2. `rules`: a rule of every layer of grants has to allow it.
//! 3. `secrets`: placeholders are filled in, where those rules list the secret.
//! 4. `client`: the host is looked up once, `address` judges every address that came back, and the
//!    connection is made to one of these. `wire` and `body` count what passes.
//!
//! `wasi:http` follows no redirects, so each hop is a request of its own and goes the same way.
//! Proxies named in the environment are not used: they would make the connection in our place.

mod address;
mod body;
mod client;
mod egress;
mod error_code;
mod limits;
mod network;
mod refusal;
mod resolver;
pub(crate) mod rules;
pub(crate) mod secrets;
pub(crate) mod target;
mod traffic;
mod wire;

use wasmtime::component::Linker;
use wasmtime_wasi_http::p2::bindings::{LinkOptions, http as bindings};
use wasmtime_wasi_http::{WasiHttp, WasiHttpCtxView, WasiHttpView};

pub(crate) use client::Client;
pub(crate) use egress::Egress;
pub use limits::HttpLimits;
pub use network::Network;
pub use resolver::{Resolved, Resolver, SystemResolver};

use crate::state::State;

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        self.meter.host_calls += 1;
        let limits = &self.limits;
        let egress = self.egress.get_or_insert_with(|| {
            let handles = limits.handles.min(limits.http.handles);
            self.table.set_max_capacity(handles);
            let origin = egress::Origin {
                client: self.client.clone(),
                access: self.caller.access.clone(),
                idempotency_key: self.caller.idempotency_key.clone(),
            };
            Box::new(Egress::new(origin, &limits.http))
        });
        egress.view(&mut self.table)
    }
}

pub(super) fn types(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    let options = LinkOptions::default();
    bindings::types::add_to_linker::<State, WasiHttp>(linker, &(&options).into(), State::http)?;
    error_code::link(linker)
}

pub(super) fn outgoing_handler(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    bindings::outgoing_handler::add_to_linker::<State, WasiHttp>(linker, State::http)
}
