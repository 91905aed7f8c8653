//! What the Hub answers: revisions, listings, files by range, and refusals with its error codes.

use super::http::Reply;
use super::{COMMIT, Redirects, Seen, State};

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
    let api = format!("/api/datasets/{}/", state.repository);
    let resolve = format!("/datasets/{}/resolve/", state.repository);
    if let Some(rest) = path.strip_prefix(&api) {
        if let Some(revision) = rest.strip_prefix("revision/") {
            return match revision {
                "main" | "refs%2Fpr%2F1" | COMMIT => {
                    Reply::json(format!("{{\"id\": \"x\", \"sha\": \"{COMMIT}\"}}"))
                }
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
            Redirects::None => bytes(state, file, request.range.as_deref()),
            _ => Reply::redirect(307, format!("/hop/{file}")),
        },
        Some(_) => Reply::refused(404, "RevisionNotFound"),
        None => Reply::refused(401, "RepoNotFound"),
    }
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
    let entries: Vec<String> = files[start..end]
        .iter()
        .map(|(name, bytes)| {
            let size = bytes.len();
            format!(
                "{{\"type\": \"file\", \"oid\": \"0\", \"size\": {size}, \"path\": \"{name}\", \
                 \"lfs\": {{\"oid\": \"0\", \"size\": {size}, \"pointerSize\": 132}}}}"
            )
        })
        .collect();
    let folder = "{\"type\": \"directory\", \"oid\": \"0\", \"size\": 0, \"path\": \"data/more\"}";
    let mut reply = Reply::json(format!("[{folder}, {}]", entries.join(", ")));
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
    let ends = ends.and_then(|(start, end)| Some((start.parse().ok()?, end.parse().ok()?)));
    let Some((start, end)): Option<(usize, usize)> = ends else {
        return Reply::status(416);
    };
    if start > end || start >= bytes.len() {
        return Reply::status(416);
    }
    let end = end.min(bytes.len() - 1);
    let label = format!("bytes {start}-{end}/{}", bytes.len());
    Reply {
        status: 206,
        headers: vec![("Content-Range".into(), label)],
        body: bytes[start..=end].to_vec(),
    }
}
