//! The webhook service: takes deliveries in, keeps them as jobs, and scrubs when the sandbox can be reached.

pub mod admin;
mod api;
pub mod delivery;
pub mod forwarded;
pub mod job;
pub mod limits;
pub mod metrics;
pub mod notice;
pub mod outgoing;
mod page;
pub mod question;
pub mod queue;
pub mod shown;
pub mod signature;
