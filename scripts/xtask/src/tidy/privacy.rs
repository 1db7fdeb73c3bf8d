//! What is told about people: log lines, error texts, metric labels, headers.
//!
//! A scanner cannot know what a variable holds, so it goes by names: whoever names things as this project does cannot log a person by
//! accident. `address` counts, since an address of a person and one of a socket look alike in a log; the socket's is called `listen`.

use super::{
    Violation,
    source::{Source, Tree, closing, find, find_word, is_word, words},
};

/// Where people's data is handled. The command line talks to its operator, so there only log lines count.
const FOLDERS: &[&str] = &["workers/lib/", "workers/pipeline/", "workers/portal/", "workers/salur/"];
const LOGS: &[&str] = &["trace!", "debug!", "info!", "warn!", "error!", "event!", "_span!", "#[instrument", "#[error"];
const PRINTS: &[&str] = &["println!", "eprintln!", "print!", "eprint!", "panic!"];
const PRINTING: &str = "workers/salur/";

/// Parts of names that mean a person's data, whatever stands around them: `masked_nik`, `kk_digest`.
const PERSONAL: &[&str] = &["nik", "kk", "masked", "phone", "address", "birth", "nama", "household", "plaintext"];
/// Whose `.name` is a person's.
const PEOPLE: &[&str] = &["recipient", "submitted", "person", "row", "family", "checked", "proxy"];
/// What holds a person's data among others: never logged whole.
const WHOLE: &[&str] = &["fact", "facts", "recipient", "submitted", "person", "row", "rows", "body", "payload", "letter"];

const LABELS: &[&str] = &[
    "stage", "phase", "verdict", "type", "lane", "link", "queue", "what", "tranche", "regency", "measure", "check", "route", "status",
    "kind", "role",
];

const WIRE: &str = "workers/lib/runtime/src/broker/wire.rs";
/// Headers of messages and of HTTP requests, and the arguments of queues, which look the same.
const HEADERS: &[&str] = &[
    // ours, on messages
    "traceparent",
    "attempt",
    "first-published-at",
    "published-key",
    "stage",
    "cause",
    // the broker's
    "x-delivery-count",
    "x-first-death-reason",
    "x-first-death-queue",
    "x-delivery-limit",
    "x-message-ttl",
    "x-dead-letter-exchange",
    "x-dead-letter-routing-key",
    "x-dead-letter-strategy",
    "x-queue-type",
    "x-overflow",
    "x-single-active-consumer",
    "x-max-length-bytes",
    // a device's
    "x-salur-actor",
    "x-salur-device",
    "x-salur-time",
    "x-salur-signature",
];

/// Log lines, error texts and printed lines name no person.
pub(super) fn told(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for source in FOLDERS.iter().flat_map(|folder| tree.rust(folder)).filter(|source| !source.is_aside()) {
        let prints = if source.path.starts_with(PRINTING) { &[][..] } else { PRINTS };
        for (at, span) in LOGS.iter().chain(prints).flat_map(|name| calls(source, name)) {
            let code = &source.code[span.clone()];
            let named = words(code).chain(placeholders(&source.text[span])).find(|word| is_personal(word));
            let of_person = PEOPLE.iter().find(|owner| find_word(code, &format!("{owner}.name")).next().is_some());
            let whole = WHOLE.iter().find(|word| is_whole(code, word));
            if let Some(word) = named.or(of_person.copied()).or(whole.copied()) {
                found.push(Violation::at(source, at, format!("tells `{word}`")));
            }
        }
    }
    found
}

/// Metrics carry labels of the closed list.
pub(super) fn labels(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for source in tree.rust("workers/") {
        let spans = ["count", "gauge", "observe"].into_iter().flat_map(|name| calls(source, name));
        let of_metrics = spans.filter(|(_, span)| source.code[span.clone()].contains("Metric::"));
        for (_, span) in of_metrics.chain(bodies_of_labels(source)) {
            let unknown = pairs(&source.text[span.clone()]).filter(|(_, label)| !LABELS.contains(label));
            found.extend(unknown.map(|(at, label)| Violation::at(source, span.start + at, format!("label {label:?} is not in the list"))));
        }
    }
    found
}

/// Headers have names of the closed list.
pub(super) fn headers(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for source in tree.rust("workers/").filter(|source| !source.is_aside()) {
        let written = find(&source.text, "\"x-").chain(find(&source.text, "\"X-")).map(|at| at + 1);
        let constants = find(&source.text, ": &str = \"").map(|at| at + ": &str = \"".len());
        let all = written.chain(constants.filter(|_| source.path == WIRE)).filter(|at| source.comments[*at..].starts_with(' '));
        for at in all {
            let name = source.text[at..].split('"').next().unwrap_or_default().to_ascii_lowercase();
            let is_name = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
            if is_name && !HEADERS.contains(&name.as_str()) {
                found.push(Violation::at(source, at, format!("header {name:?} is not in the list")));
            }
        }
    }
    found
}

/// Every call of a macro or function, or use of an attribute: where, and the span between its brackets. Tests at the end do not count.
fn calls<'a>(source: &'a Source, name: &'a str) -> impl Iterator<Item = (usize, std::ops::Range<usize>)> + 'a {
    let whole = find(source.product(), name).filter(|at| name.starts_with(['_', '#']) || !source.code[..*at].ends_with(is_word));
    whole.filter_map(move |at| {
        let open = at + name.len() + source.code[at + name.len()..].find(|c| c != ' ')?;
        let opens = matches!(source.code.as_bytes()[open], b'(' | b'[' | b'{');
        opens.then(|| (at, open..closing(&source.code, open)))
    })
}

/// Names in the placeholders of format strings: `{name}`, `{name:?}`, `{0}`.
fn placeholders(text: &str) -> impl Iterator<Item = &str> {
    text.split('{').skip(1).filter_map(|rest| rest.split(['}', ':']).next()).filter(|name| !name.is_empty() && name.chars().all(is_word))
}

fn is_personal(word: &str) -> bool {
    word.split('_').any(|part| PERSONAL.contains(&part.to_ascii_lowercase().as_str()))
}

/// Whether a thing is logged with everything in it: `?row`, `%body`.
fn is_whole(code: &str, word: &str) -> bool {
    find(code, word)
        .any(|at| code[..at].ends_with(['?', '%']) && !code[at + word.len()..].starts_with(|c| is_word(c) || c == '.' || c == '('))
}

/// Bodies of functions called `labels`.
fn bodies_of_labels(source: &Source) -> impl Iterator<Item = (usize, std::ops::Range<usize>)> {
    find_word(&source.code, "fn labels(").filter_map(|at| {
        let open = at + source.code[at..].find('{')?;
        Some((at, open..closing(&source.code, open)))
    })
}

/// The names in `("name", value)`.
fn pairs(text: &str) -> impl Iterator<Item = (usize, &str)> {
    find(text, "(\"").filter_map(|at| Some((at, text[at + 2..].split_once("\",")?.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told_in(path: &str, code: &str) -> usize {
        told(&Tree::of(&[(path, code)])).len()
    }

    #[test]
    fn a_log_line_that_names_a_person_is_found() {
        let samples = [
            "tracing::info!(%nik, \"row\");",
            "info!(masked = row.masked_name);",
            "warn!(\n    name = recipient.name,\n    \"held\");",
            "error!(\"no account for {kk_text}\");",
            "debug!(?fact, \"heard\");",
            "#[error(\"{phone} is no number\")]",
            "println!(\"{}\", person.address);",
            "let _ = info_span!(\"x\", birth_date = 1);",
        ];
        for sample in samples {
            assert_eq!(told_in("workers/portal/src/a.rs", sample), 1, "{sample}");
        }
    }

    #[test]
    fn names_of_stages_and_texts_about_niks_are_fine() {
        let samples = ["info!(stage = S::NAME, name = self.name, \"a NIK is no nik\");", "// info!(nik)", "warn!(facts = facts.len());"];
        for sample in samples {
            assert_eq!(told_in("workers/portal/src/a.rs", sample), 0, "{sample}");
        }
        assert_eq!(told_in("workers/salur/src/a.rs", "println!(\"{nik}\");"), 0, "the command line talks to its operator");
        assert_eq!(told_in("workers/lib/domain/tests/a.rs", "println!(\"{nik}\");"), 0, "made-up people");
    }

    #[test]
    fn a_label_outside_the_list_is_found() {
        let found = |code: &str| labels(&Tree::of(&[("workers/a.rs", code)])).len();
        assert_eq!(found("count(Metric::Facts, &[(\"stage\", a), (\"nik\", b)], 1);"), 1);
        assert_eq!(found("fn labels(&self) -> L { [(\"payment\", x)] }"), 1);
        assert_eq!(found("count(Metric::Facts, &[(\"stage\", a)], 1); other(&[(\"nik\", b)]);"), 0);
    }

    #[test]
    fn a_header_outside_the_list_is_found() {
        let found = |path, code: &str| headers(&Tree::of(&[(path, code)])).len();
        assert_eq!(found("workers/a.rs", "text(\"x-recipient\")"), 1);
        assert_eq!(found("workers/a.rs", "text(\"X-Salur-Device\", \"x-salur is a prefix\") // \"x-recipient\""), 0);
        assert_eq!(found(WIRE, "const NAME: &str = \"name\";"), 1);
        assert_eq!(found(WIRE, "const STAGE: &str = \"stage\";"), 0);
    }
}
