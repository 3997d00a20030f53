//! The test kit: a builder of registry stores that writes what a registry writes, a model of what it wrote, verbs
//! that damage a store in one way and say what must be found, and a runner of the real binary.
//!
//! Nothing here uses the crate under test: its answers are checked against a second, naive opinion.

pub(crate) mod damage;
pub(crate) mod engine;
pub(crate) mod fixture;
pub(crate) mod images;
pub(crate) mod layout;
pub(crate) mod listing;
pub(crate) mod model;
pub(crate) mod paths;
pub(crate) mod random;
pub(crate) mod run;
pub(crate) mod store;
pub(crate) mod strace;
pub(crate) mod tar;
pub(crate) mod terminal;
pub(crate) mod tools;
