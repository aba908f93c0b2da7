//! A bounded queue that serves tenants in turn.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyam_store::TenantId;
use tokio::sync::Notify;

/// Why an item was not taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// This tenant's share of the queue is full.
    TenantFull,
    /// The whole queue is full.
    Full,
}

/// A queue of at most `total` items, `per_tenant` of any one tenant.
///
/// Tenants with waiting items are served round robin, so a tenant that fills its share delays the
/// others by one item each turn, whatever it has waiting.
pub struct FairQueue<T> {
    state: Mutex<State<T>>,
    filled: Notify,
    per_tenant: usize,
    total: usize,
}

struct State<T> {
    waiting: HashMap<TenantId, VecDeque<T>>,
    turns: VecDeque<TenantId>,
    len: usize,
}

impl<T> FairQueue<T> {
    /// An empty queue with these bounds.
    pub fn new(per_tenant: usize, total: usize) -> Self {
        let state = State {
            waiting: HashMap::new(),
            turns: VecDeque::new(),
            len: 0,
        };
        Self {
            state: Mutex::new(state),
            filled: Notify::new(),
            per_tenant,
            total,
        }
    }

    /// Appends an item to its tenant's queue.
    ///
    /// # Errors
    /// A full queue gives the item back with the reason.
    pub fn push(&self, tenant: TenantId, item: T) -> Result<(), (T, Refusal)> {
        {
            let mut state = self.lock();
            if state.len >= self.total {
                return Err((item, Refusal::Full));
            }
            let queue = state.waiting.entry(tenant).or_default();
            if queue.len() >= self.per_tenant {
                return Err((item, Refusal::TenantFull));
            }
            queue.push_back(item);
            if queue.len() == 1 {
                state.turns.push_back(tenant);
            }
            state.len += 1;
        }
        self.filled.notify_one();
        Ok(())
    }

    /// The next item of the tenant whose turn it is.
    pub fn try_pop(&self) -> Option<T> {
        let mut state = self.lock();
        let tenant = state.turns.pop_front()?;
        let queue = state
            .waiting
            .get_mut(&tenant)
            .expect("a tenant with a turn has a queue");
        let item = queue.pop_front().expect("a tenant with a turn has an item");
        if queue.is_empty() {
            state.waiting.remove(&tenant);
        } else {
            state.turns.push_back(tenant);
        }
        state.len -= 1;
        Some(item)
    }

    /// Waits until an item may be there. May wake without one.
    pub async fn filled(&self) {
        self.filled.notified().await;
    }

    /// How many items wait.
    pub fn len(&self) -> usize {
        self.lock().len
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: TenantId = TenantId(1);
    const B: TenantId = TenantId(2);

    #[test]
    fn tenants_take_turns() {
        let queue = FairQueue::new(10, 100);
        for item in ["a1", "a2", "a3"] {
            queue.push(A, item).unwrap();
        }
        queue.push(B, "b1").unwrap();
        let order: Vec<_> = std::iter::from_fn(|| queue.try_pop()).collect();
        assert_eq!(order, ["a1", "b1", "a2", "a3"]);
    }

    #[test]
    fn a_full_tenant_is_refused_and_its_neighbour_is_not() {
        let queue = FairQueue::new(2, 3);
        queue.push(A, 1).unwrap();
        queue.push(A, 2).unwrap();
        assert_eq!(queue.push(A, 3), Err((3, Refusal::TenantFull)));
        queue.push(B, 4).unwrap();
        assert_eq!(queue.push(B, 5), Err((5, Refusal::Full)));
        assert_eq!(queue.len(), 3);
    }

    #[test]
    fn an_emptied_tenant_may_fill_again() {
        let queue = FairQueue::new(1, 1);
        for round in 0..3 {
            queue.push(A, round).unwrap();
            assert_eq!(queue.try_pop(), Some(round));
            assert_eq!(queue.try_pop(), None);
        }
    }
}
