//! 任务分解表 over the API: the plan in force as a file, the template, and loading one.

use chrono::NaiveDate;
use poem::web::Data;
use poem_openapi::param::Query;
use poem_openapi::payload::{Attachment, AttachmentType, Json};
use poem_openapi::types::multipart::Upload;
use poem_openapi::{Multipart, OpenApi};

use super::table;
use crate::App;
use crate::access::{self, Action};
use crate::error::{ApiError, ApiResult};
use crate::identity::Auth;
use crate::plan::table::{self as plan_table, Format, Paper, Report};
use crate::tags::Tag;

pub struct TableApi;

#[derive(Multipart)]
struct TableForm {
    /// The workbook, `.xlsx`, at most 1 MB.
    file: Upload,
    /// The day the plan was issued; needed for a town's first plan only.
    issued_on: Option<NaiveDate>,
    /// 文号, for a town's first plan.
    #[oai(validator(max_length = 60))]
    number: Option<String>,
    /// What the look at this very file said; without it nothing is loaded.
    #[oai(validator(max_length = 100))]
    seen: Option<String>,
}

#[OpenApi(prefix_path = "/api/v1", tag = "Tag::Plan")]
impl TableApi {
    /// The plan in force as a workbook or a document, with the annex's columns.
    #[oai(path = "/plan/table", method = "get", operation_id = "export_plan")]
    async fn export(
        &self,
        auth: Auth,
        app: Data<&App>,
        format: Query<Option<Format>>,
    ) -> ApiResult<Attachment<Vec<u8>>> {
        let format = format.0.unwrap_or(Format::Xlsx);
        let bytes = plan_table::export(&app, &auth.0, format).await?;
        let name = if format == Format::Docx { "plan.docx" } else { "plan.xlsx" };
        Ok(Attachment::new(bytes).attachment_type(AttachmentType::Attachment).filename(name))
    }

    /// Look at a table (without `seen`), or load it as it was seen: all of it, or nothing and every cell that could not
    /// be read. Nothing becomes overdue by loading.
    #[oai(path = "/plan/table", method = "post", operation_id = "load_plan_table")]
    async fn load(&self, auth: Auth, app: Data<&App>, form: TableForm) -> ApiResult<Json<Report>> {
        let (caller, now) = (auth.0, app.clock.now());
        access::check_town(&caller, Action::WritePlan)?;
        let bytes = form.file.into_vec().await.map_err(ApiError::internal)?;
        let read = plan_table::read(bytes).await?;
        let paper = Paper { issued_on: form.issued_on, number: form.number };
        let mut tx = app.db.begin().await?;
        let report = match form.seen {
            None => table::look(&mut tx, &caller, &read, &paper, now).await?,
            Some(seen) => {
                let report = table::load(&mut tx, &caller, &read, &paper, &seen, now).await?;
                tx.commit().await?;
                report
            }
        };
        Ok(Json(report))
    }

    /// The table to fill in, with notes and examples.
    #[oai(path = "/plan/table-template", method = "get", operation_id = "plan_table_template")]
    async fn template(&self, auth: Auth) -> ApiResult<Attachment<Vec<u8>>> {
        access::check_town(&auth.0, Action::WritePlan)?;
        let bytes = plan_table::template().await?;
        Ok(Attachment::new(bytes).attachment_type(AttachmentType::Attachment).filename("plan-template.xlsx"))
    }
}
