//! A layout as a folder.

use std::fs;
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::document::{
    Annotations, COMPONENT_TYPE, CONFIG_TYPE, Component, Config, Descriptor, INDEX_TYPE, Index,
    LAYOUT_VERSION, Layout, MANIFEST_TYPE, Manifest, REF_NAME, SIGNATURES, TITLE, VERSION,
};
use super::{MOST_COMPONENT, MOST_DOCUMENT, MOST_MANIFESTS, OciError};
use crate::digest::Digest;
use crate::signature::Signature;

/// A version of a step, as a layout holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Artifact {
    /// The step's name; empty where the layout was made by other tools and does not say.
    pub name: String,
    /// Its version; empty where the layout does not say.
    pub version: String,
    /// The component.
    pub component: Vec<u8>,
    /// The signatures that come with it. Nobody has verified them.
    pub signatures: Vec<Signature>,
}

/// One manifest of a layout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// What it is called, usually a version.
    pub name: Option<String>,
    /// The digest of the manifest.
    pub digest: String,
}

/// Adds an artifact to the layout in `folder`, which is made where there is none. One that has the
/// same version as its reference name is replaced. `created` is in RFC 3339; `imports` and
/// `exports` are those of the component.
///
/// # Errors
/// [`OciError`]; the index still is as it was then.
pub fn write(
    folder: &Path,
    artifact: &Artifact,
    created: &str,
    (imports, exports): (&[String], &[String]),
) -> Result<(), OciError> {
    let blobs = folder.join("blobs").join("sha256");
    fs::create_dir_all(&blobs).map_err(OciError::file(&blobs))?;
    let mut index = match folder.join("index.json") {
        path if path.exists() => index(folder)?,
        _ => Index {
            schema_version: 2,
            media_type: Some(INDEX_TYPE.to_owned()),
            manifests: Vec::new(),
            annotations: Annotations::new(),
        },
    };
    let store = |media_type: &str, bytes: &[u8]| {
        let path = blobs.join(Digest::of(bytes).to_string());
        fs::write(&path, bytes).map_err(OciError::file(&path))?;
        Ok(Descriptor::of(media_type, bytes))
    };
    let layer = store(COMPONENT_TYPE, &artifact.component)?;
    let config = json(&Config {
        created,
        architecture: "wasm",
        os: "wasip2",
        layer_digests: [layer.digest.clone()],
        component: Component {
            exports,
            imports,
            target: None,
        },
    });
    let manifest = Manifest {
        schema_version: 2,
        media_type: Some(MANIFEST_TYPE.to_owned()),
        config: store(CONFIG_TYPE, &config)?,
        layers: vec![layer],
        annotations: annotations(artifact),
    };
    let mut descriptor = store(MANIFEST_TYPE, &json(&manifest))?;
    let name = artifact.version.clone();
    descriptor.annotations.insert(REF_NAME.to_owned(), name);
    index
        .manifests
        .retain(|other| other.ref_name() != descriptor.ref_name());
    index.manifests.push(descriptor);
    if index.manifests.len() > MOST_MANIFESTS {
        let message = format!("a layout holds at most {MOST_MANIFESTS} manifests");
        return Err(OciError::invalid(&folder.join("index.json"), message));
    }
    let layout = Layout {
        image_layout_version: LAYOUT_VERSION.to_owned(),
    };
    replace(&folder.join("oci-layout"), &json(&layout))?;
    replace(&folder.join("index.json"), &json(&index))
}

fn annotations(artifact: &Artifact) -> Annotations {
    let signatures: Vec<String> = artifact
        .signatures
        .iter()
        .map(ToString::to_string)
        .collect();
    let all = [
        (TITLE, artifact.name.clone()),
        (VERSION, artifact.version.clone()),
        (SIGNATURES, signatures.join(" ")),
    ];
    let said = all.into_iter().filter(|(_, value)| !value.is_empty());
    said.map(|(key, value)| (key.to_owned(), value)).collect()
}

/// The manifests of the layout in `folder`.
///
/// # Errors
/// [`OciError`].
pub fn list(folder: &Path) -> Result<Vec<Reference>, OciError> {
    let manifests = index(folder)?.manifests;
    let reference = |descriptor: Descriptor| Reference {
        name: descriptor.ref_name().map(str::to_owned),
        digest: descriptor.digest,
    };
    Ok(manifests.into_iter().map(reference).collect())
}

/// Reads the artifact that `reference` names, or the only one.
///
/// # Errors
/// [`OciError`], also where there is no such artifact or more than one.
pub fn read(folder: &Path, reference: Option<&str>) -> Result<Artifact, OciError> {
    let index = index(folder)?;
    let fits = |descriptor: &&Descriptor| {
        reference.is_none_or(|wanted| {
            descriptor.ref_name() == Some(wanted) || descriptor.digest == wanted
        })
    };
    let found: Vec<&Descriptor> = index.manifests.iter().filter(fits).collect();
    let [descriptor] = found[..] else {
        let names = index.manifests.iter().take(20);
        let names: Vec<&str> = names
            .map(|descriptor| descriptor.ref_name().unwrap_or(&descriptor.digest))
            .collect();
        let message = format!(
            "say which artifact is meant; there are: {}",
            names.join(", ")
        );
        let path = folder.to_owned();
        return Err(OciError::Reference { path, message });
    };
    let path = folder.join("index.json");
    if descriptor.media_type != MANIFEST_TYPE {
        let message = format!("{} is no image manifest", descriptor.digest);
        return Err(OciError::invalid(&path, message));
    }
    let (path, bytes) = blob(folder, descriptor, MOST_DOCUMENT)?;
    let manifest: Manifest = parse(&path, &bytes)?;
    let is_wasm = |layer: &&Descriptor| layer.media_type == COMPONENT_TYPE;
    let layers: Vec<&Descriptor> = manifest.layers.iter().filter(is_wasm).collect();
    let [layer] = layers[..] else {
        let message = format!(
            "it has {} layers of the type {COMPONENT_TYPE} and must have one",
            layers.len()
        );
        return Err(OciError::invalid(&path, message));
    };
    let said = |key: &str| manifest.annotations.get(key).cloned().unwrap_or_default();
    let signatures = said(SIGNATURES);
    let signatures = signatures.split_whitespace().map(str::parse);
    let signatures = signatures
        .collect::<Result<Vec<Signature>, _>>()
        .map_err(|error| OciError::invalid(&path, error.to_string()))?;
    Ok(Artifact {
        name: said(TITLE),
        version: said(VERSION),
        component: blob(folder, layer, MOST_COMPONENT)?.1,
        signatures,
    })
}

fn index(folder: &Path) -> Result<Index, OciError> {
    let path = folder.join("oci-layout");
    let layout: Layout = parse(&path, &bounded(&path, MOST_DOCUMENT)?)?;
    if layout.image_layout_version != LAYOUT_VERSION {
        let version = layout.image_layout_version;
        let message = format!("layouts of version {version} are not known");
        return Err(OciError::invalid(&path, message));
    }
    let path = folder.join("index.json");
    let index: Index = parse(&path, &bounded(&path, MOST_DOCUMENT)?)?;
    if index.manifests.len() > MOST_MANIFESTS {
        let message = format!("it has more than {MOST_MANIFESTS} manifests");
        return Err(OciError::invalid(&path, message));
    }
    Ok(index)
}

/// Reads what a descriptor refers to, and checks that it is that.
fn blob(
    folder: &Path,
    descriptor: &Descriptor,
    most: u64,
) -> Result<(std::path::PathBuf, Vec<u8>), OciError> {
    let Some(digest) = descriptor.sha256() else {
        let message = format!("'{}' is no SHA-256 digest", descriptor.digest);
        return Err(OciError::invalid(folder, message));
    };
    let path = folder.join("blobs").join("sha256").join(digest.to_string());
    let bytes = bounded(&path, most)?;
    if bytes.len() as u64 != descriptor.size || Digest::of(&bytes) != digest {
        let message = "its bytes are not those that it is named by; copy the layout again";
        return Err(OciError::invalid(&path, message));
    }
    Ok((path, bytes))
}

fn bounded(path: &Path, most: u64) -> Result<Vec<u8>, OciError> {
    let size = fs::metadata(path).map_err(OciError::file(path))?.len();
    if size > most {
        return Err(OciError::invalid(
            path,
            format!("it has more than {most} bytes"),
        ));
    }
    fs::read(path).map_err(OciError::file(path))
}

fn parse<T: DeserializeOwned>(path: &Path, bytes: &[u8]) -> Result<T, OciError> {
    serde_json::from_slice(bytes).map_err(|error| OciError::invalid(path, error.to_string()))
}

fn json(document: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(document).expect("texts and numbers always serialise")
}

/// Writes a file so that readers see the old bytes or the new ones.
fn replace(path: &Path, bytes: &[u8]) -> Result<(), OciError> {
    let beside = path.with_extension("new");
    fs::write(&beside, bytes).map_err(OciError::file(&beside))?;
    fs::rename(&beside, path).map_err(OciError::file(path))
}
