//! The webhook service: takes deliveries in, keeps them as jobs, and scrubs when the sandbox can be reached.

pub mod admin;
mod answer;
mod api;
pub mod delivery;
pub mod forwarded;
pub mod hook;
pub mod job;
pub mod limits;
pub mod listener;
pub mod metrics;
pub mod notice;
pub mod orgs;
pub mod outgoing;
mod page;
pub mod question;
pub mod queue;
mod reload;
pub mod retry;
pub mod service;
pub mod shown;
pub mod signature;
pub mod tls;
mod watched;
pub mod worker;
