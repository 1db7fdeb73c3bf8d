//! No page is closed to who reads it by ear, by keys or with weak eyes: axe-core (Deque, MPL 2.0, as `PyPI` ships it) finds nothing against WCAG 2.2 AA.

use std::{path::PathBuf, process::Command, sync::LazyLock};

use super::chromium::Chromium;

/// A wheel that holds axe-core 4.12.1 and a little Python that is not used.
const WHEEL: &str = "axe-playwright-python==0.1.8";
const SCRIPT_IN_WHEEL: &str = "axe_playwright_python/axe.min.js";
const RULES: &str = "{ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }";

static AXE: LazyLock<String> = LazyLock::new(|| {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../target/axe"));
    let script = folder.join(SCRIPT_IN_WHEEL);
    if !script.exists() {
        // tests run in processes of their own: each fetches into a folder of its own, and the first one's stays
        let own = folder.with_extension(std::process::id().to_string());
        let target = own.to_str().expect("a path of this machine");
        let args = ["-m", "pip", "install", "--quiet", "--no-deps", "--disable-pip-version-check", "--target", target, WHEEL];
        let done = Command::new("python3").args(args).output().expect("python3 is installed; scripts/test installs it");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        if std::fs::rename(&own, &folder).is_err() {
            std::fs::remove_dir_all(&own).expect("it is ours");
        }
    }
    std::fs::read_to_string(script).expect("the wheel holds axe-core")
});

/// What axe-core has against the page that is open.
pub async fn closed_to_some(browser: &Chromium, what: &str) -> Vec<String> {
    browser.run(&AXE).await;
    let script = format!(
        "const done = arguments[arguments.length - 1];
         axe.run({RULES}).then(found => done(found.violations.map(v => [v.id, v.help, v.nodes.slice(0, 3).map(n => n.html.slice(0, 160))])))
           .catch(error => done([[String(error)]]));"
    );
    let found = browser.run_until_done(&script).await;
    found.as_array().expect("a list").iter().map(|violation| format!("{what}: {violation}")).collect()
}
