//! A civil registry in the test's own process, behind a real socket: it knows everybody, but for those about whom a test says otherwise.
//!
//! It does one thing per question in the order the test laid down, and then confirms. Every question is kept, so that a test can count them.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex},
    time::Duration,
};

use salur_pipeline::registry::{
    Door,
    http::{HttpRegistry, Settings},
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

use crate::{Person, World};

/// How long the adapter of the tests waits.
pub const TIMEOUT: Duration = Duration::from_millis(300);
/// The bearer token that questions must carry.
const TOKEN: &str = "token-of-the-registry";
/// Longest request that is read.
const REQUEST_MAX: usize = 8_192;

/// What it does about one question.
#[derive(Debug, Clone)]
pub enum Act {
    /// Answers: word and fields.
    Say(&'static str, &'static [&'static str]),
    /// Answers about somebody else.
    OfAnother,
    /// This status, and nothing.
    Status(u16),
    /// Status 200 and these bytes.
    Body(String),
    /// The right answer, too late.
    Late,
}

#[derive(Debug, Default)]
struct Memory {
    acts: HashMap<String, VecDeque<Act>>,
    always: Option<Act>,
    asked: Vec<Value>,
}

/// It stops with its value.
#[derive(Debug)]
pub struct FakeRegistry {
    url: String,
    memory: Arc<Mutex<Memory>>,
    _serving: JoinSet<()>,
}

impl FakeRegistry {
    /// One that confirms everybody.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}/ask", listener.local_addr().expect("it is bound"));
        let memory = Arc::<Mutex<Memory>>::default();
        let (mut serving, shared) = (JoinSet::new(), Arc::clone(&memory));
        serving.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                connections.spawn(serve(stream, Arc::clone(&shared)));
            }
        });
        Self { url, memory, _serving: serving }
    }

    /// Does this about a person, one after the other, then confirms.
    pub fn does(&self, person: &Person, acts: impl IntoIterator<Item = Act>) {
        let mut memory = self.memory.lock().expect("no holder panics");
        memory.acts.insert(person.nik().digits().to_owned(), acts.into_iter().collect());
    }

    /// Does this about everybody; none: what it did before.
    pub fn does_always(&self, act: Option<Act>) {
        self.memory.lock().expect("no holder panics").always = act;
    }

    /// The questions so far.
    pub fn asked(&self) -> Vec<Value> {
        self.memory.lock().expect("no holder panics").asked.clone()
    }

    /// The world, with this registry at its door.
    pub fn at_the_door_of(&self, world: World) -> World {
        let settings = Settings { url: &self.url, token: Some(TOKEN), timeout: TIMEOUT };
        let registry = HttpRegistry::new(&settings).expect("an address");
        let tools = Arc::into_inner(world.tools).expect("nobody else has the tools yet");
        let tools = Arc::new(salur_pipeline::Tools { registry: Some(Door::new(Arc::new(registry), 4)), ..tools });
        World { tools, ..world }
    }
}

async fn serve(mut stream: TcpStream, memory: Arc<Mutex<Memory>>) {
    while let Some(asked) = request(&mut stream).await {
        let act = memory.lock().expect("no holder panics").next(&asked);
        let said = |question: &Value, answer: &str, fields: &[&str]| json!({ "question": question, "answer": answer, "fields": fields });
        let (status, body) = match act {
            Act::Say(answer, fields) => (200, said(&asked["question"], answer, fields).to_string()),
            Act::OfAnother => (200, said(&json!(uuid::Uuid::nil()), "confirmed", &[]).to_string()),
            Act::Status(status) => (status, String::new()),
            Act::Body(body) => (200, body),
            Act::Late => {
                tokio::time::sleep(2 * TIMEOUT).await;
                (200, said(&asked["question"], "confirmed", &[]).to_string())
            }
        };
        // whoever asks elsewhere when told so is found among those who asked
        let head = format!("HTTP/1.1 {status} x\r\nlocation: /elsewhere\r\ncontent-length: {}\r\n\r\n", body.len());
        if stream.write_all(format!("{head}{body}").as_bytes()).await.is_err() {
            return; // the adapter waits no longer
        }
    }
}

/// The next question of a connection. A request that is not as agreed ends it, so that nobody is confirmed by it.
async fn request(stream: &mut TcpStream) -> Option<Value> {
    let mut bytes = Vec::new();
    while bytes.len() < REQUEST_MAX {
        if let Some(asked) = complete(&bytes) {
            return Some(asked);
        }
        let mut buffer = [0; 1_024];
        let read = stream.read(&mut buffer).await.ok().filter(|read| *read > 0)?;
        bytes.extend_from_slice(&buffer[..read]);
    }
    None
}

fn complete(bytes: &[u8]) -> Option<Value> {
    let text = std::str::from_utf8(bytes).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    let is_agreed = head.starts_with("POST /ask HTTP/1.1\r\n") && head.contains(&format!("Bearer {TOKEN}"));
    serde_json::from_str(body).ok().filter(|_| is_agreed)
}

impl Memory {
    fn next(&mut self, asked: &Value) -> Act {
        self.asked.push(asked.clone());
        if let Some(act) = &self.always {
            return act.clone();
        }
        let nik = asked["nik"].as_str().unwrap_or_default();
        self.acts.get_mut(nik).and_then(VecDeque::pop_front).unwrap_or(Act::Say("confirmed", &[]))
    }
}
