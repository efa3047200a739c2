//! The worker process: closes itself in, then turns photos from stdin into copies on stdout until stdin ends.
//! Or, for a HEIC, becomes the tool that reads it.

use std::ffi::OsString;
use std::io::{self, Write as _};

use super::protocol::{Answer, Hello, read_frame, write_frame};
use super::{Derived, Format, MAX_BYTES, Refusal, convert, derive, derive_heic, sandbox, sniff};

/// The whole life of `tuhe photo-worker` and of `tuhe photo-worker heic TOOL LINKS`. Call it first thing in `main`, before
/// any other thread exists. A panic ends the process, which is how the pool learns of it.
pub fn main() -> ! {
    let arguments: Vec<OsString> = std::env::args_os().skip(2).collect();
    if let [.., word, tool, links] = &arguments[..]
        && word == convert::WORD
    {
        std::process::exit(convert::become_tool(tool.as_ref(), links.as_ref()));
    }
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
        match answer(&bytes, &mut input)? {
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

/// What is made of one photo. Behind a HEIC there comes its picture as a JPEG.
fn answer(bytes: &[u8], input: &mut impl io::Read) -> io::Result<Result<Derived, Refusal>> {
    if sniff(bytes) != Ok(Format::Heic) {
        return Ok(derive(bytes));
    }
    let picture = read_frame(input, convert::MAX_PICTURE)?.ok_or(io::ErrorKind::UnexpectedEof)?;
    Ok(derive_heic(bytes, &picture))
}

fn json(value: &impl serde::Serialize) -> io::Result<Vec<u8>> {
    serde_json::to_vec(value).map_err(io::Error::other)
}
