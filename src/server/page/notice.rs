//! Pages that say one thing: what is wrong, or that somebody has to sign in.

use maud::{Markup, html};

use super::{Frame, page};

/// What happened, and what to do.
pub(in crate::server) fn notice(title: &str, paragraphs: &[String], signed_in: bool) -> Markup {
    let content = html! {
        div.card.narrow {
            h1 { (title) }
            @for paragraph in paragraphs { p { (paragraph) } }
            p { a href="/" { "All jobs" } }
        }
    };
    page(Frame { title, again: false, signed_in }, &content)
}

/// The form for the admin token; `then` is the path to go to afterwards.
pub(in crate::server) fn sign_in(then: &str, was_wrong: bool) -> Markup {
    let content = html! {
        form.card.narrow method="post" action="/sign-in" {
            h1 { "Sign in" }
            @if was_wrong { p.badge.dead role="alert" { "That is not the token." } }
            label for="token" { "Admin token" }
            p.ask {
                input #token name="token" type="password" autocomplete="current-password" required autofocus;
                input name="then" type="hidden" value=(then);
                button.first { "Sign in" }
            }
            p.soft { "It is the content of the file that " code { "--admin-token-file" } " names." }
        }
    };
    page(Frame { title: "Sign in", again: false, signed_in: false }, &content)
}
