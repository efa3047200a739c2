//! Prometheus metrics of this process. Labels never carry an id.

use std::sync::LazyLock;
use std::time::Duration;

use prometheus::{
    Encoder, HistogramOpts, HistogramVec, IntCounterVec, IntGauge, Opts, Registry, TextEncoder,
};

struct Metrics {
    registry: Registry,
    requests: HistogramVec,
    sends: IntCounterVec,
    pushes: IntCounterVec,
    outbox_oldest: IntGauge,
    unknown: IntGauge,
}

/// Registration of a fresh registry fails only on a duplicate or malformed name, which a test would show; a metric
/// that cannot be registered is simply not exported.
static METRICS: LazyLock<Option<Metrics>> = LazyLock::new(|| {
    let registry = Registry::new();
    let requests = HistogramVec::new(
        HistogramOpts::new("tuhe_request_seconds", "time to answer, by route class and status")
            .buckets(vec![0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0]),
        &["route", "status"],
    )
    .ok()?;
    let sends = IntCounterVec::new(
        Opts::new("tuhe_send_results_total", "WeChat sends by outcome and errcode"),
        &["outcome", "errcode"],
    )
    .ok()?;
    let pushes = IntCounterVec::new(
        Opts::new("tuhe_pushes_total", "WeChat's pushes by what became of them: accepted, or why not"),
        &["result"],
    )
    .ok()?;
    let outbox_oldest =
        IntGauge::new("tuhe_outbox_oldest_due_seconds", "age of the oldest message due and not sent").ok()?;
    let unknown = IntGauge::new("tuhe_unknown_rows", "sends whose outcome is unknown").ok()?;
    registry.register(Box::new(requests.clone())).ok()?;
    registry.register(Box::new(sends.clone())).ok()?;
    registry.register(Box::new(pushes.clone())).ok()?;
    registry.register(Box::new(outbox_oldest.clone())).ok()?;
    registry.register(Box::new(unknown.clone())).ok()?;
    Some(Metrics { registry, requests, sends, pushes, outbox_oldest, unknown })
});

/// One request answered. `route` is the pattern that matched (`/api/v1/records/:id`); whatever matched none is
/// folded together, so that no caller can make new labels.
pub fn request(route: Option<&str>, status: u16, took: Duration) {
    if let Some(metrics) = METRICS.as_ref() {
        // poem-openapi calls every parameter `param0`.
        let route = route.filter(|route| !route.is_empty()).unwrap_or("other").replace(":param0", ":id");
        metrics.requests.with_label_values(&[&route, &status.to_string()]).observe(took.as_secs_f64());
    }
}

/// One send finished.
pub fn send(outcome: &str, errcode: i32) {
    if let Some(metrics) = METRICS.as_ref() {
        metrics.sends.with_label_values(&[outcome, &errcode.to_string()]).inc();
    }
}

/// One push of WeChat's, or of somebody who would be it.
pub fn push(result: &str) {
    if let Some(metrics) = METRICS.as_ref() {
        metrics.pushes.with_label_values(&[result]).inc();
    }
}

/// The outbox as the relay saw it.
pub fn outbox(oldest_due_seconds: i64, unknown: i64) {
    if let Some(metrics) = METRICS.as_ref() {
        metrics.outbox_oldest.set(oldest_due_seconds);
        metrics.unknown.set(unknown);
    }
}

/// Everything, in Prometheus's text format.
pub fn text() -> String {
    let mut buffer = Vec::new();
    if let Some(metrics) = METRICS.as_ref()
        && let Err(error) = TextEncoder::new().encode(&metrics.registry.gather(), &mut buffer)
    {
        tracing::warn!(%error, "metrics not rendered");
    }
    String::from_utf8(buffer).unwrap_or_default()
}
