//! Another town: the same roles there, asking for the ids of the first (invariant 7).

use tuhe::access::roles;
use tuhe::org::Role;

use super::cast::{Cast, Place};
use super::next_door::shows_none;
use super::scene::{DAY, Scene, fingerprint};
use super::spec::Operation;
use super::table::{ENDS_THE_SESSION, ROWS, Reach, Who};
use crate::world::{Town, World};

#[tokio::test]
async fn nobody_of_another_town_sees_or_changes_anything_of_this_one() {
    let world = World::on(DAY).await;
    let scene = Scene::new(&world).await;
    let other = Town::empty(&world, "bitown").await;
    let mut secrets = scene.secrets();
    secrets.extend([scene.town.id.to_string(), scene.town.root.to_string()]);
    tuhe::county::count_towns(&world.app.db, world.now()).await.expect("counted");
    let before = fingerprint(&world, &scene.town).await;
    let mut cast = Cast::new(&other);
    for role in Role::ALL {
        let person = cast.get(*role, Place::Home).await;
        for row in ROWS.iter().filter(|row| !ENDS_THE_SESSION.contains(&row.id)) {
            let reach = match row.who {
                Who::Listed(action, reach) if roles(action).contains(role) => Some(reach),
                Who::Listed(..) => continue,
                Who::Oneself => None,
                // Whoever is tied to nobody here finds nobody.
                Who::Tied => Some(Reach::Thing),
            };
            let answer = Operation::of(row).by(&person, &(row.ask)(&scene)).await;
            match reach {
                Some(Reach::Thing) => {
                    answer.refuses(404, "access.not_found");
                }
                Some(Reach::Each) => {
                    let left = answer.is(200).text("/left/0/code");
                    assert_eq!(left, "access.not_found");
                }
                // The county knows that there is a town, and of it nothing but numbers.
                Some(Reach::County) => {
                    let answer = answer.is(200);
                    assert!(answer.body.to_string().contains(&scene.town.id.to_string()), "no numbers");
                    shows_none(&answer, &scene.secrets());
                }
                Some(Reach::List | Reach::Town) | None => {
                    assert!(answer.status < 500, "{} answered {}", answer.what, answer.body);
                    shows_none(&answer, &secrets);
                }
            }
        }
        let there = Operation::of(ROWS.iter().find(|row| row.id == "switch_town").expect("the row"));
        let to = super::spec::Ask::plain().json(serde_json::json!({ "town": scene.town.id }));
        there.by(&person, &to).await.refuses(404, "access.not_found");
    }
    assert_eq!(fingerprint(&world, &scene.town).await, before, "another town changed this one");
}
