//! What tests of several modules share.

pub(crate) mod browser;
pub(crate) mod certificate;
#[cfg(unix)]
pub(crate) mod fake_sf;
pub(crate) mod front_door;
pub(crate) mod gate;
pub(crate) mod junit;
pub(crate) mod keys;
#[cfg(target_os = "linux")]
pub(crate) mod postgres;
pub(crate) mod program;
pub(crate) mod proxy;
pub(crate) mod secret_service;
#[cfg(unix)]
pub(crate) mod service;
pub(crate) mod shelf;
pub(crate) mod terminal;
