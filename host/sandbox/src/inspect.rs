//! The check of an uploaded component before anything is compiled.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};
use wasmparser::component_types::ComponentEntityType;
use wasmparser::types::Types;
use wasmparser::{ComponentTypeRef, Encoding, Parser, Payload, TypeBounds, Validator};

use crate::capabilities::{EffectClass, is_step_interface};
use crate::engine;
use crate::error::UploadError;
use crate::grants::Capability;
use crate::limits::{Limits, clip};
use crate::signature::{HANDLER, Interface, MANIFEST};
use crate::typed::{self, Function};

/// What a component is, as far as can be told without compiling it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Inspection {
    /// SHA-256 of the bytes.
    pub digest: [u8; 32],
    /// Number of bytes.
    pub size: usize,
    /// The names of its imports, in their order.
    pub imports: Vec<String>,
    /// The names of its exports, in their order.
    pub exports: Vec<String>,
    /// What its imports make of it.
    pub effect: EffectClass,
    /// What its imports need to be granted.
    pub capabilities: BTreeSet<Capability>,
    /// Whether it describes itself.
    pub has_manifest: bool,
    /// Its typed functions. None where it exports `anyam:step/handler`, which is called then.
    pub functions: Vec<Function>,
}

const MAGIC: &[u8] = b"\0asm";
const MODULE: &[u8] = &[1, 0, 0, 0];
const COMPONENT_LAYER: &[u8] = &[1, 0];
/// How much of a name in an uploaded file is repeated in an error.
const NAME_BYTES: usize = 200;

/// Checks size, kind, validity, exports and imports of a component. Needs no
/// [`Sandbox`](crate::Sandbox); [`Sandbox::inspect`](crate::Sandbox::inspect) is the same.
///
/// # Errors
/// Why it cannot be a step.
pub fn inspect(bytes: &[u8], limits: &Limits) -> Result<Inspection, UploadError> {
    kind(bytes, limits)?;
    let mut validator = Validator::new_with_features(engine::features());
    let types = validator
        .validate_all(bytes)
        .map_err(|error| invalid(bytes, &error, limits))?;
    let Outline {
        imports,
        exports,
        functions,
    } = outline(bytes).map_err(|error| invalid(bytes, &error, limits))?;
    if functions > limits.component_functions {
        return Err(UploadError::Resources {
            message: format!(
                "{functions} functions; the limit is {} (limit component_functions)",
                limits.component_functions
            ),
        });
    }

    let mut effect = EffectClass::Pure;
    let mut capabilities = BTreeSet::new();
    for import in &imports {
        let (granted, needs) =
            crate::capabilities::grant(import).map_err(|reason| UploadError::Import {
                import: clip(import.clone(), NAME_BYTES),
                reason,
            })?;
        effect = effect.max(granted);
        capabilities.extend(needs);
    }
    let has_handler = check_export(&HANDLER, &exports, &types, limits)?;
    let typed = if has_handler {
        Vec::new()
    } else {
        typed::functions(&exports, &types, limits)?
    };
    if typed.is_empty() && !has_handler {
        let text = if exports.is_empty() {
            "nothing".to_owned()
        } else {
            exports.join(", ")
        };
        return Err(UploadError::MissingHandler {
            expected: "anyam:step/handler@0.1.x",
            exports: clip(text, NAME_BYTES),
        });
    }
    let has_manifest = check_export(&MANIFEST, &exports, &types, limits)?;
    Ok(Inspection {
        digest: Sha256::digest(bytes).into(),
        size: bytes.len(),
        imports,
        exports,
        effect,
        capabilities,
        has_manifest,
        functions: typed,
    })
}

/// Tells a component from everything else that gets uploaded in its place.
fn kind(bytes: &[u8], limits: &Limits) -> Result<(), UploadError> {
    if bytes.is_empty() {
        return Err(UploadError::Empty);
    }
    if bytes.len() > limits.component_bytes {
        return Err(UploadError::TooLarge {
            size: bytes.len(),
            limit: limits.component_bytes,
        });
    }
    let Some(version) = bytes.strip_prefix(MAGIC) else {
        if MAGIC.starts_with(bytes) {
            return Err(UploadError::Truncated { size: bytes.len() });
        }
        return Err(UploadError::NotWasm {
            found: looks_like(bytes),
        });
    };
    match version.get(..4) {
        None => Err(UploadError::Truncated { size: bytes.len() }),
        Some(MODULE) => Err(UploadError::CoreModule),
        Some(version) if version[2..] == *COMPONENT_LAYER => Ok(()),
        Some(version) => Err(UploadError::Invalid {
            message: format!("unknown binary version {version:?}"),
        }),
    }
}

fn looks_like(bytes: &[u8]) -> String {
    let start = &bytes[..bytes.len().min(512)];
    let name = match start {
        [b'P', b'K', 3, 4, ..] => "a ZIP archive",
        [0x1f, 0x8b, ..] => "a gzip archive",
        [0x7f, b'E', b'L', b'F', ..] => "a native program",
        _ => match text(start).map(str::trim_start) {
            Some(text) if text.starts_with("(component") || text.starts_with("(module") => {
                "the text format of WebAssembly (turn it into binary with `wasm-tools parse`)"
            }
            Some(_) => "a text file",
            None => "some other binary file",
        },
    };
    name.to_owned()
}

/// The bytes as a text, of which the last character may be cut.
fn text(bytes: &[u8]) -> Option<&str> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&bytes[..error.valid_up_to()]).ok()?
        }
        Err(_) => return None,
    };
    (!text.contains('\0')).then_some(text)
}

fn invalid(bytes: &[u8], error: &wasmparser::Error, limits: &Limits) -> UploadError {
    // A section that says it is longer than the file ends the file early.
    let cut = error.offset() >= bytes.len() || error.message().contains("unexpected end");
    if cut {
        return UploadError::Truncated { size: bytes.len() };
    }
    UploadError::Invalid {
        message: clip(error.to_string(), limits.error_text_bytes),
    }
}

/// What can be told of a component without looking at its code.
#[derive(Default)]
struct Outline {
    /// The names of the component's own imports, not those of the modules and components inside.
    imports: Vec<String>,
    /// As `imports`.
    exports: Vec<String>,
    /// Functions of all core modules.
    functions: usize,
}

fn outline(bytes: &[u8]) -> wasmparser::Result<Outline> {
    let mut outline = Outline::default();
    let mut depth = 0usize;
    for payload in Parser::new(0).parse_all(bytes) {
        match payload? {
            Payload::Version {
                encoding: Encoding::Module | Encoding::Component,
                ..
            } => depth += 1,
            Payload::End(_) => depth -= 1,
            Payload::ComponentImportSection(section) if depth == 1 => {
                for import in section {
                    let import = import?;
                    // The types a world names itself are stated as imports, and nobody gives them.
                    let is_type_alone =
                        matches!(import.ty, ComponentTypeRef::Type(TypeBounds::Eq(_)));
                    if !is_type_alone {
                        outline.imports.push(import.name.name.to_owned());
                    }
                }
            }
            Payload::ComponentExportSection(section) if depth == 1 => {
                for export in section {
                    outline.exports.push(export?.name.name.to_owned());
                }
            }
            Payload::FunctionSection(section) => {
                let more = usize::try_from(section.count()).unwrap_or(usize::MAX);
                outline.functions = outline.functions.saturating_add(more);
            }
            _ => {}
        }
    }
    Ok(outline)
}

/// Whether `interface` is exported.
///
/// # Errors
/// It is, with another type.
fn check_export(
    interface: &Interface,
    exports: &[String],
    types: &Types,
    limits: &Limits,
) -> Result<bool, UploadError> {
    let Some(name) = exports
        .iter()
        .find(|name| is_step_interface(name, interface.name))
    else {
        return Ok(false);
    };
    let export: Option<ComponentEntityType> = types
        .as_ref()
        .component_item_for_export(name)
        .map(|item| item.ty);
    let export = export.expect("the export section names it");
    interface
        .check(&export, types.as_ref())
        .map_err(|message| UploadError::WrongType {
            interface: name.clone(),
            message: clip(message, limits.error_text_bytes),
        })?;
    Ok(true)
}
