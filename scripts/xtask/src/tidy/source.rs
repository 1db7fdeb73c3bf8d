//! The files of the repository, and Rust text taken apart: code without comments and literals, comments without code.
//!
//! No parser: rules look for words and matching brackets, which needs only that words inside strings and comments do not count. Both
//! channels have the length of the text, blanks where something was taken out, so that an offset means the same place in all three.

use std::{
    io::{Error, ErrorKind},
    path::Path,
    process::Command,
};

/// The files of the repository that are text.
pub(super) struct Tree {
    pub(super) files: Vec<Source>,
}

/// A file.
pub(super) struct Source {
    /// Relative to the repository, with slashes.
    pub(super) path: String,
    pub(super) text: String,
    /// The text without comments and literals; empty unless Rust.
    pub(super) code: String,
    /// The text without anything but comments; empty unless Rust.
    pub(super) comments: String,
}

impl Tree {
    /// Every file that git tracks or would track.
    pub(super) fn read(root: &Path) -> Result<Self, Error> {
        let git = Command::new("git").args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]).current_dir(root).output()?;
        if !git.status.success() {
            return Err(Error::other(String::from_utf8_lossy(&git.stderr).into_owned()));
        }
        let mut paths: Vec<_> = String::from_utf8_lossy(&git.stdout).split_terminator('\0').map(str::to_owned).collect();
        paths.sort();
        paths.dedup();
        let mut files = Vec::with_capacity(paths.len());
        for path in paths {
            match std::fs::read(root.join(&path)) {
                // Pictures and other bytes have no lines to look at.
                Ok(bytes) => files.extend(String::from_utf8(bytes).ok().map(|text| Source::new(&path, text))),
                // Deleted, but git was not told yet.
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Self { files })
    }

    /// Rust files below a folder.
    pub(super) fn rust<'a>(&'a self, folder: &'a str) -> impl Iterator<Item = &'a Source> {
        self.files.iter().filter(move |source| source.is_rust() && source.path.starts_with(folder))
    }

    pub(super) fn get(&self, path: &str) -> Option<&Source> {
        self.files.iter().find(|source| source.path == path)
    }

    /// A tree of these paths and texts.
    #[cfg(test)]
    pub(super) fn of(files: &[(&str, &str)]) -> Self {
        Self { files: files.iter().map(|(path, text)| Source::new(path, (*text).to_owned())).collect() }
    }
}

impl Source {
    fn new(path: &str, text: String) -> Self {
        let (code, comments) = if has_suffix(path, "rs") { split(&text) } else { Default::default() };
        Self { path: path.to_owned(), text, code, comments }
    }

    pub(super) fn is_rust(&self) -> bool {
        has_suffix(&self.path, "rs")
    }

    /// Tests and examples: they read files and tell of made-up people.
    pub(super) fn is_aside(&self) -> bool {
        let aside = ["/tests/", "/examples/", "_tests.rs", "/tests.rs"];
        aside.iter().any(|part| self.path.contains(part))
    }

    /// The code before the tests at the end of the file.
    pub(super) fn product(&self) -> &str {
        &self.code[..self.code.find("#[cfg(test)]").unwrap_or(self.code.len())]
    }

    /// The line of a byte, from 1.
    pub(super) fn line(&self, offset: usize) -> usize {
        self.text[..offset].matches('\n').count() + 1
    }
}

pub(super) fn has_suffix(path: &str, suffix: &str) -> bool {
    Path::new(path).extension().is_some_and(|extension| extension == suffix)
}

/// Offsets of a text in another.
pub(super) fn find<'a>(text: &'a str, what: &'a str) -> impl Iterator<Item = usize> + 'a {
    text.match_indices(what).map(|(offset, _)| offset)
}

/// Offsets of a text that does not continue a word: `info!` but not `my_info!`.
pub(super) fn find_word<'a>(text: &'a str, what: &'a str) -> impl Iterator<Item = usize> + 'a {
    find(text, what).filter(|offset| !text[..*offset].ends_with(is_word))
}

pub(super) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The words of a piece of code: names and numbers.
pub(super) fn words(code: &str) -> impl Iterator<Item = &str> {
    code.split(|c| !is_word(c)).filter(|word| !word.is_empty())
}

/// The offset of the bracket that closes the one at `open`; the end of the text where none does.
pub(super) fn closing(code: &str, open: usize) -> usize {
    let bytes = code.as_bytes();
    let (up, down) = match bytes[open] {
        b'(' => (b'(', b')'),
        b'[' => (b'[', b']'),
        _ => (b'{', b'}'),
    };
    let mut depth = 0_usize;
    for (at, byte) in bytes.iter().enumerate().skip(open) {
        if *byte == up {
            depth += 1;
        } else if *byte == down {
            depth -= 1;
            if depth == 0 {
                return at;
            }
        }
    }
    code.len()
}

enum Part {
    Code,
    Comment,
    Literal,
}

/// Code and comments of a Rust text, each with blanks where the rest stands.
fn split(text: &str) -> (String, String) {
    let blank: Vec<u8> = text.bytes().map(|byte| if byte == b'\n' { b'\n' } else { b' ' }).collect();
    let (mut code, mut comments) = (blank.clone(), blank);
    let mut at = 0;
    while at < text.len() {
        let (part, length) = part(&text[at..], text[..at].ends_with(is_word));
        let span = at..at + length;
        match part {
            Part::Code => code[span.clone()].copy_from_slice(&text.as_bytes()[span]),
            Part::Comment => comments[span.clone()].copy_from_slice(&text.as_bytes()[span]),
            Part::Literal => {}
        }
        at += length;
    }
    let whole = |bytes| String::from_utf8(bytes).expect("only whole characters were copied");
    (whole(code), whole(comments))
}

/// What stands at the beginning of the text, and how many bytes it takes.
fn part(text: &str, in_word: bool) -> (Part, usize) {
    let first = text.chars().next().expect("never called at the end");
    if text.starts_with("//") {
        return (Part::Comment, text.find('\n').unwrap_or(text.len()));
    }
    if text.starts_with("/*") {
        return (Part::Comment, block_comment(text));
    }
    if !in_word && let Some(length) = raw_string(text) {
        return (Part::Literal, length);
    }
    match first {
        '"' => (Part::Literal, quoted(text, '"')),
        '\'' if is_char(text) => (Part::Literal, quoted(text, '\'')),
        _ => (Part::Code, first.len_utf8()),
    }
}

fn block_comment(text: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < text.len() {
        match text.as_bytes()[at..] {
            [b'/', b'*', ..] => (depth, at) = (depth + 1, at + 2),
            [b'*', b'/', ..] if depth == 1 => return at + 2,
            [b'*', b'/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
    }
    text.len()
}

/// `r"..."`, `br#"..."#`, ..
fn raw_string(text: &str) -> Option<usize> {
    let prefix = ["r", "br", "cr"].into_iter().find(|prefix| {
        let rest = text.strip_prefix(prefix);
        rest.is_some_and(|rest| rest.trim_start_matches('#').starts_with('"'))
    })?;
    let hashes = text[prefix.len()..].bytes().take_while(|byte| *byte == b'#').count();
    let body = prefix.len() + hashes + 1;
    let end = format!("\"{}", "#".repeat(hashes));
    Some(text[body..].find(&end).map_or(text.len(), |at| body + at + end.len()))
}

/// Length of a literal that begins and ends with `quote`.
fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + c.len_utf8(),
            _ => {}
        }
    }
    text.len()
}

/// `'x'` and `'\n'` are characters, `'a` is a lifetime.
fn is_char(text: &str) -> bool {
    let mut chars = text.chars().skip(1);
    let (second, third) = (chars.next(), chars.next());
    second == Some('\\') || third == Some('\'')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> String {
        let (code, comments) = split(text);
        assert_eq!((code.len(), comments.len()), (text.len(), text.len()));
        code.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn strings_and_comments_are_no_code() {
        assert_eq!(code(r#"a("b \" c", 'd', '\'', 'é') // e"#), "a( , , , )");
        assert_eq!(code("a /* b /* c */ d */ e"), "a e");
        assert_eq!(code(r##"x(r#"a " b"#, br"c", b"d", r"e")"##), "x( , , b , )");
        assert_eq!(code("fn f<'a>(x: &'a str) -> r#type { }"), "fn f<'a>(x: &'a str) -> r#type { }");
        assert_eq!(code("let bar\"s\""), "let bar");
        assert_eq!(code("\"never closed"), "");
    }

    #[test]
    fn comments_keep_their_place() {
        let (code, comments) = split("a // b\nc");
        assert_eq!((code.as_str(), comments.as_str()), ("a     \nc", "  // b\n "));
    }

    #[test]
    fn brackets_are_matched_by_kind() {
        assert_eq!(closing("f(a[0], (b)) c", 1), 11);
        assert_eq!(closing("f(", 1), 2);
    }

    #[test]
    fn a_word_is_found_whole() {
        assert_eq!(find_word("my_info!() info!()", "info!").collect::<Vec<_>>(), [11]);
    }
}
