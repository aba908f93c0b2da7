//! What can be decided only once no token is on its way.

use anyam_feel::isolated::Request;

use crate::execution::Execution;

impl Execution<'_> {
    /// Looks at what had to wait for the agenda to be empty, and tells whether that put something on
    /// it. Comes again after that work is done, so one round decides one thing at a time; what a
    /// round begins counts as an activation, which bounds the rounds.
    pub(crate) fn settle(&mut self) -> Result<bool, Box<Request>> {
        Ok(!self.agenda.is_empty())
    }
}
