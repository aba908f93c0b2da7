//! A bounded queue that serves tenants in turn, and bounds what runs of each.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyam_store::TenantId;
use tokio::sync::Notify;

/// The bounds of a [`FairQueue`].
#[derive(Clone, Copy, Debug)]
pub struct QueueLimits {
    /// Items that may wait.
    pub waiting: usize,
    /// Items of one tenant that may wait.
    pub waiting_per_tenant: usize,
    /// Items that may run at once.
    pub running: usize,
    /// Items of one tenant that may run at once.
    pub running_per_tenant: usize,
}

/// Why an item was not taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// This tenant's share of the queue is full.
    TenantFull,
    /// The whole queue is full.
    Full,
}

/// Items that wait, and places for those that run.
///
/// Tenants with waiting items are served round robin, so a tenant that fills its share delays the
/// others by one item each turn, whatever it has waiting. A tenant with as many items running as it
/// may have is passed over, so slow items of one leave places to the others.
pub struct FairQueue<T> {
    state: Mutex<State<T>>,
    changed: Notify,
    limits: QueueLimits,
}

struct State<T> {
    waiting: HashMap<TenantId, VecDeque<T>>,
    turns: VecDeque<TenantId>,
    len: usize,
    running: HashMap<TenantId, usize>,
    running_in_all: usize,
    /// What tenants with bounds of their own may have waiting and running.
    shares: HashMap<TenantId, (usize, usize)>,
}

/// The place of an item that runs; free again when it is dropped.
pub struct Place<T> {
    queue: Arc<FairQueue<T>>,
    tenant: TenantId,
}

impl<T> FairQueue<T> {
    /// An empty queue with these bounds.
    pub fn new(limits: QueueLimits) -> Self {
        let state = State {
            waiting: HashMap::new(),
            turns: VecDeque::new(),
            len: 0,
            running: HashMap::new(),
            running_in_all: 0,
            shares: HashMap::new(),
        };
        Self {
            state: Mutex::new(state),
            changed: Notify::new(),
            limits,
        }
    }

    /// A place for an item that need not wait: there is room, and nothing of its tenant waits.
    pub fn start(self: &Arc<Self>, tenant: TenantId) -> Option<Place<T>> {
        let mut state = self.lock();
        if state.waiting.contains_key(&tenant) || !self.has_room(&state, tenant) {
            return None;
        }
        Some(self.occupy(&mut state, tenant))
    }

    /// Appends an item to its tenant's queue.
    ///
    /// # Errors
    /// A full queue gives the item back with the reason.
    pub fn push(&self, tenant: TenantId, item: T) -> Result<(), (T, Refusal)> {
        {
            let mut state = self.lock();
            if state.len >= self.limits.waiting {
                return Err((item, Refusal::Full));
            }
            let (waiting, _) = self.share_of(&state, tenant);
            let queue = state.waiting.entry(tenant).or_default();
            if queue.len() >= waiting {
                return Err((item, Refusal::TenantFull));
            }
            queue.push_back(item);
            if queue.len() == 1 {
                state.turns.push_back(tenant);
            }
            state.len += 1;
        }
        self.changed.notify_one();
        Ok(())
    }

    /// The next item that may run, of the tenant whose turn it is.
    pub fn next(self: &Arc<Self>) -> Option<(T, Place<T>)> {
        let mut state = self.lock();
        // Few are passed over: each of them fills a good part of the places.
        let may_run = |tenant: &TenantId| self.has_room(&state, *tenant);
        let at = state.turns.iter().position(may_run)?;
        let tenant = state.turns.remove(at).expect("the position was just found");
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
        Some((item, self.occupy(&mut state, tenant)))
    }

    /// Waits until an item or a place may have come. May return without one.
    pub async fn changed(&self) {
        self.changed.notified().await;
    }

    /// How many items wait.
    pub fn len(&self) -> usize {
        self.lock().len
    }

    /// Gives a tenant a share of its own. What waits or runs beyond it is served first.
    pub fn share(&self, tenant: TenantId, waiting: usize, running: usize) {
        let usual = (
            self.limits.waiting_per_tenant,
            self.limits.running_per_tenant,
        );
        let mut state = self.lock();
        if (waiting, running) == usual {
            state.shares.remove(&tenant);
        } else {
            state.shares.insert(tenant, (waiting, running));
        }
        drop(state);
        self.changed.notify_one();
    }

    fn share_of(&self, state: &State<T>, tenant: TenantId) -> (usize, usize) {
        let usual = (
            self.limits.waiting_per_tenant,
            self.limits.running_per_tenant,
        );
        state.shares.get(&tenant).copied().unwrap_or(usual)
    }

    fn has_room(&self, state: &State<T>, tenant: TenantId) -> bool {
        let of_tenant = state.running.get(&tenant).copied().unwrap_or_default();
        state.running_in_all < self.limits.running && of_tenant < self.share_of(state, tenant).1
    }

    fn occupy(self: &Arc<Self>, state: &mut State<T>, tenant: TenantId) -> Place<T> {
        state.running_in_all += 1;
        *state.running.entry(tenant).or_default() += 1;
        Place {
            queue: self.clone(),
            tenant,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Drop for Place<T> {
    fn drop(&mut self) {
        {
            let mut state = self.queue.lock();
            state.running_in_all -= 1;
            if let Some(running) = state.running.get_mut(&self.tenant) {
                *running -= 1;
                if *running == 0 {
                    state.running.remove(&self.tenant);
                }
            }
            if state.len == 0 {
                return;
            }
        }
        self.queue.changed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: TenantId = TenantId(1);
    const B: TenantId = TenantId(2);

    fn queue<T>(waiting_per_tenant: usize, waiting: usize) -> Arc<FairQueue<T>> {
        Arc::new(FairQueue::new(QueueLimits {
            waiting,
            waiting_per_tenant,
            running: 3,
            running_per_tenant: 2,
        }))
    }

    fn drain<T>(queue: &Arc<FairQueue<T>>) -> Vec<T> {
        std::iter::from_fn(|| queue.next().map(|(item, _)| item)).collect()
    }

    #[test]
    fn tenants_take_turns() {
        let queue = queue(10, 100);
        for item in ["a1", "a2", "a3"] {
            queue.push(A, item).unwrap();
        }
        queue.push(B, "b1").unwrap();
        assert_eq!(drain(&queue), ["a1", "b1", "a2", "a3"]);
    }

    #[test]
    fn a_full_tenant_is_refused_and_its_neighbour_is_not() {
        let queue = queue(2, 3);
        queue.push(A, 1).unwrap();
        queue.push(A, 2).unwrap();
        assert_eq!(queue.push(A, 3), Err((3, Refusal::TenantFull)));
        queue.push(B, 4).unwrap();
        assert_eq!(queue.push(B, 5), Err((5, Refusal::Full)));
        assert_eq!(queue.len(), 3);
    }

    #[test]
    fn a_tenant_may_have_a_share_of_its_own() {
        let queue = queue(1, 100);
        queue.share(A, 3, 1);
        for item in 0..3 {
            queue.push(A, item).unwrap();
        }
        assert_eq!(queue.push(A, 3), Err((3, Refusal::TenantFull)));
        queue.push(B, 4).unwrap();
        assert_eq!(queue.push(B, 5), Err((5, Refusal::TenantFull)));
        let (first, _place) = queue.next().unwrap();
        let (second, _other) = queue.next().unwrap();
        assert_eq!((first, second), (0, 4));
        assert!(queue.next().is_none(), "a second item of one runs");
        queue.share(A, 1, 2);
        let (third, _) = queue.next().unwrap();
        assert_eq!(third, 1);
    }

    #[test]
    fn an_emptied_tenant_may_fill_again() {
        let queue = queue(1, 1);
        for round in 0..3 {
            queue.push(A, round).unwrap();
            assert_eq!(drain(&queue), [round]);
        }
    }

    #[test]
    fn a_tenant_whose_items_run_on_leaves_places_to_others() {
        let queue = queue(10, 100);
        let first = queue.start(A).unwrap();
        let second = queue.start(A).unwrap();
        assert!(queue.start(A).is_none(), "its places are taken");
        queue.push(A, "a").unwrap();
        assert!(queue.next().is_none());
        queue.push(B, "b").unwrap();
        let (item, third) = queue.next().unwrap();
        assert_eq!(item, "b");
        assert!(queue.start(B).is_none(), "all places are taken");
        drop(third);
        assert!(queue.next().is_none(), "the free place is not for it");
        drop(first);
        let (item, _) = queue.next().unwrap();
        assert_eq!(item, "a");
        drop(second);
    }

    #[test]
    fn nobody_overtakes_what_waits_of_its_tenant() {
        let queue = queue(10, 100);
        queue.push(A, "first").unwrap();
        assert!(queue.start(A).is_none());
        assert!(queue.start(B).is_some());
    }
}
