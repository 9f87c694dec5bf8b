//! The Metadata API, which speaks SOAP: `readMetadata` of the settings of email administration.
//!
//! Source: Metadata API Developer Guide; the fault of a user without the right to it was reported with a real org.

use quick_xml::Reader;
use quick_xml::events::Event;

use super::app::User;
use super::message::{Request, Response};
use super::org::Occasion;
use super::state::OrgState;

const TYPE: &str = "EmailAdministrationSettings";

/// A request as far as it matters: the operation, and the texts of all elements by their local names.
struct Envelope {
    operation: String,
    texts: Vec<(String, String)>,
}

impl Envelope {
    fn read(xml: &str) -> Option<Self> {
        let mut reader = Reader::from_str(xml);
        let (mut path, mut operation, mut texts) = (Vec::<String>::new(), String::new(), Vec::new());
        loop {
            match reader.read_event().ok()? {
                Event::Start(element) => {
                    let name = String::from_utf8_lossy(element.local_name().as_ref()).into_owned();
                    if path.last().is_some_and(|above| above == "Body") && operation.is_empty() {
                        operation.clone_from(&name);
                    }
                    texts.push((name.clone(), String::new()));
                    path.push(name);
                }
                Event::Text(text) => {
                    if let Some((_, all)) = texts.last_mut() {
                        all.push_str(&text.decode().ok()?);
                    }
                }
                Event::End(_) => {
                    path.pop();
                }
                Event::Eof if path.is_empty() && !operation.is_empty() => return Some(Self { operation, texts }),
                Event::Eof => return None,
                _ => {}
            }
        }
    }

    fn text(&self, name: &str) -> &str {
        self.texts.iter().find(|(known, _)| known == name).map_or("", |(_, text)| text)
    }
}

impl OrgState {
    pub(super) fn metadata_api(&mut self, version: &str, request: &Request, occasion: &Occasion) -> Response {
        self.read_metadata(version, request, occasion).unwrap_or_else(|(code, message)| fault(code, &message))
    }

    fn read_metadata(
        &mut self,
        version: &str,
        request: &Request,
        occasion: &Occasion,
    ) -> Result<Response, (&'static str, String)> {
        let xml = request.header("content-type").is_some_and(|kind| kind.starts_with("text/xml"));
        if request.method != "POST" || !xml || request.header("soapaction").is_none() {
            return Err(("UNKNOWN_EXCEPTION", "a SOAP request is a POST of text/xml with a SOAPAction".into()));
        }
        let envelope = Envelope::read(&request.text());
        let envelope = envelope.ok_or(("UNKNOWN_EXCEPTION", "Unable to parse the envelope".to_string()))?;
        let version: u32 = version.trim_end_matches(".0").parse().unwrap_or_default();
        if !(self.limits.lowest_version..=self.limits.highest_version).contains(&version) {
            return Err(("UNSUPPORTED_API_VERSION", format!("Invalid Api version specified on URL: {version}")));
        }
        let user = self.soap_user(envelope.text("sessionId"), request)?;
        self.count_request(occasion).map_err(|error| ("REQUEST_LIMIT_EXCEEDED", error.message))?;
        if !user.api_enabled {
            return Err(("API_DISABLED_FOR_ORG", "API is not enabled for this Organization or Partner".into()));
        }
        if !user.edits_metadata {
            let message =
                "use of the Metadata API requires a user with the ModifyAllData or ModifyMetadata permissions";
            return Err(("INSUFFICIENT_ACCESS", message.into()));
        }
        match (envelope.operation.as_str(), envelope.text("type"), envelope.text("fullNames")) {
            ("readMetadata", TYPE, "EmailAdministration") => Ok(records(&self.settings_xml())),
            ("readMetadata", TYPE, _) => Ok(records("<records xsi:nil=\"true\"/>")),
            ("readMetadata", other, _) => Err(("INVALID_TYPE", format!("Unknown type: {other}"))),
            (other, ..) => Err(("UNKNOWN_EXCEPTION", format!("this simulator has no {other}"))),
        }
    }

    /// The user of a session that stands in the envelope. A bearer in the header is none here.
    fn soap_user(&self, session: &str, request: &Request) -> Result<User, (&'static str, String)> {
        let invalid = || ("INVALID_SESSION_ID", "Invalid Session ID found in SessionHeader".to_string());
        if request.header("authorization").is_some() {
            return Err(("UNKNOWN_EXCEPTION", "superfluous credentials in the Authorization header".into()));
        }
        if self.quirks.soap_refuses_jwt_tokens && session.starts_with("ey") {
            return Err(invalid());
        }
        let name = self.sessions.get(session).ok_or_else(invalid)?;
        self.user(name).filter(|user| user.active && !user.frozen).cloned().ok_or_else(invalid)
    }

    fn settings_xml(&self) -> String {
        let settings = self.email_settings;
        let sender_id = settings.sender_id_compliance.map_or_else(String::new, |value| {
            format!("<enableEmailSenderIdCompliance>{value}</enableEmailSenderIdCompliance>")
        });
        format!(
            "<records xsi:type=\"{TYPE}\"><fullName>EmailAdministration</fullName>\
             <enableComplianceBcc>false</enableComplianceBcc>{sender_id}\
             <enableEmailSpfCompliance>{}</enableEmailSpfCompliance>\
             <enableHandleBouncedEmails>{}</enableHandleBouncedEmails>\
             <enableRestrictTlsToDomains>false</enableRestrictTlsToDomains></records>",
            settings.spf_compliance, settings.handles_bounces,
        )
    }
}

fn envelope(status: u16, body: &str) -> Response {
    let xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><soapenv:Envelope \
         xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\" \
         xmlns=\"http://soap.sforce.com/2006/04/metadata\" xmlns:sf=\"http://soap.sforce.com/2006/04/metadata\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><soapenv:Body>{body}</soapenv:Body></soapenv:Envelope>"
    );
    Response::text(status, "text/xml;charset=UTF-8", xml)
}

fn records(records: &str) -> Response {
    envelope(200, &format!("<readMetadataResponse><result>{records}</result></readMetadataResponse>"))
}

/// A fault comes with status 500, whatever it is.
fn fault(code: &str, message: &str) -> Response {
    let fault = format!(
        "<soapenv:Fault><faultcode>sf:{code}</faultcode><faultstring>{code}: {message}</faultstring></soapenv:Fault>"
    );
    envelope(500, &fault)
}
