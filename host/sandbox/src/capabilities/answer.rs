//! The two ways in which a host function fails.

use wasmtime::component::ResourceTableError;

/// Why a host function has no result.
#[derive(Debug)]
pub(super) enum Failed<E> {
    /// The guest broke the contract, or has used up its handles: the call ends.
    Trap(wasmtime::Error),
    /// The guest is told.
    Said(E),
}

impl<E> From<ResourceTableError> for Failed<E> {
    fn from(error: ResourceTableError) -> Self {
        Self::Trap(error.into())
    }
}

impl From<String> for Failed<String> {
    fn from(sentence: String) -> Self {
        Self::Said(sentence)
    }
}

/// What a host function hands over.
pub(super) fn answer<T, E, F: From<E>>(
    result: Result<T, Failed<E>>,
) -> wasmtime::Result<Result<T, F>> {
    match result {
        Ok(value) => Ok(Ok(value)),
        Err(Failed::Said(error)) => Ok(Err(error.into())),
        Err(Failed::Trap(error)) => Err(error),
    }
}
