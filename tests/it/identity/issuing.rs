//! Who may hand out a binding code, and to whom.

use futures_util::future::join_all;
use tuhe::org::Role;

use super::{Phone, asks_code, code_for, member};
use crate::world::{Town, World};

#[tokio::test]
async fn the_office_issues_for_anyone_of_the_own_town_only() {
    let world = World::on("2021-10-12").await;
    let town = Town::empty(&world, "tuhe").await;
    let elsewhere = Town::empty(&world, "liuhe").await;
    let office = town.office().await;
    for branch in ["石桥支部", "柳荫支部", "镇中学支部"] {
        asks_code(&office, member(&town, "某党员", branch).await).await.is(200);
    }
    let stranger = member(&elsewhere, "某党员", "石桥支部").await;
    asks_code(&office, stranger).await.refuses(404, "access.not_found");
}

#[tokio::test]
async fn a_branch_secretary_issues_for_the_own_branch_and_knows_of_no_other() {
    let world = World::on("2021-10-12").await;
    let town = Town::empty(&world, "tuhe").await;
    let secretary = town.secretary().await;
    asks_code(&secretary, member(&town, "周大山", "石桥支部").await).await.is(200);
    let other = member(&town, "何田野", "柳荫支部").await;
    asks_code(&secretary, other).await.refuses(404, "access.not_found");
}

#[tokio::test]
async fn a_committee_member_issues_for_linked_mobile_members_only() {
    let world = World::on("2021-10-12").await;
    let town = Town::empty(&world, "tuhe").await;
    let contact = town.committee_member().await;
    asks_code(&contact, town.away_member).await.is(200);
    let at_home = member(&town, "周大山", "石桥支部").await;
    asks_code(&contact, at_home).await.refuses(403, "access.forbidden");
    let elsewhere = member(&town, "何田野", "柳荫支部").await;
    asks_code(&contact, elsewhere).await.refuses(404, "access.not_found");
}

#[tokio::test]
async fn a_village_cadre_issues_for_nobody() {
    let world = World::on("2021-10-12").await;
    let town = Town::empty(&world, "tuhe").await;
    let cadre = town.cadre().await;
    let colleague = town.person("刘小满", Role::VillageCommittee, &["石桥村"]).await;
    asks_code(&cadre, colleague.id).await.refuses(403, "access.forbidden");
    let other = member(&town, "何田野", "柳荫支部").await;
    asks_code(&cadre, other).await.refuses(404, "access.not_found");
    asks_code(&cadre, cadre.id).await.refuses(403, "access.forbidden");
}

#[tokio::test]
async fn of_codes_issued_at_the_same_moment_exactly_one_is_open() {
    let world = World::on("2021-10-12").await;
    let town = Town::empty(&world, "tuhe").await;
    let office = town.office().await;
    let person = member(&town, "周大山", "石桥支部").await;
    let codes = join_all((0..8).map(|_| code_for(&office, person))).await;
    let mut bound = 0;
    for (n, code) in codes.iter().enumerate() {
        let answer = Phone::of(&world, &format!("o-{n}")).binds(code).await;
        bound += usize::from(answer.status == 200);
    }
    assert_eq!(bound, 1);
}
