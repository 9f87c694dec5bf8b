//! Settings of the Metadata API, which reads by SOAP alone (`readMetadata`).
//!
//! Source: Metadata API Developer Guide, "readMetadata()" and "EmailAdministrationSettings".

use quick_xml::Reader;
use quick_xml::events::Event;

use crate::domain::finding::{Seen, Unseen};
use crate::domain::posture::EmailSettings;
use crate::domain::printable::{excerpt, printable};
use crate::salesforce::client::Client;
use crate::salesforce::error::Error;
use crate::salesforce::http::Answer;
use crate::secrets::Secret;

/// The path of the Metadata API, without the version at its end.
const PATH: &str = "/services/Soap/m";

/// Reads the settings of email administration; or says why they can't be.
pub(super) async fn settings(client: &mut Client) -> Result<Seen<EmailSettings>, Error> {
    match client.soap(PATH, envelope, interpret).await {
        Ok(seen) => Ok(seen),
        // A session that the other API takes is none here: of another format, or without the right to this one.
        Err(Error::SessionExpired) => {
            Ok(Err(Unseen::hindered("The Metadata API does not take this session (INVALID_SESSION_ID).")))
        }
        Err(error @ (Error::Unreadable { .. } | Error::Api { .. })) => {
            Ok(Err(Unseen::hindered(format!("The Metadata API gave no answer that can be read: {error}."))))
        }
        Err(error) => Err(error),
    }
}

/// The session is in the envelope, not in a header: this API has it so.
fn envelope(session: &Secret) -> String {
    let session = quick_xml::escape::escape(session.expose());
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
         <soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\" \
         xmlns=\"http://soap.sforce.com/2006/04/metadata\"><soapenv:Header>\
         <CallOptions><client>relay-scrub/{}</client></CallOptions>\
         <SessionHeader><sessionId>{session}</sessionId></SessionHeader></soapenv:Header><soapenv:Body>\
         <readMetadata><type>EmailAdministrationSettings</type><fullNames>EmailAdministration</fullNames></readMetadata>\
         </soapenv:Body></soapenv:Envelope>",
        env!("CARGO_PKG_VERSION")
    )
}

/// Tells settings from a fault. A fault that passes is an error, so that it is tried again.
fn interpret(answer: &Answer) -> Result<Seen<EmailSettings>, Error> {
    let leaves = leaves(answer).ok_or_else(|| answer.unreadable("no answer of SOAP"))?;
    let text = |name: &str| leaves.iter().find(|(leaf, _)| leaf == name).map(|(_, text)| text.as_str());
    if let Some(code) = text("faultcode") {
        let code = excerpt(code.rsplit(':').next().unwrap_or(code), 80);
        let message = excerpt(text("faultstring").unwrap_or("no reason was given"), 200);
        return match code.as_str() {
            "INVALID_SESSION_ID" => Err(Error::SessionExpired),
            "INSUFFICIENT_ACCESS" | "API_DISABLED_FOR_ORG" => {
                let advice =
                    "The user may not use the Metadata API, which takes Modify Metadata Through Metadata API Functions";
                Ok(Err(Unseen::hindered(format!("{advice} ({code})."))))
            }
            _ => {
                let error = Error::Api { code, message };
                if error.is_passing() { Err(error) } else { Ok(Err(Unseen::hindered(format!("{error}.")))) }
            }
        };
    }
    let flag = |name: &str| match text(name) {
        Some("true") => Ok(true),
        Some("false") => Ok(false),
        _ => Err(Unseen::hindered(format!("The settings that the Metadata API gave have no {name}."))),
    };
    // Orgs made since Summer '24 can't have Sender ID any more, so there may be no element for it.
    let sender_id = "enableEmailSenderIdCompliance";
    let settings = || {
        Ok(EmailSettings {
            handles_bounces: flag("enableHandleBouncedEmails")?,
            spf_compliance: flag("enableEmailSpfCompliance")?,
            sender_id_compliance: text(sender_id).map_or(Ok(false), |_| flag(sender_id))?,
        })
    };
    Ok(settings())
}

/// The elements that hold text alone, by their local names; nothing where it is no SOAP.
///
/// Secrets are looked for in a text as it will be shown: references, comments and characters that don't show can stand
/// inside one before.
fn leaves(answer: &Answer) -> Option<Vec<(String, String)>> {
    let xml = String::from_utf8_lossy(&answer.body);
    let mut reader = Reader::from_str(&xml);
    let (mut leaves, mut open, mut text, mut is_soap) = (Vec::new(), String::new(), String::new(), false);
    loop {
        match reader.read_event().ok()? {
            Event::Start(element) => {
                open = String::from_utf8_lossy(element.local_name().as_ref()).into_owned();
                is_soap |= open == "Envelope";
                text.clear();
            }
            Event::Text(part) => text.push_str(&part.decode().ok()?),
            Event::CData(part) => text.push_str(&part.decode().ok()?),
            Event::GeneralRef(entity) => text.push_str(&resolved(&entity)?),
            Event::End(element) if element.local_name().as_ref() == open.as_bytes() => {
                let shown = answer.without_secrets(&printable(text.trim()));
                leaves.push((std::mem::take(&mut open), shown));
                text.clear();
            }
            Event::Eof => return is_soap.then_some(leaves),
            _ => {}
        }
    }
}

fn resolved(entity: &quick_xml::events::BytesRef<'_>) -> Option<String> {
    if let Some(character) = entity.resolve_char_ref().ok()? {
        return Some(character.to_string());
    }
    let name = entity.decode().ok()?;
    quick_xml::escape::resolve_xml_entity(&name).map(str::to_string)
}
