//! Against real programs, which `scripts/check` installs. `scripts/check --quick` leaves this module out.

#[cfg(target_os = "linux")]
mod sf;
