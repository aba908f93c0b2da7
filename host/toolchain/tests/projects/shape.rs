//! What a component looks like from outside.

use std::path::Path;

use wit_component::DecodedWasm;
use wit_parser::{Function, Resolve, Type, TypeDefKind, WorldItem, WorldKey};

/// What the component in `file` exports, sorted: interfaces by name, functions with their types
/// written out.
pub fn exports(file: &Path) -> Vec<String> {
    let (resolve, world) = decode(file);
    let mut exports: Vec<_> = resolve.worlds[world]
        .exports
        .iter()
        .map(|(key, item)| describe(&resolve, key, item))
        .collect();
    exports.sort();
    exports
}

/// The interfaces that the component in `file` imports, without their versions.
pub fn imports(file: &Path) -> Vec<String> {
    let (resolve, world) = decode(file);
    let imports = &resolve.worlds[world].imports;
    let interfaces = imports
        .iter()
        .filter(|(_, item)| matches!(item, WorldItem::Interface { .. }));
    let name = |key| resolve.name_world_key(key);
    interfaces
        .map(|(key, _)| name(key).split('@').next().unwrap_or_default().to_owned())
        .collect()
}

fn decode(file: &Path) -> (Resolve, wit_parser::WorldId) {
    let bytes = std::fs::read(file).unwrap();
    match wit_component::decode(&bytes).unwrap() {
        DecodedWasm::Component(resolve, world) => (resolve, world),
        DecodedWasm::WitPackage(..) => panic!("{} is no component", file.display()),
    }
}

fn describe(resolve: &Resolve, key: &WorldKey, item: &WorldItem) -> String {
    match item {
        WorldItem::Function(function) => describe_function(resolve, function),
        _ => resolve.name_world_key(key),
    }
}

fn describe_function(resolve: &Resolve, function: &Function) -> String {
    let params: Vec<_> = function
        .params
        .iter()
        .map(|param| format!("{}: {}", param.name, describe_type(resolve, &param.ty)))
        .collect();
    let result = function.result.as_ref();
    let result = result.map_or("()".into(), |result| describe_type(resolve, result));
    format!("{}: func({}) -> {result}", function.name, params.join(", "))
}

fn describe_type(resolve: &Resolve, ty: &Type) -> String {
    let Type::Id(id) = ty else {
        return format!("{ty:?}").to_lowercase();
    };
    let def = &resolve.types[*id];
    let name = def.name.clone().unwrap_or_default();
    let of = |ty: &Type| describe_type(resolve, ty);
    let maybe = |ty: &Option<Type>| ty.as_ref().map_or("_".into(), of);
    match &def.kind {
        TypeDefKind::Type(ty) => of(ty),
        TypeDefKind::Result(both) => format!("result<{}, {}>", maybe(&both.ok), maybe(&both.err)),
        TypeDefKind::Record(record) => {
            let fields = record.fields.iter();
            let fields: Vec<_> = fields
                .map(|f| format!("{}: {}", f.name, of(&f.ty)))
                .collect();
            format!("{name} {{ {} }}", fields.join(", "))
        }
        TypeDefKind::Enum(cases) => {
            let cases: Vec<_> = cases.cases.iter().map(|case| case.name.clone()).collect();
            format!("{name} {{ {} }}", cases.join(", "))
        }
        TypeDefKind::Variant(variant) => {
            let cases = variant.cases.iter();
            let cases: Vec<_> = cases
                .map(|c| format!("{}({})", c.name, maybe(&c.ty)))
                .collect();
            format!("{name} {{ {} }}", cases.join(", "))
        }
        other => format!("{name} {other:?}"),
    }
}
