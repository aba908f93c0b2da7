//! Layouts: read as written, the same bytes each time, and nothing taken that is not what it says.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::path::Path;

use anyam_artifact::Digest;
use anyam_artifact::oci::{self, Artifact, MOST_DOCUMENT, OciError};
use anyam_artifact::signature::{PrivateKey, Statement};

const CREATED: &str = "2026-11-25T00:00:00Z";

fn artifact(version: &str) -> Artifact {
    let component = wat::parse_str(format!(r#"(component (@custom "version" "{version}"))"#));
    let component = component.unwrap();
    let statement = Statement {
        name: "credit-check",
        version,
        digest: Digest::of(&component),
    };
    let key = PrivateKey::from_pem(
        "-----BEGIN PRIVATE KEY-----\n\
         MC4CAQAwBQYDK2VwBCIEINt2gug01CPylsSmkU1htJau6qwbcQTzeLC4Pxl1l+HD\n\
         -----END PRIVATE KEY-----\n",
    );
    let signatures = vec![key.unwrap().sign(&statement)];
    Artifact {
        name: "credit-check".into(),
        version: version.into(),
        component,
        signatures,
    }
}

fn write(folder: &Path, artifact: &Artifact) {
    let exports = ["anyam:step/handler@0.1.0".to_owned()];
    oci::write(folder, artifact, CREATED, (&[], &exports)).unwrap();
}

#[test]
fn versions_are_read_as_they_were_written() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (artifact("1.0.0"), artifact("2.0.0"));
    write(folder.path(), &one);
    assert_eq!(oci::read(folder.path(), None).unwrap(), one);
    write(folder.path(), &two);
    write(folder.path(), &one);
    assert_eq!(oci::read(folder.path(), Some("1.0.0")).unwrap(), one);
    assert_eq!(oci::read(folder.path(), Some("2.0.0")).unwrap(), two);
    let references = oci::list(folder.path()).unwrap();
    assert_eq!(references.len(), 2);
    assert_eq!(
        oci::read(folder.path(), Some(&references[0].digest)).unwrap(),
        two
    );
    let which = oci::read(folder.path(), None).unwrap_err().to_string();
    assert!(
        which.contains("1.0.0") && which.contains("2.0.0"),
        "{which}"
    );
    assert!(oci::read(folder.path(), Some("3.0.0")).is_err());
}

#[test]
fn a_manifest_has_the_types_of_the_wasm_artifact_layout() {
    let folder = tempfile::tempdir().unwrap();
    let artifact = artifact("1.0.0");
    write(folder.path(), &artifact);
    let read = |path: &str| -> serde_json::Value {
        serde_json::from_slice(&fs::read(folder.path().join(path)).unwrap()).unwrap()
    };
    let blob = |descriptor: &serde_json::Value| {
        let digest = descriptor["digest"].as_str().unwrap();
        read(&format!("blobs/{}", digest.replace(':', "/")))
    };
    assert_eq!(read("oci-layout")["imageLayoutVersion"], "1.0.0");
    let index = read("index.json");
    let annotations = &index["manifests"][0]["annotations"];
    assert_eq!(annotations["org.opencontainers.image.ref.name"], "1.0.0");
    let manifest = blob(&index["manifests"][0]);
    assert_eq!(manifest["schemaVersion"], 2);
    assert_eq!(
        manifest["mediaType"],
        "application/vnd.oci.image.manifest.v1+json"
    );
    assert_eq!(
        manifest["config"]["mediaType"],
        "application/vnd.wasm.config.v0+json"
    );
    assert_eq!(manifest["layers"][0]["mediaType"], "application/wasm");
    let digest = format!("sha256:{}", Digest::of(&artifact.component));
    assert_eq!(manifest["layers"][0]["digest"], digest.as_str());
    let config = blob(&manifest["config"]);
    assert_eq!(config["architecture"], "wasm");
    assert_eq!(config["os"], "wasip2");
    assert_eq!(config["created"], CREATED);
    assert_eq!(config["layerDigests"][0], digest.as_str());
    assert_eq!(
        config["component"]["exports"][0],
        "anyam:step/handler@0.1.0"
    );
}

#[test]
fn an_archive_carries_a_layout_and_is_the_same_each_time() {
    let place = tempfile::tempdir().unwrap();
    let at = |name: &str| place.path().join(name);
    let artifact = artifact("1.0.0");
    for (layout, archive) in [("a", "a.tar"), ("b", "b.tar")] {
        write(&at(layout), &artifact);
        oci::pack(&at(layout), &at(archive)).unwrap();
    }
    assert_eq!(
        fs::read(at("a.tar")).unwrap(),
        fs::read(at("b.tar")).unwrap()
    );
    oci::unpack(&at("a.tar"), &at("c")).unwrap();
    assert_eq!(oci::read(&at("c"), None).unwrap(), artifact);
}

#[test]
fn an_archive_writes_nothing_outside_of_its_folder() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("evil.tar");
    let mut archive = tar::Builder::new(fs::File::create(&file).unwrap());
    for name in [
        "../outside",
        "blobs/sha256/../../../outside",
        "/tmp/outside",
        "blobs/sha256/x",
    ] {
        let mut header = tar::Header::new_gnu();
        header.as_gnu_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_size(4);
        header.set_cksum();
        archive.append(&header, &b"evil"[..]).unwrap();
    }
    let mut link = tar::Header::new_gnu();
    link.set_entry_type(tar::EntryType::Symlink);
    link.set_size(0);
    archive
        .append_link(&mut link, "index.json", "/etc/passwd")
        .unwrap();
    archive.finish().unwrap();
    let folder = place.path().join("layout");
    oci::unpack(&file, &folder).unwrap();
    assert!(!place.path().join("outside").exists());
    assert_eq!(
        fs::read_dir(&folder).unwrap().count(),
        1,
        "only the folder of blobs"
    );
    assert_eq!(
        fs::read_dir(folder.join("blobs/sha256")).unwrap().count(),
        0
    );
}

#[test]
fn what_is_not_what_it_says_is_refused_by_name() {
    let damaged = |change: &dyn Fn(&Path)| {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &artifact("1.0.0"));
        change(folder.path());
        oci::read(folder.path(), None).unwrap_err().to_string()
    };
    let component = Digest::of(&artifact("1.0.0").component).to_string();
    let blob = format!("blobs/sha256/{component}");
    let text = damaged(&|folder| fs::write(folder.join(&blob), b"other").unwrap());
    assert!(
        text.contains(&component) && text.contains("copy the layout again"),
        "{text}"
    );
    let text = damaged(&|folder| fs::remove_file(folder.join(&blob)).unwrap());
    assert!(text.contains(&component), "{text}");
    let replace = |from: &'static str, to: &'static str| {
        move |folder: &Path| {
            let path = folder.join("index.json");
            let text = fs::read_to_string(&path).unwrap().replace(from, to);
            fs::write(path, text).unwrap();
        }
    };
    let text = damaged(&replace("sha256:", "sha256:../../"));
    assert!(text.contains("no SHA-256"), "{text}");
    let text = damaged(&replace("manifest.v1", "manifest.v9"));
    assert!(text.contains("no image manifest"), "{text}");
    let text = damaged(&replace("{", "{{"));
    assert!(text.contains("index.json"), "{text}");
    let text = damaged(&|folder| {
        let path = folder.join("oci-layout");
        fs::write(path, r#"{"imageLayoutVersion": "9.0.0"}"#).unwrap();
    });
    assert!(text.contains("9.0.0"), "{text}");
}

#[test]
fn documents_are_bounded_at_their_edge() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &artifact("1.0.0"));
    let path = folder.path().join("index.json");
    let mut text = fs::read(&path).unwrap();
    text.resize(MOST_DOCUMENT as usize, b' ');
    fs::write(&path, &text).unwrap();
    oci::read(folder.path(), None).unwrap();
    text.push(b' ');
    fs::write(&path, &text).unwrap();
    let error = oci::read(folder.path(), None).unwrap_err();
    assert!(matches!(error, OciError::Invalid { .. }), "{error}");
}
