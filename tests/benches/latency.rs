//! How fast the program is.

fn main() {}
