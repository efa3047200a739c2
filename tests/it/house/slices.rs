//! Slices call only whom the table in the README says: the map of the house is true.

use std::collections::{BTreeMap, BTreeSet};

use super::{code, root, sources};

/// What everybody stands on.
const FLOOR: [&str; 8] = ["App", "config", "edge", "error", "ids", "named", "platform", "tags"];
/// Where slices are put together.
const ROOF: [&str; 7] = ["app", "server", "cli", "demo", "main", "lib", "config"];
/// What an `api.rs` may use beside its slice's own neighbours: who asks, and whether they may.
const EDGE: [&str; 2] = ["access", "identity"];

/// The table under "The map of the house": a slice, and whom it may call.
fn map() -> BTreeMap<String, BTreeSet<String>> {
    let readme = std::fs::read_to_string(root().join("README.md")).expect("a README");
    let mut map = BTreeMap::new();
    for line in readme.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [slices, _, may_call] = cells[..] else { continue };
        for slice in quoted(slices) {
            assert!(map.insert(slice.clone(), quoted(may_call)).is_none(), "README: {slice} stands twice");
        }
    }
    assert!(map.len() > 10, "README has no table whose columns are slice, owns, may call");
    map
}

/// The names in backticks.
fn quoted(cell: &str) -> BTreeSet<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The modules of the crate a text names: in `crate::x::…` and in `use crate::{x, y::…}`.
fn named(text: &str) -> BTreeSet<String> {
    let text: String = code(text).collect::<Vec<_>>().join("\n");
    let mut found = BTreeSet::new();
    for rest in text.split("crate::").skip(1) {
        match rest.strip_prefix('{') {
            None => found.extend(word(rest)),
            Some(group) => found.extend(members(group)),
        }
    }
    found
}

fn word(text: &str) -> Option<String> {
    let text: String = text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    (!text.is_empty()).then_some(text)
}

/// The first word of each member of a `{…}` group, whose opening brace is gone.
fn members(group: &str) -> Vec<String> {
    let (mut depth, mut start, mut found) = (0, 0, Vec::new());
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' | ',' if depth == 0 => {
                found.extend(word(&group[start..at]));
                start = at + 1;
                if c == '}' {
                    break;
                }
            }
            '}' => depth -= 1,
            _ => {}
        }
    }
    found
}

/// The most `super::` in a row.
fn climbs(text: &str) -> usize {
    let body = text.split("#[cfg(test)]").next().unwrap_or_default();
    (1..5).take_while(|n| body.contains(&"super::".repeat(*n))).count()
}

#[test]
fn slices_call_only_whom_the_map_of_the_house_says() {
    let map = map();
    let mut slices = BTreeSet::new();
    let sources = sources("server/src");
    for (path, text) in &sources {
        let slice = path.split_once('/').map_or_else(|| path.trim_end_matches(".rs"), |(slice, _)| slice);
        if ROOF.contains(&slice) {
            continue;
        }
        slices.insert(slice);
        let is_floor = FLOOR.contains(&slice);
        assert!(
            is_floor || map.contains_key(slice),
            "the slice {slice} does not stand in README's map of the house: add a row"
        );
        let may_call = map.get(slice).cloned().unwrap_or_default();
        for other in named(text).into_iter().filter(|other| other != slice) {
            let at_edge = path.ends_with("/api.rs") && EDGE.contains(&other.as_str());
            let fine = FLOOR.contains(&other.as_str()) || at_edge || may_call.contains(&other);
            assert!(
                fine,
                "server/src/{path} uses `{other}`, which README's map of the house does not let {slice} call"
            );
        }
        let depth = path.matches('/').count() + usize::from(!path.ends_with("mod.rs"));
        assert!(climbs(text) < depth.max(1), "server/src/{path} climbs out of its slice by `super::`");
    }
    let gone: Vec<_> = map.keys().filter(|slice| !slices.contains(slice.as_str())).collect();
    assert!(gone.is_empty(), "README's map of the house has rows for {gone:?}, which are no slices");
}

#[test]
fn imports_are_read_as_the_compiler_reads_them() {
    let text = "use crate::{\n    App,\n    audit, notify::{self, Weight}, org,\n};\nuse crate::ids::TownId;\n\
                // use crate::secret;\nfn f() -> crate::duty::Verdict {}\npub(crate) use named;";
    let found: Vec<_> = named(text).into_iter().collect();
    assert_eq!(found, ["App", "audit", "duty", "ids", "notify", "org"]);
}
