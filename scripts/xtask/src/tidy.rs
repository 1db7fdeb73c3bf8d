//! placeholder
use std::path::Path;
pub(crate) fn run(_: &Path) -> Result<String, std::io::Error> {
    Ok(String::new())
}
