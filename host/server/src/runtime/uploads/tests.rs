use std::convert::Infallible;

use futures_util::stream;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use super::*;

const TENANT: &str = "acme";
const BYTES: &[u8] = b"0123456789";

fn digest(bytes: &[u8]) -> ComponentDigest {
    Sha256::digest(bytes).into()
}

fn small() -> UploadLimits {
    UploadLimits {
        per_tenant: 2,
        bytes_per_tenant: 20,
        all: 3,
        bytes: 40,
        piece_bytes: 6,
        age: Duration::from_millis(1_000),
    }
}

fn pieces(
    bytes: &'static [u8],
) -> impl Stream<Item = std::result::Result<bytes::Bytes, Infallible>> + Unpin {
    stream::iter(
        bytes
            .chunks(2)
            .map(|piece| Ok(bytes::Bytes::from_static(piece))),
    )
}

#[tokio::test]
async fn pieces_are_put_together_and_survive_a_restart() {
    let folder = TempDir::new().unwrap();
    let name = digest(BYTES);
    {
        let uploads = Uploads::open(folder.path().to_owned(), small()).unwrap();
        let begun = uploads.begin(TENANT, name, 10, 0).unwrap();
        assert_eq!(
            begun,
            Begun::New(Progress {
                offset: 0,
                size: 10
            })
        );
        let session = uploads.find(TENANT, name, 0).unwrap();
        session.append(0, pieces(&BYTES[..6]), 6).await.unwrap();
    }
    let uploads = Uploads::open(folder.path().to_owned(), small()).unwrap();
    let now = jiff::Timestamp::now().as_millisecond();
    let begun = uploads.begin(TENANT, name, 10, now).unwrap();
    assert_eq!(
        begun,
        Begun::Known(Progress {
            offset: 6,
            size: 10
        })
    );
    let session = uploads.find(TENANT, name, now).unwrap();
    session.append(6, pieces(&BYTES[6..]), 6).await.unwrap();
    assert_eq!(session.read().await.unwrap(), BYTES);
    assert!(session.verify(name).await.unwrap());
    assert!(!session.verify(digest(b"other")).await.unwrap());
}

#[tokio::test]
async fn a_piece_must_begin_where_the_last_one_ended() {
    let folder = TempDir::new().unwrap();
    let uploads = Uploads::open(folder.path().to_owned(), small()).unwrap();
    uploads.begin(TENANT, digest(BYTES), 10, 0).unwrap();
    let session = uploads.find(TENANT, digest(BYTES), 0).unwrap();
    session.append(0, pieces(b"0123"), 6).await.unwrap();
    for offset in [0, 3, 5] {
        let refused = session.append(offset, pieces(b"45"), 6).await.unwrap_err();
        assert!(matches!(refused, Error::Conflict(_)), "{refused}");
    }
    assert_eq!(session.progress().offset, 4);
}

#[tokio::test]
async fn what_arrived_of_a_broken_piece_stays() {
    let folder = TempDir::new().unwrap();
    let uploads = Uploads::open(folder.path().to_owned(), small()).unwrap();
    uploads.begin(TENANT, digest(BYTES), 10, 0).unwrap();
    let session = uploads.find(TENANT, digest(BYTES), 0).unwrap();
    let broken = stream::iter([Ok(bytes::Bytes::from_static(b"01")), Err("reset")]);
    let refused = session.append(0, broken, 6).await.unwrap_err();
    assert!(refused.to_string().contains("reset"), "{refused}");
    assert_eq!(session.progress().offset, 2);
    session.append(2, pieces(b"234567"), 6).await.unwrap();
    session.append(8, pieces(b"89"), 6).await.unwrap();
    assert_eq!(session.read().await.unwrap(), BYTES);
}

#[tokio::test]
async fn pieces_are_bounded_at_their_edges() {
    let folder = TempDir::new().unwrap();
    let uploads = Uploads::open(folder.path().to_owned(), small()).unwrap();
    uploads.begin(TENANT, digest(BYTES), 10, 0).unwrap();
    let session = uploads.find(TENANT, digest(BYTES), 0).unwrap();
    let refused = session.append(0, pieces(b"01234567"), 6).await.unwrap_err();
    assert!(refused.to_string().contains("piece_bytes"), "{refused}");
    assert_eq!(session.progress().offset, 6);
    let refused = session.append(6, pieces(b"67890"), 6).await.unwrap_err();
    assert!(
        refused.to_string().contains("past the 10 bytes"),
        "{refused}"
    );
    let at = session.progress().offset;
    assert_eq!(at, 10, "whole parts that fit have arrived");
}

#[test]
fn uploads_of_a_tenant_and_of_all_are_bounded_at_their_edges() {
    let folder = TempDir::new().unwrap();
    let uploads = Uploads::open(folder.path().to_owned(), small()).unwrap();
    let begin = |tenant, name: &[u8], size| uploads.begin(tenant, digest(name), size, 0);
    begin("a", b"1", 10).unwrap();
    let refused = begin("a", b"2", 11).unwrap_err();
    assert!(matches!(refused, Error::TenantBusy(_)), "{refused}");
    begin("a", b"2", 10).unwrap();
    let refused = begin("a", b"3", 0).unwrap_err();
    assert!(
        refused.to_string().contains("uploads.per_tenant"),
        "{refused}"
    );
    let refused = begin("b", b"1", 21).unwrap_err();
    assert!(
        refused.to_string().contains("bytes_per_tenant"),
        "{refused}"
    );
    begin("b", b"1", 20).unwrap();
    let refused = begin("c", b"1", 1).unwrap_err();
    assert!(matches!(refused, Error::Unavailable(_)), "{refused}");
    // A place that becomes free is given away again.
    uploads.remove("b", digest(b"1"));
    begin("c", b"1", 1).unwrap();
}

#[test]
fn what_nobody_continues_is_forgotten_with_its_file() {
    let folder = TempDir::new().unwrap();
    let uploads = Uploads::open(folder.path().to_owned(), small()).unwrap();
    uploads.begin(TENANT, digest(BYTES), 10, 0).unwrap();
    let files = || {
        let tenant = std::fs::read_dir(folder.path()).unwrap().next().unwrap();
        std::fs::read_dir(tenant.unwrap().path()).unwrap().count()
    };
    assert!(uploads.find(TENANT, digest(BYTES), 1_000).is_ok());
    assert_eq!(files(), 1);
    assert!(matches!(
        uploads.find(TENANT, digest(BYTES), 1_001),
        Err(Error::NotFound(_))
    ));
    assert_eq!(files(), 0);
}

#[test]
fn tenants_do_not_see_each_others_uploads() {
    let folder = TempDir::new().unwrap();
    let uploads = Uploads::open(folder.path().to_owned(), small()).unwrap();
    uploads.begin(TENANT, digest(BYTES), 10, 0).unwrap();
    assert!(uploads.find("other", digest(BYTES), 0).is_err());
}

#[test]
fn a_digest_is_64_hexadecimal_digits() {
    assert_eq!(digest_of(&hex(&digest(BYTES))), Some(digest(BYTES)));
    for text in ["", "ab", &"g".repeat(64), &"a".repeat(63), &"é".repeat(32)] {
        assert_eq!(digest_of(text), None, "{text}");
    }
}
