//! The JSON documents of a layout, as far as they are read or written.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::digest::Digest;

pub(super) const INDEX_TYPE: &str = "application/vnd.oci.image.index.v1+json";
pub(super) const MANIFEST_TYPE: &str = "application/vnd.oci.image.manifest.v1+json";
pub(super) const CONFIG_TYPE: &str = "application/vnd.wasm.config.v0+json";
pub(super) const COMPONENT_TYPE: &str = "application/wasm";
pub(super) const LAYOUT_VERSION: &str = "1.0.0";

/// What a reference in an index is called; for us the version.
pub(super) const REF_NAME: &str = "org.opencontainers.image.ref.name";
/// The step's name.
pub(super) const TITLE: &str = "org.opencontainers.image.title";
/// The step's version.
pub(super) const VERSION: &str = "org.opencontainers.image.version";
/// Signatures, with spaces between them.
pub(super) const SIGNATURES: &str = "dev.anyam.step.signatures";

pub(super) type Annotations = BTreeMap<String, String>;

/// `oci-layout`.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Layout {
    pub(super) image_layout_version: String,
}

/// `index.json`.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Index {
    pub(super) schema_version: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) media_type: Option<String>,
    pub(super) manifests: Vec<Descriptor>,
    #[serde(default, skip_serializing_if = "Annotations::is_empty")]
    pub(super) annotations: Annotations,
}

/// A manifest.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Manifest {
    pub(super) schema_version: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) media_type: Option<String>,
    pub(super) config: Descriptor,
    pub(super) layers: Vec<Descriptor>,
    #[serde(default, skip_serializing_if = "Annotations::is_empty")]
    pub(super) annotations: Annotations,
}

/// What refers to a blob.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Descriptor {
    pub(super) media_type: String,
    pub(super) digest: String,
    pub(super) size: u64,
    #[serde(default, skip_serializing_if = "Annotations::is_empty")]
    pub(super) annotations: Annotations,
}

impl Descriptor {
    pub(super) fn of(media_type: &str, bytes: &[u8]) -> Self {
        Self {
            media_type: media_type.to_owned(),
            digest: format!("sha256:{}", Digest::of(bytes)),
            size: bytes.len() as u64,
            annotations: Annotations::new(),
        }
    }

    /// The digest, where it is one that can be checked.
    pub(super) fn sha256(&self) -> Option<Digest> {
        self.digest.strip_prefix("sha256:")?.parse().ok()
    }

    pub(super) fn ref_name(&self) -> Option<&str> {
        self.annotations.get(REF_NAME).map(String::as_str)
    }
}

/// The config of a component.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Config<'a> {
    /// RFC 3339.
    pub(super) created: &'a str,
    pub(super) architecture: &'static str,
    pub(super) os: &'static str,
    pub(super) layer_digests: [String; 1],
    pub(super) component: Component<'a>,
}

#[derive(Serialize)]
pub(super) struct Component<'a> {
    pub(super) exports: &'a [String],
    pub(super) imports: &'a [String],
    pub(super) target: Option<&'a str>,
}
