//! Scripted trouble: rules that spoil the nth call of an endpoint, an app or a user (wechat.md §4 A3, A4).

use serde::{Deserialize, Serialize};

/// What goes wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Fault {
    /// The answer comes this much later; the act happens on arrival.
    Latency { ms: u64 },
    /// No answer, the connection stays open.
    Hang,
    /// Reset as soon as the request line is read.
    ResetBeforeBody,
    /// Reset once the request is read whole.
    ResetAfterBody,
    /// Reset after half the answer.
    ResetMidBody,
    /// A complete HTTP answer whose JSON stops half way.
    Truncated,
    /// The gateway's HTML page; 502 or 504.
    Gateway { status: u16 },
    /// HTTP 200 and nothing else.
    Empty,
    /// One byte of the answer at a time.
    Drip { ms_per_byte: u64 },
    /// A business error that the state does not call for.
    Errcode {
        errcode: i64,
        #[serde(default)]
        errmsg: Option<String>,
    },
    /// The act is done, then the connection closes without an answer.
    CommitThenDrop,
}

impl Fault {
    /// Whether the act happens when the rule does not say.
    fn acts(&self) -> bool {
        matches!(
            self,
            Self::Latency { .. }
                | Self::ResetMidBody
                | Self::Truncated
                | Self::Drip { .. }
                | Self::CommitThenDrop
        )
    }

    /// The name under which the journal and the control API know it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Latency { .. } => "latency",
            Self::Hang => "hang",
            Self::ResetBeforeBody => "reset_before_body",
            Self::ResetAfterBody => "reset_after_body",
            Self::ResetMidBody => "reset_mid_body",
            Self::Truncated => "truncated",
            Self::Gateway { .. } => "gateway",
            Self::Empty => "empty",
            Self::Drip { .. } => "drip",
            Self::Errcode { .. } => "errcode",
            Self::CommitThenDrop => "commit_then_drop",
        }
    }
}

/// Which calls a fault befalls. Without `nth` and `times` it is the next one only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultRule {
    /// The path, or its last segment; any endpoint if absent.
    #[serde(default)]
    pub endpoint: Option<String>,
    #[serde(default)]
    pub appid: Option<String>,
    #[serde(default)]
    pub openid: Option<String>,
    /// The first call spoilt, counting from 1 those that match.
    #[serde(default = "one")]
    pub nth: u64,
    /// How many calls in a row; 0 is all from then on.
    #[serde(default = "one")]
    pub times: u64,
    pub fault: Fault,
    /// Whether the act is done all the same; by default as the fault's nature suggests.
    #[serde(default)]
    pub effect: Option<bool>,
}

impl FaultRule {
    /// The next call of `endpoint`.
    pub fn on(endpoint: &str, fault: Fault) -> Self {
        let endpoint = Some(endpoint.to_owned());
        Self { endpoint, appid: None, openid: None, nth: 1, times: 1, fault, effect: None }
    }

    /// Only calls that concern this user.
    #[must_use]
    pub fn to(mut self, openid: &str) -> Self {
        self.openid = Some(openid.to_owned());
        self
    }

    /// Beginning with the nth matching call.
    #[must_use]
    pub fn nth(mut self, nth: u64) -> Self {
        self.nth = nth;
        self
    }

    /// For so many calls; 0 is for ever.
    #[must_use]
    pub fn times(mut self, times: u64) -> Self {
        self.times = times;
        self
    }

    /// The act is done (or left undone) whatever the answer says.
    #[must_use]
    pub fn effect(mut self, effect: bool) -> Self {
        self.effect = Some(effect);
        self
    }

    fn matches(&self, subject: &Subject<'_>) -> bool {
        let last_segment = subject.endpoint.rsplit('/').next();
        let wanted = |rule: &Option<String>, actual: Option<&str>| {
            rule.as_deref().is_none_or(|rule| actual == Some(rule))
        };
        (wanted(&self.endpoint, Some(subject.endpoint)) || wanted(&self.endpoint, last_segment))
            && wanted(&self.appid, subject.appid)
            && wanted(&self.openid, subject.openid)
    }
}

fn one() -> u64 {
    1
}

/// What a rule is matched against.
pub(crate) struct Subject<'a> {
    pub endpoint: &'a str,
    pub appid: Option<&'a str>,
    pub openid: Option<&'a str>,
}

/// How far the request has been read: a reset before the body is decided on the head alone.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    Head,
    Whole,
}

/// What befalls one call.
#[derive(Default)]
pub(crate) struct Plan {
    pub latency_ms: u64,
    pub fault: Option<Fault>,
    /// Whether the act is skipped.
    pub skips_act: bool,
}

/// The rules in force, each with the number of calls it has matched.
#[derive(Default)]
pub(crate) struct Faults(Vec<(FaultRule, u64)>);

impl Faults {
    pub fn add(&mut self, rule: FaultRule) {
        self.0.push((rule, 0));
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Count this call against every rule; latencies add up, and the first other fault wins.
    pub fn plan(&mut self, stage: Stage, subject: &Subject<'_>) -> Plan {
        let mut plan = Plan::default();
        for (rule, seen) in &mut self.0 {
            let at_head = rule.fault == Fault::ResetBeforeBody;
            if at_head != (stage == Stage::Head) || !rule.matches(subject) {
                continue;
            }
            *seen += 1;
            let due = *seen >= rule.nth && (rule.times == 0 || *seen - rule.nth < rule.times);
            match (&rule.fault, due, &plan.fault) {
                (Fault::Latency { ms }, true, _) => plan.latency_ms += ms,
                (fault, true, None) => {
                    plan.skips_act = !rule.effect.unwrap_or(fault.acts());
                    plan.fault = Some(fault.clone());
                }
                _ => {}
            }
        }
        plan
    }
}
