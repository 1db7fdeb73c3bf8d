//! Sizes: files, functions, stages, lines.

use super::{
    Violation,
    source::{Source, Tree, closing, find_word, has_suffix, words},
    stages as stage_list,
};

const FILE_LINES: usize = 400;
const FUNCTION_LINES: usize = 60;
/// Without comments, blank lines and tests.
const STAGE_LINES: usize = 250;
const LINE_CHARACTERS: usize = 160;

/// Rust files are short.
pub(super) fn files(tree: &Tree) -> Vec<Violation> {
    let long = |source: &&Source| source.text.lines().count() > FILE_LINES;
    let what = |source: &Source| format!("{} lines, at most {FILE_LINES}", source.text.lines().count());
    tree.rust("").filter(long).map(|source| Violation::of_file(&source.path, what(source))).collect()
}

/// Functions are short.
pub(super) fn functions(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for source in tree.rust("") {
        for (at, name, lines) in bodies(&source.code).filter(|(_, _, lines)| *lines > FUNCTION_LINES) {
            found.push(Violation::at(source, at, format!("function {name} has {lines} lines, at most {FUNCTION_LINES}")));
        }
    }
    found
}

/// Stages are short.
pub(super) fn stages(tree: &Tree) -> Vec<Violation> {
    let counted = stage_list::files(tree).map(|source| (source, code_lines(source.product())));
    let long = counted.filter(|(_, lines)| *lines > STAGE_LINES);
    long.map(|(source, lines)| Violation::of_file(&source.path, format!("{lines} lines of code, at most {STAGE_LINES}"))).collect()
}

/// Lines of code and of scripts are short.
pub(super) fn lines(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for source in tree.files.iter().filter(|source| source.is_rust() || has_suffix(&source.path, "sql") || is_script(source)) {
        for (at, line) in source.text.lines().enumerate() {
            let length = line.chars().count();
            if length > LINE_CHARACTERS {
                let what = format!("{length} characters, at most {LINE_CHARACTERS}");
                found.push(Violation { path: source.path.clone(), line: at + 1, what });
            }
        }
    }
    found
}

pub(super) fn is_script(source: &Source) -> bool {
    source.text.starts_with("#!") || has_suffix(&source.path, "sh")
}

/// Offset, name and length in lines of every function that has a body.
fn bodies(code: &str) -> impl Iterator<Item = (usize, &str, usize)> {
    find_word(code, "fn ").filter_map(|at| {
        let name = words(&code[at + 3..]).next()?;
        let open = body(code, at)?;
        let lines = code[at..closing(code, open)].bytes().filter(|byte| *byte == b'\n').count() + 1;
        Some((at, name, lines))
    })
}

/// The brace that opens a function's body; a `;` outside of brackets means that it has none.
fn body(code: &str, function: usize) -> Option<usize> {
    let mut depth = 0_i32;
    for (at, byte) in code.bytes().enumerate().skip(function) {
        match byte {
            b'(' | b'[' => depth += 1,
            b')' | b']' => depth -= 1,
            b'{' if depth == 0 => return Some(at),
            b';' if depth == 0 => return None,
            // `fn` as a type inside of something that ends here.
            _ if depth < 0 => return None,
            _ => {}
        }
    }
    None
}

/// Lines that have code.
fn code_lines(code: &str) -> usize {
    code.lines().filter(|line| !line.trim().is_empty()).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines_of(path: &str, count: usize, line: &str) -> Tree {
        Tree::of(&[(path, &format!("{line}\n").repeat(count))])
    }

    #[test]
    fn a_file_of_one_line_too_many_is_found() {
        assert_eq!(files(&lines_of("a.rs", FILE_LINES + 1, "x")).len(), 1);
        assert_eq!(files(&lines_of("a.rs", FILE_LINES, "x")), []);
    }

    #[test]
    fn a_function_of_one_line_too_many_is_found_by_name() {
        let with = |inner: usize| Tree::of(&[("a.rs", &format!("\nfn long(x: [u8; 3]) -> u8 {{\n{}}}\n", "    \"}\";\n".repeat(inner)))]);
        let found = functions(&with(FUNCTION_LINES - 1));
        assert_eq!((found[0].line, found.len()), (2, 1));
        assert!(found[0].what.contains("long"), "{}", found[0].what);
        assert_eq!(functions(&with(FUNCTION_LINES - 2)), []);
    }

    #[test]
    fn declarations_and_types_have_no_body() {
        let code = "trait T { fn a(&self); }\nstruct S { f: fn(u8) -> u8, g: u8 }\nfn b() {}";
        assert_eq!(bodies(code).map(|(_, name, lines)| (name, lines)).collect::<Vec<_>>(), [("b", 1)]);
    }

    #[test]
    fn comments_and_tests_of_a_stage_do_not_count() {
        let stage = |lines: usize, rest: &str| {
            let text = format!("impl Stage for A {{\n{}}}\n// a comment\n\n{rest}", "x();\n".repeat(lines));
            stages(&Tree::of(&[("workers/pipeline/src/a.rs", &text)]))
        };
        assert_eq!(stage(STAGE_LINES - 2, "#[cfg(test)]\nmod tests {}\n"), []);
        assert_eq!(stage(STAGE_LINES - 1, "").len(), 1);
    }

    #[test]
    fn a_long_line_is_found_in_code_and_not_in_pages() {
        let line = "ä".repeat(LINE_CHARACTERS + 1);
        assert_eq!(lines(&lines_of("a.rs", 2, &line)).len(), 2);
        assert_eq!(lines(&lines_of("a.md", 2, &line)), []);
        assert_eq!(lines(&lines_of("a.sql", 1, &line[2..])), []);
    }
}
