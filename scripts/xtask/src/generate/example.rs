//! Pages that show files of the repository, which are compiled or run by a test: they cannot show code that does not work.

use std::path::Path;

use super::{Error, Output, read};

const PAGES: [&str; 2] = ["docs/adding-a-worker.md", "docs/quickstart.md"];
/// Opens a place for a file: `<!-- file:tests/src/example.rs -->`.
const BEGIN: &str = "<!-- file:";
const BEGIN_END: &str = " -->";
const END: &str = "<!-- file:end -->";

/// The pages with their files as they are now.
pub(super) fn pages(root: &Path) -> Result<Vec<Output>, Error> {
    let mut pages = Vec::new();
    for page in PAGES {
        if let Some(text) = read(root, page)? {
            let text = with_files(page, &text, &mut |path| read(root, path))?;
            pages.push(Output { path: page.into(), text });
        }
    }
    Ok(pages)
}

fn with_files(page: &str, text: &str, file: &mut impl FnMut(&str) -> Result<Option<String>, Error>) -> Result<String, Error> {
    let mut done = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(BEGIN) {
        let parts = after.split_once(BEGIN_END).and_then(|(path, after)| Some((path, after.split_once(END)?.1)));
        let (path, after) = parts.ok_or_else(|| Error::Stale(vec![format!("{page}: `{BEGIN}` without `{END}`")]))?;
        let content = file(path)?.ok_or_else(|| Error::Stale(vec![format!("{page} shows {path}, which does not exist")]))?;
        done += &[before, BEGIN, path, BEGIN_END, "\n```", language(path), "\n", &content, "```\n", END].concat();
        rest = after;
    }
    Ok(done + rest)
}

/// What the fence of a file is called.
fn language(path: &str) -> &str {
    match path.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "rs" => "rust",
        "py" => "python",
        ending => ending,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_stands_in_its_place_and_twice_is_once() {
        let mut file = |path: &str| Ok((path == "a.rs").then(|| "fn a() {}\n".to_owned()));
        let text = format!("above\n{BEGIN}a.rs{BEGIN_END}\nold\n{END}\nbelow\n");
        let new = with_files("page", &text, &mut file).expect("the file is there");
        assert_eq!(new, format!("above\n{BEGIN}a.rs{BEGIN_END}\n```rust\nfn a() {{}}\n```\n{END}\nbelow\n"));
        assert_eq!(with_files("page", &new, &mut file).expect("the file is there"), new);
        let missing = with_files("page", &text.replace("a.rs", "b.rs"), &mut file).expect_err("the file is not there");
        assert!(missing.to_string().contains("b.rs"));
        with_files("page", "x <!-- file:a.rs --> y", &mut file).expect_err("the place has no end");
    }
}
