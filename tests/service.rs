//! The webhook service, as the built program.

mod hook;
mod private;
