//! The one integration binary: each module holds guarantees as tests.

mod simulator;
mod support;
