//! The counterpart of `GET /api/v1/duties/today`: the same framework, pool, guard, columns and JSON, and nothing else: no
//! login, no question of who holds what, no middleware.

use chrono::NaiveDate;
use clap::Parser;
use poem::listener::{Acceptor, Listener, TcpListener};
use poem::middleware::AddData;
use poem::web::Data;
use poem::{EndpointExt, Route, Server};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi, OpenApiService};
use sqlx::PgPool;
use tuhe::platform::db;
use uuid::Uuid;

#[derive(Parser)]
pub struct Args {
    #[arg(long)]
    database: String,
    #[arg(long)]
    connections: u32,
    #[arg(long)]
    town: Uuid,
    #[arg(long)]
    unit: Uuid,
}

#[derive(Clone, Copy)]
struct Whose {
    town: Uuid,
    unit: Uuid,
}

/// The columns of a duty on the list of today.
#[derive(Object, sqlx::FromRow)]
#[oai(skip_serializing_if_is_none)]
struct Line {
    id: Uuid,
    task_code: String,
    title: String,
    unit_id: Uuid,
    unit_name: String,
    person_id: Option<Uuid>,
    first: NaiveDate,
    last: Option<NaiveDate>,
    status: String,
    verdict: Option<String>,
    return_due: Option<NaiveDate>,
    record_id: Option<Uuid>,
    record_kind: String,
    meeting_types: Vec<String>,
    place: Option<String>,
    photos_required: i32,
    mine: bool,
}

struct Api;

#[OpenApi]
impl Api {
    /// Twenty rows of one table by its index.
    #[oai(path = "/flat", method = "get")]
    async fn flat(&self, db: Data<&PgPool>, whose: Data<&Whose>) -> poem::Result<Json<Vec<Line>>> {
        let rows = sqlx::query_as(
            "select * from bench_line where town_id = $1 and unit_id = $2 order by last, id limit 20",
        )
        .bind(whose.town)
        .bind(whose.unit)
        .fetch_all(db.0)
        .await
        .map_err(poem::error::InternalServerError)?;
        Ok(Json(rows))
    }

    /// The same rows by the joins they come from.
    #[oai(path = "/joined", method = "get")]
    async fn joined(&self, db: Data<&PgPool>, whose: Data<&Whose>) -> poem::Result<Json<Vec<Line>>> {
        let rows = sqlx::query_as(
            "select d.id, t.code as task_code, r.title, d.unit_id, u.name as unit_name, d.person_id, d.window_first as first,
                 d.window_last as last, d.state as status, d.verdict, d.return_due, d.record_id, r.record_kind,
                 r.meeting_types, r.place, r.photos_required, true as mine
             from duty d
             join rule r on r.town_id = d.town_id and r.id = d.rule_id
             join task t on t.town_id = r.town_id and t.id = r.task_id
             join unit u on u.town_id = d.town_id and u.id = d.unit_id
             where d.town_id = $1 and d.unit_id = $2 and d.state in ('open', 'submitted', 'returned')
             order by d.window_last, d.id limit 20",
        )
        .bind(whose.town)
        .bind(whose.unit)
        .fetch_all(db.0)
        .await
        .map_err(poem::error::InternalServerError)?;
        Ok(Json(rows))
    }
}

/// The table of [`Api::flat`], made from what [`Api::joined`] reads.
pub async fn prepare(pool: &PgPool) -> sqlx::Result<()> {
    sqlx::raw_sql(
        "create table bench_line as
         select d.town_id, d.id, t.code as task_code, r.title, d.unit_id, u.name as unit_name, d.person_id,
             d.window_first as first, d.window_last as last, d.state as status, d.verdict, d.return_due, d.record_id,
             r.record_kind, r.meeting_types, r.place, r.photos_required, true as mine
         from duty d
         join rule r on r.town_id = d.town_id and r.id = d.rule_id
         join task t on t.town_id = r.town_id and t.id = r.task_id
         join unit u on u.town_id = d.town_id and u.id = d.unit_id
         where d.state = 'open';
         create index on bench_line (town_id, unit_id, last, id);
         analyze bench_line",
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// Serves until its standard input closes; prints its address first.
pub async fn serve(args: Args) -> anyhow::Result<()> {
    let pool = db::connect(&args.database, args.connections).await?;
    let whose = Whose { town: args.town, unit: args.unit };
    let service = OpenApiService::new(Api, "bare", "1");
    let routes = Route::new().nest("/", service).with(AddData::new(pool)).with(AddData::new(whose));
    let acceptor = TcpListener::bind("127.0.0.1:0").into_acceptor().await?;
    let address = acceptor.local_addr().first().and_then(|at| at.as_socket_addr().copied());
    println!("{}", address.ok_or_else(|| anyhow::anyhow!("no address"))?);
    Ok(Server::new_with_acceptor(acceptor).run(routes).await?)
}
