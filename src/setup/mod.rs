//! The Salesforce side: what `relay-scrub setup` writes for an admin to deploy.
//!
//! A [`Project`] is what was asked for, checked. [`Project::files`] fills the templates in: pure, and the same each time.
//! [`write()`] puts the files into a folder, all of them or none.
//!
//! The templates are plain files in `templates/`, each of them what it looks like (a class, metadata, Markdown) with the
//! values of an example in it, so that a person can open and check them. No Apex was ever run here: the tests parse
//! it, hold its types against Salesforce's, and run the steps that sign a call.

mod app;
mod certificate;
mod class_name;
mod fill;
mod left_over;
mod project;
mod section;
mod templates;
mod webhook_url;
mod write;

pub use app::{App, Auth, ContactEmail, Username};
pub use certificate::Certificate;
pub use class_name::ClassName;
pub use left_over::left_over;
pub use project::{File, Project};
pub use webhook_url::WebhookUrl;
pub use write::{WriteError, write};
