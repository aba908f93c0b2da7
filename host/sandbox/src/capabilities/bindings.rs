//! What the host provides, in Rust types made from the WIT files.

wasmtime::component::bindgen!({
    path: ["../../wit", "wit"],
    world: "anyam:host/capabilities",
    imports: { default: trappable },
    require_store_data_send: true,
    with: {
        "wasi:io": wasmtime_wasi::p2::bindings::io,
        "wasi:keyvalue/store@0.2.0-draft.bucket": crate::capabilities::keyvalue::Bucket,
        "wasi:keyvalue/store@0.2.0-draft2.bucket": crate::capabilities::keyvalue::Bucket,
        "wasi:keyvalue/atomics@0.2.0-draft2.cas": crate::capabilities::keyvalue::Cas,
        "wasi:blobstore/types.incoming-value": crate::capabilities::blobstore::IncomingValue,
        "wasi:blobstore/types.outgoing-value": crate::capabilities::blobstore::OutgoingValue,
        "wasi:blobstore/container.container": crate::capabilities::blobstore::Container,
        "wasi:blobstore/container.stream-object-names": crate::capabilities::blobstore::Listing,
    },
});
