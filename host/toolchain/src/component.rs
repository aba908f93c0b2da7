//! From a core module to a component.

use wasi_preview1_component_adapter_provider::{
    WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};

use crate::wit::World;

/// The component of `module`, for `world` unless the module carries its world already. What it imports of WASI preview 1 is carried out
/// by WASI 0.2; only the interfaces that it takes are imported.
pub fn from_core(module: &[u8], world: Option<&World>) -> Result<Vec<u8>, String> {
    let mut module = module.to_vec();
    if let Some(world) = world {
        let encoding = StringEncoding::UTF8;
        embed_component_metadata(&mut module, &world.resolve, world.id, encoding, false)
            .map_err(|error| format!("{error:#}"))?;
    }
    ComponentEncoder::default()
        .validate(true)
        .module(&module)
        .and_then(|encoder| {
            encoder.adapter(
                WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME,
                WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
            )
        })
        .and_then(ComponentEncoder::encode)
        .map_err(|error| format!("{error:#}"))
}
