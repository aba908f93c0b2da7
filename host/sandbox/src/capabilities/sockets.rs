//! `wasi:sockets` with no network behind it: no socket can be made and no name resolved.
//!
//! The standard libraries of Python and Go import it. WASI's own implementation refuses before it
//! asks the system for anything, as the context is set up without TCP, UDP and name look-up.

use wasmtime::component::Linker;
use wasmtime_wasi::p2::bindings::{self, sockets};
use wasmtime_wasi::sockets::{WasiSockets, WasiSocketsView as _};

use crate::state::State;

macro_rules! interfaces {
    ($($interface:ident;)*) => {
        $(pub(super) fn $interface(linker: &mut Linker<State>) -> wasmtime::Result<()> {
            sockets::$interface::add_to_linker::<State, WasiSockets>(linker, State::sockets)
        })*
    };
}

interfaces! {
    instance_network;
    ip_name_lookup;
    tcp;
    tcp_create_socket;
    udp;
    udp_create_socket;
}

pub(super) fn network(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    let options = bindings::LinkOptions::default();
    sockets::network::add_to_linker::<State, WasiSockets>(
        linker,
        &(&options).into(),
        State::sockets,
    )
}
