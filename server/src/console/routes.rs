//! The table of pages: for each its path, its title in the head line if it stands there, and what one must be allowed to
//! open it. The router, the head line and the test that tries every page are all made from it, so that no page can be
//! added without deciding who may open it.

use poem::http::Method;
use poem::web::Data;
use poem::{Endpoint, FromRequest, IntoResponse, Request, Response, Route, RouteMethod, get, post};

use super::desk::{self, Desk};
use super::{
    bulk, calendar, calls, duties, duty, entry, excuses, export, feedback, form_key, hand_over, hold, home,
    icon, landscape, lend, login, not_owed, people, person, plan_table, record, reshape, review, roster,
    rule, rules, style, units, year,
};
use crate::App;
use crate::access::{self, Action};
use crate::error::{ApiError, ApiResult};
use crate::identity::Caller;

/// Who is let in to a page. What one may then see and do there is for the slices' own functions to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// The login itself, and what it looks like.
    Nothing,
    /// Whoever is logged in: the page holds what is one's own, or what only the slice can judge.
    Login,
    /// Whoever may do this in some unit.
    May(Action),
    /// Whoever may do one of these.
    Any(&'static [Action]),
}

impl Needs {
    /// Refuses whoever may not.
    pub fn met_by(self, caller: &Caller) -> ApiResult<()> {
        match self {
            Self::Nothing | Self::Login => Ok(()),
            Self::May(action) => access::check_any(caller, action),
            Self::Any(actions) if actions.iter().any(|action| access::check_any(caller, *action).is_ok()) => {
                Ok(())
            }
            Self::Any(_) => Err(ApiError::forbidden()),
        }
    }
}

/// One page, or one deed of a page.
#[derive(Clone, Copy)]
pub struct Page {
    /// Below `/console`.
    pub path: &'static str,
    /// As it stands in the head line.
    pub title: Option<&'static str>,
    pub needs: Needs,
    /// Its form brings files.
    pub uploads: bool,
    answers: fn() -> RouteMethod,
}

/// Every page, those of the head line in its order.
pub const PAGES: &[Page] = &[
    page("/", Needs::Login, || get(home::show)),
    page("/login", Needs::Nothing, || get(login::ask).post(login::begin)),
    page("/code", Needs::Nothing, || post(login::by_code)),
    page("/pair", Needs::Nothing, || get(login::wait)),
    page("/continue", Needs::Nothing, || get(hold::nothing_held).post(hold::go_on)),
    page("/logout", Needs::Login, || post(login::leave)),
    titled("/review", "审核", Needs::May(Action::Review), || get(review::queue).post(review::accept_many)),
    page("/records/:id", Needs::Login, || get(record::show)),
    page("/records/:id/accept", Needs::Login, || post(record::accept)),
    page("/records/:id/return", Needs::Login, || post(record::give_back)),
    page("/photos/:id/original", Needs::May(Action::ReadOriginal), || get(record::fetch_original)),
    titled("/duties", "待办台账", Needs::May(Action::ReadDuties), || get(duties::show)),
    page("/duties/export", Needs::May(Action::ReadDuties), || get(export::duties)),
    page("/duties/:id", Needs::Login, || get(duty::show)),
    page("/duties/:id/excuse", Needs::May(Action::ProposeExcuse), || post(duty::propose)),
    page("/calendar", Needs::May(Action::ReadDuties), || get(calendar::month)),
    page("/year", Needs::May(Action::ReadDuties), || get(calendar::year)),
    page("/not-owed", Needs::May(Action::ReadDuties), || get(not_owed::show)),
    page("/excuses", Needs::May(Action::ProposeExcuse), || get(excuses::show)),
    page("/excuses/new", Needs::May(Action::ProposeExcuse), || get(bulk::form)),
    page("/excuses/preview", Needs::May(Action::ProposeExcuse), || post(bulk::preview)),
    page("/excuses/propose", Needs::May(Action::ProposeExcuse), || post(bulk::propose)),
    page("/excuses/duty/:id/decide", Needs::May(Action::DecideExcuse), || post(excuses::decide)),
    page("/excuses/duty/:id/undo", Needs::May(Action::DecideExcuse), || post(excuses::undo)),
    page("/excuses/duty/:id/withdraw", Needs::May(Action::ProposeExcuse), || post(excuses::withdraw)),
    page("/excuses/batch/:id/withdraw", Needs::May(Action::ProposeExcuse), || post(excuses::withdraw_batch)),
    page("/excuses/batch/:id/decide", Needs::May(Action::DecideExcuse), || post(excuses::decide_batch)),
    page("/excuses/batch/:id/undo", Needs::May(Action::DecideExcuse), || post(excuses::undo_batch)),
    titled("/entry", "录入", Needs::Any(entry::MAY), || get(entry::choose)),
    uploading(page("/entry/meeting", Needs::May(Action::WriteMeeting), || {
        get(entry::ask_meeting).post(entry::keep_meeting)
    })),
    uploading(page("/entry/sign", Needs::May(Action::WriteSign), || {
        get(entry::ask_sign).post(entry::keep_sign)
    })),
    uploading(page("/entry/survey", Needs::May(Action::WriteSign), || {
        get(entry::ask_survey).post(entry::keep_survey)
    })),
    uploading(page("/entry/contact", Needs::May(Action::WriteContact), || {
        get(entry::ask_contact).post(entry::keep_contact)
    })),
    uploading(page("/entry/statement", Needs::May(Action::WriteStatement), || {
        get(entry::ask_statement).post(entry::keep_statement)
    })),
    uploading(page("/entry/report", Needs::May(Action::WriteReport), || {
        get(entry::ask_report).post(entry::keep_report)
    })),
    titled("/rules", "方案任务", Needs::May(Action::ReadPlan), || get(rules::show)),
    uploading(page("/rules/table", Needs::May(Action::WritePlan), || {
        get(plan_table::show).post(plan_table::load)
    })),
    page("/rules/table/:name", Needs::May(Action::ReadPlan), || get(plan_table::export)),
    page("/rules/year", Needs::May(Action::WritePlan), || get(year::show).post(year::carry)),
    page("/rules/:code", Needs::May(Action::ReadPlan), || get(rule::show).post(rule::change)),
    page("/rules/:code/occasions", Needs::May(Action::WritePlan), || post(rule::open)),
    page("/occasions/:id/withdraw", Needs::May(Action::WritePlan), || post(rule::withdraw)),
    titled("/calls", "电话通知", Needs::May(Action::ReadCallList), || get(calls::show)),
    page("/calls/print", Needs::May(Action::RevealPhone), || post(calls::print)),
    page("/calls/:id/done", Needs::May(Action::ReadCallList), || post(calls::done)),
    titled("/feedback", "意见建议", Needs::May(Action::ReadFeedback), || get(feedback::show)),
    page("/feedback/:id/answer", Needs::May(Action::AnswerFeedback), || post(feedback::answer)),
    titled("/people", "人员职务", Needs::May(Action::ReadOrg), || get(people::list)),
    page("/people/:id", Needs::May(Action::ReadOrg), || get(person::show)),
    page("/people/:id/phone", Needs::May(Action::RevealPhone), || post(person::reveal)),
    page("/people/:id/code", Needs::May(Action::IssueBindCode), || post(person::issue)),
    page("/people/:id/desk-code", Needs::May(Action::IssueDeskCode), || post(person::let_in)),
    page("/people/:id/posts", Needs::May(Action::WriteOrg), || post(person::give)),
    page("/people/:id/hand-over", Needs::May(Action::WriteOrg), || {
        get(hand_over::choose).post(hand_over::pass)
    }),
    page("/people/:id/lend", Needs::May(Action::Delegate), || get(lend::choose)),
    page("/posts/:id/end", Needs::May(Action::WriteOrg), || post(person::end)),
    titled("/units", "组织", Needs::May(Action::ReadOrg), || get(units::list)),
    page("/units/:id", Needs::May(Action::ReadOrg), || get(units::show)),
    page("/units/:id/rename", Needs::May(Action::WriteOrg), || post(reshape::rename)),
    page("/units/:id/create", Needs::May(Action::WriteOrg), || post(reshape::create)),
    page("/units/:id/merge", Needs::May(Action::WriteOrg), || post(reshape::merge)),
    page("/units/:id/split", Needs::May(Action::WriteOrg), || post(reshape::split)),
    page("/units/:id/close", Needs::May(Action::WriteOrg), || post(reshape::close)),
    page("/units/:id/facts", Needs::May(Action::StateFacts), || post(units::state)),
    uploading(titled("/roster", "名册", Needs::May(Action::WriteOrg), || {
        get(roster::show).post(roster::import)
    })),
    page("/roster/template", Needs::May(Action::WriteOrg), || get(roster::template)),
    page("/console.css", Needs::Nothing, || get(style)),
    page("/landscape.css", Needs::Nothing, || get(landscape)),
    page("/icon.svg", Needs::Nothing, || get(icon)),
];

const fn page(path: &'static str, needs: Needs, answers: fn() -> RouteMethod) -> Page {
    Page { path, title: None, needs, uploads: false, answers }
}

const fn titled(path: &'static str, title: &'static str, needs: Needs, answers: fn() -> RouteMethod) -> Page {
    Page { path, title: Some(title), needs, uploads: false, answers }
}

/// A page whose form brings files; it reads them by [`form_key::opened`].
const fn uploading(page: Page) -> Page {
    Page { uploads: true, ..page }
}

/// All of them, each behind its guard.
pub fn all() -> Route {
    PAGES.iter().fold(Route::new(), |route, page| {
        route.at(page.path, Guarded { inner: (page.answers)(), needs: page.needs, uploads: page.uploads })
    })
}

/// The head line as this person sees it: paths with their titles.
pub fn head(desk: &Desk) -> impl Iterator<Item = (String, &'static str)> {
    let shown = PAGES.iter().filter(|page| page.needs.met_by(&desk.caller).is_ok());
    shown.filter_map(|page| Some((format!("/console{}", page.path), page.title?)))
}

/// Asks who is there before the page is, and for a form's key before the page sees a byte of it: no page can forget to.
struct Guarded {
    inner: RouteMethod,
    needs: Needs,
    uploads: bool,
}

impl Endpoint for Guarded {
    type Output = Response;

    async fn call(&self, mut request: Request) -> poem::Result<Response> {
        if self.needs != Needs::Nothing {
            let app =
                request.data::<App>().ok_or_else(|| ApiError::internal("the app is not in the request"))?;
            let (app, posted) = (app.clone(), request.method() == Method::POST);
            let Some(desk) = Desk::of(&request).await? else {
                let held = if posted { form_key::locked(&app, request).await? } else { None };
                return Err(held.map_or_else(desk::to_login, Into::into));
            };
            self.needs.met_by(&desk.caller)?;
            if posted {
                form_key::check(&app, &desk, &mut request, self.uploads).await?;
            }
            request.set_data(desk);
        }
        Ok(self.inner.call(request).await?.into_response())
    }
}

impl<'a> FromRequest<'a> for Desk {
    /// Whom the guard has let in.
    async fn from_request(request: &'a Request, body: &mut poem::RequestBody) -> poem::Result<Self> {
        Ok(Data::<&Desk>::from_request(request, body).await?.0.clone())
    }
}
