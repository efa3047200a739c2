//! The listed roles are not refused at home: the calls of the table are good, and only access refuses them elsewhere.

use tuhe::access::roles;
use tuhe::org::Role;

use super::cast::{Cast, Place};
use super::scene::{DAY, Scene};
use super::spec::Operation;
use super::table::{ENDS_THE_SESSION, NEEDS_A_DESK, OWN_ONLY, ROWS, Row, Who};
use crate::world::{Answer, World};

#[tokio::test]
async fn a_listed_role_is_let_in_at_home() {
    let world = World::on(DAY).await;
    let scene = Scene::new(&world).await;
    let mut cast = Cast::new(&scene.town);
    for row in ROWS {
        let Who::Listed(action, _) = row.who else { continue };
        let operation = Operation::of(row);
        for (i, role) in roles(action).iter().enumerate() {
            let person = if row.id == OWN_ONLY && i == 0 {
                scene.proposer.clone()
            } else {
                cast.get(*role, Place::Home).await
            };
            let answer = operation.by(&person, &(row.ask)(&scene)).await;
            if i == 0 {
                went_through(row, &answer);
            } else {
                not_refused(&answer);
            }
        }
    }
}

#[tokio::test]
async fn whoever_is_logged_in_may_do_what_is_about_themselves() {
    let world = World::on(DAY).await;
    let scene = Scene::new(&world).await;
    let mut cast = Cast::new(&scene.town);
    for row in ROWS.iter().filter(|row| row.who == Who::Oneself) {
        let operation = Operation::of(row);
        for role in Role::ALL {
            let person = if ENDS_THE_SESSION.contains(&row.id) {
                cast.once(*role, Place::Home).await
            } else {
                cast.get(*role, Place::Home).await
            };
            let answer = operation.by(&person, &(row.ask)(&scene)).await;
            went_through(row, &answer);
            if row.id == "logout_all" {
                cast.forget(*role, Place::Home);
            }
        }
    }
}

/// The first who asks succeeds: nothing but access stands in the way of the others.
#[track_caller]
fn went_through(row: &Row, answer: &Answer) {
    if row.id == NEEDS_A_DESK {
        assert_eq!(answer["code"], "identity.desk_code_invalid", "{} answered {}", answer.what, answer.body);
        return;
    }
    if row.id == "load_plan" {
        assert_eq!(answer["code"], "plan.already_loaded", "{} answered {}", answer.what, answer.body);
        return;
    }
    assert_eq!(answer.status, 200, "{} answered {}", answer.what, answer.body);
}

/// Those after the first may find it done already.
#[track_caller]
fn not_refused(answer: &Answer) {
    let fine = answer.status == 200 || answer.status == 409;
    assert!(fine, "{} answered {} {}", answer.what, answer.status, answer.body);
}
