//! The `voxtrace` binary: everything stands in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    voxtrace::cli::main()
}
