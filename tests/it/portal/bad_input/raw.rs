//! Requests as bytes: what no well-behaved client would send.

use std::time::Duration;

use reqwest::StatusCode;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::super::support::House;

/// Longest that is waited for an answer; a request may take 15 s.
const PATIENCE: Duration = Duration::from_secs(30);

/// An answer, as far as it came.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub text: String,
}

/// A connection to the portal.
pub async fn connect(house: &House) -> TcpStream {
    let address = house.address.strip_prefix("http://").expect("an address");
    TcpStream::connect(address).await.expect("the portal listens")
}

/// Sends bytes and reads until the portal closes; none where it closed without a word.
pub async fn send(house: &House, bytes: &[u8]) -> Option<Answer> {
    let mut stream = connect(house).await;
    // whoever is refused while sending may find the way closed: the answer counts
    let sent = stream.write_all(bytes).await;
    let answer = hear(&mut stream).await;
    assert!(answer.is_some() || sent.is_err() || !bytes.is_empty());
    answer
}

/// What the portal says before it closes.
pub async fn hear(stream: &mut TcpStream) -> Option<Answer> {
    let mut heard = Vec::new();
    let reading = async {
        let mut part = [0; 8192];
        while let Ok(number) = stream.read(&mut part).await {
            if number == 0 {
                break;
            }
            heard.extend_from_slice(&part[..number]);
        }
    };
    tokio::time::timeout(PATIENCE, reading).await.expect("the portal answers and closes");
    let text = String::from_utf8_lossy(&heard).into_owned();
    let status = text.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()?;
    Some(Answer { status: StatusCode::from_u16(status).ok()?, text })
}

/// A GET of a path as it stands.
pub fn get(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: salur.example\r\nconnection: close\r\n\r\n").into_bytes()
}
