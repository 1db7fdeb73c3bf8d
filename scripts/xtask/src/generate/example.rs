//! docs/adding-a-worker.md shows files of the repository that are compiled and tested: it cannot show code that does not work.

use std::path::Path;

use super::{Error, Output, read};

const PAGE: &str = "docs/adding-a-worker.md";
/// Opens a place for a file: `<!-- file:tests/src/example.rs -->`.
const BEGIN: &str = "<!-- file:";
const BEGIN_END: &str = " -->";
const END: &str = "<!-- file:end -->";

/// The page with its files as they are now.
pub(super) fn page(root: &Path) -> Result<Option<Output>, Error> {
    let Some(text) = read(root, PAGE)? else { return Ok(None) };
    let text = with_files(&text, &mut |path| read(root, path))?;
    Ok(Some(Output { path: PAGE.into(), text }))
}

fn with_files(text: &str, file: &mut impl FnMut(&str) -> Result<Option<String>, Error>) -> Result<String, Error> {
    let mut done = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(BEGIN) {
        let parts = after.split_once(BEGIN_END).and_then(|(path, after)| Some((path, after.split_once(END)?.1)));
        let (path, after) = parts.ok_or_else(|| Error::Stale(vec![format!("{PAGE}: `{BEGIN}` without `{END}`")]))?;
        let content = file(path)?.ok_or_else(|| Error::Stale(vec![format!("{PAGE} shows {path}, which does not exist")]))?;
        let language = if path.rsplit_once('.').is_some_and(|(_, ending)| ending == "sql") { "sql" } else { "rust" };
        done += &[before, BEGIN, path, BEGIN_END, "\n```", language, "\n", &content, "```\n", END].concat();
        rest = after;
    }
    Ok(done + rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_stands_in_its_place_and_twice_is_once() {
        let mut file = |path: &str| Ok((path == "a.rs").then(|| "fn a() {}\n".to_owned()));
        let text = format!("above\n{BEGIN}a.rs{BEGIN_END}\nold\n{END}\nbelow\n");
        let new = with_files(&text, &mut file).expect("the file is there");
        assert_eq!(new, format!("above\n{BEGIN}a.rs{BEGIN_END}\n```rust\nfn a() {{}}\n```\n{END}\nbelow\n"));
        assert_eq!(with_files(&new, &mut file).expect("the file is there"), new);
        let missing = with_files(&text.replace("a.rs", "b.rs"), &mut file).expect_err("the file is not there");
        assert!(missing.to_string().contains("b.rs"));
        with_files("x <!-- file:a.rs --> y", &mut file).expect_err("the place has no end");
    }
}
