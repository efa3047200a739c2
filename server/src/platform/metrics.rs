//! Prometheus metrics of this process. Labels never carry an id of a person or a thing of theirs. What each number means
//! and when it should wake somebody: `docs/metrics.md`, which a test keeps complete.

use std::sync::LazyLock;
use std::time::Duration;

use prometheus::core::Collector;
use prometheus::{
    Encoder, Gauge, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec,
    Opts, Registry, TextEncoder,
};

struct Metrics {
    registry: Registry,
    requests: HistogramVec,
    sends: IntCounterVec,
    pushes: IntCounterVec,
    second_words: IntCounter,
    outbox_oldest: IntGauge,
    unknown: IntGaugeVec,
    dead: IntGaugeVec,
    credits: IntGaugeVec,
    stream_length: IntGauge,
    stream_pending: IntGauge,
    mark_commit: Histogram,
    token_wait: Histogram,
    lease_age: Gauge,
    oldest_transaction: IntGauge,
    towns_failing: IntGauge,
    clock_off: IntGauge,
    texts: IntCounterVec,
    rotten_photos: IntGauge,
}

/// A metric that cannot be registered, which happens only on a duplicate or malformed name, is not there at all; a test
/// would show it.
static METRICS: LazyLock<Option<Metrics>> = LazyLock::new(|| Metrics::new().ok());

impl Metrics {
    fn new() -> prometheus::Result<Self> {
        let registry = Registry::new();
        let requests = HistogramVec::new(
            HistogramOpts::new("tuhe_request_seconds", "time to answer, by route class and status")
                .buckets(vec![0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0]),
            &["route", "status"],
        )?;
        let counters = |name: &str, help: &str, labels: &[&str]| {
            register(&registry, IntCounterVec::new(Opts::new(name, help), labels)?)
        };
        let gauges = |name: &str, help: &str| {
            register(&registry, IntGaugeVec::new(Opts::new(name, help), &["template"])?)
        };
        let gauge = |name: &str, help: &str| register(&registry, IntGauge::new(name, help)?);
        let mark_commit = HistogramOpts::new("tuhe_mark_commit_seconds", "one commit of results and marks")
            .buckets(vec![0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0]);
        let token_wait = HistogramOpts::new(
            "tuhe_token_wait_seconds",
            "how long a send waited for its turn under the rate set for all senders",
        )
        .buckets(vec![0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0, 120.0]);
        Ok(Self {
            requests: register(&registry, requests)?,
            sends: counters(
                "tuhe_send_results_total",
                "WeChat sends by outcome and errcode",
                &["outcome", "errcode"],
            )?,
            pushes: counters(
                "tuhe_pushes_total",
                "WeChat's pushes by what became of them: accepted, or why not",
                &["result"],
            )?,
            second_words: register(
                &registry,
                IntCounter::new("tuhe_second_words_total", "second results pushed for one message")?,
            )?,
            outbox_oldest: gauge(
                "tuhe_outbox_oldest_due_seconds",
                "age of the oldest message due and not sent",
            )?,
            unknown: gauges("tuhe_unknown_rows", "sends whose outcome is unknown")?,
            dead: gauges("tuhe_dead_rows", "messages WeChat will never take")?,
            credits: gauges("tuhe_credits_left", "consents that are left, over all people")?,
            stream_length: gauge("tuhe_stream_length", "messages handed out and not finished")?,
            stream_pending: gauge("tuhe_stream_pending", "of these, those a sender has read")?,
            mark_commit: register(&registry, Histogram::with_opts(mark_commit)?)?,
            token_wait: register(&registry, Histogram::with_opts(token_wait)?)?,
            lease_age: register(
                &registry,
                Gauge::new("tuhe_lease_age_seconds", "since this sender last renewed its lease")?,
            )?,
            oldest_transaction: gauge(
                "tuhe_oldest_transaction_seconds",
                "age of the oldest transaction that keeps the database from tidying up",
            )?,
            towns_failing: gauge(
                "tuhe_towns_failing",
                "towns whose duties could not be generated last time",
            )?,
            clock_off: gauge("tuhe_clock_off_seconds", "how far this machine's clock is off the database's")?,
            rotten_photos: gauge(
                "tuhe_rotten_photos",
                "originals that are missing or no longer what was received",
            )?,
            texts: counters("tuhe_sms_results_total", "text messages by what became of them", &["result"])?,
            registry,
        })
    }
}

fn register<C: Collector + Clone + 'static>(registry: &Registry, metric: C) -> prometheus::Result<C> {
    registry.register(Box::new(metric.clone()))?;
    Ok(metric)
}

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

/// One text message's request finished.
pub fn text_message(result: &str) {
    if let Some(metrics) = METRICS.as_ref() {
        metrics.texts.with_label_values(&[result]).inc();
    }
}

/// One push of WeChat's, or of somebody who would be it.
pub fn push(result: &str) {
    if let Some(metrics) = METRICS.as_ref() {
        metrics.pushes.with_label_values(&[result]).inc();
    }
}

/// WeChat told of a second result of one message.
pub fn second_word() {
    if let Some(metrics) = METRICS.as_ref() {
        metrics.second_words.inc();
    }
}

/// The outbox as the relay saw it: how long the oldest message is due, and what is held, by template.
pub fn outbox(oldest_due_seconds: i64, unknown: &[(String, i64)]) {
    if let Some(metrics) = METRICS.as_ref() {
        metrics.outbox_oldest.set(oldest_due_seconds);
        set(&metrics.unknown, unknown);
    }
}

/// What changes slowly: dead messages and consents left, by template; the oldest transaction's age in seconds.
pub fn stock(dead: &[(String, i64)], credits: &[(String, i64)], oldest_transaction: i64) {
    if let Some(metrics) = METRICS.as_ref() {
        set(&metrics.dead, dead);
        set(&metrics.credits, credits);
        metrics.oldest_transaction.set(oldest_transaction);
    }
}

/// How many towns' duties could not be generated in the last round.
pub fn towns_failing(towns: i64) {
    if let Some(metrics) = METRICS.as_ref() {
        metrics.towns_failing.set(towns);
    }
}

/// How far this machine's clock is off the database's, which is the one that counts.
pub fn clock_off(seconds: i64) {
    if let Some(metrics) = METRICS.as_ref() {
        metrics.clock_off.set(seconds);
    }
}

/// How many originals are not what was received.
pub fn rotten_photos(photos: i64) {
    if let Some(metrics) = METRICS.as_ref() {
        metrics.rotten_photos.set(photos);
    }
}

/// The stream of messages handed out.
pub fn stream(length: usize, pending: usize) {
    if let Some(metrics) = METRICS.as_ref() {
        metrics.stream_length.set(i64::try_from(length).unwrap_or(i64::MAX));
        metrics.stream_pending.set(i64::try_from(pending).unwrap_or(i64::MAX));
    }
}

/// One transaction of results and marks, from its beginning to its commit.
pub fn mark_commit(took: Duration) {
    if let Some(metrics) = METRICS.as_ref() {
        metrics.mark_commit.observe(took.as_secs_f64());
    }
}

/// A send's wait for a token of the bucket all senders share.
pub fn token_wait(took: Duration) {
    if let Some(metrics) = METRICS.as_ref() {
        metrics.token_wait.observe(took.as_secs_f64());
    }
}

/// Since the lease was last renewed.
pub fn lease_age(age: Duration) {
    if let Some(metrics) = METRICS.as_ref() {
        metrics.lease_age.set(age.as_secs_f64());
    }
}

/// What is not in the list any more is 0 again, or gone.
fn set(gauges: &IntGaugeVec, values: &[(String, i64)]) {
    gauges.reset();
    for (template, n) in values {
        gauges.with_label_values(&[template]).set(*n);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_metric_is_exported_and_explained() {
        request(None, 200, Duration::ZERO);
        send("sent", 0);
        push("accepted");
        text_message("sent");
        outbox(0, &[("T".into(), 1)]);
        stock(&[("T".into(), 1)], &[("T".into(), 1)], 0);
        let explained = include_str!("../../../docs/metrics.md");
        let exported = text();
        let names: Vec<&str> =
            exported.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()).collect();
        assert_eq!(names.len(), 18, "{names:?}");
        for name in names {
            assert!(explained.contains(&format!("| `{name}` |")), "{name} is not in docs/metrics.md");
        }
        outbox(0, &[]);
        assert!(!text().contains("tuhe_unknown_rows{"), "what is settled is gone");
    }
}
