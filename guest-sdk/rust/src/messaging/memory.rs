//! Messages in memory, for the tests of a step: each thread has its own.

use std::cell::RefCell;

use super::{Error, ErrorKind, Message};

thread_local! {
    static PUBLISHED: RefCell<Vec<Message>> = const { RefCell::new(Vec::new()) };
}

/// What the thread of a test has published so far. Not there in a component.
pub fn published_in_test() -> Vec<Message> {
    PUBLISHED.with_borrow(Clone::clone)
}

pub(super) fn publish(message: Message) -> Result<(), Error> {
    if message.name.is_empty() {
        return Err(Error::new(ErrorKind::Invalid, "a message needs a name"));
    }
    PUBLISHED.with_borrow_mut(|published| published.push(message));
    Ok(())
}
