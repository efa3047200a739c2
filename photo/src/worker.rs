//! The worker process: closes itself in, then turns photos from stdin into copies on stdout until stdin ends.

use std::io::{self, Write as _};

use super::protocol::{Answer, Hello, read_frame, write_frame};
use super::{MAX_BYTES, derive, sandbox};

/// The whole life of `tuhe photo-worker`. Call it first thing in `main`, before any other thread exists; whatever
/// else the arguments say is ignored. A panic ends the process, which is how the pool learns of it.
pub fn main() -> ! {
    let code = match serve() {
        Ok(()) => 0,
        Err(error) => {
            // Standard error is the server's; there is no log in here.
            eprintln!("photo worker: {error}");
            1
        }
    };
    std::process::exit(code)
}

fn serve() -> io::Result<()> {
    let files = sandbox::enter()?;
    let mut input = io::stdin().lock();
    let mut output = io::stdout().lock();
    write_frame(&mut output, &json(&Hello { files })?)?;
    output.flush()?;
    // One byte more than is allowed, so that the refusal is a sentence for the sender and not a broken pipe.
    while let Some(bytes) = read_frame(&mut input, MAX_BYTES + 1)? {
        match derive(&bytes) {
            Ok(mut derived) => {
                let (display, thumb) =
                    (std::mem::take(&mut derived.display), std::mem::take(&mut derived.thumb));
                write_frame(&mut output, &json(&Answer::Derived(derived))?)?;
                write_frame(&mut output, &display)?;
                write_frame(&mut output, &thumb)?;
            }
            Err(refusal) => write_frame(&mut output, &json(&Answer::Refused(refusal))?)?,
        }
        output.flush()?;
    }
    Ok(())
}

fn json(value: &impl serde::Serialize) -> io::Result<Vec<u8>> {
    serde_json::to_vec(value).map_err(io::Error::other)
}
