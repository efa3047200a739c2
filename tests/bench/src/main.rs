//! Side-by-side measurements, behind `./dev bench [today] [submit] [dispatch] [claim] [duties] [idle] [photos] [twins]
//! [uploads]`: each of ours beside a bare counterpart in the same run, rounds interleaved, so that whatever else the machine
//! does falls on both.
//!
//! Everything is started here: a private PostgreSQL (fsync and synchronous_commit on) and Redis in a temporary folder,
//! `tuhe serve` and the WeChat stand-in as the programs that ship. Nothing leaves the loopback.

mod bare;
mod claim;
mod client;
mod cpu;
mod dispatch;
mod duties;
mod idle;
mod machine;
mod outbox;
mod peers;
mod pgbench;
mod photos;
mod post;
mod program;
mod report;
mod scratch;
mod seed;
mod submit;
mod today;
mod twins;
mod uploads;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};

use report::Report;
use scratch::Scratch;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Section {
    /// Reading today's duties, beside a bare endpoint.
    Today,
    /// Submitting a meeting, beside pgbench.
    Submit,
    /// Sending reminders, beside bare requests.
    Dispatch,
    /// Picking the reminders that have come, among ever more duties.
    Claim,
    /// Making a year of duties, and storing them.
    Duties,
    /// Finding alike photos.
    Twins,
    /// Memory at rest, and how long a start takes.
    Idle,
    /// Making a photo's copies, beside sharp, libvips, ImageMagick and the plain way.
    Photos,
    /// Two hundred phones uploading for five minutes while people read; only when named.
    Uploads,
}

#[derive(Parser)]
#[command(name = "bench", about = "Side-by-side measurements")]
struct Args {
    /// What to measure; everything if nothing is named.
    sections: Vec<Section>,
    /// Interleaved rounds; the median counts.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// A folder of real photos to measure with (TUHE_TEST_PHOTOS if not given); without one they are drawn.
    #[arg(long)]
    photos: Option<PathBuf>,
}

/// The counterparts run as processes of their own, as `tuhe serve` does: `bench counterpart …`.
#[derive(Parser)]
enum Counterpart {
    Bare(bare::Args),
    Post(post::Args),
    Photos(photos::Args),
}

fn main() -> ExitCode {
    let done = match std::env::args().nth(1).as_deref() {
        Some("counterpart") => counterpart(),
        _ => measure(&Args::parse()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn counterpart() -> anyhow::Result<()> {
    match Counterpart::parse_from(std::env::args().skip(1)) {
        Counterpart::Bare(args) => runtime()?.block_on(bare::serve(args)),
        Counterpart::Post(args) => runtime()?.block_on(post::run(args)),
        Counterpart::Photos(args) => photos::work(&args),
    }
}

/// The private services are started by the main thread before any other exists: they end with it.
fn measure(args: &Args) -> anyhow::Result<()> {
    let scratch = Scratch::start()?;
    runtime()?.block_on(async {
        let wanted = |section| args.sections.is_empty() || args.sections.contains(&section);
        let mut report = Report::new(args.rounds, machine::describe(&scratch).await?);
        let uploads = args.sections.contains(&Section::Uploads);
        let folder = args.photos.clone().or_else(|| std::env::var_os("TUHE_TEST_PHOTOS").map(Into::into));
        if wanted(Section::Today) || wanted(Section::Submit) || wanted(Section::Claim) || uploads {
            eprintln!("seeding towns");
            let callers = seed::towns(&scratch).await?;
            if wanted(Section::Today) {
                eprintln!("today");
                today::run(&scratch, &callers, &mut report).await?;
            }
            if wanted(Section::Submit) {
                eprintln!("submit");
                submit::run(&scratch, &callers, &mut report).await?;
            }
            if uploads {
                eprintln!("uploads");
                let photos = photos::originals(&scratch, folder.as_deref())?;
                uploads::run(&scratch, &callers, &photos, &mut report).await?;
            }
        }
        if wanted(Section::Claim) {
            eprintln!("claim");
            claim::run(&scratch, &mut report).await?;
        }
        if wanted(Section::Duties) {
            eprintln!("duties");
            duties::run(&scratch, &mut report).await?;
        }
        if wanted(Section::Dispatch) {
            eprintln!("dispatch");
            dispatch::run(&scratch, &mut report).await?;
        }
        if wanted(Section::Twins) {
            eprintln!("twins");
            twins::run(&mut report)?;
        }
        if wanted(Section::Idle) {
            eprintln!("idle");
            idle::run(&scratch, &mut report).await?;
        }
        if wanted(Section::Photos) {
            eprintln!("photos");
            photos::run(&scratch, folder.as_deref(), &mut report)?;
        }
        println!("{report}");
        Ok(())
    })
}

fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()
}
