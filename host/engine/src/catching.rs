//! What an element waits for once its own expressions are evaluated.

use crate::execution::Execution;
use crate::subscriptions::OpenSubscription;
use crate::timers::{Planned, Purpose};

/// A wait whose expressions are evaluated and which is not open yet: either all waits of an
/// element open or, where one expression fails, none.
#[derive(Debug)]
pub(crate) enum Prepared {
    Subscription(OpenSubscription),
    Timer(Planned, Purpose),
}

impl Execution<'_> {
    /// Opens waits.
    pub(crate) fn open_all(&mut self, waits: Vec<Prepared>) {
        for wait in waits {
            match wait {
                Prepared::Subscription(subscription) => self.open(subscription),
                Prepared::Timer(planned, purpose) => {
                    self.schedule(planned.due, purpose);
                }
            }
        }
    }
}
