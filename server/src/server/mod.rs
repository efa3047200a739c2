//! The HTTP server: routes, what stands in front of every one of them, and an orderly end.

mod body;
mod connections;
mod guard;
mod health;
mod render;

use std::future::Future;
use std::time::Duration;

use poem::http::header::ACCEPT_ENCODING;
use poem::listener::TcpAcceptor;
use poem::middleware::{AddData, CatchPanic, Compression};
use poem::{Endpoint, EndpointExt, IntoResponse as _, Route, RouteMethod, Server, get};
use poem_openapi::{OpenApi, OpenApiService};

use crate::evidence::upload;
use crate::{
    App, checkin, console, county, demo, duty, evidence, feedback, identity, me, meeting, mobile, notify,
    org, plan, sign, statement,
};

/// How long requests under way may take to finish after the signal to stop.
const DRAIN: Duration = Duration::from_secs(15);

/// The API as one service: the source of the routes and of the document.
fn service() -> OpenApiService<impl OpenApi + 'static, ()> {
    let slices = (
        identity::Api,
        me::Api,
        org::Api,
        plan::Api,
        (
            duty::Api,
            duty::RulesApi,
            duty::TableApi,
            duty::excuse::Api,
            duty::schedule::Api,
            duty::feed::Api,
            duty::year::Api,
        ),
        evidence::Api,
        checkin::Api,
        meeting::Api,
        sign::Api,
        statement::Api,
        mobile::Api,
        notify::Api,
        feedback::Api,
        county::Api,
    );
    OpenApiService::new(slices, "图河六项", env!("CARGO_PKG_VERSION"))
        .description("图河镇基层党组织建设六大专项行动:待办、佐证、审核、提醒。出错时一律返回 `{code, message, details?}`。")
}

/// The OpenAPI document, as `tuhe openapi` prints it.
pub fn document() -> String {
    service().spec()
}

/// Every route with everything that stands in front of it.
pub fn routes(app: App) -> impl Endpoint {
    let api = service();
    let document = api.spec();
    let docs = api.swagger_ui();
    let guards = guard::Guards::new(&app);
    let mut root = Route::new();
    if app.demo_control.is_some() {
        root = root
            .at("/demo/clock", poem::post(demo::clock_lever))
            .at("/demo/bind-code", poem::post(demo::bind_code_lever));
    }
    root.nest("/docs", docs)
        .at(
            "/api/v1/openapi.json",
            get(poem::endpoint::make_sync(move |_| {
                document.clone().with_content_type("application/json; charset=utf-8")
            })),
        )
        .at("/photos/:town/:hash/:size", get(evidence::show))
        .at("/api/v1/uploads", RouteMethod::new().post(upload::begin).options(upload::options))
        .at("/api/v1/uploads/:id", one_upload())
        .at("/feeds/:file", get(duty::feed::show))
        .at("/wechat/push", get(notify::check_url).post(notify::receive))
        .at("/healthz", get(health::alive))
        .at("/readyz", get(health::ready))
        .at("/metrics", get(health::numbers))
        .nest("/console", console::routes())
        .nest("/", api)
        .with(CatchPanic::new().with_handler(render::on_panic))
        .with(body::Cap)
        .with(guards)
        .catch_all_error(render::error)
        .with(AddData::new(app))
        .with(Compression::new())
        .before(as_they_are)
}

fn one_upload() -> RouteMethod {
    let all = RouteMethod::new().head(upload::one).patch(upload::one).delete(upload::one);
    all.post(upload::one).options(upload::options)
}

/// Photos are packed already, a part of one cannot be packed after it was cut, and an upload's headers are its answer.
async fn as_they_are(mut request: poem::Request) -> poem::Result<poem::Request> {
    let path = request.uri().path();
    if ["/photos/", "/api/v1/photos/", "/api/v1/uploads", "/console/photos/"]
        .iter()
        .any(|own| path.starts_with(own))
    {
        request.headers_mut().remove(ACCEPT_ENCODING);
    }
    Ok(request)
}

/// Serves until `stop` resolves, then lets requests under way finish.
pub async fn serve(app: App, acceptor: TcpAcceptor, stop: impl Future<Output = ()>) -> std::io::Result<()> {
    let acceptor = connections::Capped::new(acceptor, app.config.max_connections);
    Server::new_with_acceptor(acceptor)
        .name("tuhe")
        .idle_timeout(Duration::from_secs(75))
        .run_with_graceful_shutdown(routes(app), stop, Some(DRAIN))
        .await
}
