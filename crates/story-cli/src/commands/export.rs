//! `story export`: what a run learned, for other programs.

use crate::arguments::{Export, ExportedArguments, PeftArguments};
use crate::console::{out, print_json};
use crate::options;
use anyhow::Result;
use story_run::RunFolder;
use story_run::export::{self, PeftExport};

/// Writes what the arguments name.
pub fn run(arguments: &ExportedArguments) -> Result<()> {
    match &arguments.what {
        Export::Peft(peft) => print(&write_peft(peft)?, arguments),
    }
}

fn write_peft(arguments: &PeftArguments) -> Result<PeftExport> {
    let run = match &arguments.run {
        Some(path) => path.clone(),
        // It has no --quiet: which run was taken is said.
        None => {
            RunFolder::find(None, &arguments.results, &options::told_host())?.path().to_path_buf()
        }
    };
    Ok(export::peft(&run, &arguments.output)?)
}

fn print(export: &PeftExport, arguments: &ExportedArguments) -> Result<()> {
    if arguments.json {
        return print_json("export", export);
    }
    let PeftExport { run, folder, base, base_files, rank, parameters } = export;
    out!("{}: low-rank parts of rank {rank}, {parameters} numbers, for {base}", folder.display());
    out!("run: {}", run.display());
    for file in base_files {
        out!("base: {} (SHA-256 {})", file.name, file.sha256);
    }
    Ok(())
}
