//! What tests of several modules share.

pub(crate) mod keys;
pub(crate) mod proxy;
