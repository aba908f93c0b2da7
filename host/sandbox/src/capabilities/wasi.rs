//! How each grantable interface is made available.

use wasmtime::component::{HasData, Linker, ResourceTable};
use wasmtime_wasi::WasiView as _;
use wasmtime_wasi::cli::{WasiCli, WasiCliView as _};
use wasmtime_wasi::clocks::{WasiClocks, WasiClocksView as _};
use wasmtime_wasi::filesystem::{WasiFilesystem, WasiFilesystemView as _};
use wasmtime_wasi::p2::bindings;
use wasmtime_wasi::random::WasiRandom;

use crate::state::State;

type Link<'a> = &'a mut Linker<State>;

struct Io;

impl HasData for Io {
    type Data<'a> = &'a mut ResourceTable;
}

/// Interfaces that hold types only have nothing to call; a component that wants to call something
/// there fails to link.
pub(super) fn types_only_types(linker: Link<'_>) -> wasmtime::Result<()> {
    linker.instance("anyam:step/types@0.1.0").map(drop)
}

pub(super) fn types_only_context(linker: Link<'_>) -> wasmtime::Result<()> {
    linker.instance("anyam:step/context@0.1.0").map(drop)
}

macro_rules! interfaces {
    ($($link:ident = $package:ident :: $interface:ident of $data:ty, $get:expr;)*) => {
        $(pub(super) fn $link(linker: Link<'_>) -> wasmtime::Result<()> {
            bindings::$package::$interface::add_to_linker::<State, $data>(linker, $get)
        })*
    };
}

interfaces! {
    environment = cli::environment of WasiCli, State::cli;
    stdin = cli::stdin of WasiCli, State::cli;
    stdout = cli::stdout of WasiCli, State::cli;
    stderr = cli::stderr of WasiCli, State::cli;
    terminal_input = cli::terminal_input of WasiCli, State::cli;
    terminal_output = cli::terminal_output of WasiCli, State::cli;
    terminal_stdin = cli::terminal_stdin of WasiCli, State::cli;
    terminal_stdout = cli::terminal_stdout of WasiCli, State::cli;
    terminal_stderr = cli::terminal_stderr of WasiCli, State::cli;
    exit = cli::exit of WasiCli, State::cli;
    monotonic_clock = clocks::monotonic_clock of WasiClocks, State::clocks;
    wall_clock = clocks::wall_clock of WasiClocks, State::clocks;
    preopens = filesystem::preopens of WasiFilesystem, State::filesystem;
    filesystem_types = filesystem::types of WasiFilesystem, State::filesystem;
    error = io::error of Io, |state| state.ctx().table;
    poll = io::poll of Io, |state| state.ctx().table;
    streams = io::streams of Io, |state| state.ctx().table;
    insecure = random::insecure of WasiRandom, |state| state.ctx().ctx.random();
    insecure_seed = random::insecure_seed of WasiRandom, |state| state.ctx().ctx.random();
    random = random::random of WasiRandom, |state| state.ctx().ctx.random();
}
