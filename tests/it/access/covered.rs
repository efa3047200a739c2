//! The table and the API document name the same operations.

use std::collections::BTreeSet;

use super::spec::operations;
use super::table::{ENDS_THE_SESSION, PUBLIC, ROWS};

#[test]
fn every_operation_says_who_may_call_it() {
    let documented: BTreeSet<String> = operations().into_keys().collect();
    let listed: Vec<&str> = ROWS.iter().map(|row| row.id).chain(PUBLIC).collect();
    let known: BTreeSet<String> = listed.iter().map(|id| (*id).to_owned()).collect();
    assert_eq!(known.len(), listed.len(), "an operation stands twice in tests/it/access/table.rs");
    let new: Vec<_> = documented.difference(&known).collect();
    assert!(
        new.is_empty(),
        "You added {new:?} to the API. Say in tests/it/access/table.rs who may call it: a row with its action \
         and a call that only access can refuse (what the call is about goes into scene.rs). \
         Then the tests beside it show that nobody else can."
    );
    let gone: Vec<_> = known.difference(&documented).collect();
    assert!(
        gone.is_empty(),
        "You took {gone:?} out of the API, or renamed it. `/api/v1` changes only by addition (design D17): if \
         no client was ever released with it, take its row out of tests/it/access/table.rs as well."
    );
    assert!(ENDS_THE_SESSION.iter().all(|id| known.contains(*id)));
}
