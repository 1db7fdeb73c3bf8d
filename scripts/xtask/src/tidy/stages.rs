//! The list of stages: complete, named alike everywhere, without dead ends, each with its database role.

use salur_runtime::topology::{self, StageSpec};
use salur_schemas::FactType;

use super::{
    Violation,
    source::{Source, Tree, closing, find, find_word},
};

const FOLDER: &str = "workers/pipeline/src/";
const LIST: &str = "workers/pipeline/src/lib.rs";
const FACTS: &str = "schemas/src/lib.rs";
const MIGRATIONS: &str = "schemas/migrations/";

/// Files that hold a stage.
pub(super) fn files(tree: &Tree) -> impl Iterator<Item = &Source> {
    tree.rust(FOLDER).filter(|source| find_word(&source.code, "impl Stage for").next().is_some())
}

/// Every stage is listed exactly once, under the name of its file.
pub(super) fn listed(tree: &Tree) -> Vec<Violation> {
    let listed = tree.get(LIST).map(list).unwrap_or_default();
    let mut found = Vec::new();
    for source in files(tree) {
        let module = module(source);
        let times = listed.iter().filter(|name| *name == module).count();
        if times != 1 {
            found.push(Violation::of_file(&source.path, format!("stands {times} times in stages! of {LIST}, not once")));
        }
        if let Some((at, name)) = name(source).filter(|(_, name)| *name != module.replace('_', "-")) {
            found.push(Violation::at(source, at, format!("NAME is {name:?}, but the file says {:?}", module.replace('_', "-"))));
        }
    }
    found
}

/// Every fact that must be heard is heard, and every fact of a stage is known to the schemas.
pub(super) fn contract(_: &Tree) -> Vec<Violation> {
    broken(&salur_pipeline::specs(), salur_schemas::ALL)
}

fn broken(specs: &[StageSpec], all: &[FactType]) -> Vec<Violation> {
    let dead_ends = topology::dead_ends(specs, all).into_iter().map(|kind| format!("no stage hears {}", kind.name));
    let unlisted = topology::unlisted(specs, all).into_iter().map(|kind| format!("{} is missing in ALL", kind.name));
    dead_ends.chain(unlisted).map(|what| Violation::of_file(FACTS, what)).collect()
}

/// Every stage has the role in which its transactions run.
pub(super) fn roles(tree: &Tree) -> Vec<Violation> {
    let migrations = || tree.files.iter().filter(|source| source.path.starts_with(MIGRATIONS));
    let mut found = Vec::new();
    for source in files(tree) {
        let role = format!("'salur_stage_{}'", module(source));
        if !migrations().any(|migration| migration.text.contains(&role)) {
            found.push(Violation::of_file(&source.path, format!("no migration creates the role {role}")));
        }
    }
    found
}

/// `workers/pipeline/src/photo_ingest.rs` -> `photo_ingest`; a stage in a file of a folder is named by the folder.
fn module(source: &Source) -> &str {
    let path = source.path.strip_prefix(FOLDER).unwrap_or(&source.path);
    path.split(['/', '.']).next().unwrap_or(path)
}

/// Modules in the list: `$crate::intake::Intake,`.
fn list(source: &Source) -> Vec<String> {
    let Some(begin) = find(&source.code, "$with! {").next().map(|at| at + "$with! ".len()) else { return Vec::new() };
    let body = &source.code[begin..closing(&source.code, begin)];
    body.split("$crate::").skip(1).filter_map(|item| item.split("::").next()).map(str::to_owned).collect()
}

/// The stage's NAME, with its place.
fn name(source: &Source) -> Option<(usize, &str)> {
    let at = find_word(&source.code, "const NAME:").next()?;
    let name = source.text[at..].split('"').nth(1)?;
    Some((at, name))
}

#[cfg(test)]
mod tests {
    use salur_schemas::Route;

    use super::*;

    const STAGE: &str = "impl Stage for PhotoIngest {\n    const NAME: &'static str = \"photo-ingest\";\n}";
    const LISTED: &str = "macro_rules! stages { ($with:ident) => { $with! {\n $crate::photo_ingest::PhotoIngest,\n } }; }";

    fn tree(stage: &str, list: &str) -> Tree {
        Tree::of(&[("workers/pipeline/src/photo_ingest.rs", stage), (LIST, list)])
    }

    #[test]
    fn a_stage_must_be_listed_once_under_the_name_of_its_file() {
        assert_eq!(listed(&tree(STAGE, LISTED)), []);
        assert_eq!(listed(&tree(STAGE, "")).len(), 1);
        assert_eq!(listed(&tree(STAGE, &LISTED.replace(",\n", ", $crate::photo_ingest::PhotoIngest,\n"))).len(), 1);
        assert_eq!(listed(&tree(&STAGE.replace("photo-ingest", "photos"), LISTED))[0].line, 2);
    }

    #[test]
    fn dead_ends_and_unlisted_facts_are_found() {
        const HEARD: FactType = FactType { name: "heard", version: 1, route: Route::Stage };
        const LOST: FactType = FactType { name: "lost", version: 1, route: Route::Stage };
        let specs = [StageSpec { name: "one", hears: &[HEARD], says: &[LOST] }];
        assert_eq!(broken(&specs, &[HEARD, LOST]).len(), 1, "nobody hears it");
        assert_eq!(broken(&specs, &[HEARD]).len(), 1, "nobody lists it");
    }

    #[test]
    fn a_stage_without_a_role_is_found() {
        let with = |sql: &str| roles(&Tree::of(&[("workers/pipeline/src/photo_ingest.rs", STAGE), ("schemas/migrations/1.sql", sql)]));
        assert_eq!(with("CREATE ROLE 'salur_stage_photo_ingest'"), []);
        assert_eq!(with("CREATE ROLE 'salur_stage_photo'").len(), 1);
    }
}
