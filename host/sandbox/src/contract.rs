//! The contract `anyam:step` in Rust types, made from the WIT files.

wasmtime::component::bindgen!({
    path: "../../wit",
    world: "anyam:step/step",
    exports: { default: async },
    ownership: Borrowing { duplicate_if_necessary: true },
});
