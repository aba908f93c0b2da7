//! Encrypted connections. The certificates in `certificates/` are made by the script there.

use std::sync::{Arc, Mutex};

use anyam_sandbox::{Config, Network};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ServerConfig, crypto::ring};

use crate::bench::{Bench, bench_with};
use crate::server::{Part, Received, response, talk};

const ROOT: &[u8] = include_bytes!("certificates/root.pem");
const CERTIFICATE: &[u8] = include_bytes!("certificates/server.pem");
const KEY: &[u8] = include_bytes!("certificates/server.key");

/// A server that is `api.example.com`; what it received.
async fn server() -> (u16, Arc<Mutex<Vec<Received>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![CertificateDer::from_pem_slice(CERTIFICATE).unwrap()],
            PrivateKeyDer::from_pem_slice(KEY).unwrap(),
        )
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let received = Arc::new(Mutex::new(Vec::new()));
    let seen = received.clone();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let (acceptor, seen) = (acceptor.clone(), seen.clone());
            tokio::spawn(async move {
                let Ok(stream) = acceptor.accept(stream).await else {
                    return;
                };
                let answer = |_: &Received| vec![Part::Bytes(response(200, &[], b"private"))];
                talk(stream, seen, Arc::new(answer)).await;
            });
        }
    });
    (port, received)
}

fn trusting(config: &mut Config) {
    let root = CertificateDer::from_pem_slice(ROOT).unwrap();
    config.network.extra_roots = vec![root.to_vec()];
}

async fn bench(port: u16, change: impl FnOnce(&mut Config)) -> Bench {
    let rule = |host: &str| json!({"host": host, "port": port, "privateAddresses": true, "secrets": ["KEY"]});
    let rules = json!([
        rule("api.example.com"),
        rule("other.example.com"),
        rule("127.0.0.1")
    ]);
    let bench = bench_with(rules, change).await;
    for name in ["api.example.com", "other.example.com"] {
        bench.names.set(name, &[&["127.0.0.1"]]);
    }
    bench
}

async fn get(bench: &Bench, host: &str, port: u16) -> Value {
    bench.get(&format!("https://{host}:{port}/")).await
}

#[tokio::test]
async fn a_certificate_that_is_trusted_and_fits_the_name_is_accepted() {
    let (port, received) = server().await;
    let mut bench = bench(port, trusting).await;
    bench.secrets.insert("KEY".into(), "value".into());
    let request = json!({"url": format!("https://API.example.com:{port}/a"),
        "headers": [["x-key", "{{secret:KEY}}"]]});
    let answers = bench.fetch(&[request]).await;
    assert_eq!(answers[0]["body"], "private", "{answers:?}");
    let received = received.lock().unwrap();
    assert_eq!(received[0].header("x-key"), Some("value"));
}

#[tokio::test]
async fn any_other_certificate_is_not() {
    let (port, received) = server().await;
    let untrusting = bench(port, |_| ()).await;
    let answer = get(&untrusting, "api.example.com", port).await;
    assert!(
        answer["error"]
            .as_str()
            .unwrap()
            .ends_with("TlsCertificateError"),
        "{answer}"
    );
    let trusting = bench(port, trusting).await;
    for host in ["other.example.com", "127.0.0.1"] {
        let answer = get(&trusting, host, port).await;
        let error = answer["error"].as_str().unwrap();
        assert!(error.ends_with("TlsCertificateError"), "{host}: {error}");
    }
    assert!(received.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_peer_that_does_not_speak_tls_is_an_error_of_the_protocol() {
    let plain = crate::server::Server::start(|_| Vec::new()).await;
    // It answers the first bytes of anything.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        use tokio::io::AsyncWriteExt as _;
        stream
            .write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            .await
            .unwrap();
        std::future::pending::<()>().await;
    });
    let bench = bench(port, trusting).await;
    let answer = get(&bench, "api.example.com", port).await;
    assert!(
        answer["error"]
            .as_str()
            .unwrap()
            .ends_with("TlsProtocolError"),
        "{answer}"
    );
    assert_eq!(plain.connections(), 0);
}

#[test]
fn a_root_that_is_not_a_certificate_is_refused_when_the_sandbox_starts() {
    let mut config = Config::new(
        std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("http-cache"),
        crate::support::compiler(),
    );
    config.network = Network {
        extra_roots: vec![b"nonsense".to_vec()],
        ..Network::default()
    };
    let error = anyam_sandbox::Sandbox::new(config).unwrap_err();
    assert!(error.to_string().contains("extra_roots"), "{error}");
}
