//! What the Hub answers: revisions, listings, files by range, and refusals with its error codes.

use super::http::Reply;
use super::{COMMIT, LICENCE, Listing, Redirects, Seen, State, is_large};
use crate::Kind;
use serde_json::{Value, json};

/// The answer to a request, faults aside.
pub fn answer(state: &State, request: &Seen) -> Reply {
    let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
    if request.other_host {
        return match path.strip_prefix("/bytes/") {
            Some(file) => bytes(state, file, request.range.as_deref()),
            None => Reply::status(404),
        };
    }
    if let Some(token) = &state.options.token {
        let expected = format!("Bearer {token}");
        if request.authorization.as_deref() != Some(expected.as_str()) {
            return Reply::refused(401, "RepoNotFound");
        }
    }
    if let Some(file) = path.strip_prefix("/hop/") {
        return match state.options.redirects {
            Redirects::OtherHost => {
                Reply::redirect(302, format!("{}/bytes/{file}?signature=x", state.other_host))
            }
            _ => bytes(state, file, request.range.as_deref()),
        };
    }
    let (api, resolve) = match state.kind {
        Kind::Dataset => ("/api/datasets", "/datasets"),
        Kind::Model => ("/api/models", ""),
    };
    let api = format!("{api}/{}/", state.repository);
    let resolve = format!("{resolve}/{}/resolve/", state.repository);
    if let Some(rest) = path.strip_prefix(&api) {
        if let Some(revision) = rest.strip_prefix("revision/") {
            return match revision {
                "main" | "refs%2Fpr%2F1" | COMMIT => card(state, query),
                _ => Reply::refused(404, "RevisionNotFound"),
            };
        }
        return match rest.strip_prefix(&format!("tree/{COMMIT}/")) {
            Some(folder) => listing(state, path, folder, query),
            None => Reply::refused(404, "RevisionNotFound"),
        };
    }
    match path.strip_prefix(&resolve).and_then(|rest| rest.split_once('/')) {
        Some((COMMIT | "main", file)) => match state.options.redirects {
            Redirects::None => {
                announcing(state, file, bytes(state, file, request.range.as_deref()))
            }
            Redirects::Itself => Reply::redirect(302, request.path.clone()),
            _ => announcing(state, file, Reply::redirect(307, format!("/hop/{file}"))),
        },
        Some(_) => Reply::refused(404, "RevisionNotFound"),
        None => Reply::refused(401, "RepoNotFound"),
    }
}

/// What the Hub says of a revision; with `blobs=true` also of its files' contents.
fn card(state: &State, query: &str) -> Reply {
    let whole = query.contains("blobs=true") && state.options.listing == Listing::Whole;
    let file = |(name, bytes): (&String, &Vec<u8>)| {
        let mut file = json!({ "rfilename": name });
        if whole {
            let digest = state.digest(name);
            file["size"] = bytes.len().into();
            file["blobId"] = "0".repeat(40).into();
            match is_large(name) {
                true => file["lfs"] = json!({ "sha256": digest, "size": bytes.len() }),
                false => file["blobId"] = digest.into(),
            }
        }
        file
    };
    let files: Vec<Value> = state.files.iter().map(file).collect();
    let card = json!({
        "id": state.repository, "sha": COMMIT, "cardData": { "license": LICENCE },
        "siblings": files,
    });
    Reply::json(card.to_string())
}

/// What the Hub's own host says of a file, wherever its bytes are.
fn announcing(state: &State, file: &str, mut reply: Reply) -> Reply {
    let Some(bytes) = state.files.get(file) else {
        return reply;
    };
    let prefix = if is_large(file) { "X-Linked-" } else { "" };
    reply.headers.push((format!("{prefix}ETag"), format!("\"{}\"", state.digest(file))));
    reply.headers.push(("X-Linked-Size".into(), bytes.len().to_string()));
    reply.headers.push(("X-Repo-Commit".into(), COMMIT.into()));
    reply
}

fn listing(state: &State, path: &str, folder: &str, query: &str) -> Reply {
    let prefix = format!("{folder}/");
    let files: Vec<_> = state.files.iter().filter(|(name, _)| name.starts_with(&prefix)).collect();
    if files.is_empty() {
        return Reply::refused(404, "EntryNotFound");
    }
    let cursor = query.split('&').find_map(|part| part.strip_prefix("cursor="));
    let start: usize = cursor.and_then(|text| text.parse().ok()).unwrap_or(0);
    let end = (start + state.options.page).min(files.len());
    let entry = |(name, bytes): &(&String, &Vec<u8>)| {
        let (size, oid) = (bytes.len(), state.digest(name));
        let mut entry = json!({ "type": "file", "oid": oid, "size": size, "path": name });
        if is_large(name) {
            entry["lfs"] = json!({ "oid": oid, "size": size, "pointerSize": 132 });
        }
        entry
    };
    let mut entries: Vec<Value> = files[start..end].iter().map(entry).collect();
    let twice = files.iter().filter(|(name, _)| Some(*name) == state.options.twice.as_ref());
    entries.extend(twice.map(entry));
    entries.push(json!({ "type": "directory", "oid": "0", "size": 0, "path": "data/more" }));
    let mut reply = Reply::json(Value::from(entries).to_string());
    if end < files.len() {
        let next = format!("<{path}?recursive=false&cursor={end}>; rel=\"next\"");
        reply.headers.push(("Link".into(), next));
    }
    reply
}

fn bytes(state: &State, file: &str, range: Option<&str>) -> Reply {
    let Some(bytes) = state.files.get(file) else {
        return Reply::refused(404, "EntryNotFound");
    };
    let Some(range) = range else {
        let mut reply = Reply::status(200);
        reply.body = bytes.clone();
        return reply;
    };
    let ends = range.strip_prefix("bytes=").and_then(|range| range.split_once('-'));
    let last = bytes.len().saturating_sub(1);
    let ends = ends.and_then(|(start, end)| {
        let end = if end.is_empty() { last } else { end.parse().ok()? };
        Some((start.parse().ok()?, end))
    });
    let Some((start, end)): Option<(usize, usize)> = ends else {
        return Reply::status(416);
    };
    if start > end || start >= bytes.len() {
        return Reply::status(416);
    }
    let end = end.min(last);
    let label = format!("bytes {start}-{end}/{}", bytes.len());
    Reply {
        status: 206,
        headers: vec![("Content-Range".into(), label)],
        body: bytes[start..=end].to_vec(),
    }
}
