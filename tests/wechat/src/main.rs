//! The stand-in as a process of its own: prints its two addresses as one line of JSON and serves until told
//! to stop.

use std::io::{Write as _, copy, sink, stdin, stdout};

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use clap::Parser;
use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};
use wechat_stand_in::{Options, PushMode, PushTarget, StandIn, Switches, Template};

/// A stand-in for WeChat's servers.
#[derive(Parser)]
struct Args {
    #[arg(long)]
    appid: String,
    #[arg(long)]
    secret: String,
    /// Port of the platform's API; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Port of the control API; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    control_port: u16,
    /// Where to push events.
    #[arg(long, requires = "push_token")]
    push_url: Option<String>,
    /// The Token that signs pushes.
    #[arg(long, requires = "push_url")]
    push_token: Option<String>,
    /// The EncodingAESKey; pushes are sealed with it (secure mode).
    #[arg(long, requires = "push_token")]
    push_key: Option<String>,
    /// ID=thing1,date2,enum3:yes|no; a + before the ID makes it long-term. Repeatable.
    #[arg(long = "template")]
    templates: Vec<Template>,
    /// A page of the released version, such as pages/duty/index. Repeatable.
    #[arg(long = "page")]
    pages: Vec<String>,
    /// Milliseconds between every act and its answer.
    #[arg(long, default_value_t = 0)]
    latency_ms: u64,
    /// Journal entries kept; 0 for measurements.
    #[arg(long, default_value_t = 100_000)]
    journal_limit: usize,
    /// Delivered messages kept; 0 for measurements.
    #[arg(long, default_value_t = 100_000)]
    inbox_limit: usize,
    /// Start the virtual clock here (RFC 3339) rather than at the present.
    #[arg(long)]
    start_at: Option<DateTime<Utc>>,
    /// Stop when standard input closes, so as not to outlive the parent.
    #[arg(long)]
    exit_with_stdin: bool,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let exit_with_stdin = args.exit_with_stdin;
    let stand_in = StandIn::start(options(args)).await?;
    let addresses = json!({ "base_url": stand_in.base_url(), "control_url": stand_in.control_url() });
    writeln!(stdout(), "{addresses}").context("printing the addresses")?;

    let mut terminated = signal(SignalKind::terminate())?;
    tokio::select! {
        _ = terminated.recv() => {}
        result = tokio::signal::ctrl_c() => result?,
        () = stdin_closed(), if exit_with_stdin => {}
    }
    stand_in.stop();
    // A read of standard input may still block its thread; there is nothing left to wait for.
    std::process::exit(0)
}

fn options(args: Args) -> Options {
    let push_mode = if args.push_key.is_some() { PushMode::Secure } else { PushMode::Plain };
    let push = args
        .push_url
        .zip(args.push_token)
        .map(|(url, token)| PushTarget { encoding_aes_key: args.push_key, ..PushTarget::new(url, token) });
    Options {
        appid: args.appid,
        secret: args.secret,
        templates: args.templates,
        pages: args.pages,
        push,
        port: args.port,
        control_port: args.control_port,
        start_at: args.start_at,
        switches: Switches { latency_ms: args.latency_ms, push_mode, ..Switches::default() },
        journal_limit: args.journal_limit,
        inbox_limit: args.inbox_limit,
        ..Options::default()
    }
}

async fn stdin_closed() {
    // However the reading ends, nobody holds the other end any more.
    let _ = tokio::task::spawn_blocking(|| copy(&mut stdin(), &mut sink())).await;
}
