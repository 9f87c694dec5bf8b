//! What tests of several modules share.

#[cfg(unix)]
pub(crate) mod fake_sf;
pub(crate) mod keys;
pub(crate) mod program;
pub(crate) mod proxy;
