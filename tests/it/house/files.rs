//! Small files: a reader holds one in the head (design §6).

use super::sources;

#[test]
fn files_are_small() {
    let mut sizes: Vec<(usize, String)> = ["server", "photo", "tests"]
        .into_iter()
        .flat_map(|part| sources(part).into_iter().map(move |(name, text)| (part, name, text)))
        .filter(|(_, name, _)| !name.starts_with("target/"))
        .map(|(part, name, text)| (text.lines().count(), format!("{part}/{name}")))
        .collect();
    sizes.sort();
    let at = |share: usize| &sizes[(sizes.len() - 1) * share / 100];
    let (median, most, longest) = (at(50), at(90), at(100));
    assert!(longest.0 <= 500, "{} has {} lines: nothing has more than 500", longest.1, longest.0);
    assert!(most.0 <= 350, "one file in ten is longer than {} lines ({}): 350 is the limit", most.0, most.1);
    assert!(median.0 <= 150, "the median file has {} lines: 150 is the limit", median.0);
}
