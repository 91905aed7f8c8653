//! The little that is needed of addresses: quoting, origins, and where a redirect leads.

/// Quotes everything but the unreserved characters of RFC 3986; a slash is quoted too.
pub(super) fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// Quotes each part of a path and keeps its slashes.
pub(super) fn quote_path(path: &str) -> String {
    path.split('/').map(quote).collect::<Vec<_>>().join("/")
}

/// Scheme, host and port of an absolute address, in lower case.
pub(super) fn origin(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let host = rest.split(['/', '?', '#', '\\']).next()?;
    Some(format!("{scheme}://{host}").to_lowercase())
}

/// Where `location` leads from `base`; `None` where `base` is no address or the scheme is not
/// http or https.
pub(super) fn join(base: &str, location: &str) -> Option<String> {
    let location = location.trim();
    if location.contains("://") && !location.starts_with('/') {
        let known = ["http://", "https://"].iter().any(|scheme| {
            location.get(..scheme.len()).is_some_and(|head| head.eq_ignore_ascii_case(scheme))
        });
        if known {
            return Some(location.to_string());
        }
        // A query may hold an address; a scheme stands before any of these.
        let scheme = location.split("://").next().unwrap_or_default();
        if !scheme.contains(['/', '?', '#']) {
            return None;
        }
    }
    let (scheme, rest) = base.split_once("://")?;
    if location.starts_with("//") {
        return Some(format!("{scheme}:{location}"));
    }
    let rest = rest.split(['?', '#']).next().unwrap_or(rest);
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    if location.starts_with('/') {
        return Some(format!("{scheme}://{host}{location}"));
    }
    let folder = path.rsplit_once('/').map_or(String::new(), |(head, _)| format!("{head}/"));
    Some(format!("{scheme}://{host}/{folder}{location}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoting_keeps_what_is_safe() {
        assert_eq!(quote("refs/convert/parquet"), "refs%2Fconvert%2Fparquet");
        assert_eq!(quote_path("data/train 1é.parquet"), "data/train%201%C3%A9.parquet");
    }

    #[test]
    fn redirects_lead_where_they_say() {
        let base = "https://h:1/a/b/c?x=1";
        let to = |location| join(base, location);
        assert_eq!(to("/d?y").as_deref(), Some("https://h:1/d?y"));
        assert_eq!(to("d").as_deref(), Some("https://h:1/a/b/d"));
        assert_eq!(to("//other/d").as_deref(), Some("https://other/d"));
        assert_eq!(to("http://other/d").as_deref(), Some("http://other/d"));
        assert_eq!(to("/d?u=http://e/").as_deref(), Some("https://h:1/d?u=http://e/"));
        assert_eq!(to("ftp://other/d"), None);
    }

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        assert_eq!(origin("HTTPS://Host:8/x").as_deref(), Some("https://host:8"));
        assert_ne!(origin("https://host.evil/x"), origin("https://host/x"));
        assert_ne!(origin("http://host/x"), origin("https://host/x"));
        assert_eq!(origin("host/x"), None);
    }
}
