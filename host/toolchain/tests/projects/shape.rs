use std::path::Path;

use wit_component::DecodedWasm;

/// What a component imports and exports, each sorted: interfaces by name, functions with their
/// WIT signature's names.
pub fn of(file: &Path) -> (Vec<String>, Vec<String>) {
    let bytes = std::fs::read(file).unwrap();
    let DecodedWasm::Component(resolve, world) = wit_component::decode(&bytes).unwrap() else {
        panic!("{} is no component", file.display());
    };
    let world = &resolve.worlds[world];
    let names = |items: &mut dyn Iterator<Item = &wit_parser::WorldKey>| {
        let mut names: Vec<_> = items.map(|key| resolve.name_world_key(key)).collect();
        names.sort();
        names
    };
    let is_type = |item: &wit_parser::WorldItem| matches!(item, wit_parser::WorldItem::Type { .. });
    (
        names(
            &mut world
                .imports
                .iter()
                .filter(|(_, item)| !is_type(item))
                .map(|(key, _)| key),
        ),
        names(&mut world.exports.keys()),
    )
}
