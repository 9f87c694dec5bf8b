//! The worker of the service, through the library's front door: a queue on SQLite, a configuration file, and simulated orgs.

mod retries;
