//! The webhook service: takes deliveries in, keeps them as jobs, and scrubs when the sandbox can be reached.

pub mod delivery;
pub mod forwarded;
pub mod job;
pub mod limits;
pub mod listener;
pub mod queue;
pub mod signature;
pub mod tls;
