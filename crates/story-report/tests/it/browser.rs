//! The page in a real browser, where one is installed; `skipped: ...` otherwise. The script leaves
//! its marks in the page's tree, and what it or the content policy complains about goes to the log.
//! Keys, widths and screenshots: `tools/browser/report.mjs`.

use crate::fixture;
use crate::verification::fixture as verification;
use std::path::Path;
use std::process::{Command, Output};
use story_report::render;

const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];
const FLAGS: [&str; 9] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--enable-logging=stderr",
];

fn browser() -> Option<&'static str> {
    BROWSERS.into_iter().find(|name| {
        let version = Command::new(name).arg("--version").output();
        version.is_ok_and(|output| output.status.success())
    })
}

fn open(browser: &str, page: &Path, more: &[&str]) -> Output {
    let profile = tempfile::tempdir().expect("a temporary folder");
    Command::new(browser)
        .args(FLAGS)
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .args(more)
        .arg(format!("file://{}", page.display()))
        .output()
        .expect("it answered before")
}

#[test]
fn the_script_runs_and_nothing_complains() {
    let Some(browser) = browser() else {
        println!("skipped: no browser of {} is installed", BROWSERS.join(", "));
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    fixture::write(folder.path());
    opened_says(browser, folder.path(), ">16 of 16 windows</output>");
}

#[test]
fn the_scripts_of_a_judge_run_and_nothing_complains() {
    let Some(browser) = browser() else {
        println!("skipped: no browser of {} is installed", BROWSERS.join(", "));
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    verification::write(folder.path());
    opened_says(browser, folder.path(), ">46 of 46 examples</output>");
}

/// Renders the run, opens its page of samples and looks for what the script counted; its report says
/// nothing on the console either.
fn opened_says(browser: &str, folder: &Path, counted: &str) {
    let rendered = render(folder).expect("a whole run");
    let samples = rendered.stories.as_ref().unwrap_or(&rendered.report);
    let tree = tree_of(browser, samples);
    assert!(tree.contains(counted), "the filter has counted");
    tree_of(browser, &rendered.report);
}

/// The page as its script leaves it; the console must have stayed empty.
fn tree_of(browser: &str, page: &Path) -> String {
    let output = open(browser, page, &["--dump-dom"]);
    let log = String::from_utf8_lossy(&output.stderr);
    let complaints: Vec<&str> = log.lines().filter(|line| line.contains("CONSOLE")).collect();
    assert_eq!(complaints, Vec::<&str>::new());
    String::from_utf8_lossy(&output.stdout).into_owned()
}
