//! From an answer to bytes on the connection, whole or damaged as a fault wants it.

use std::io::{self, Write};
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use http_body_util::channel::Channel;
use http_body_util::{BodyExt, Full, combinators::BoxBody};
use hyper::body::Bytes;
use hyper::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue};

use super::fault::Delivery;
use super::message::{Body, Request, Response};
use super::server::hang;

/// An answer for hyper; its body may break off with an error, which ends the connection.
pub(super) type Answer = hyper::Response<BoxBody<Bytes, io::Error>>;

/// One piece of a huge body.
const PIECE: usize = 64 * 1024;

/// Delivers an answer, or what a fault makes of it; an error closes the connection without an answer.
///
/// Without `response` the request was not carried out.
pub(super) async fn deliver(
    request: &Request,
    response: Option<Response>,
    delivery: Option<Delivery>,
    gzip: bool,
) -> io::Result<Answer> {
    let closed = || io::Error::from(io::ErrorKind::ConnectionReset);
    let instead = match delivery {
        Some(Delivery::Instead { status, headers, body }) => return Ok(scripted(status, &headers, body)),
        Some(Delivery::Reset | Delivery::ReplyLost) => return Err(closed()),
        Some(Delivery::HangBefore | Delivery::HangAfter) => match hang().await {},
        other => other,
    };
    let response = response.ok_or_else(closed)?;
    Ok(match instead {
        Some(Delivery::Truncated) => truncated(response),
        Some(Delivery::Malformed) => {
            let bytes = bytes(&response.body);
            with_body(&response, bytes[..bytes.len() / 2].to_vec())
        }
        Some(Delivery::SlowDrip { chunk, pause }) => dripping(response, chunk, pause),
        Some(Delivery::Huge { bytes }) => huge(response, bytes),
        _ => answer(request, response, gzip),
    })
}

/// The answer as it should be, compressed where the client asked for it.
pub(super) fn answer(request: &Request, response: Response, gzip: bool) -> Answer {
    let plain = bytes(&response.body);
    let accepts = request.header("accept-encoding").is_some_and(|encodings| encodings.contains("gzip"));
    if !gzip || !accepts || plain.is_empty() {
        return with_body(&response, plain);
    }
    let Ok(compressed) = compressed(&plain) else { return with_body(&response, plain) };
    let mut answer = with_body(&response, compressed);
    answer.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    answer
}

fn compressed(plain: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(plain)?;
    encoder.finish()
}

fn scripted(status: u16, headers: &[(String, String)], body: String) -> Answer {
    let response = Response { status, headers: headers.to_vec(), body: Body::Empty };
    with_body(&response, body.into_bytes())
}

fn truncated(response: Response) -> Answer {
    let bytes = bytes(&response.body);
    let (mut sender, body) = Channel::new(1);
    let mut answer = headed(&response, body.boxed());
    answer.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(bytes.len()));
    tokio::spawn(async move {
        let half = Bytes::copy_from_slice(&bytes[..bytes.len() / 2]);
        let _ = sender.send_data(half).await;
        // Let the half go out before the connection ends.
        tokio::time::sleep(Duration::from_millis(20)).await;
        sender.abort(io::ErrorKind::ConnectionReset.into());
    });
    answer
}

fn dripping(response: Response, chunk: usize, pause: Duration) -> Answer {
    let bytes = bytes(&response.body);
    let (mut sender, body) = Channel::new(1);
    tokio::spawn(async move {
        for piece in bytes.chunks(chunk) {
            if sender.send_data(Bytes::copy_from_slice(piece)).await.is_err() {
                return;
            }
            tokio::time::sleep(pause).await;
        }
    });
    headed(&response, body.boxed())
}

/// White space is JSON as well, so only the size tells that something is wrong.
fn huge(response: Response, total: usize) -> Answer {
    let (mut sender, body) = Channel::new(1);
    tokio::spawn(async move {
        let piece = Bytes::from(vec![b' '; PIECE]);
        for _ in 0..total.div_ceil(PIECE) {
            if sender.send_data(piece.clone()).await.is_err() {
                return;
            }
        }
        let _ = sender.send_data(Bytes::from(bytes(&response.body))).await;
    });
    let like = Response { status: 200, headers: Vec::new(), body: Body::Json(serde_json::Value::Null) };
    headed(&like, body.boxed())
}

fn with_body(response: &Response, bytes: Vec<u8>) -> Answer {
    headed(response, Full::from(bytes).map_err(|never| match never {}).boxed())
}

fn headed(response: &Response, body: BoxBody<Bytes, io::Error>) -> Answer {
    let mut answer = hyper::Response::new(body);
    *answer.status_mut() =
        hyper::StatusCode::from_u16(response.status).unwrap_or(hyper::StatusCode::INTERNAL_SERVER_ERROR);
    let content_type = match &response.body {
        Body::Empty => None,
        Body::Json(_) => Some("application/json;charset=UTF-8"),
        Body::Text(content_type, _) => Some(content_type.as_str()),
    };
    let own = content_type.map(|value| ("content-type".to_string(), value.to_string()));
    for (name, value) in own.iter().chain(&response.headers) {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name.as_str()), HeaderValue::from_str(value)) {
            answer.headers_mut().insert(name, value);
        }
    }
    debug_assert!(content_type.is_none() || answer.headers().contains_key(CONTENT_TYPE));
    answer
}

fn bytes(body: &Body) -> Vec<u8> {
    match body {
        Body::Empty => Vec::new(),
        Body::Json(value) => value.to_string().into_bytes(),
        Body::Text(_, text) => text.clone().into_bytes(),
    }
}
