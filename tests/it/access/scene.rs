//! What the calls of the table are about: things of 石桥村, each ready for the one operation that takes it.

use std::sync::Arc;

use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Row as _};
use tuhe::ids::{PersonId, PostId, UnitId};
use tuhe::notify::{self, NewCall};
use tuhe::org::{self, NewPerson, Role, UnitKind};
use uuid::Uuid;

use crate::world::{Answer, Person, Town, World, common, jpeg, meeting};

pub const DAY: &str = "2021-10-12";
/// What nobody who is not of the branch may come to read.
pub const MINUTES: &str = "讨论了困难党员的帮扶名单。";
/// What nobody of the village it is about may come to read.
pub const COMPLAINT: &str = "村里的账目很久没有公开。";

/// A record and the version a reviewer has seen.
pub struct Stored {
    pub id: String,
    pub version: String,
}

impl Stored {
    fn of(answer: &Answer) -> Self {
        Self { id: answer.text("/record_id"), version: answer.text("/current_version") }
    }

    pub fn seen(&self) -> Value {
        json!({ "version": self.version })
    }
}

pub struct Scene {
    pub town: Town,
    pub post: PostId,
    /// Of the office.
    pub clerk: PersonId,
    /// Branches beside 石桥支部: one to be closed, two to be merged; and a member of the last.
    pub spare: [UnitId; 3],
    pub splitter: PersonId,
    /// To be handed over.
    pub held: PostId,
    pub task: String,
    pub rule: String,
    pub duty: String,
    pub excused_duty: String,
    /// Let off already.
    pub let_off_duty: String,
    pub batch_keys: Vec<String>,
    pub open_batch: String,
    /// A batch that waits, and who proposed it.
    pub own_batch: String,
    pub proposer: Person,
    pub approved_batch: String,
    pub photo: Vec<u8>,
    /// The hash of a photo the town has.
    pub taken: String,
    pub roster: Vec<u8>,
    pub plan_table: Vec<u8>,
    pub to_read: Stored,
    pub to_accept: Stored,
    pub for_bulk: Stored,
    pub to_return: Stored,
    pub to_confirm: Stored,
    pub survey: Stored,
    pub kept: Stored,
    pub extra: Stored,
    pub call: Uuid,
    pub feedback: String,
    pub occasion: String,
}

impl Scene {
    pub async fn new(world: &Arc<World>) -> Self {
        let town = Town::with_plan(world).await;
        let village = &["石桥村党总支"];
        let writer = town.person("李小禾", Role::VillageCadre, village).await;
        let secretary = town.person("李卫国", Role::BranchSecretary, village).await;
        let taken = secretary.uploads(&jpeg()).await;
        let (task, rule) = plan_codes(&secretary).await;
        let (duty, excused_duty) = two_duties(&secretary).await;
        let reason = json!({ "kind": "excused", "reason": "本月防汛" });
        secretary.post(&format!("/api/v1/duties/{excused_duty}/excuse"), reason).await.is(200);
        let office = town.office().await;
        let roster = given_out(&office, "org/roster-template").await;
        let plan_table = given_out(&office, "plan/table-template").await;
        let occasion = Uuid::now_v7().to_string();
        let opened = Self::an_occasion(&town, &occasion);
        office.post("/api/v1/plan/rules/2.1.1/occasions", opened).await.is(200);
        let let_off_duty = let_off(&secretary, &office).await;
        let approved_batch = a_batch(&secretary, &town, "2021-11-10").await;
        let approve = json!({ "approve": true });
        office.post(&format!("/api/v1/excuse-batches/{approved_batch}/decide"), approve).await.is(200);
        let open_batch = a_batch(&secretary, &town, "2021-11-20").await;
        let own_batch = a_batch(&office, &town, "2021-11-30").await;
        let batch_keys = keys(&secretary, &choice(&town, "2021-12-10")).await;
        let unit = town.unit("石桥支部");
        let held = async || Stored::of(&writer.post("/api/v1/meetings", a_meeting(&unit)).await.is(200));
        let (to_read, to_accept, for_bulk, to_return) =
            (held().await, held().await, held().await, held().await);
        let survey = a_survey(&town.unit("石桥村"), "inside");
        let survey = Stored::of(&writer.post("/api/v1/sign-surveys", survey).await.is(200));
        let feedback = Uuid::now_v7().to_string();
        let complaint = json!({ "id": feedback, "kind": "complaint", "text": COMPLAINT });
        writer.post("/api/v1/feedback", complaint).await.is(200);
        let (kept, extra) = twice(&writer, &town).await;
        let leaver = town.person("赵平", Role::VillageCadre, village).await;
        let mut tx = world.app.db.begin().await.expect("begun");
        let post = post_of(&town, &leaver, &mut tx).await;
        org::end_post(&mut tx, town.id, post, world.today()).await.expect("ended");
        // Held until yesterday, when the meeting was: what a post just left still opens.
        let held = sqlx::query("update post set from_on = from_on - 30 where id = $1").bind(post.0);
        held.execute(&mut *tx).await.expect("held for a month");
        let (units, council) = ([town.units["石桥村"]], Role::CouncilMember);
        let post =
            org::add_post(&mut tx, town.id, leaver.id, council, &units, world.today(), world.now()).await;
        let post = post.expect("added");
        let held =
            org::add_post(&mut tx, town.id, writer.id, council, &units, world.today(), world.now()).await;
        let handed = held.expect("added");
        let mut spare = [UnitId(Uuid::nil()); 3];
        for (at, name) in ["待撤支部", "待并支部", "待分支部"].into_iter().enumerate() {
            let above = town.units["石桥村党总支"];
            let added = org::add_unit(&mut tx, town.id, UnitKind::Branch, name, above, world.now()).await;
            spare[at] = added.expect("added");
        }
        let new =
            NewPerson { name: "郑分", membership: "full", branch: Some(spare[2]), ..NewPerson::default() };
        let splitter =
            org::add_person(&mut tx, &world.app.keys, town.id, &new, world.now()).await.expect("added");
        let call = a_call(&town, town.units["石桥支部"], &mut tx).await;
        tx.commit().await.expect("committed");
        let mut held_then = a_meeting(&unit);
        held_then["record"]["happened_on"] = json!(world.today().pred_opt().expect("a day"));
        let to_confirm = leaver.post("/api/v1/meetings", held_then).await.is(200);
        let to_confirm = Stored::of(&to_confirm.field("/needs_confirmation", true));
        Self {
            town,
            post,
            clerk: office.id,
            spare,
            splitter,
            held: handed,
            task,
            rule,
            duty,
            excused_duty,
            let_off_duty,
            batch_keys,
            open_batch,
            own_batch,
            proposer: office.clone(),
            approved_batch,
            photo: jpeg(),
            taken,
            roster,
            plan_table,
            to_read,
            to_accept,
            for_bulk,
            to_return,
            to_confirm,
            survey,
            kept,
            extra,
            call,
            feedback,
            occasion,
        }
    }

    pub fn facts() -> Value {
        json!({ "from_on": DAY, "has_committee": true, "has_groups": true, "full_members": 12, "probationary_members": 1 })
    }

    /// A rule that asks for nothing yet gets a count.
    pub fn rule_form() -> Value {
        json!({
            "base_version": 1, "title": "开展谈心谈话", "audience": "each_branch", "applies": [], "photos_required": 0,
            "cadence": { "kind": "per_period", "period": "year", "times": 1 }, "counts": "receipt", "grace_days": 3,
            "ladder": "quiet", "reviewer": "party_office", "minutes": 2,
        })
    }

    /// Of 石桥支部.
    pub fn an_occasion(town: &Town, id: &str) -> Value {
        json!({ "id": id, "units": [town.unit("石桥支部")], "due": "2021-11-30", "note": "今年第一批" })
    }

    pub fn meeting(&self) -> Value {
        a_meeting(&self.town.unit("石桥支部"))
    }

    pub fn sign(&self, village: &str, place: &str) -> Value {
        a_sign(&self.town.unit(village), place)
    }

    pub fn survey_of(&self, place: &str) -> Value {
        a_survey(&self.town.unit("石桥村"), place)
    }

    pub fn statement(&self) -> Value {
        json!({ "record": common(&self.town.unit("石桥村"), DAY, &[], &[]), "text": "大厅已经启用" })
    }

    /// The duties of the branch that end on a day to come.
    pub fn batch_choice(&self) -> Value {
        choice(&self.town, "2021-12-10")
    }

    /// The half-year report of the mobile member, by the member or a helper.
    pub fn report(&self) -> Value {
        json!({ "record": self.about_the_member(), "place": "苏州", "life": "工作顺利", "study": "参加线上学习" })
    }

    pub fn contact(&self) -> Value {
        json!({ "record": self.about_the_member(), "said": "家里都好", "way": "phone" })
    }

    fn about_the_member(&self) -> Value {
        let mut record = common(&self.town.unit("石桥支部"), DAY, &[], &[]);
        record["entered_for"] = json!(self.town.away_member);
        record
    }

    /// Ids of 石桥村 that nobody from elsewhere may be shown.
    pub fn secrets(&self) -> Vec<String> {
        let units = ["石桥村党总支", "石桥支部", "石桥第一小组", "石桥村", "石桥村委会"];
        let records = [
            &self.to_read,
            &self.to_accept,
            &self.for_bulk,
            &self.to_return,
            &self.to_confirm,
            &self.survey,
            &self.kept,
            &self.extra,
        ];
        let mut ids: Vec<String> = units.map(|unit| self.town.unit(unit)).to_vec();
        ids.extend(records.map(|record| record.id.clone()));
        ids.extend([self.duty.clone(), self.excused_duty.clone(), self.call.to_string()]);
        ids.extend([self.let_off_duty.clone(), self.open_batch.clone(), self.approved_batch.clone()]);
        ids.push(self.own_batch.clone());
        ids.extend([self.town.away_member.to_string(), self.town.contact_of_away.to_string()]);
        ids.push(self.feedback.clone());
        ids.extend([MINUTES, COMPLAINT].map(str::to_owned));
        ids
    }
}

/// A digest of every row a town has, table by table: equal digests, and nothing has changed.
pub async fn fingerprint(world: &World, town: &Town) -> Vec<(String, String)> {
    let tables = "select table_name::text from information_schema.columns
                  where table_schema = 'public' and column_name = 'town_id' order by 1";
    let tables = sqlx::query(tables).fetch_all(&world.app.db).await.expect("tables");
    let mut prints = Vec::new();
    for table in tables {
        let table: String = table.get(0);
        let digest = format!(
            "select count(*) || ' ' || coalesce(md5(string_agg(t::text, '|' order by t::text)), '')
             from {table} t where t.town_id = $1"
        );
        let digest = sqlx::query(AssertSqlSafe(digest)).bind(town.id.0);
        prints.push((table, digest.fetch_one(&world.app.db).await.expect("a digest").get(0)));
    }
    prints
}

fn a_meeting(unit: &str) -> Value {
    let mut form = meeting(common(unit, DAY, &[], &[]), &["general"]);
    form["minutes"] = json!(MINUTES);
    form
}

pub fn a_sign(village: &str, place: &str) -> Value {
    let record = common(village, DAY, &[], &[]);
    json!({ "record": record, "place": place, "text": "某某工作站", "finding": "off_list" })
}

pub fn a_survey(village: &str, place: &str) -> Value {
    json!({ "record": common(village, DAY, &[], &[]), "place": place })
}

/// A task, and a rule that may be given a date.
async fn plan_codes(reader: &Person) -> (String, String) {
    let tasks = reader.get("/api/v1/plan/tasks").await.is(200);
    let rules = tasks.list().iter().flat_map(|task| task["rules"].as_array().expect("rules"));
    let rule = rules.into_iter().find(|rule| rule["cadence"]["kind"] == "immediately").expect("a rule");
    (tasks.text("/0/code"), rule["code"].as_str().expect("a code").to_owned())
}

/// A workbook as it is given out: a sound one. The roster's adds nothing.
async fn given_out(office: &Person, path: &str) -> Vec<u8> {
    let url = format!("{}/api/v1/{path}", office.world.base);
    let answer = office.world.http.get(url).bearer_auth(&office.token).send().await.expect("an answer");
    answer.bytes().await.expect("a workbook").to_vec()
}

/// Two duties of the branch that meetings fulfil.
async fn two_duties(reader: &Person) -> (String, String) {
    let page = reader.get("/api/v1/duties").await.is(200);
    let meetings = |duty: &&Value| duty["record_kind"] == "meeting" && duty["person_id"].is_null();
    let of_branch = |duty: &&Value| duty["unit_name"] == "石桥支部";
    let mut ids = page["duties"].as_array().expect("duties").iter().filter(meetings).filter(of_branch);
    let mut next = || ids.next().expect("a duty")["id"].as_str().expect("an id").to_owned();
    (next(), next())
}

fn choice(town: &Town, day: &str) -> Value {
    json!({ "kind": "excused", "from": day, "until": day, "units": [town.unit("石桥支部")] })
}

/// What a preview lets one name.
async fn keys(by: &Person, choice: &Value) -> Vec<String> {
    let preview = by.post("/api/v1/excuse-batches/preview", choice.clone()).await.is(200);
    let all = preview["duties"].as_array().expect("duties").iter();
    all.map(|one| one["key"].as_str().expect("a key").to_owned()).collect()
}

/// What the branch owes on a day to come, proposed to be let off.
async fn a_batch(by: &Person, town: &Town, day: &str) -> String {
    let (id, choice) = (Uuid::now_v7(), choice(town, day));
    let duties = keys(by, &choice).await;
    let batch = json!({ "id": id, "choice": choice, "reason": "本月防汛", "duties": duties });
    by.post("/api/v1/excuse-batches", batch).await.is(200).field("/done", duties.len());
    id.to_string()
}

/// A duty of the branch that was let off.
async fn let_off(secretary: &Person, office: &Person) -> String {
    let unit = secretary.get("/api/v1/units").await.is(200);
    let unit = unit.list().iter().find(|unit| unit["name"] == "石桥支部").expect("the branch")["id"].clone();
    let duty = crate::flow::owed(office, unit.as_str().expect("an id"), "上党课", "2021-12-31").await;
    let form = json!({ "kind": "excused", "reason": "本月防汛" });
    secretary.post(&format!("/api/v1/duties/{duty}/excuse"), form).await.is(200);
    office.post(&format!("/api/v1/duties/{duty}/excuse/decide"), json!({ "approve": true })).await.is(200);
    duty
}

/// A duty of the village done twice: the record that counts, and the extra.
async fn twice(writer: &Person, town: &Town) -> (Stored, Stored) {
    let village = town.unit("石桥村");
    let duty = crate::flow::owed(writer, &village, "调整服务中心布局", "2021-10-31").await;
    let done = async || {
        let sent = crate::flow::statement(&village, DAY, &[&duty]);
        Stored::of(&writer.post("/api/v1/statements", sent).await.is(200))
    };
    (done().await, done().await)
}

async fn post_of(town: &Town, person: &Person, tx: &mut sqlx::PgConnection) -> PostId {
    let row = sqlx::query("select id from post where town_id = $1 and person_id = $2")
        .bind(town.id.0)
        .bind(person.id.0)
        .fetch_one(tx)
        .await;
    PostId(row.expect("a post").get(0))
}

/// A call to be made about a unit.
pub async fn a_call(town: &Town, unit: UnitId, tx: &mut sqlx::PgConnection) -> Uuid {
    let subject = Uuid::now_v7();
    let item = NewCall {
        town: town.id,
        person: Some(town.away_member),
        unit: Some(unit),
        subject_kind: "duty",
        subject,
        why: "overdue",
        since: None,
    };
    notify::call(tx, &item, town.world.now()).await.expect("called");
    let row = sqlx::query("select id from call_item where subject_id = $1").bind(subject).fetch_one(tx).await;
    row.expect("the call").get(0)
}
