//! A client that can do nothing: sockets and ready-made text. What it takes is what no client can do without.

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::REQUESTS;
use super::fleet::{CONSUMER_KEY, CONSUMER_SECRET, Fleet};

/// Asks each org for as many tokens as a scrub sends requests, over one connection.
pub(crate) async fn visit_all(fleet: &Fleet, concurrency: u32) -> Option<u32> {
    let mut waiting = fleet.orgs.iter().map(|org| org.url().trim_start_matches("http://").to_string());
    let mut running = JoinSet::new();
    for address in waiting.by_ref().take(concurrency as usize) {
        running.spawn(visit(address));
    }
    while let Some(done) = running.join_next().await {
        done.expect("a visit");
        waiting.next().map(|address| running.spawn(visit(address)));
    }
    None
}

async fn visit(address: String) {
    let stream = TcpStream::connect(&address).await.expect("a connection");
    stream.set_nodelay(true).expect("an option of the socket");
    let mut stream = BufReader::new(stream);
    for _ in 0..REQUESTS {
        ask_for_token(&mut stream, &address).await;
    }
}

async fn ask_for_token(stream: &mut BufReader<TcpStream>, address: &str) {
    let form = format!("grant_type=client_credentials&client_id={CONSUMER_KEY}&client_secret={CONSUMER_SECRET}");
    let request = format!(
        "POST /services/oauth2/token HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/x-www-form-urlencoded\r\n\
         content-length: {}\r\n\r\n{form}",
        form.len()
    );
    stream.write_all(request.as_bytes()).await.expect("a request is sent");
    let mut length = 0;
    let mut line = String::new();
    loop {
        line.clear();
        stream.read_line(&mut line).await.expect("an answer");
        let header = line.trim_end().to_ascii_lowercase();
        assert!(!header.starts_with("http/1.1") || header.contains(" 200"), "{header}");
        match header.split_once(':') {
            Some(("content-length", value)) => length = value.trim().parse().expect("a length"),
            _ if header.is_empty() => break,
            _ => {}
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.expect("a body");
    assert!(length > 0, "the answer has no body");
}
