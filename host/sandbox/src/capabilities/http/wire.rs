//! A connection whose bytes are counted.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::capabilities::http::traffic::{Direction, Flow};

/// What a connection runs over, encrypted or not.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// Counts what is sent and received, and breaks the connection off where it is too much.
pub(super) struct Wire {
    pub(super) stream: Box<dyn Stream>,
    pub(super) flow: Arc<Flow>,
}

impl Wire {
    fn used_up(&self, direction: Direction) -> io::Error {
        io::Error::other(self.flow.used_up(direction))
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        let read = (buffer.filled().len() - before) as u64;
        if self.flow.take(Direction::In, read) < read {
            return Poll::Ready(Err(self.used_up(Direction::In)));
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let taken = self.flow.take(Direction::Out, bytes.len() as u64);
        if taken == 0 && !bytes.is_empty() {
            return Poll::Ready(Err(self.used_up(Direction::Out)));
        }
        // No more than the length of a slice.
        let part = &bytes[..usize::try_from(taken).unwrap_or(bytes.len())];
        let written = Pin::new(&mut self.stream).poll_write(context, part);
        let sent = match &written {
            Poll::Ready(Ok(sent)) => *sent as u64,
            Poll::Ready(Err(_)) | Poll::Pending => 0,
        };
        self.flow.give_back(Direction::Out, taken - sent);
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
