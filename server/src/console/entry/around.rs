//! What every form of an entry has around its own fields: for whom and how it came, the day, the duties, the photos.

use maud::{Markup, html};
use poem::Response;

use super::sent;
use crate::App;
use crate::access::{self, Action};
use crate::checkin::form::Slot;
use crate::checkin::{Channel, Kind};
use crate::console::desk::Desk;
use crate::console::filled::{self, Filled};
use crate::console::layout::{self, key, last_day};
use crate::duty::ledger::{self, DutyLine, Status};
use crate::error::{ApiError, ApiResult};
use crate::evidence::{self, Hash};
use crate::ids::{DutyId, RecordId, UnitId, VersionId};
use crate::org::people::{self, Wanted};
use crate::org::{self, PersonLine, Unit, UnitKind};

/// People offered to choose from: a village's, not a town's.
const MOST_PEOPLE: usize = 500;

/// What a form offers for its unit.
pub struct Around {
    pub kind: Kind,
    pub unit: Unit,
    pub people: Vec<PersonLine>,
    pub duties: Vec<DutyLine>,
    /// The sides of a photo this kind shows.
    pub slots: &'static [Slot],
    /// What somebody else has meanwhile made of the record.
    pub now: Option<Markup>,
}

impl Around {
    /// Of a unit over which the caller may write records of this kind.
    pub async fn of(app: &App, desk: &Desk, kind: Kind, action: Action, filled: &Filled) -> ApiResult<Self> {
        let wanted = sent::uuid(filled, "unit").map(UnitId).ok_or_else(ApiError::not_found)?;
        // A unit that has been closed or merged may still owe what was due before.
        let mut db = app.db.acquire().await?;
        let unit = org::unit(&mut db, desk.caller.town, wanted).await?;
        drop(db);
        access::check(&desk.caller, action, &unit.path)?;
        // Who works for a village stands under the 党总支 it hangs under.
        let over = match unit.kind {
            UnitKind::Village => {
                let units = org::units(&app.db, &desk.caller, action).await?;
                let over = units.iter().find(|one| one.id == unit.id).and_then(|one| one.parent);
                over.filter(|over| units.iter().any(|one| one.id == *over))
            }
            _ => None,
        };
        let people = people_of(app, desk, over.unwrap_or(unit.id)).await?;
        let duties = owed(app, desk, kind, unit.id, filled).await?;
        Ok(Self { kind, unit, people, duties, slots: slots(kind), now: None })
    }

    /// The form, with what is filled in so far, and why it was not kept.
    pub fn page(
        &self,
        app: &App,
        desk: &Desk,
        (path, title): (&str, &str),
        filled: &Filled,
        refusal: Option<&ApiError>,
        own: &Markup,
    ) -> Response {
        let body = html! {
            @if let Some(refusal) = refusal {
                p class="said wrong" role="alert" { (refusal.message) " 已经填的都还在。" }
                @if let Some(now) = &self.now { (now) }
            }
            form class="entry" method="post" action=(path) enctype="multipart/form-data" {
                (key(desk))
                @for name in ["unit", "record", "version", "base"] { (filled::hidden(filled, name)) }
                div class="card fields" { (self.who(filled)) }
                div class="card fields" { (own) }
                (self.counts_for(filled))
                @if !self.slots.is_empty() { (self.photos(app, desk, filled)) }
                p class="bar" {
                    button class="main" { "保存" }
                    span class="soft" { "保存后会显示算作哪些事项。自己录入的要由别人审核。" }
                }
            }
        };
        let title = format!("{title} · {}", self.unit.name);
        let mut response = layout::page(app, desk, "/console/entry", &title, &body);
        if let Some(refusal) = refusal {
            response.set_status(refusal.status);
        }
        response
    }

    fn who(&self, filled: &Filled) -> Markup {
        let of_member = matches!(self.kind, Kind::Report | Kind::Contact);
        let whose = match self.kind {
            Kind::Report => "哪位流动党员的汇报",
            Kind::Contact => "联系的是哪位流动党员",
            _ => "替谁录入",
        };
        let chosen = filled.of("entered_for");
        html! {
            p class="field" {
                label for="entered_for" { (whose) }
                select id="entered_for" name="entered_for" required[self.kind == Kind::Contact] {
                    option value="" { @if self.kind == Kind::Contact { "请选择" } @else { "我自己的" } }
                    @for person in self.people.iter().filter(|person| !of_member || person.is_away) {
                        option value=(person.id) selected[chosen == person.id.to_string()] { (named(person)) }
                    }
                }
            }
            (filled::choice(filled, "channel", if self.kind == Kind::Contact { "谁联系的" } else { "怎么收到的(代录时选)" }, &[
                ("", if self.kind == Kind::Contact { "我自己联系的" } else { "请选择" }),
                (Channel::Call.name(), "电话里说的"),
                (Channel::Paper.name(), "纸上写的"),
                (Channel::Visit.name(), "当面说的"),
            ], false))
            (filled::date(filled, "happened_on", "哪天的事"))
        }
    }

    fn counts_for(&self, filled: &Filled) -> Markup {
        html! {
            fieldset class="card ticks" {
                legend { "算作哪些事项" }
                @if self.duties.is_empty() {
                    p class="soft" { "这个组织现在没有要用这种记录办理的事项,可以直接保存。" }
                }
                @for duty in &self.duties {
                    @let id = duty.id.to_string();
                    label {
                        input type="checkbox" name="duty" value=(id) checked[filled.has("duty", &id)];
                        " " (duty.title)
                        @if let Some(person) = self.people.iter().find(|person| Some(person.id) == duty.person_id) {
                            "(" (person.name) ")"
                        }
                        " " span class="soft" { (last_day(duty.last)) "前 · " (duty.status.label()) }
                    }
                }
            }
        }
    }

    fn photos(&self, app: &App, desk: &Desk, filled: &Filled) -> Markup {
        let kept: Vec<_> = sent::photos(filled).collect();
        html! {
            fieldset class="card" {
                legend { "照片" }
                @if !kept.is_empty() {
                    p class="soft" { "已收下的照片,不要的去掉勾:" }
                    div class="photos" {
                        @for photo in &kept {
                            label {
                                @if let Some(hash) = Hash::parse(&photo.hash) {
                                    img src=(evidence::links(&app.keys, desk.caller.town, hash, desk.now).thumb) alt=(photo.slot.label());
                                }
                                input type="hidden" name="offered" value=(format!("{}.{}", photo.slot.name(), photo.hash));
                                input type="checkbox" name="photo" value=(format!("{}.{}", photo.slot.name(), photo.hash)) checked;
                                " " (photo.slot.label())
                            }
                        }
                    }
                }
                div class="fields" {
                    @for slot in self.slots {
                        p class="field" {
                            label for=(format!("new-{}", slot.name())) { (slot.label()) }
                            input id=(format!("new-{}", slot.name())) type="file" name=(format!("new-{}", slot.name()))
                                accept="image/jpeg,image/png,image/webp,image/heic,image/heif,.heic,.heif" multiple;
                        }
                    }
                }
                p class="soft" { "JPG、PNG、WebP 或 iPhone 的 HEIC,一次最多 6 张,每张 25 MB 以内。" }
            }
        }
    }
}

/// The sides of a photo a record of this kind shows.
pub fn slots(kind: Kind) -> &'static [Slot] {
    match kind {
        Kind::Meeting => &[Slot::Meeting, Slot::Sheet],
        Kind::Sign => &[Slot::Before, Slot::After],
        _ => &[],
    }
}

/// A person with what they are, to tell two of one name apart.
fn named(person: &PersonLine) -> String {
    let posts: Vec<&str> = person.posts.iter().map(|post| post.label.as_str()).collect();
    if posts.is_empty() { person.name.clone() } else { format!("{}({})", person.name, posts.join("、")) }
}

async fn people_of(app: &App, desk: &Desk, unit: UnitId) -> ApiResult<Vec<PersonLine>> {
    let mut found: Vec<PersonLine> = Vec::new();
    if !desk.may(Action::ReadOrg) {
        return Ok(found);
    }
    let mut after = None;
    while found.len() < MOST_PEOPLE {
        let page =
            people::page(app, &desk.caller, &Wanted { unit: Some(unit), after, ..Wanted::default() }).await?;
        found.extend(page.people);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    // Who holds a post comes first: it is mostly they who call.
    found.sort_by_key(|person| person.posts.is_empty());
    found.retain(|person| person.id != desk.caller.person);
    Ok(found)
}

/// What the unit owes and this kind of record serves; what the page was opened for always.
async fn owed(app: &App, desk: &Desk, kind: Kind, unit: UnitId, filled: &Filled) -> ApiResult<Vec<DutyLine>> {
    let mut found = ledger::open_for(app, &desk.caller, kind.name(), unit).await?;
    for id in filled.all("duty").filter_map(|id| id.parse().ok()).map(DutyId) {
        if found.iter().all(|duty| duty.id != id)
            && let Ok(view) = ledger::one(app, &desk.caller, id).await
        {
            found.push(view.line);
        }
    }
    Ok(found)
}

/// Whether something can still be entered for it.
pub fn is_owed(status: Status) -> bool {
    matches!(status, Status::Open | Status::Grace | Status::Overdue | Status::Returned)
}

/// Ids of a record to be, made with the page.
pub fn fresh(filled: &mut Filled) {
    filled.add("record", RecordId::new().to_string());
    filled.add("version", VersionId::new().to_string());
}
