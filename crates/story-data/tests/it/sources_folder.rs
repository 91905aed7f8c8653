//! Own folders: every form, and what is wrong with them.

#![allow(clippy::unwrap_used)] // a test fails by it, its helpers included

use crate::sources_common::drain;
use std::path::Path;
use story_data::diagnostic::{Diagnostic, DiagnosticKind};
use story_data::source::{FolderSource, SourceConfig};
use story_data::{Columns, Error, Record, Result, Split, StorySource};
use story_hub::{Hub, HubEnvironment};

/// Names and contents of files.
type Files<'a> = &'a [(&'a str, &'a str)];

fn put(root: &Path, files: &[(&str, &str)]) {
    for (name, text) in files {
        let path = root.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
}

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), files);
    folder
}

fn open(root: &Path) -> FolderSource {
    FolderSource::open(root, Split::Train, Columns::All).unwrap()
}

/// File names, contents and texts of a record's frames.
fn frames(record: &Record) -> Vec<(String, String, String)> {
    let (story, diagnostics) = record.parse();
    let short = |found: &Diagnostic| found.kind == DiagnosticKind::TooShort;
    assert!(diagnostics.iter().all(short), "{diagnostics:?}");
    assert_eq!(story.frames.len(), record.images.len());
    record
        .images
        .iter()
        .zip(&story.frames)
        .map(|(image, frame)| {
            let bytes = image.bytes.as_deref().unwrap();
            let bytes = String::from_utf8(bytes.to_vec()).unwrap();
            (image.path.clone(), bytes, frame.text.clone())
        })
        .collect()
}

fn expect(found: &[(String, String, String)], expected: &[(&str, &str, &str)]) {
    let found: Vec<(&str, &str, &str)> = found
        .iter()
        .map(|(path, bytes, text)| (path.as_str(), bytes.as_str(), text.as_str()))
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn subfolders_are_stories_in_the_reader_s_order() {
    let root = folder(&[
        ("tale 10/2.PNG", "b"),
        ("tale 10/1.jpg", "a"),
        ("tale 10/10.jpeg", "j"),
        ("tale 10/3.jpg", "c"),
        ("tale 10/4.jpg", "d"),
        ("tale 10/5.jpg", "e"),
        ("tale 10/6.jpg", "f"),
        ("tale 10/7.jpg", "g"),
        ("tale 10/8.jpg", "h"),
        ("tale 10/9.webp", "i"),
        ("tale 10/texts.txt", "\u{feff}1\r\n2\r\n3\r\n4\r\n5\r\n6\r\n7\r\n8\r\n9\r\n10\r\n\r\n"),
        ("tale 2/page-01.jpg", "p"),
        ("tale 2/page-02.jpg", "q"),
        ("tale 2/page-01.txt", "Mina & <Bo>\n"),
        ("tale 2/page-02.txt", "  went home.  "),
        ("notes/readme.md", "x"),
        (".hidden/1.jpg", "x"),
    ]);
    let mut source = open(root.path());
    assert_eq!(source.len(), Some(2));
    let records = drain(&mut source);
    assert_eq!(records[0].story_id, "tale 2");
    expect(
        &frames(&records[0]),
        &[("tale 2/page-01.jpg", "p", "Mina & <Bo>"), ("tale 2/page-02.jpg", "q", "went home.")],
    );
    assert_eq!((records[1].story_id.as_str(), records[1].frame_count), ("tale 10", Some(10)));
    let pages = frames(&records[1]);
    let joined: String = pages.iter().map(|(_, bytes, _)| bytes.as_str()).collect();
    assert_eq!(joined, "abcdefghij");
    assert_eq!(pages[9].2, "10");
    let diagnostics = source.take_diagnostics();
    assert_eq!(diagnostics.len(), 1, "{diagnostics:?}");
    assert!(diagnostics[0].reason.contains("notes"), "{diagnostics:?}");
}

#[test]
fn a_folder_of_pictures_is_one_story() {
    let root =
        folder(&[("0.jpg", "a"), ("1.jpg", "b"), ("story.txt", "One.\nTwo.\n"), ("x.csv", "")]);
    let records = drain(&mut open(root.path()));
    assert_eq!(records.len(), 1);
    expect(&frames(&records[0]), &[("0.jpg", "a", "One."), ("1.jpg", "b", "Two.")]);
    let name = root.path().file_name().unwrap().to_string_lossy();
    assert_eq!(records[0].story_id, name);

    let mut texts = FolderSource::open(root.path(), Split::Train, Columns::Text).unwrap();
    assert!(drain(&mut texts)[0].images.iter().all(|image| image.bytes.is_none()));
    let config = SourceConfig::Folder { path: root.path().into() };
    assert!(!config.has_official_split().unwrap());
    let hub = Hub::new(HubEnvironment::new("http://unused", "nowhere"));
    let test = config.open(Split::Test, Columns::All, &hub).unwrap();
    assert!(test.is_empty());
}

#[test]
fn a_list_of_stories_in_both_forms() {
    let root = folder(&[
        ("p/1.jpg", "a"),
        ("p/2.jpg", "b"),
        (
            "stories.jsonl",
            "\u{feff}{\"id\": \"x\", \"frames\": [{\"image\": \"p/1.jpg\", \"text\": \"Été\"}, \
             {\"image\": \"p/../p/2.jpg\"}], \"title\": \"ignored\"}\r\n\n\
             {\"id\": 7, \"images\": [\"p/2.jpg\"], \"texts\": [\"again\"]}",
        ),
    ]);
    let mut source = open(root.path());
    let records = drain(&mut source);
    assert_eq!((records[0].story_id.as_str(), records[1].story_id.as_str()), ("x", "7"));
    assert_eq!(records[0].images[1].bytes.as_deref(), Some(&b"b"[..]));
    expect(&frames(&records[1]), &[("p/2.jpg", "b", "again")]);
    // Told once, by whoever reads the record's texts.
    assert!(source.take_diagnostics().is_empty());
    let (_, diagnostics) = records[0].parse();
    assert_eq!(diagnostics.len(), 1, "{diagnostics:?}");
    assert!(diagnostics[0].reason.contains("2 (p/../p/2.jpg) has no words"), "{diagnostics:?}");
}

/// The only record's error.
fn trouble(files: &[(&str, &str)]) -> String {
    let root = folder(files);
    let mut source = open(root.path());
    let error = source.next_record().unwrap().unwrap_err();
    assert!(error.is_record(), "{error}");
    assert!(source.next_record().is_none());
    error.to_string()
}

#[test]
fn what_would_put_a_wrong_text_to_a_picture_is_an_error_of_the_story() {
    let cases: [(Files<'_>, &[&str]); 9] = [
        (&[("s/1.jpg", ""), ("s/3.jpg", "")], &["record s", "number 2", "3.jpg"]),
        (&[("s/1.jpg", ""), ("s/01.png", "")], &["one picture of number 1", "01.png"]),
        (
            &[("s/1.jpg", ""), ("s/texts.txt", "a\nb")],
            &["texts.txt", "2 lines", "one for each picture (1)"],
        ),
        (&[("s/1.jpg", ""), ("s/2.jpg", ""), ("s/texts.txt", "a")], &["texts.txt", "1 line;"]),
        (&[("s/1.jpg", ""), ("s/1.txt", "a"), ("s/2.txt", "b")], &["none for 2.txt"]),
        (&[("s/cover.jpg", "")], &["numbered pictures"]),
        (&[("s/texts.txt", "a")], &["numbered pictures"]),
        (&[("stories.jsonl", "{\"id\": \"a\"")], &["stories.jsonl", "on line 1", "EOF"]),
        (
            &[("stories.jsonl", "{\"id\": \"a\", \"images\": [\"1.jpg\"], \"texts\": []}")],
            &["record a", "line 1", "images: 1, texts: 0"],
        ),
    ];
    for (files, parts) in cases {
        let text = trouble(files);
        for part in parts {
            assert!(text.contains(part), "{part} in {text}");
        }
    }
}

#[test]
fn a_list_cannot_reach_outside_its_folder() {
    let line = |path: &str| format!("{{\"id\": \"a\", \"frames\": [{{\"image\": \"{path}\"}}]}}");
    for path in ["../secret.jpg", "/etc/hostname", "p/../../secret.jpg", ""] {
        let text = trouble(&[("stories.jsonl", &line(path)), ("p/1.jpg", "")]);
        assert!(text.contains("inside it"), "{path}: {text}");
    }
    let text = trouble(&[("stories.jsonl", &line("p/2.jpg"))]);
    assert!(text.contains("p/2.jpg") && text.contains("not there"), "{text}");
}

#[test]
fn one_bad_line_does_not_hide_the_next() {
    let root = tempfile::tempdir().unwrap();
    put(root.path(), &[("1.jpg", "a")]);
    let good = |id: &str| {
        format!("{{\"id\": \"{id}\", \"frames\": [{{\"image\": \"1.jpg\", \"text\": \"t\"}}]}}\n")
    };
    let mut bytes = good("a").into_bytes();
    bytes.extend_from_slice(b"{\"id\": \"\xff\"}\n");
    bytes.extend_from_slice(good("a").as_bytes());
    bytes.extend_from_slice(good("b").as_bytes());
    std::fs::write(root.path().join("stories.jsonl"), bytes).unwrap();
    let mut source = open(root.path());
    let found: Vec<Result<Record>> = std::iter::from_fn(|| source.next_record()).collect();
    assert_eq!(found.len(), 4);
    let text = |index: usize| found[index].as_ref().unwrap_err().to_string();
    assert!(text(1).contains("UTF-8") && text(1).contains("line 2"), "{}", text(1));
    assert!(text(2).contains("line 3") && text(2).contains("line 1 again"), "{}", text(2));
    assert_eq!(found[3].as_ref().unwrap().story_id, "b");
}

#[test]
fn texts_in_another_encoding_are_told_with_their_line() {
    let root = folder(&[("s/1.jpg", "a"), ("s/2.jpg", "b")]);
    std::fs::write(root.path().join("s/texts.txt"), b"one\nfa\xe7ade\n").unwrap();
    let error = open(root.path()).next_record().unwrap().unwrap_err().to_string();
    for part in ["texts.txt", "record s", "line 2", "UTF-8"] {
        assert!(error.contains(part), "{part} in {error}");
    }
}

#[test]
fn a_folder_without_stories_is_an_error_at_once() {
    for files in [&[("a.md", "x")][..], &[("sub/a.md", "x")], &[("stories.jsonl", " \n")]] {
        let root = folder(files);
        let error = FolderSource::open(root.path(), Split::Train, Columns::All).err().unwrap();
        assert!(matches!(error, Error::Data { .. }) && !error.is_record(), "{error}");
    }
    let error = FolderSource::open(Path::new("nowhere"), Split::Train, Columns::All);
    assert!(matches!(error.err().unwrap(), Error::Io { .. }));
}

#[test]
fn pictures_that_are_left_out_or_start_late_are_told() {
    let root =
        folder(&[("s/2.jpg", "a"), ("s/3.jpg", "b"), ("s/cover.jpg", "c"), ("s/2.txt", "t")]);
    let mut source = open(root.path());
    let records = drain(&mut source);
    assert_eq!(records[0].images.len(), 2);
    let reasons: Vec<String> =
        source.take_diagnostics().into_iter().map(|found| found.reason).collect();
    assert_eq!(reasons.len(), 2, "{reasons:?}");
    assert!(reasons[0].contains("cover.jpg") && reasons[1].contains("number 2"));
    let (_, told) = records[0].parse();
    let told: Vec<String> = told.iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].starts_with("error: story s, story line 4: image 2 (s/3.jpg)"), "{told:?}");
}
