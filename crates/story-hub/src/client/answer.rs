//! What an answer's head says: refusals with their remedy, the announced content, ranges, the next
//! page.

use super::{Attempt, Failure};
use crate::Error;
use std::ops::Range;
use std::time::Duration;
use url::Url;

/// What the endpoint says of a file on the way to its bytes, which may lie with somebody else.
#[derive(Debug, Default, Clone)]
pub(crate) struct Announced {
    /// What its content is called: a digest on the Hub.
    pub etag: Option<String>,
    /// Bytes in all.
    pub size: Option<u64>,
}

impl Announced {
    /// The first answer that names the content counts: it is the Hub's, later ones are a store's.
    pub(super) fn note(&mut self, response: &ureq::Response) {
        let etag = response.header("x-linked-etag").or_else(|| response.header("etag"));
        if self.etag.is_none() {
            self.etag =
                etag.map(|etag| etag.trim().trim_start_matches("W/").trim_matches('"').to_string());
        }
        if self.size.is_none() {
            self.size = response.header("x-linked-size").and_then(|size| size.trim().parse().ok());
        }
    }
}

/// The failure that a status other than 2xx and 3xx stands for.
pub(super) fn refused(url: &str, subject: &str, status: u16, response: &ureq::Response) -> Failure {
    let note = response
        .header("x-error-message")
        .or_else(|| response.header("x-error-code"))
        .unwrap_or_else(|| response.status_text());
    let problem = format!("status {status}, {note}");
    if status == 429 || status == 408 || status >= 500 {
        let seconds = response.header("retry-after").and_then(|text| text.trim().parse().ok());
        return Failure::Passing { problem, after: seconds.map(Duration::from_secs) };
    }
    let remedy = match status {
        401 => {
            "check the spelling of repository and revision; where the repository is private or \
             gated, set HF_TOKEN to a valid token"
        }
        403 => {
            "accept the repository's conditions on its page, and set HF_TOKEN to a token that \
             may read it"
        }
        404 => {
            "check the spelling of repository and revision, and that the file is there (a \
             dataset keeps its parquet files in the folder data)"
        }
        416 => "the file is shorter than its listing says: name a revision that is whole",
        _ => "check repository, revision and HF_ENDPOINT",
    };
    Error::network(url, format!("{problem} ({})", subject), remedy).into()
}

/// An address without its query, which may hold a signature.
pub(super) fn shown(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.to_string()
}

/// `Content-Range: bytes 0-99/1234` must be the range that was asked for.
pub(super) fn check_label(label: Option<&str>, range: &Range<u64>, size: u64) -> Attempt<()> {
    let expected = format!("bytes {}-{}/", range.start, range.end - 1);
    let total = label.and_then(|label| label.strip_prefix(&expected));
    let fits = total.is_some_and(|total| total == "*" || total.parse() == Ok(size));
    if fits {
        return Ok(());
    }
    let found = label.unwrap_or("none");
    Err(Failure::passing(format!("Content-Range is {found}; expected {expected}{size}")))
}

/// Whether a `Content-Range` such as `bytes 5-9/10` says that its part ends where the whole does.
pub(super) fn reaches_the_end(label: &str) -> bool {
    let numbers = label.rsplit_once('-').and_then(|(_, rest)| rest.split_once('/'));
    let numbers = numbers.and_then(|(end, all)| Some((end.parse().ok()?, all.parse().ok()?)));
    numbers.is_some_and(|(end, all): (u64, u64)| end.checked_add(1) == Some(all))
}

/// The target of `rel="next"` in a `Link` header.
pub(super) fn next_page(header: &str) -> Option<String> {
    header.split(',').find_map(|link| {
        let (target, rest) = link.trim().strip_prefix('<')?.split_once('>')?;
        let next = rest.split(';').any(|part| matches!(part.trim(), "rel=\"next\"" | "rel=next"));
        next.then(|| target.to_string())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_found() {
        let header = "<http://h/a?c=1>; rel=\"prev\", <http://h/a?c=2>; rel=\"next\"";
        assert_eq!(next_page(header).as_deref(), Some("http://h/a?c=2"));
        assert_eq!(next_page("<http://h/a>; rel=\"last\""), None);
    }

    #[test]
    fn a_label_must_name_the_range_and_the_size() {
        let check = |label: &str| check_label(Some(label), &(10..20), 100).is_ok();
        assert!(check("bytes 10-19/100") && check("bytes 10-19/*"));
        assert!(!check("bytes 10-19/101") && !check("bytes 10-20/100") && !check("x"));
        assert!(check_label(None, &(10..20), 100).is_err());
    }

    #[test]
    fn the_end_of_a_part_is_told_from_that_of_the_whole() {
        assert!(reaches_the_end("bytes 0-9/10") && reaches_the_end("bytes 5-9/10"));
        for label in ["bytes 0-8/10", "bytes 0-9/*", "none", "bytes 0-18446744073709551615/0"] {
            assert!(!reaches_the_end(label), "{label}");
        }
    }
}
