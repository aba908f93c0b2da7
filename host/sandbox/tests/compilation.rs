//! The compiling process, its limits, and the cache.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyam_sandbox::{Limits, UploadError, UploadErrorKind};
use support::guest::{answer, echo};
use support::{bench, bench_with, context, sandbox_in, shell_compiler};

fn cached(dir: &Path) -> Vec<PathBuf> {
    fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect()
}

async fn answers(sandbox: &anyam_sandbox::Sandbox) {
    let step = sandbox
        .prepare(echo().build().into(), &Limits::default())
        .await
        .unwrap();
    let call = support::call(&step, &context(), "{}", &Limits::default()).await;
    assert_eq!(call.outcome.as_deref(), Ok("{}"));
}

/// Where a file comes to hold the number of a process, waits for it.
async fn process_in(path: &Path) -> u32 {
    for _ in 0..1_000 {
        if let Some(id) = fs::read_to_string(path)
            .ok()
            .and_then(|id| id.trim().parse().ok())
        {
            return id;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("no process has written {}", path.display());
}

/// Waits until the process is gone altogether, so that not even a zombie is left.
async fn gone(process: u32) -> bool {
    let path = format!("/proc/{process}");
    for _ in 0..1_000 {
        if !Path::new(&path).exists() {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    false
}

#[tokio::test]
async fn compiled_code_is_kept_and_used_again_without_a_compiler() {
    let dir = tempfile::tempdir().unwrap();
    answers(&sandbox_in(dir.path(), |_| {})).await;
    assert_eq!(cached(dir.path()).len(), 1);
    answers(&sandbox_in(dir.path(), |config| {
        config.compiler = shell_compiler("exit 9")
    }))
    .await;
}

#[tokio::test]
async fn a_damaged_cache_file_is_compiled_again() {
    let dir = tempfile::tempdir().unwrap();
    let sandbox = sandbox_in(dir.path(), |_| {});
    answers(&sandbox).await;
    let path = cached(dir.path()).remove(0);
    let whole = fs::read(&path).unwrap();
    for damage in [0, 20, 60, whole.len() / 2, whole.len() - 1] {
        let mut damaged = whole.clone();
        damaged[damage] ^= 0x55;
        fs::write(&path, damaged).unwrap();
        answers(&sandbox).await;
        assert_eq!(fs::read(&path).unwrap().len(), whole.len());
    }
    for length in [0, 7, 50, whole.len() - 1] {
        fs::write(&path, &whole[..length]).unwrap();
        answers(&sandbox).await;
        assert!(
            fs::read(&path).unwrap().len() == whole.len(),
            "after a cut to {length}"
        );
    }
}

#[tokio::test]
async fn whole_but_foreign_code_in_the_cache_is_compiled_again() {
    use sha2::Digest as _;
    let dir = tempfile::tempdir().unwrap();
    let sandbox = sandbox_in(dir.path(), |_| {});
    answers(&sandbox).await;
    let path = cached(dir.path()).remove(0);
    let whole = fs::read(&path).unwrap();
    // The header is a magic text of 8 bytes and the checksum of the rest.
    let foreign = b"code for another machine";
    let sum = sha2::Sha256::digest(foreign);
    fs::write(&path, [&whole[..8], &sum, foreign].concat()).unwrap();
    answers(&sandbox).await;
    assert_eq!(fs::read(&path).unwrap().len(), whole.len());
}

#[tokio::test]
async fn compilation_that_takes_too_long_is_stopped() {
    let bench = bench();
    let limits = Limits {
        compile_time: Duration::from_micros(1),
        ..Limits::default()
    };
    let error = bench
        .sandbox
        .prepare(echo().build().into(), &limits)
        .await
        .unwrap_err();
    assert!(matches!(error, UploadError::CompileTime { .. }), "{error}");
    assert_eq!(error.kind(), UploadErrorKind::TooLarge);
    answers(&bench.sandbox).await;
}

#[tokio::test]
async fn compilation_that_takes_too_much_memory_is_stopped() {
    let bench = bench();
    for compile_memory_bytes in [1 << 20, 16 << 20] {
        let limits = Limits {
            compile_memory_bytes,
            ..Limits::default()
        };
        let error = bench
            .sandbox
            .prepare(echo().build().into(), &limits)
            .await
            .unwrap_err();
        assert!(
            matches!(error, UploadError::CompileMemory { .. }),
            "{error}"
        );
        assert!(
            error.to_string().contains("compile_memory_bytes"),
            "{error}"
        );
    }
    assert!(cached(bench.dir.path()).is_empty());
    answers(&bench.sandbox).await;
}

#[tokio::test]
async fn a_compiler_that_hangs_is_killed_at_its_time_and_waited_for() {
    let dir = tempfile::tempdir().unwrap();
    let id = dir.path().join("id");
    let script = format!("echo $$ > {}; exec /bin/sleep 1000", id.display());
    let bench = bench_with(|config| config.compiler = shell_compiler(&script));
    let limits = Limits {
        compile_time: Duration::from_millis(300),
        ..Limits::default()
    };
    let error = bench
        .sandbox
        .prepare(echo().build().into(), &limits)
        .await
        .unwrap_err();
    assert!(matches!(error, UploadError::CompileTime { .. }), "{error}");
    assert!(gone(process_in(&id).await).await);
}

#[tokio::test]
async fn an_upload_that_is_given_up_ends_its_compiler() {
    let dir = tempfile::tempdir().unwrap();
    let id = dir.path().join("id");
    let script = format!("echo $$ > {}; exec /bin/sleep 1000", id.display());
    let bench = bench_with(|config| config.compiler = shell_compiler(&script));
    let limits = Limits::default();
    let upload = bench.sandbox.prepare(echo().build().into(), &limits);
    let process = tokio::select! {
        result = upload => panic!("{result:?}"),
        process = process_in(&id) => process,
    };
    assert!(gone(process).await);
    // Its turn is given back too: the next upload gets to run.
    fs::remove_file(&id).unwrap();
    let limits = Limits {
        compile_time: Duration::from_millis(300),
        ..Limits::default()
    };
    let next = bench.sandbox.prepare(echo().build().into(), &limits).await;
    assert!(matches!(next, Err(UploadError::CompileTime { .. })));
    assert!(gone(process_in(&id).await).await);
}

#[tokio::test]
async fn waiting_compilations_are_bounded() {
    let dir = tempfile::tempdir().unwrap();
    let id = dir.path().join("id");
    let script = format!("echo $$ > {}; exec /bin/sleep 1000", id.display());
    let bench = bench_with(|config| {
        config.compiler = shell_compiler(&script);
        config.waiting_compilations = 0;
    });
    let limits = Limits::default();
    let first = bench.sandbox.prepare(echo().build().into(), &limits);
    let second = async {
        process_in(&id).await;
        bench
            .sandbox
            .prepare(answer("{}").build().into(), &limits)
            .await
    };
    let error = tokio::select! {
        result = first => panic!("{result:?}"),
        result = second => result.unwrap_err(),
    };
    assert_eq!(error.kind(), UploadErrorKind::Busy);
}

#[tokio::test]
async fn two_uploads_of_the_same_component_compile_it_once() {
    let dir = tempfile::tempdir().unwrap();
    let count = dir.path().join("count");
    let program = support::compiler().program;
    let script = format!("echo x >> {}; exec {}", count.display(), program.display());
    let bench = bench_with(|config| config.compiler = shell_compiler(&script));
    tokio::join!(answers(&bench.sandbox), answers(&bench.sandbox));
    assert_eq!(fs::read_to_string(&count).unwrap().lines().count(), 1);
}

#[tokio::test]
async fn a_broken_compiler_is_the_hosts_fault() {
    let missing = bench_with(|config| config.compiler = "/nowhere/compiler".into());
    let limits = Limits::default();
    let error = missing
        .sandbox
        .prepare(echo().build().into(), &limits)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), UploadErrorKind::Host);
    assert!(error.to_string().contains("/nowhere/compiler"), "{error}");
    let failing = bench_with(|config| config.compiler = shell_compiler("echo why >&2; exit 9"));
    let error = failing
        .sandbox
        .prepare(echo().build().into(), &limits)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), UploadErrorKind::Host);
    assert!(error.to_string().contains("why"), "{error}");
    // What it writes is checked before it is used, and not kept.
    let lying = bench_with(|config| config.compiler = shell_compiler("echo code"));
    let error = lying
        .sandbox
        .prepare(echo().build().into(), &limits)
        .await
        .unwrap_err();
    assert!(matches!(error, UploadError::Compiler { .. }), "{error}");
    assert!(cached(lying.dir.path()).is_empty());
}

#[tokio::test]
async fn compiled_code_is_limited_in_size() {
    let endless = bench_with(|config| {
        config.compiler = shell_compiler("while :; do echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa; done");
    });
    let limits = Limits {
        artifact_bytes: 10_000,
        ..Limits::default()
    };
    let error = endless
        .sandbox
        .prepare(echo().build().into(), &limits)
        .await
        .unwrap_err();
    assert!(
        matches!(error, UploadError::ArtifactTooLarge { limit: 10_000 }),
        "{error}"
    );
}

#[test]
fn the_compiling_process_refuses_to_run_without_limits() {
    let output = std::process::Command::new(support::compiler().program)
        .env_clear()
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    assert!(!output.status.success());
    assert!(output.stdout.is_empty());
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("ANYAM_COMPILE_MEMORY_BYTES") || text.contains("ANYAM_COMPILE_CPU"));
}

#[test]
fn a_cache_folder_that_cannot_be_made_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "").unwrap();
    let config = anyam_sandbox::Config::new(file.join("cache"), support::compiler());
    let error = anyam_sandbox::Sandbox::new(config).unwrap_err();
    assert!(error.to_string().contains("file/cache"), "{error}");
}
