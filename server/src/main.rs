//! The one binary. So far it knows one subcommand.

fn main() {
    // Before anything else: the photo worker must close itself in while it has a single thread.
    if std::env::args().nth(1).as_deref() == Some("photo-worker") {
        tuhe::platform::photo::worker::main();
    }
}
