//! A backup of everything, taken while the server runs.

use std::io::{self, Write};

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::StatusCode;
use futures_util::stream;
use tokio::sync::mpsc;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::answer::{self, Answer};
use super::problem::Problem;

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(get_backup))
}

/// Bytes that are sent at once.
const PIECE: usize = 64 << 10;
/// Pieces that may wait for the client.
const WAITING: usize = 16;

/// Get a backup of everything that is stored, of all tenants: one consistent snapshot, which
/// `anyam store restore` makes a store of. It ends with its digest, so that one that broke off is
/// known by it.
#[utoipa::path(get, path = "/v2/backup", tag = "Cluster",
    responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream")))]
async fn get_backup(State(api): State<Api>) -> Answer {
    let turn = api.backups.clone().try_acquire_owned().map_err(|_| {
        Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "as many backups as may be at once are being taken; try again when one is done",
        )
    })?;
    let reader = api.runtime.read()?;
    let (pieces, arriving) = mpsc::channel(WAITING);
    tokio::task::spawn_blocking(move || {
        let _turn = turn;
        let mut out = io::BufWriter::with_capacity(PIECE, Pieces(pieces));
        let outcome = reader.back_up(&mut out);
        let Pieces(pieces) = out.get_ref();
        if let Err(error) = outcome {
            tracing::warn!(%error, "a backup broke off");
            // Nobody is told where the client has gone.
            let _ = pieces.blocking_send(Err(io::Error::other(error)));
        }
    });
    let body = stream::unfold(arriving, async |mut arriving| {
        let piece: io::Result<Bytes> = arriving.recv().await?;
        Some((piece, arriving))
    });
    Ok(answer::typed(
        "application/octet-stream",
        Body::from_stream(body),
    ))
}

/// Sends what is written, as fast as the client takes it.
struct Pieces(mpsc::Sender<io::Result<Bytes>>);

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let piece = Bytes::copy_from_slice(&bytes[..bytes.len().min(PIECE)]);
        let sent = piece.len();
        let gone = |_| io::Error::new(io::ErrorKind::BrokenPipe, "the client has gone");
        self.0.blocking_send(Ok(piece)).map_err(gone)?;
        Ok(sent)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
