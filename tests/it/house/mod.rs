//! The house keeps its own rules: small files, slices that call only whom the README says, SQL that is checked when it
//! is built, one clock.

mod files;
mod slices;
mod sql;

use std::path::{Path, PathBuf};

/// The folder of the whole workspace.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_path_buf()
}

/// Every Rust file under a folder of the workspace: its path from there, and its text.
pub fn sources(folder: &str) -> Vec<(String, String)> {
    let base = root().join(folder);
    let (mut found, mut folders) = (Vec::new(), vec![base.clone()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                let text = std::fs::read_to_string(&path).expect("text");
                let name = path.strip_prefix(&base).expect("inside").to_string_lossy().into_owned();
                found.push((name, text));
            }
        }
    }
    assert!(!found.is_empty(), "there is nothing in {folder}");
    found.sort();
    found
}

/// The words (letters, digits, `_`) that stand right after each `mark`.
pub fn string_after(text: &str, mark: &str) -> Vec<String> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    text.split(mark).skip(1).map(|rest| rest.chars().take_while(|c| is_word(*c)).collect()).collect()
}

/// The text without its comments, line by line.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(|line| if line.trim_start().starts_with("//") { "" } else { line })
}
