//! The `relay-scrub` program.

fn main() {}
