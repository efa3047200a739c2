//! A role that is not listed for an action is refused it at home, and has changed nothing by asking.

use tuhe::access::roles;
use tuhe::org::Role;

use super::cast::{Cast, Place};
use super::scene::{DAY, Scene, fingerprint};
use super::spec::Operation;
use super::table::{ROWS, Reach, Who};
use crate::world::World;

#[tokio::test]
async fn a_role_that_is_not_listed_is_refused_and_changes_nothing() {
    let world = World::on(DAY).await;
    let scene = Scene::new(&world).await;
    let mut cast = Cast::new(&scene.town);
    for role in Role::ALL {
        cast.get(*role, Place::Home).await;
    }
    let before = fingerprint(&world, &scene.town).await;
    let mut refused = 0;
    for row in ROWS {
        let Who::Listed(action, reach) = row.who else { continue };
        let operation = Operation::of(row);
        for role in Role::ALL.iter().filter(|role| !roles(action).contains(role)) {
            let person = cast.get(*role, Place::Home).await;
            let answer = operation.by(&person, &(row.ask)(&scene)).await;
            let code = answer["code"].as_str().unwrap_or_default();
            let is_access =
                matches!((answer.status, code), (403, "access.forbidden") | (404, "access.not_found"));
            assert!(is_access, "{} ({action:?}) answered {} {}", answer.what, answer.status, answer.body);
            // Inside the own units a right that is lacking is said to be lacking (design D10). A Party member without a
            // post is inside nothing but the own affairs, the committee member has the branch and not the village,
            // who has a village has not the town; and reading shows what may be seen, or nothing.
            let is_inside = !role.is_implied() && *role != Role::CommitteeMember && reach != Reach::Town;
            if is_inside && !operation.is_reading() {
                assert_eq!(answer.status, 403, "{} hides what it should refuse", answer.what);
            }
            refused += 1;
        }
    }
    assert!(refused > 300, "only {refused} refusals were tried");
    assert_eq!(fingerprint(&world, &scene.town).await, before, "a refused call changed something");
}
