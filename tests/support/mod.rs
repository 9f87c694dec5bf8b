//! What tests of several modules share.

#[cfg(unix)]
pub(crate) mod fake_sf;
pub(crate) mod front_door;
pub(crate) mod gate;
pub(crate) mod keys;
pub(crate) mod program;
pub(crate) mod proxy;
pub(crate) mod terminal;
