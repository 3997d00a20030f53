//! Where the threads of a pipeline leave streams for each other, and wait for them.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::stream::Stream;
use crate::hash::sha256::{Message, Pace};

/// What stands on the board is a stream that nobody works on. Each stream is here, in one computing thread's hands, or
/// with one helper; the last computing thread does not leave as long as one is with a helper.
pub(super) struct Board {
    /// The tasks' indexes, and how each is to be hashed: the fastest first.
    order: Vec<(usize, Pace)>,
    /// How many streams may be open at a time.
    most: usize,
    /// How many bytes each takes at a time.
    room: usize,
    state: Mutex<State>,
    to_hash: Condvar,
    to_read: Condvar,
    /// Whether a stream waits to be hashed that goes before those in lanes: to be asked without the lock.
    has_urgent: AtomicBool,
    /// Whether a thread has nothing to hash while another has several streams.
    wants_share: AtomicBool,
}

#[derive(Default)]
struct State {
    /// How many tasks were begun.
    begun: usize,
    /// How many streams are open.
    open: usize,
    urgent: VecDeque<Stream>,
    ready: VecDeque<Stream>,
    requests: VecDeque<Stream>,
    /// How many streams are requests or with a helper.
    waiting: usize,
    hashers: usize,
    idle_hashers: usize,
    helpers: usize,
    idle_helpers: usize,
    spare: Vec<Message>,
    is_stopped: bool,
}

/// What a thread with nothing to hash should do.
pub(super) enum Next {
    /// Something may have come up.
    Look,
    /// Wait for this stream's bytes, as there are no helpers.
    Read(Stream),
    /// Others will finish what is left.
    Leave,
}

impl Board {
    pub(super) fn new(order: Vec<(usize, Pace)>, most: usize, room: usize) -> Self {
        Self {
            order,
            most,
            room,
            state: Mutex::default(),
            to_hash: Condvar::new(),
            to_read: Condvar::new(),
            has_urgent: AtomicBool::new(false),
            wants_share: AtomicBool::new(false),
        }
    }

    /// One more thread computes, until it is told to leave.
    pub(super) fn enter(&self) {
        self.lock().hashers += 1;
    }

    pub(super) fn wants_share(&self) -> bool {
        self.wants_share.load(Ordering::Relaxed)
    }

    /// Leaves half of the streams to a thread that has none.
    pub(super) fn share(&self, streams: &mut Vec<Stream>) {
        let mut state = self.lock();
        if self.wants_share.swap(false, Ordering::Relaxed) {
            let kept = streams.len().div_ceil(2);
            state.ready.extend(streams.drain(kept..));
            self.to_hash.notify_all();
        }
    }

    pub(super) fn has_urgent(&self) -> bool {
        self.has_urgent.load(Ordering::Relaxed)
    }

    /// A stream to hash, or a new one; for the company of streams in lanes only another of them.
    pub(super) fn take(&self, among_lanes: bool) -> Option<Stream> {
        let mut state = self.lock();
        if !among_lanes && let Some(stream) = state.urgent.pop_front() {
            self.has_urgent.store(!state.urgent.is_empty(), Ordering::Relaxed);
            return Some(stream);
        }
        if let Some(stream) = state.ready.pop_front() {
            return Some(stream);
        }
        let &(index, pace) = self.order.get(state.begun).filter(|_| state.open < self.most)?;
        if among_lanes && pace != Pace::Lane {
            return None;
        }
        state.begun += 1;
        state.open += 1;
        if self.all_begun(&state) {
            self.tell_all(&state);
        }
        Some(Stream::new(index, pace, state.spare.pop(), self.room))
    }

    /// Leaves streams to others, in favour of an urgent one.
    pub(super) fn give_way(&self, streams: &mut Vec<Stream>) {
        let mut state = self.lock();
        if state.urgent.is_empty() {
            return;
        }
        state.ready.extend(streams.drain(..));
        if state.idle_hashers > 0 {
            self.to_hash.notify_all();
        }
    }

    /// Asks a helper to wait for a stream's bytes.
    pub(super) fn request(&self, stream: Stream) {
        let mut state = self.lock();
        state.requests.push_back(stream);
        state.waiting += 1;
        if state.idle_helpers > 0 {
            self.to_read.notify_one();
        }
    }

    /// A stream that was waited for has something to hash; or `None`, it was closed.
    pub(super) fn waited(&self, stream: Option<Stream>) {
        let mut state = self.lock();
        state.waiting -= 1;
        match stream {
            Some(stream) if stream.pace == Pace::Lane => state.ready.push_back(stream),
            Some(stream) => {
                state.urgent.push_back(stream);
                self.has_urgent.store(true, Ordering::Relaxed);
            }
            None => {}
        }
        if state.idle_hashers > 0 {
            // Whoever waits for the end of the last one has to be told as well.
            self.to_hash.notify_all();
        }
    }

    /// A stream is done with.
    pub(super) fn close(&self, message: Message) {
        let mut state = self.lock();
        state.open -= 1;
        state.spare.push(message);
        if self.all_begun(&state) {
            self.tell_all(&state);
        } else if state.idle_hashers > 0 {
            self.to_hash.notify_one();
        }
    }

    /// Waits until there may be something to hash.
    pub(super) fn next(&self) -> Next {
        let mut state = self.lock();
        loop {
            let can_begin = !self.all_begun(&state) && state.open < self.most;
            if state.is_stopped {
                return Next::Leave;
            }
            if can_begin || !state.urgent.is_empty() || !state.ready.is_empty() {
                return Next::Look;
            }
            if self.all_begun(&state) && state.waiting == 0 {
                let at_work = state.hashers - state.idle_hashers - 1;
                if state.open <= at_work {
                    state.hashers -= 1;
                    return Next::Leave;
                }
                self.wants_share.store(true, Ordering::Relaxed);
            }
            if state.helpers == 0
                && let Some(stream) = state.requests.pop_front()
            {
                return Next::Read(stream);
            }
            state.idle_hashers += 1;
            state = self.to_hash.wait(state).unwrap_or_else(PoisonError::into_inner);
            state.idle_hashers -= 1;
        }
    }

    /// Makes the calling thread a helper for as long as there is need of it, with what it does with every request.
    pub(super) fn help(&self, mut fulfil: impl FnMut(Stream)) {
        let mut state = self.lock();
        state.helpers += 1;
        loop {
            let is_needed = !self.all_begun(&state) || state.helpers <= state.open;
            if state.is_stopped || !is_needed {
                break;
            }
            if let Some(stream) = state.requests.pop_front() {
                drop(state);
                fulfil(stream);
                state = self.lock();
            } else {
                state.idle_helpers += 1;
                state = self.to_read.wait(state).unwrap_or_else(PoisonError::into_inner);
                state.idle_helpers -= 1;
            }
        }
        state.helpers -= 1;
    }

    /// Sends everyone away.
    pub(super) fn stop(&self) {
        let mut state = self.lock();
        state.is_stopped = true;
        self.tell_all(&state);
    }

    fn all_begun(&self, state: &State) -> bool {
        state.begun == self.order.len()
    }

    fn tell_all(&self, state: &State) {
        if state.idle_hashers > 0 {
            self.to_hash.notify_all();
        }
        if state.idle_helpers > 0 {
            self.to_read.notify_all();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
