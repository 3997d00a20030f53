//! The simulation against what the real programs said: recorded answers of both, and, where Debian's
//! `docker-registry` is installed, fresh stores.

mod differential;
mod random;
mod recorded;
mod rules;
mod store;
