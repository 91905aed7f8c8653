//! Where the Hugging Face Hub is, who we are to it, and where its cache lies; the same variables
//! with the same meaning as in the `huggingface_hub` library (its `constants.py` and
//! `utils/_auth.py`). Data and weights are both fetched through it.

use crate::{Error, Result};
use std::path::{Path, PathBuf};
use url::Url;

/// The public Hub.
const ENDPOINT: &str = "https://huggingface.co";

/// An access token. It is never shown, not even by `{:?}`.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// Takes a token without the white space around it; `None` where nothing is left.
    pub fn new(text: &str) -> Option<Self> {
        let clean = text.replace(['\r', '\n'], "").trim().to_string();
        (!clean.is_empty()).then_some(Self(clean))
    }

    /// The value of an `Authorization` header.
    pub fn header(&self) -> String {
        format!("Bearer {}", self.0)
    }

    /// Whether a header can carry it.
    fn is_sendable(&self) -> bool {
        self.0.bytes().all(|byte| byte.is_ascii_graphic())
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Token(hidden)")
    }
}

/// What the environment says about the Hub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HubEnvironment {
    /// Scheme and host, without a slash at the end; `HF_ENDPOINT`.
    pub endpoint: String,
    /// Who asks; `HF_TOKEN`, or the file `HF_TOKEN_PATH`.
    pub token: Option<Token>,
    /// The folder that holds `datasets--owner--name` and `models--owner--name`; `HF_HUB_CACHE`.
    pub cache: PathBuf,
    /// Whether only the cache may be read and no socket opened; `HF_HUB_OFFLINE`.
    pub offline: bool,
}

impl HubEnvironment {
    /// The environment of a server and a cache folder, with no token.
    pub fn new(endpoint: impl Into<String>, cache: impl Into<PathBuf>) -> Self {
        Self {
            endpoint: endpoint.into().trim_end_matches('/').to_string(),
            token: None,
            cache: cache.into(),
            offline: false,
        }
    }

    /// Asks `lookup` for each variable (a program passes `|name| std::env::var(name).ok()`) and
    /// reads the token file where there is one.
    ///
    /// | variable | default |
    /// |---|---|
    /// | `HF_ENDPOINT` | `https://huggingface.co` |
    /// | `HF_HOME` | `$XDG_CACHE_HOME/huggingface`, else `~/.cache/huggingface` |
    /// | `HF_HUB_CACHE`, older `HUGGINGFACE_HUB_CACHE` | `$HF_HOME/hub` |
    /// | `HF_TOKEN`, older `HUGGING_FACE_HUB_TOKEN` | the file `HF_TOKEN_PATH` |
    /// | `HF_TOKEN_PATH` | `$HF_HOME/token` |
    /// | `HF_HUB_DISABLE_IMPLICIT_TOKEN` | off |
    /// | `HF_HUB_OFFLINE`, or `TRANSFORMERS_OFFLINE` | off; on are `1`, `on`, `yes`, `true` |
    ///
    /// # Errors
    /// Where neither `HF_HOME` nor a home folder is known, the endpoint has no scheme, or the
    /// token file cannot be read or holds what no header can carry.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Self> {
        let set = |name: &str| lookup(name).filter(|value| !value.is_empty());
        let home = hub_home(&set)?;
        let endpoint = set("HF_ENDPOINT").unwrap_or_else(|| ENDPOINT.into());
        if !is_address(&endpoint) {
            return Err(Error::Config(format!(
                "HF_ENDPOINT is {endpoint}; expected an address such as {ENDPOINT}"
            )));
        }
        let cache = set("HF_HUB_CACHE")
            .or_else(|| set("HUGGINGFACE_HUB_CACHE"))
            .map_or_else(|| home.join("hub"), |path| expand(&path, &set));
        let token =
            if is_true(set("HF_HUB_DISABLE_IMPLICIT_TOKEN")) { None } else { token(&set, &home)? };
        Ok(Self {
            token,
            offline: is_true(set("HF_HUB_OFFLINE").or_else(|| set("TRANSFORMERS_OFFLINE"))),
            ..Self::new(endpoint, cache)
        })
    }
}

fn is_address(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
}

fn hub_home(set: &impl Fn(&str) -> Option<String>) -> Result<PathBuf> {
    if let Some(home) = set("HF_HOME") {
        return Ok(expand(&home, set));
    }
    let caches = set("XDG_CACHE_HOME")
        .map(|path| expand(&path, set))
        .or_else(|| user_home(set).map(|home| home.join(".cache")));
    caches
        .map(|caches| caches.join("huggingface"))
        .ok_or_else(|| Error::Config("no home folder is known; set HF_HOME".into()))
}

fn user_home(set: &impl Fn(&str) -> Option<String>) -> Option<PathBuf> {
    set("HOME").or_else(|| set("USERPROFILE")).map(PathBuf::from)
}

/// `~` and `$NAME`, `${NAME}` at the beginning of a path or of one of its parts.
fn expand(path: &str, set: &impl Fn(&str) -> Option<String>) -> PathBuf {
    let parts = path.split('/').enumerate().map(|(index, part)| {
        if index == 0 && part == "~" {
            return user_home(set)
                .map_or_else(|| part.to_string(), |home| home.to_string_lossy().into_owned());
        }
        let name = part.strip_prefix('$').map(|name| {
            name.strip_prefix('{').and_then(|name| name.strip_suffix('}')).unwrap_or(name)
        });
        name.and_then(set).unwrap_or_else(|| part.to_string())
    });
    PathBuf::from(parts.collect::<Vec<_>>().join("/"))
}

fn token(set: &impl Fn(&str) -> Option<String>, home: &Path) -> Result<Option<Token>> {
    let given = set("HF_TOKEN").or_else(|| set("HUGGING_FACE_HUB_TOKEN"));
    let path = set("HF_TOKEN_PATH").map_or_else(|| home.join("token"), |path| expand(&path, set));
    let (place, token) = match given.as_deref().and_then(Token::new) {
        Some(token) => ("HF_TOKEN".to_string(), token),
        None => match std::fs::read_to_string(&path) {
            Ok(text) => match Token::new(&text) {
                Some(token) => (path.display().to_string(), token),
                None => return Ok(None),
            },
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::io(path)(error)),
        },
    };
    if token.is_sendable() {
        return Ok(Some(token));
    }
    Err(Error::Config(format!(
        "the token from {place} holds characters that no header can carry; copy it again"
    )))
}

fn is_true(value: Option<String>) -> bool {
    value.is_some_and(|value| ["1", "ON", "YES", "TRUE"].contains(&value.to_uppercase().as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(pairs: &[(&str, &str)]) -> Result<HubEnvironment> {
        HubEnvironment::from_lookup(|name| {
            let found = pairs.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| value.to_string())
        })
    }

    #[test]
    fn defaults_are_the_library_s() {
        let plain = environment(&[("HOME", "/nowhere")]).expect("plain");
        assert_eq!(plain.endpoint, "https://huggingface.co");
        assert_eq!(plain.cache, Path::new("/nowhere/.cache/huggingface/hub"));
        assert_eq!((plain.token, plain.offline), (None, false));
        let other = environment(&[("HOME", "/nowhere"), ("XDG_CACHE_HOME", "/x")]).expect("xdg");
        assert_eq!(other.cache, Path::new("/x/huggingface/hub"));
        assert!(environment(&[]).is_err());
    }

    #[test]
    fn every_variable_is_heard() {
        let all = environment(&[
            ("HOME", "/nowhere"),
            ("HF_HOME", "~/hf"),
            ("HF_ENDPOINT", "http://localhost:1/"),
            ("HF_TOKEN", " secret\n"),
            ("HF_HUB_OFFLINE", "yes"),
        ])
        .expect("all");
        assert_eq!(all.endpoint, "http://localhost:1");
        assert_eq!(all.cache, Path::new("/nowhere/hf/hub"));
        assert!(all.offline);
        assert_eq!(all.token.as_ref().map(Token::header).as_deref(), Some("Bearer secret"));
        assert!(!format!("{all:?}").contains("secret"));
        let cache = environment(&[("HF_HOME", "/h"), ("X", "/y"), ("HF_HUB_CACHE", "$X/z")]);
        assert_eq!(cache.expect("cache").cache, Path::new("/y/z"));
        let off = environment(&[("HF_HOME", "/h"), ("HF_HUB_OFFLINE", "0")]);
        assert!(!off.expect("off").offline);
    }

    #[test]
    fn the_token_file_is_read_unless_told_otherwise() {
        let folder = tempfile::tempdir().expect("folder");
        std::fs::write(folder.path().join("token"), "from-file\n").expect("write");
        let home = folder.path().to_string_lossy().into_owned();
        let found = environment(&[("HF_HOME", &home)]).expect("file").token;
        assert_eq!(found, Token::new("from-file"));
        let pairs = [("HF_HOME", home.as_str()), ("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1")];
        assert_eq!(environment(&pairs).expect("off").token, None);
        let other = folder.path().join("other").to_string_lossy().into_owned();
        std::fs::write(&other, "elsewhere").expect("write");
        let pairs = [("HF_HOME", home.as_str()), ("HF_TOKEN_PATH", other.as_str())];
        assert_eq!(environment(&pairs).expect("path").token, Token::new("elsewhere"));
    }

    #[test]
    fn what_cannot_work_is_refused() {
        let error = environment(&[("HF_HOME", "/h"), ("HF_ENDPOINT", "huggingface.co")]);
        assert!(error.expect_err("scheme").to_string().contains("HF_ENDPOINT"));
        let error = environment(&[("HF_HOME", "/h"), ("HF_TOKEN", "with space")]);
        let text = error.expect_err("token").to_string();
        assert!(text.contains("HF_TOKEN") && !text.contains("with space"), "{text}");
    }
}
