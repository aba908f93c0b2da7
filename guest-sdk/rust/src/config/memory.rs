//! Configuration values in memory, for the tests of a step: each thread has its own.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::Error;

thread_local! {
    static VALUES: RefCell<BTreeMap<String, String>> = const { RefCell::new(BTreeMap::new()) };
}

/// Sets a value for the rest of a test. Not there in a component.
pub fn set_for_test(key: &str, value: &str) {
    VALUES.with_borrow_mut(|values| values.insert(key.to_owned(), value.to_owned()));
}

pub(super) fn get(key: &str) -> Result<Option<String>, Error> {
    Ok(VALUES.with_borrow(|values| values.get(key).cloned()))
}

pub(super) fn get_all() -> Result<Vec<(String, String)>, Error> {
    Ok(VALUES.with_borrow(|values| values.clone().into_iter().collect()))
}
