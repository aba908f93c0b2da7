//! A push over a connection that breaks.

use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use tempfile::TempDir;

use crate::cli_program::{Served, anyam};
use crate::guest;

/// Passes connections on, counts what clients send, and cuts one connection once.
struct Proxy {
    address: String,
    sent: Arc<AtomicUsize>,
    has_cut: Arc<AtomicBool>,
}

impl Proxy {
    fn start(server: &str, cut_after: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let server = server.trim_start_matches("http://").to_owned();
        let (sent, has_cut) = (Arc::default(), Arc::default());
        let proxy = Self {
            address,
            sent: Arc::clone(&sent),
            has_cut: Arc::clone(&has_cut),
        };
        // It ends with the test's process.
        thread::spawn(move || {
            for client in listener.incoming() {
                let client = client.unwrap();
                let server = TcpStream::connect(&server).unwrap();
                let (up, down) = (client.try_clone().unwrap(), server.try_clone().unwrap());
                let (sent, has_cut) = (Arc::clone(&sent), Arc::clone(&has_cut));
                thread::spawn(move || {
                    pass(up, server, |read| {
                        let total = sent.fetch_add(read, Ordering::SeqCst) + read;
                        total < cut_after || has_cut.swap(true, Ordering::SeqCst)
                    })
                });
                thread::spawn(move || pass(down, client, |_| true));
            }
        });
        proxy
    }
}

/// Passes bytes on while `go_on` says so, then ends both connections.
fn pass(mut from: TcpStream, mut to: TcpStream, go_on: impl Fn(usize) -> bool) {
    let mut buffer = [0; 16 << 10];
    while let Ok(read) = from.read(&mut buffer) {
        if read == 0 || !go_on(read) || to.write_all(&buffer[..read]).is_err() {
            break;
        }
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}

/// A step with a section of `size` bytes that say nothing.
fn large(size: usize) -> Vec<u8> {
    let mut bytes = guest::echo().build();
    let mut length = size + 5;
    bytes.push(0);
    while length >= 0x80 {
        bytes.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    bytes.push(length as u8);
    bytes.extend(b"\x04fill");
    bytes.extend((0..size).map(|at| (at * 31 % 251) as u8));
    bytes
}

#[test]
fn a_push_goes_on_where_it_was_cut_off_and_sends_nothing_twice() {
    const SIZE: usize = 5 << 20;
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("large.wasm");
    fs::write(&file, large(SIZE)).unwrap();
    let served = Served::start();
    let proxy = Proxy::start(&served.address, 3 << 20);
    let push = |version: &str| {
        let file = file.to_str().unwrap();
        let push = [
            "step",
            "push",
            file,
            "--name",
            "large",
            "--version",
            version,
        ];
        anyam(push.into_iter().chain(["--server", &proxy.address])).ok();
        proxy.sent.load(Ordering::SeqCst)
    };
    let sent = push("1.0.0");
    assert!(
        proxy.has_cut.load(Ordering::SeqCst),
        "the connection was cut"
    );
    // Had it begun again, it would have sent 3 MiB more than there are.
    assert!(sent < SIZE + (2 << 20) + (64 << 10), "{sent}");
    // The server has the bytes now.
    let again = push("1.0.1") - sent;
    assert!(again < 16 << 10, "{again}");
    let pulled = folder.path().join("pulled.wasm");
    let pull = ["step", "pull", "large", "-o", pulled.to_str().unwrap()];
    served.anyam(&pull).ok();
    assert_eq!(fs::read(pulled).unwrap(), fs::read(file).unwrap());
}
