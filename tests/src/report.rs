//! What a test tells whoever runs it, also when it passes.

use std::io::Write;

/// Prints a line that is seen without `--nocapture`: a seed, or a choice that the machine forced.
pub fn say(line: &str) {
    // Only the macros are captured. A closed stderr is no failed test.
    let _ = writeln!(std::io::stderr(), "{line}");
}
