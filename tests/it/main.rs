//! One test binary: the real program against stores that the kit in `support` writes.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot set its stage has failed")]

mod backends;
mod bounded;
mod damage;
mod diff;
mod du;
mod engines;
mod export;
mod faults;
mod fixtures;
mod formats;
mod gc_preview;
mod gentle;
mod hostile;
mod in_process;
mod kinds;
mod kit;
mod layouts;
mod lists;
mod live;
mod manifests;
mod named;
mod near;
mod orphans;
mod properties;
mod read_only;
mod readme;
mod referee;
mod resolve;
mod resume;
mod snapshots;
mod support;
