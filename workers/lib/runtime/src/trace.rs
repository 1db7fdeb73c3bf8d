//! W3C Trace Context (<https://www.w3.org/TR/trace-context/>): one `traceparent` from the first message to the last.
//!
//! Ids derive from message ids, so that a redelivered message belongs to the same trace. A malformed header starts a new trace.

use uuid::Uuid;

/// `00-<trace>-<span>-<flags>`, checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceParent {
    trace: u128,
    span: u64,
    flags: u8,
}

impl TraceParent {
    /// A header's value; `None` where it is not one of version 00 with non-zero ids.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let (version, trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let lengths = version.len() == 2 && trace.len() == 32 && span.len() == 16 && flags.len() == 2;
        let digits = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'-'));
        if version != "00" || parts.next().is_some() || !lengths || !digits {
            return None;
        }
        let parsed = Self {
            trace: u128::from_str_radix(trace, 16).ok()?,
            span: u64::from_str_radix(span, 16).ok()?,
            flags: u8::from_str_radix(flags, 16).ok()?,
        };
        (parsed.trace != 0 && parsed.span != 0).then_some(parsed)
    }

    /// The start of a trace: ids derived from a message id.
    pub fn root(message_id: &str) -> Self {
        Self { trace: digest("trace", message_id).max(1), span: span_of(message_id), flags: 1 }
    }

    /// The next step of the same trace.
    #[must_use]
    pub fn child(self, message_id: &str) -> Self {
        Self { span: span_of(message_id), ..self }
    }

    /// The trace a message belongs to: the one of its header, else its own.
    pub fn of(header: Option<&str>, message_id: &str) -> Self {
        header.and_then(Self::parse).unwrap_or_else(|| Self::root(message_id))
    }
}

impl std::fmt::Display for TraceParent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "00-{:032x}-{:016x}-{:02x}", self.trace, self.span, self.flags)
    }
}

fn digest(what: &str, message_id: &str) -> u128 {
    Uuid::new_v5(&salur_domain::ids::NAMESPACE, format!("{what}\u{0}{message_id}").as_bytes()).as_u128()
}

fn span_of(message_id: &str) -> u64 {
    let low = digest("span", message_id) & u128::from(u64::MAX);
    u64::try_from(low).expect("64 bits were kept").max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let root = TraceParent::root("m-1");
        assert_eq!(TraceParent::parse(&root.to_string()), Some(root));
        let child = root.child("m-2");
        assert_eq!(child.trace, root.trace);
        assert_ne!(child.span, root.span);
        assert_eq!(TraceParent::of(Some(&root.to_string()), "m-9"), root);
    }

    #[test]
    fn malformed_headers_start_a_new_trace() {
        for text in [
            "",
            "00",
            "00-0-0-0",
            "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        ] {
            assert_eq!(TraceParent::parse(text), None, "{text}");
            assert_eq!(TraceParent::of(Some(text), "m"), TraceParent::root("m"));
        }
        assert!(TraceParent::parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01").is_some());
    }
}
