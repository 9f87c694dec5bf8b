//! JUnit XML, read as a program would that knows nothing of ours.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// A suite: its name, the counts that it gives itself, and each case with what stands in it.
#[derive(Debug, Default)]
pub(crate) struct Suite {
    pub(crate) name: String,
    pub(crate) counts: [usize; 4],
    pub(crate) cases: Vec<(String, Vec<String>)>,
}

/// Reads JUnit as a program would that knows nothing of ours.
pub(crate) fn suites(text: &str) -> Vec<Suite> {
    let mut reader = Reader::from_str(text);
    let mut suites: Vec<Suite> = Vec::new();
    loop {
        match reader.read_event().unwrap_or_else(|error| panic!("{error} in {text}")) {
            Event::Start(element) | Event::Empty(element) => {
                let name = String::from_utf8(element.name().as_ref().to_vec()).expect("UTF-8");
                let suite = suites.last_mut();
                match (name.as_str(), suite) {
                    ("testsuite", _) => suites.push(Suite {
                        name: attribute(&element, "name"),
                        counts: ["tests", "failures", "errors", "skipped"]
                            .map(|name| attribute(&element, name).parse().expect("a number")),
                        cases: Vec::new(),
                    }),
                    ("testcase", Some(suite)) => suite.cases.push((attribute(&element, "name"), Vec::new())),
                    ("failure" | "error" | "skipped", Some(suite)) => {
                        suite.cases.last_mut().expect("a case").1.push(name);
                    }
                    _ => {}
                }
            }
            Event::Eof => return suites,
            _ => {}
        }
    }
}

fn attribute(element: &BytesStart<'_>, name: &str) -> String {
    let attribute = element.try_get_attribute(name).expect("attributes").unwrap_or_else(|| panic!("no {name}"));
    attribute.normalized_value(quick_xml::XmlVersion::Implicit1_0).expect("text").into_owned()
}
