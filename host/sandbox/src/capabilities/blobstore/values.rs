//! `wasi:blobstore/types`: values on their way, as streams or in one piece.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use wasmtime::component::Resource;
use wasmtime_wasi::p2::pipe::MemoryInputPipe;
use wasmtime_wasi::p2::{
    DynInputStream, DynOutputStream, OutputStream, Pollable, StreamError, StreamResult,
};

use super::{Fallible, wit};
use crate::capabilities::answer::answer;
use crate::outside::Location;
use crate::overlay::Buffered;
use crate::state::State;

/// What the host takes from a guest in one write.
const WRITE_BYTES: usize = 1 << 20;

/// A value that was read.
#[derive(Debug)]
pub struct IncomingValue(Bytes);

impl IncomingValue {
    /// The bytes from `start` to `end`, both inclusive, as far as there are any.
    pub(super) fn part(value: Vec<u8>, start: u64, end: u64) -> Self {
        let value = Bytes::from(value);
        let within = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(value.len());
        let (start, end) = (within(start), within(end.saturating_add(1)));
        Self(value.slice(start..end))
    }
}

/// A value to be written, when it is finished.
#[derive(Debug, Default)]
pub struct OutgoingValue {
    body: Body,
    /// Whether the stream to write to was handed out.
    has_stream: bool,
    /// Where it is to be stored.
    targets: Vec<Location>,
}

#[derive(Clone, Debug, Default)]
struct Body(Arc<Mutex<Written>>);

#[derive(Debug, Default)]
struct Written {
    bytes: Vec<u8>,
    /// Why it is not complete.
    broken: Option<String>,
    /// Nothing more is taken.
    closed: bool,
}

impl Body {
    fn lock(&self) -> MutexGuard<'_, Written> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl OutgoingValue {
    /// Stores it at this place too when it is finished.
    pub(super) fn write_to(&mut self, at: Location, most: usize) -> Result<(), String> {
        if self.targets.len() >= most {
            return Err(format!(
                "a call may change {most} keys and objects (limit storage_writes)"
            ));
        }
        self.targets.push(at);
        Ok(())
    }
}

/// The stream to write a value to.
struct Sink {
    body: Body,
    buffered: Buffered,
    limit: usize,
}

impl OutputStream for Sink {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        let mut written = self.body.lock();
        if written.closed {
            return Err(StreamError::Closed);
        }
        if !self.buffered.take(bytes.len(), self.limit) {
            let sentence = format!(
                "a call may write {} bytes to stores and containers (limit storage_write_bytes)",
                self.limit
            );
            written.broken = Some(sentence.clone());
            written.closed = true;
            return Err(StreamError::LastOperationFailed(wasmtime::Error::msg(
                sentence,
            )));
        }
        written.bytes.extend_from_slice(&bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        if self.body.lock().closed {
            return Err(StreamError::Closed);
        }
        // Never nothing, so that a guest that writes too much is told and does not wait for ever.
        Ok(WRITE_BYTES.min(self.buffered.left(self.limit)).max(1))
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for Sink {
    async fn ready(&mut self) {}
}

fn finish(state: &mut State, value: Resource<OutgoingValue>) -> Fallible<()> {
    let value = state.table.delete(value)?;
    let written = {
        let mut body = value.body.lock();
        body.closed = true;
        std::mem::take(&mut *body)
    };
    if let Some(sentence) = written.broken {
        return Err(sentence.into());
    }
    value.body.lock().closed = true;
    state.view().room_for_writes(value.targets.len())?;
    for target in value.targets {
        state.view().write(target, Some(written.bytes.clone()))?;
    }
    Ok(())
}

impl wit::types::Host for State {}

impl wit::types::HostOutgoingValue for State {
    fn new_outgoing_value(&mut self) -> wasmtime::Result<Resource<OutgoingValue>> {
        Ok(self.table.push(OutgoingValue::default())?)
    }

    fn outgoing_value_write_body(
        &mut self,
        value: Resource<OutgoingValue>,
    ) -> wasmtime::Result<Result<Resource<DynOutputStream>, ()>> {
        let value = self.table.get_mut(&value)?;
        if std::mem::replace(&mut value.has_stream, true) {
            return Ok(Err(()));
        }
        let sink: DynOutputStream = Box::new(Sink {
            body: value.body.clone(),
            buffered: self.overlay.buffered.clone(),
            limit: self.limits.storage_write_bytes,
        });
        Ok(Ok(self.table.push(sink)?))
    }

    fn finish(&mut self, value: Resource<OutgoingValue>) -> wasmtime::Result<Result<(), String>> {
        answer(finish(self, value))
    }

    fn drop(&mut self, value: Resource<OutgoingValue>) -> wasmtime::Result<()> {
        self.table.delete(value)?;
        Ok(())
    }
}

impl wit::types::HostIncomingValue for State {
    fn incoming_value_consume_sync(
        &mut self,
        value: Resource<IncomingValue>,
    ) -> wasmtime::Result<Result<Vec<u8>, String>> {
        let value = self.table.delete(value)?;
        Ok(Ok(value.0.into()))
    }

    fn incoming_value_consume_async(
        &mut self,
        value: Resource<IncomingValue>,
    ) -> wasmtime::Result<Result<Resource<DynInputStream>, String>> {
        let value = self.table.delete(value)?;
        let stream: DynInputStream = Box::new(MemoryInputPipe::new(value.0));
        Ok(Ok(self.table.push(stream)?))
    }

    fn size(&mut self, value: Resource<IncomingValue>) -> wasmtime::Result<u64> {
        Ok(self.table.get(&value)?.0.len() as u64)
    }

    fn drop(&mut self, value: Resource<IncomingValue>) -> wasmtime::Result<()> {
        self.table.delete(value)?;
        Ok(())
    }
}
