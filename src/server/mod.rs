//! The webhook service: takes deliveries in, keeps them as jobs, and scrubs when the sandbox can be reached.

pub mod job;
pub mod orgs;
pub mod queue;
pub mod retry;
pub mod worker;
