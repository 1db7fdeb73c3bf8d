//! What the portal logs in this thread, as text: messages of every level, with their fields.

use std::{
    fmt::{Debug, Write},
    sync::{Arc, Mutex},
};

use tracing::{
    Event, Level, Metadata, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
    subscriber::DefaultGuard,
};

/// Listens while it is held.
pub struct Log {
    text: Arc<Mutex<String>>,
    _guard: DefaultGuard,
}

impl Log {
    pub fn listen() -> Self {
        let text = Arc::new(Mutex::new(String::new()));
        let guard = tracing::subscriber::set_default(Listener(Arc::clone(&text)));
        Self { text, _guard: guard }
    }

    pub fn text(&self) -> String {
        self.text.lock().expect("no holder panics").clone()
    }
}

struct Listener(Arc<Mutex<String>>);

struct Writing<'a>(&'a mut String);

impl Visit for Writing<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, "{field}={value:?} ").expect("a text takes it");
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        write!(self.0, "{field}={value} ").expect("a text takes it");
    }
}

impl Subscriber for Listener {
    /// All of ours, and of others what an installation logs.
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("salur") || *metadata.level() <= Level::INFO
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        span.record(&mut Writing(&mut self.0.lock().expect("no holder panics")));
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut Writing(&mut self.0.lock().expect("no holder panics")));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut text = self.0.lock().expect("no holder panics");
        event.record(&mut Writing(&mut text));
        text.push('\n');
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}
