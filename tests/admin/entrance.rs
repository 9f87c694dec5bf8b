//! Names, origins, the token.

use super::*;

const EVERYWHERE: [(&str, Method); 8] = [
    ("/", Method::GET),
    ("/jobs/01JDB3Q0Z5W8K6M4N2P7R9T1V3", Method::GET),
    ("/v1/jobs", Method::GET),
    ("/metrics", Method::GET),
    ("/readyz", Method::GET),
    ("/sign-in", Method::POST),
    ("/v1/jobs/01JDB3Q0Z5W8K6M4N2P7R9T1V3/retry", Method::POST),
    ("/anything", Method::GET),
];

#[tokio::test]
async fn who_asks_by_a_foreign_name_gets_no_answer_whatever_they_ask_for() {
    let shelf = Shelf::new().await;
    shelf.waiting("uat").await;
    let listening = shelf.listen(None, &["scrub.example.com"]).await;
    for (path, method) in EVERYWHERE {
        for host in ["evil.example", "localhost.evil.example:9090", "10.1.2.3:9090", "127.0.0.1.evil.example"] {
            let answer = answer(request(method.clone(), &listening.url(path)).header("host", host)).await;
            assert_eq!(answer.status, StatusCode::MISDIRECTED_REQUEST, "{path} {host}");
            assert!(!answer.text.contains("uat") && answer.text.contains("--admin-host NAME"), "{answer:?}");
        }
    }
    for host in ["localhost:9090", "127.0.0.1", "[::1]:9090", "scrub.example.com", "SCRUB.example.com:443"] {
        let answer = answer(request(Method::GET, &listening.url("/")).header("host", host)).await;
        assert_eq!(answer.status, StatusCode::OK, "{host}: {answer:?}");
    }
}

#[tokio::test]
async fn a_request_with_two_names_or_none_gets_no_answer() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let shelf = Shelf::new().await;
    let listening = shelf.listen(None, &[]).await;
    let two = "GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n";
    let other = "GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    for request in [two, other, "GET / HTTP/1.0\r\n\r\n"] {
        let mut socket = tokio::net::TcpStream::connect(listening.address).await.expect("a connection");
        socket.write_all(request.as_bytes()).await.expect("it is sent");
        let mut answer = String::new();
        socket.read_to_string(&mut answer).await.expect("an answer");
        assert!(answer.contains(" 421 "), "{request}: {answer}");
    }
}

#[tokio::test]
async fn a_page_of_another_site_changes_nothing() {
    let shelf = Shelf::new().await;
    let id = shelf.waiting("uat").await;
    let listening = shelf.listen(None, &[]).await;
    let foreign = [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example"),
        ("origin", "http://localhost:3000"),
        ("origin", "null"),
    ];
    for path in [format!("/jobs/{id}/cancel"), format!("/v1/jobs/{id}/cancel")] {
        for (name, value) in foreign {
            let answer = answer(request(Method::POST, &listening.url(&path)).header(name, value)).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path} {name}: {value}");
            assert_eq!(state(&shelf, &id).await, State::Waiting);
        }
    }
    let own = format!("http://{}", listening.address);
    let cancel = request(Method::POST, &listening.url(&format!("/jobs/{id}/cancel"))).header("origin", own);
    let answer = answer(cancel).await;
    assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, format!("/jobs/{id}").as_str()));
    assert_eq!(state(&shelf, &id).await, State::Cancelled);
}

#[tokio::test]
async fn nothing_is_changed_by_looking() {
    let shelf = Shelf::new().await;
    let id = shelf.waiting("uat").await;
    let listening = shelf.listen(None, &[]).await;
    for path in [format!("/jobs/{id}/cancel"), format!("/v1/jobs/{id}/cancel"), "/sign-out".into()] {
        let answer = get(&listening, &path).await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{path}");
    }
    assert_eq!(state(&shelf, &id).await, State::Waiting);
}

#[tokio::test]
async fn without_the_token_nobody_gets_in_but_monitoring() {
    let shelf = Shelf::new().await;
    let id = shelf.waiting("uat").await;
    let listening = shelf.listen(Some(TOKEN), &[]).await;
    for (path, method) in [
        ("/".to_string(), Method::GET),
        (format!("/jobs/{id}"), Method::GET),
        (format!("/jobs/{id}/cancel"), Method::POST),
        ("/v1/jobs".to_string(), Method::GET),
        (format!("/v1/jobs/{id}"), Method::GET),
        (format!("/v1/jobs/{id}/cancel"), Method::POST),
    ] {
        for given in [None, Some("Bearer wrong"), Some("Bearer"), Some("Bearer planted-admin-token-012345678")] {
            let request = request(method.clone(), &listening.url(&path));
            let request = given.into_iter().fold(request, |request, given| request.header("authorization", given));
            let answer = answer(request).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{path} {given:?}");
            assert!(!answer.text.contains("uat"), "{answer:?}");
            if path.starts_with("/v1/") {
                assert_eq!(answer.json()["error"]["code"], "not_signed_in");
                assert_eq!(answer.header("www-authenticate"), "Bearer");
            } else {
                assert!(answer.text.contains("Sign in") && answer.text.contains("type=\"password\""), "{answer:?}");
            }
        }
    }
    assert_eq!(state(&shelf, &id).await, State::Waiting);
    for path in ["/metrics", "/readyz"] {
        assert_eq!(get(&listening, path).await.status, StatusCode::OK, "{path}");
    }
    let cancel = request(Method::POST, &listening.url(&format!("/v1/jobs/{id}/cancel"))).bearer_auth(TOKEN);
    assert_eq!(answer(cancel).await.json()["state"], "cancelled");
}

/// Signs in with a token, and gives the answer.
async fn sign_in(listening: &Listening, token: &str, then: &str) -> Answer {
    let form = request(Method::POST, &listening.url("/sign-in")).form(&[("token", token), ("then", then)]);
    answer(form).await
}

#[tokio::test]
async fn who_signs_in_gets_a_cookie_that_lets_in_until_they_sign_out() {
    let shelf = Shelf::new().await;
    let id = shelf.waiting("uat").await;
    let listening = shelf.listen(Some(TOKEN), &[]).await;
    let page = format!("/jobs/{id}");
    let wrong = sign_in(&listening, "planted-wrong", &page).await;
    assert_eq!((wrong.status, wrong.header("set-cookie")), (StatusCode::UNAUTHORIZED, ""));
    assert!(wrong.text.contains("That is not the token.") && !wrong.text.contains("planted"), "{wrong:?}");

    let right = sign_in(&listening, &format!(" {TOKEN}\n"), &page).await;
    assert_eq!((right.status, right.header("location")), (StatusCode::SEE_OTHER, page.as_str()));
    let set = right.header("set-cookie").to_string();
    assert!(set.ends_with("; HttpOnly; SameSite=Strict") && !set.contains("planted"), "{set}");
    let cookie = set.split(';').next().expect("a pair").to_string();
    for path in ["/", page.as_str(), "/v1/jobs"] {
        let answer = answer(request(Method::GET, &listening.url(path)).header("cookie", &cookie)).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        assert!(answer.text.contains("uat"), "{path}");
    }
    let foreign = request(Method::POST, &listening.url(&format!("{page}/cancel"))).header("cookie", &cookie);
    assert_eq!(answer(foreign.header("origin", "https://evil.example")).await.status, StatusCode::FORBIDDEN);
    assert_eq!(state(&shelf, &id).await, State::Waiting);

    let out = answer(request(Method::POST, &listening.url("/sign-out")).header("cookie", &cookie)).await;
    assert!(out.header("set-cookie").contains("=; Path=/; Max-Age=0"), "{out:?}");
    let elsewhere = shelf.listen(Some("planted-another-token-0123456789"), &[]).await;
    let answer = answer(request(Method::GET, &elsewhere.url("/")).header("cookie", &cookie)).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "a cookie ends with its token");
    let away = sign_in(&listening, TOKEN, "https://evil.example/").await;
    assert_eq!(away.header("location"), "/");
}

#[tokio::test]
async fn every_answer_tells_browsers_to_keep_guess_and_frame_nothing() {
    let shelf = Shelf::new().await;
    let listening = shelf.listen(Some(TOKEN), &[]).await;
    for (path, method) in EVERYWHERE {
        let got = answer(request(method, &listening.url(path))).await;
        assert_eq!(got.header("cache-control"), "no-store", "{path}");
        assert_eq!(got.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(got.header("referrer-policy"), "same-origin", "{path}");
        let policy = got.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{path}: {policy}");
        assert!(policy.ends_with("form-action 'self'; frame-ancestors 'none'"), "{path}: {policy}");
    }
}

#[tokio::test]
async fn a_body_that_no_form_of_ours_has_is_refused() {
    let shelf = Shelf::new().await;
    let listening = shelf.listen(Some(TOKEN), &[]).await;
    let answer = sign_in(&listening, &"x".repeat(10_000), "/").await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
}
