//! The tokens of the COCO caption evaluation: a text a line on the standard input, its tokens with
//! blanks between them on the standard output.
//!
//! `cargo run -q --release -p story-metrics --example coco_tokens < captions.txt`

use std::io::{self, BufRead, BufWriter, Write};
use story_metrics::ptb::tokenize_coco;

fn main() -> io::Result<()> {
    let mut output = BufWriter::new(io::stdout().lock());
    for line in io::stdin().lock().lines() {
        writeln!(output, "{}", tokenize_coco(&line?).join(" "))?;
    }
    output.flush()
}
