//! 职务: which posts the sheet adds, keeps, corrects or ends. A post the sheet does not name stays in force: only a
//! 结束日期, or the person's leaving, ends one.

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::NaiveDate;

use super::findings::Findings;
use super::known::{Known, KnownPost};
use super::people::{People, Person};
use super::rows::PostRow;
use super::sheet::Sheet;
use super::tree::Tree;
use crate::ids::{PersonId, PostId, UnitId};
use crate::org::{Role, UnitKind};

#[derive(Debug)]
pub struct NewPost {
    pub id: PostId,
    pub person: PersonId,
    pub role: Role,
    pub units: BTreeSet<UnitId>,
    pub area: Option<String>,
    pub from_on: NaiveDate,
    pub to_on: Option<NaiveDate>,
}

/// A known post with other dates or another area name.
#[derive(Debug)]
pub struct PostChange {
    pub id: PostId,
    pub area: Option<String>,
    pub from_on: NaiveDate,
    pub to_on: Option<NaiveDate>,
}

#[derive(Debug, Default)]
pub struct PostPlan {
    pub added: Vec<NewPost>,
    pub changed: Vec<PostChange>,
    pub unchanged: usize,
    /// Posts in force that the sheet does not name, as 姓名 职务.
    pub absent: Vec<String>,
    /// Who will hold what, for the checks that follow.
    pub held: HashSet<(PersonId, Role, UnitId)>,
}

/// The person, role and units that make two posts the same.
type Key = (PersonId, Role, BTreeSet<UnitId>);

pub fn plan(
    rows: &[PostRow],
    tree: &Tree,
    people: &People,
    known: &Known,
    today: NaiveDate,
    findings: &mut Findings,
) -> PostPlan {
    let mut plan = PostPlan::default();
    let mut by_key: HashMap<Key, Vec<&KnownPost>> = HashMap::new();
    for post in &known.posts {
        by_key.entry((post.person, post.role, post.units.clone())).or_default().push(post);
    }
    let mut seen: HashMap<(Key, Option<NaiveDate>), u32> = HashMap::new();
    let mut named: HashSet<PostId> = HashSet::new();
    for row in rows {
        let (Some(person), Some(units)) = (holder(row, people, findings), units(row, tree, findings)) else {
            continue;
        };
        check_holder(row, person, today, findings);
        let key: Key = (person.id, row.role, units);
        if let Some(first) = seen.insert((key.clone(), row.to_on), row.row) {
            findings.problem(Sheet::Posts, row.row, "职务", format!("与第{first}行重复"));
            continue;
        }
        let before = by_key.get(&key).map_or(&[][..], Vec::as_slice);
        match decide(row, before, today) {
            Decision::Add => plan.add(row, key, today),
            Decision::Keep(post) => {
                named.insert(post.id);
                plan.keep(row, post, today);
            }
            Decision::Refuse(column, problem) => findings.problem(Sheet::Posts, row.row, column, problem),
        }
    }
    plan.rest(tree, people, known, &named, today);
    plan.warn_of_doubles(tree, findings);
    plan
}

enum Decision<'a> {
    Add,
    Keep(&'a KnownPost),
    /// The column and what is wrong with it.
    Refuse(&'static str, String),
}

/// What becomes of a row, given the posts of the same person, role and units.
fn decide<'a>(row: &PostRow, before: &[&'a KnownPost], today: NaiveDate) -> Decision<'a> {
    if let Some(post) = before.iter().find(|post| row.to_on.is_some() && post.to_on == row.to_on) {
        return Decision::Keep(post);
    }
    let open = before.iter().find(|post| is_open(post.to_on, today));
    match (open, row.from_on, row.to_on) {
        // An earlier term, told beside the present one.
        (Some(post), Some(_), Some(to)) if to < post.from_on => Decision::Add,
        (Some(post), from, to) => {
            let (from, to) = (from.unwrap_or(post.from_on), to.or(post.to_on));
            if to.is_some_and(|to| to < from) {
                let from = crate::edge::date_label(from);
                Decision::Refuse("结束日期", format!("早于任职日期{from}"))
            } else {
                Decision::Keep(post)
            }
        }
        (None, None, Some(_)) => {
            let problem = "名册里没有这项在任职务;补登以往的任职要填任职日期";
            Decision::Refuse("任职日期", problem.into())
        }
        (None, Some(_), Some(_)) => Decision::Add,
        (None, from, None) => match before.iter().filter_map(|post| post.to_on).max() {
            // A sheet made before the post ended must not open it again.
            Some(ended) if from.is_none_or(|from| from <= ended) => {
                let ended = crate::edge::date_label(ended);
                let problem =
                    format!("这项职务已于{ended}结束;重新任职请填之后的任职日期,不再任职请删去这一行");
                Decision::Refuse("任职日期", problem)
            }
            _ => Decision::Add,
        },
    }
}

fn is_open(to_on: Option<NaiveDate>, today: NaiveDate) -> bool {
    to_on.is_none_or(|to| to >= today)
}

impl PostPlan {
    fn add(&mut self, row: &PostRow, (person, role, units): Key, today: NaiveDate) {
        if is_open(row.to_on, today) {
            self.held.extend(units.iter().map(|unit| (person, role, *unit)));
        }
        self.added.push(NewPost {
            id: PostId::new(),
            person,
            role,
            units,
            area: row.area.clone(),
            from_on: row.from_on.unwrap_or(today),
            to_on: row.to_on,
        });
    }

    fn keep(&mut self, row: &PostRow, post: &KnownPost, today: NaiveDate) {
        let change = PostChange {
            id: post.id,
            area: row.area.clone().or_else(|| post.area.clone()),
            from_on: row.from_on.unwrap_or(post.from_on),
            to_on: row.to_on.or(post.to_on),
        };
        if is_open(change.to_on, today) {
            self.held.extend(post.units.iter().map(|unit| (post.person, post.role, *unit)));
        }
        if (&change.area, change.from_on, change.to_on) == (&post.area, post.from_on, post.to_on) {
            self.unchanged += 1;
        } else {
            self.changed.push(change);
        }
    }

    /// Posts in force that the sheet does not name stay, and are told.
    fn rest(
        &mut self,
        tree: &Tree,
        people: &People,
        known: &Known,
        named: &HashSet<PostId>,
        today: NaiveDate,
    ) {
        for post in known.posts.iter().filter(|post| is_open(post.to_on, today) && !named.contains(&post.id))
        {
            let Some(person) = people.get(post.person).filter(|person| !person.leaves) else { continue };
            let units: Vec<_> = post.units.iter().map(|unit| tree.name(*unit)).collect();
            self.absent.push(format!("{} {}({})", person.name, post.role.label(), units.join("、")));
            self.held.extend(post.units.iter().map(|unit| (post.person, post.role, *unit)));
        }
    }

    /// Two secretaries of one unit are usually a successor without the predecessor's 结束日期.
    fn warn_of_doubles(&self, tree: &Tree, findings: &mut Findings) {
        let mut heads: HashMap<(UnitId, Role), usize> = HashMap::new();
        for (_, role, unit) in &self.held {
            if matches!(role, Role::TownSecretary | Role::VillageSecretary | Role::BranchSecretary) {
                *heads.entry((*unit, *role)).or_default() += 1;
            }
        }
        let mut doubles: Vec<_> = heads.iter().filter(|(_, count)| **count > 1).collect();
        doubles.sort();
        for ((unit, role), count) in doubles {
            findings.warn(format!(
                "“{}”现有{count}名在任{};前任请填结束日期。",
                tree.name(*unit),
                role.label()
            ));
        }
    }
}

fn check_holder(row: &PostRow, person: &Person, today: NaiveDate, findings: &mut Findings) {
    if person.leaves && row.to_on.is_none_or(|to| to > today) {
        let problem = "此人在“人员”表里登记为离开,不能任职;离开的人职务自动结束,请删去这一行";
        findings.problem(Sheet::Posts, row.row, "姓名", problem);
    }
    if row.role.needs_membership() && person.membership == "none" {
        findings.problem(Sheet::Posts, row.row, "职务", format!("{}应由党员担任", row.role.label()));
    }
}

/// The person meant: one of the sheet's, or failing that one of the register's.
fn holder<'a>(row: &PostRow, people: &'a People, findings: &mut Findings) -> Option<&'a Person> {
    let listed: Vec<&Person> = people.named(&row.name).filter(|person| person.row.is_some()).collect();
    let pool = if listed.is_empty() { people.named(&row.name).collect() } else { listed };
    let ends_so =
        |person: &&&Person| row.last_four.as_ref().is_none_or(|four| person.last_four.as_ref() == Some(four));
    let meant: Vec<&&Person> = pool.iter().filter(ends_so).collect();
    let (column, problem) = match (pool.as_slice(), meant.as_slice()) {
        ([], _) => ("姓名", format!("没有叫“{}”的人;请先在“人员”表里列出", row.name)),
        // A register person not in the sheet shows no digits to compare.
        ([only], []) if only.last_four.is_none() => return Some(only),
        (_, [one]) => return Some(one),
        (_, []) => ("手机号后四位", format!("与“{}”的手机号对不上", row.name)),
        _ if row.last_four.is_some() => ("手机号后四位", "同名的人手机号后四位也相同,无法区分".to_owned()),
        _ => ("手机号后四位", format!("叫“{}”的不止一人,请填手机号后四位,并在“人员”表里列出", row.name)),
    };
    findings.problem(Sheet::Posts, row.row, column, problem);
    None
}

fn units(row: &PostRow, tree: &Tree, findings: &mut Findings) -> Option<BTreeSet<UnitId>> {
    let kinds = row.role.fits();
    if row.units.is_empty() {
        if kinds.contains(&UnitKind::Town) {
            return tree.nodes.first().map(|town| BTreeSet::from([town.id]));
        }
        findings.problem(Sheet::Posts, row.row, "任职组织", "任职组织不能为空;只有镇一级的职务可以空着");
        return None;
    }
    let mut units = BTreeSet::new();
    let mut missed = false;
    for name in &row.units {
        match tree.find(name, kinds) {
            Ok(at) => {
                units.insert(tree.nodes[whole_village(row.role, at, tree)].id);
            }
            Err(miss) => {
                missed = true;
                if let Some(problem) = miss.sentence(name, kinds) {
                    let told = format!("{}:{problem}", row.role.label());
                    findings.problem(Sheet::Posts, row.row, "任职组织", told);
                }
            }
        }
    }
    (!missed).then_some(units)
}

fn whole_village(role: Role, at: usize, tree: &Tree) -> usize {
    let node = &tree.nodes[at];
    match node.parent {
        Some(parent) if role.takes_whole_village() && node.kind == UnitKind::Village => parent,
        _ => at,
    }
}
