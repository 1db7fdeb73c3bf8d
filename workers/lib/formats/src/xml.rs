//! XML events within limits, for pain.001 and the parts of an XLSX.
//!
//! No document type, so no entities but the five of XML itself: an entity bomb is refused at its first line. UTF-8 only. Bounds:
//! [`MAX_EVENT_BYTES`] of one tag, comment or piece of text (the parser would buffer more without end), [`MAX_DEPTH`], [`MAX_NAME_BYTES`],
//! and 128 names of namespaces in force (the parser's own).

use std::io::{self, BufRead, BufReader, Read};

use quick_xml::{
    XmlVersion,
    events::{BytesRef, BytesStart, Event},
    name::ResolveResult,
    reader::NsReader,
};

/// Largest tag, comment or piece of text, in bytes.
pub(crate) const MAX_EVENT_BYTES: usize = 64 * 1024;
/// Deepest nesting.
pub(crate) const MAX_DEPTH: usize = 64;
/// Longest name of an element.
pub(crate) const MAX_NAME_BYTES: usize = 128;
const PIECE_BYTES: usize = 64 * 1024;
const WELL_FORMED: &str = "check that the file is complete, and written by software that writes XML";

/// What is wrong with the XML, and what to do.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) what: String,
    pub(crate) remedy: &'static str,
}

/// What comes next; name, attributes and text are asked of [`Xml`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Open,
    Close,
    Text,
    End,
}

/// A document, event by event.
pub(crate) struct Xml<R: Read> {
    reader: NsReader<Rationed<BufReader<R>>>,
    buffer: Vec<u8>,
    depth: usize,
    /// Of the last tag that opened.
    tag: String,
    name_length: usize,
    /// Empty where there is none.
    namespace: String,
    /// The last text, references resolved.
    text: String,
}

impl<R: Read> Xml<R> {
    pub(crate) fn new(source: R) -> Self {
        let rationed = Rationed { inner: BufReader::with_capacity(PIECE_BYTES, source), left: MAX_EVENT_BYTES };
        let mut reader = NsReader::from_reader(rationed);
        reader.config_mut().expand_empty_elements = true;
        let (tag, namespace, text) = (String::new(), String::new(), String::new());
        Self { reader, buffer: Vec::new(), depth: 0, tag, name_length: 0, namespace, text }
    }

    /// Local name of the last tag that opened.
    pub(crate) fn name(&self) -> &str {
        let name = &self.tag[..self.name_length];
        name.rsplit_once(':').map_or(name, |(_, local)| local)
    }

    /// Namespace of the last tag that opened, empty where it has none.
    pub(crate) fn namespace(&self) -> &str {
        &self.namespace
    }

    /// The last text. A long text, or one with references, comes in pieces.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// An attribute of the last tag that opened, by its local name.
    pub(crate) fn attribute(&self, name: &str) -> Result<Option<String>, Fault> {
        let tag = BytesStart::from_content(self.tag.as_str(), self.name_length);
        for attribute in tag.attributes() {
            let attribute = attribute.map_err(|error| self.fault(&error.into()))?;
            if attribute.key.local_name().as_ref() == name {
                let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|error| self.fault(&error))?;
                return Ok(Some(value.into_owned()));
            }
        }
        Ok(None)
    }

    /// Goes on to the next event; comments and instructions are passed over.
    pub(crate) fn step(&mut self) -> Result<Step, Fault> {
        loop {
            self.buffer.clear();
            self.reader.get_mut().left = MAX_EVENT_BYTES;
            let event = match self.reader.read_event_into(&mut self.buffer) {
                Ok(event) => event,
                Err(error) => return Err(self.fault(&error)),
            };
            match event {
                Event::Start(tag) => {
                    let name_length = tag.name().as_ref().len();
                    if name_length > MAX_NAME_BYTES || self.depth == MAX_DEPTH {
                        let what = format!("elements deeper than {MAX_DEPTH} or with names longer than {MAX_NAME_BYTES} bytes");
                        return Err(Fault { what, remedy: "check that it is the right file" });
                    }
                    self.depth += 1;
                    self.name_length = name_length;
                    self.tag.clear();
                    self.tag.push_str(&tag);
                    self.namespace.clear();
                    if let (ResolveResult::Bound(namespace), _) = self.reader.resolver().resolve_element(tag.name()) {
                        self.namespace.push_str(namespace.0);
                    }
                    return Ok(Step::Open);
                }
                Event::End(_) => {
                    self.depth -= 1;
                    return Ok(Step::Close);
                }
                Event::Text(text) => {
                    self.text.clear();
                    self.text.push_str(&text.xml10_content());
                    return Ok(Step::Text);
                }
                Event::CData(text) => {
                    self.text.clear();
                    self.text.push_str(&text.xml10_content());
                    return Ok(Step::Text);
                }
                Event::GeneralRef(reference) => {
                    self.text.clear();
                    self.text.push(character(&reference)?);
                    return Ok(Step::Text);
                }
                Event::Decl(declaration) => check_encoding(declaration.encoding().and_then(Result::ok).as_deref())?,
                Event::DocType(_) => {
                    let what = "the file has a document type (DTD)".to_owned();
                    return Err(Fault { what, remedy: "write it without DTD and entities" });
                }
                Event::Eof if self.depth > 0 => {
                    return Err(Fault { what: "the file ends in the middle".to_owned(), remedy: "send the whole file" });
                }
                Event::Eof => return Ok(Step::End),
                Event::Empty(_) | Event::Comment(_) | Event::PI(_) => {}
            }
        }
    }

    /// What the parser says, without what it quotes.
    fn fault(&self, error: &quick_xml::Error) -> Fault {
        let at = self.reader.error_position();
        let what = match error {
            quick_xml::Error::Io(error) => match error.get_ref().map(<dyn std::error::Error + Send + Sync>::is::<Spent>) {
                Some(true) => format!("a tag or text is larger than {MAX_EVENT_BYTES} bytes"),
                _ => return Fault { what: format!("the file cannot be read: {}", error.kind()), remedy: "send it again" },
            },
            quick_xml::Error::Encoding(_) => return Fault { what: "not UTF-8".to_owned(), remedy: "save the file as UTF-8" },
            quick_xml::Error::Namespace(_) => format!("not XML with namespaces at byte {at}"),
            _ => format!("not well-formed XML at byte {at}"),
        };
        Fault { what, remedy: WELL_FORMED }
    }
}

/// What a reference stands for: a character by its number, or one of the five.
fn character(reference: &BytesRef<'_>) -> Result<char, Fault> {
    let name: &str = reference;
    let known = match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => reference.resolve_char_ref().ok().flatten(),
    };
    known.ok_or_else(|| Fault { what: "the file uses an entity".to_owned(), remedy: "write the character itself" })
}

fn check_encoding(name: Option<&str>) -> Result<(), Fault> {
    match name {
        None => Ok(()),
        Some(name) if ["utf-8", "utf8", "us-ascii"].contains(&name.to_ascii_lowercase().as_str()) => Ok(()),
        Some(_) => Err(Fault { what: "the file declares another encoding than UTF-8".to_owned(), remedy: "save it as UTF-8" }),
    }
}

/// A source that gives so much per event and then fails: the parser has no limit of its own.
struct Rationed<B> {
    inner: B,
    left: usize,
}

/// More than [`MAX_EVENT_BYTES`] in one event.
#[derive(Debug, thiserror::Error)]
#[error("one event is larger than {MAX_EVENT_BYTES} bytes")]
struct Spent;

impl<B: BufRead> Read for Rationed<B> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(into)?;
        self.consume(count);
        Ok(count)
    }
}

impl<B: BufRead> BufRead for Rationed<B> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.left == 0 {
            return Err(io::Error::other(Spent));
        }
        let piece = self.inner.fill_buf()?;
        Ok(&piece[..piece.len().min(self.left)])
    }

    fn consume(&mut self, amount: usize) {
        self.left -= amount;
        self.inner.consume(amount);
    }
}
