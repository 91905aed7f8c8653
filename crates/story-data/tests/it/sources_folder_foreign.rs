//! Own folders as people and attackers have them: other kinds of pictures, two forms at once, links,
//! pipes, devices, names that are no text.

#![allow(clippy::unwrap_used)] // a test fails by it, its helpers included

use std::path::Path;
use story_data::source::FolderSource;
use story_data::{Columns, Error, Split, StorySource};

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

fn open(root: &Path) -> Result<FolderSource, Error> {
    FolderSource::open(root, Split::Train, Columns::All)
}

/// The error of the only record.
fn trouble(root: &Path) -> String {
    let mut source = open(root).unwrap();
    let error = source.next_record().unwrap().unwrap_err();
    assert!(error.is_record(), "{error}");
    assert!(source.next_record().is_none());
    error.to_string()
}

#[test]
fn a_page_of_another_kind_is_named_as_what_it_is() {
    for files in [
        &[("s/1.gif", "a"), ("s/1.txt", "b")][..],
        &[("s/1.jpg", "a"), ("s/2.HEIC", "b"), ("s/1.txt", "c"), ("s/2.txt", "d")],
        &[("1.bmp", "a"), ("1.txt", "b")],
        &[("s/1.tiff", "a")],
    ] {
        let text = trouble(folder(files).path());
        let mut name = files.iter().map(|(name, _)| name.rsplit('/').next().unwrap());
        let name = name.find(|name| !name.ends_with("txt") && !name.ends_with("jpg"));
        assert!(text.contains(name.unwrap()) && text.contains("jpg, png or webp"), "{text}");
    }
    // Beside the pages it is left out, with a word.
    let root =
        folder(&[("s/1.jpg", "a"), ("s/1.txt", "t"), ("s/1.gif", "b"), ("s/cover.svg", "c")]);
    let mut source = open(root.path()).unwrap();
    assert_eq!(source.next_record().unwrap().unwrap().images.len(), 1);
    let told = source.take_diagnostics();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].reason.starts_with("1.gif is no jpg"), "{told:?}");
}

#[test]
fn texts_in_two_forms_are_an_error() {
    let root = folder(&[("s/1.jpg", "a"), ("s/1.txt", "b"), ("s/texts.txt", "c")]);
    let text = trouble(root.path());
    assert!(text.contains("both texts.txt and 1.txt"), "{text}");
    // Other texts beside texts.txt are nobody's page.
    let root = folder(&[("s/1.jpg", "a"), ("s/credits.txt", "b"), ("s/texts.txt", "c")]);
    open(root.path()).unwrap().next_record().unwrap().unwrap();
}

#[test]
fn one_document_instead_of_lines_is_one_error() {
    let story = r#"{"id": "a", "frames": [{"image": "1.jpg", "text": "t"}]}"#;
    let spread = story.replace(", ", ",\n  ");
    for (text, what) in [
        (format!("[\n{story},\n{story}\n]\n"), "a JSON array"),
        (format!("[{story}]"), "a JSON array"),
        (spread, "one JSON object over many lines"),
    ] {
        let root = folder(&[("stories.jsonl", text.as_str()), ("1.jpg", "")]);
        let error = open(root.path()).err().unwrap();
        assert!(!error.is_record() && error.to_string().contains(what), "{error}");
    }
}

#[cfg(unix)]
mod unix {
    use super::*;
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;

    #[test]
    fn a_link_out_of_the_folder_is_not_followed() {
        let outside = folder(&[("secret.txt", "a secret"), ("s/1.jpg", "b")]);
        let secret = outside.path().join("secret.txt");
        let root = folder(&[("s/1.txt", "t"), ("s/2.jpg", "x")]);
        symlink(&secret, root.path().join("s/1.jpg")).unwrap();
        let text = trouble(root.path());
        assert!(text.contains("s/1.jpg") && text.contains("a link out of the folder"), "{text}");
        let root = folder(&[("s/1.jpg", "a")]);
        symlink(&secret, root.path().join("s/1.txt")).unwrap();
        assert!(trouble(root.path()).contains("a link out of the folder"));
        let root = folder(&[("x/1.jpg", "a")]);
        symlink(outside.path().join("s"), root.path().join("y")).unwrap();
        let mut source = open(root.path()).unwrap();
        source.next_record().unwrap().unwrap();
        let error = source.next_record().unwrap().unwrap_err();
        assert!(
            error.is_record() && error.to_string().contains("a link out of the folder"),
            "{error}"
        );
        let root = folder(&[]);
        symlink(&secret, root.path().join("stories.jsonl")).unwrap();
        let error = open(root.path()).err().unwrap();
        assert!(error.to_string().contains("a link out of the folder"), "{error}");
        let line = r#"{"id": "a", "frames": [{"image": "1.jpg", "text": "t"}]}"#;
        let root = folder(&[("stories.jsonl", line)]);
        symlink(&secret, root.path().join("1.jpg")).unwrap();
        assert!(trouble(root.path()).contains("a link out of the folder"));
    }

    #[test]
    fn a_link_within_the_folder_and_one_to_the_folder_are_followed() {
        let root = folder(&[("pool/a.jpg", "a"), ("s/1.txt", "t")]);
        symlink("../pool/a.jpg", root.path().join("s/1.jpg")).unwrap();
        let place = folder(&[]);
        let link = place.path().join("link");
        symlink(root.path(), &link).unwrap();
        let mut source = open(&link).unwrap();
        let records: Vec<_> = std::iter::from_fn(|| source.next_record()).collect();
        let story = records.iter().flatten().find(|record| record.story_id == "s").unwrap();
        assert_eq!(story.images[0].bytes.as_deref(), Some(&b"a"[..]));
    }

    #[test]
    fn pipes_and_devices_are_errors_and_not_waited_for() {
        for (name, beside) in [("1.jpg", "1.txt"), ("1.txt", "1.jpg"), ("texts.txt", "1.jpg")] {
            let root = folder(&[(&format!("s/{beside}"), "t")]);
            let pipe = root.path().join("s").join(name);
            let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
            assert!(made.success());
            let text = trouble(root.path());
            assert!(text.contains(name) && text.contains("a pipe, not a file"), "{text}");
        }
        let root = folder(&[("s/1.txt", "t")]);
        symlink("/dev/zero", root.path().join("s/1.jpg")).unwrap();
        assert!(trouble(root.path()).contains("1.jpg"));
    }

    #[test]
    fn names_that_are_no_text_are_left_out_with_a_word() {
        let root = folder(&[("s/1.jpg", "a"), ("s/1.txt", "t")]);
        for name in [&b"s/2\xff.jpg"[..], b"other\xff"] {
            std::fs::write(root.path().join(OsStr::from_bytes(name)), "b").unwrap();
        }
        let mut source = open(root.path()).unwrap();
        assert_eq!(source.next_record().unwrap().unwrap().images.len(), 1);
        let told = source.take_diagnostics();
        assert_eq!(told.len(), 2, "{told:?}");
        for (told, name) in told.iter().zip(["other\u{fffd}", "2\u{fffd}.jpg"]) {
            assert!(told.reason.contains(name) && told.reason.contains("UTF-8"), "{told:?}");
        }
        let only = folder(&[]);
        std::fs::create_dir(only.path().join("s")).unwrap();
        std::fs::write(only.path().join(OsStr::from_bytes(b"s/1\xff.jpg")), "b").unwrap();
        assert!(trouble(only.path()).contains("numbered pictures"));
    }
}
