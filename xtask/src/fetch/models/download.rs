//! One repository: what is needed of it, its licence, and the download with all checks.

use super::super::hub::Place;
use super::card::{Card, Sibling, chosen};
use super::request::Request;
use anyhow::{Context, Result, bail};
use hf_hub::api::sync::{Api, ApiRepo};
use hf_hub::{CacheRepo, Repo, RepoType};
use ring::digest::{Context as Digest, SHA256};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// What a request comes down to.
pub struct Plan {
    request: Request,
    commit: String,
    licence: String,
    files: Vec<Sibling>,
    /// Of the revision that was asked for, and of the commit behind it.
    cache: CacheRepo,
    at_commit: CacheRepo,
    blobs: PathBuf,
}

impl Plan {
    /// Asks the Hub; fetches nothing.
    pub fn of(api: &Api, place: &Place, request: &Request) -> Result<Self> {
        let what = format!("{} at `{}`", request.repository, request.revision);
        let repo = at(request, &request.revision);
        let listing = api.repo(repo.clone()).info_request().query("blobs", "true");
        let card: Card = listing
            .call()
            .map_err(Box::new)
            .with_context(|| {
                format!("{what} cannot be listed; check the name, the revision, the network, HF_ENDPOINT and HF_TOKEN")
            })?
            .into_json()
            .with_context(|| format!("{what}: the answer is not the Hub's; check HF_ENDPOINT"))?;
        let files = chosen(&card.siblings, request)?;
        let licence = card.data.and_then(|data| data.license);
        let commit = at(request, &card.sha);
        Ok(Self {
            licence: licence.map_or_else(
                || "not stated; read the model card before use".into(),
                |it| it.as_str().map_or_else(|| it.to_string(), str::to_string),
            ),
            blobs: place.cache.path().join(repo.folder_name()).join("blobs"),
            cache: place.cache.repo(repo),
            at_commit: place.cache.repo(commit),
            commit: card.sha,
            files,
            request: request.clone(),
        })
    }

    /// Repository, licence, files and sizes, for the user to see before anything is fetched.
    pub fn describe(&self) -> String {
        let mut out = format!(
            "{} at `{}`, commit {}; licence {}",
            self.request.repository, self.request.revision, self.commit, self.licence
        );
        for file in &self.files {
            let there = match self.cached(file) {
                Some(_) => ", in the cache",
                None => "",
            };
            out.push_str(&format!("\n  {} {}{there}", file.rfilename, shown(file.size())));
        }
        let total: u64 = self.files.iter().filter_map(Sibling::size).sum();
        out.push_str(&format!("\n  {} in all", shown(Some(total))));
        out
    }

    /// Fetches what is missing and checks sizes and digests.
    pub fn bring(&self, api: &Api) -> Result<Vec<PathBuf>> {
        // From the commit, so that a branch that moves meanwhile cannot mix two versions.
        let repo = api.repo(at(&self.request, &self.commit));
        let mut out = Vec::new();
        for file in &self.files {
            let path = match self.cached(file) {
                Some(path) => path,
                None => self.fetch(&repo, file)?,
            };
            out.push(path);
        }
        self.at_commit.create_ref(&self.commit)?;
        self.cache.create_ref(&self.commit)?;
        Ok(out)
    }

    /// The file in the cache, if it is whole.
    fn cached(&self, file: &Sibling) -> Option<PathBuf> {
        // hf-hub knows a commit only once there is a reference of that name; there may be none.
        let folder = self.blobs.with_file_name("snapshots").join(&self.commit);
        let path = folder.join(&file.rfilename);
        check(&path, file).is_ok().then_some(path)
    }

    fn fetch(&self, repo: &ApiRepo, file: &Sibling) -> Result<PathBuf> {
        let mut problem = None;
        // A blob that does not fit what the Hub announced is fetched anew once.
        for _ in 0..2 {
            self.drop_whole_part(file);
            let path = repo.download(&file.rfilename).with_context(|| {
                format!(
                    "{} of {}; run the command again, what has arrived is kept",
                    file.rfilename, self.request.repository
                )
            })?;
            match check(&path, file) {
                Ok(()) => return Ok(path),
                Err(error) => {
                    if let Ok(blob) = path.canonicalize() {
                        let _ = std::fs::remove_file(blob);
                    }
                    let _ = std::fs::remove_file(&path);
                    problem = Some(error);
                }
            }
        }
        bail!(
            "{} of {}: {:#}; it was deleted; try again later, or check HF_ENDPOINT",
            file.rfilename,
            self.request.repository,
            problem.context("invariant: two attempts failed")?
        )
    }

    /// hf-hub takes up a partial file by asking for the rest, which a server refuses where there is
    /// no rest: a whole one goes.
    fn drop_whole_part(&self, file: &Sibling) {
        let (Some(blob), Some(size)) = (file.blob(), file.size()) else {
            return;
        };
        let part = self.blobs.join(format!("{blob}.part"));
        if std::fs::metadata(&part).is_ok_and(|data| data.len() >= size) {
            let _ = std::fs::remove_file(part);
        }
    }
}

fn at(request: &Request, revision: &str) -> Repo {
    Repo::with_revision(request.repository.clone(), RepoType::Model, revision.into())
}

/// Whether the file at `path` has the size and the digest that the Hub announced.
fn check(path: &Path, file: &Sibling) -> Result<()> {
    let mut content = File::open(path).with_context(|| path.display().to_string())?;
    let length = content.metadata()?.len();
    if let Some(size) = file.size().filter(|size| *size != length) {
        bail!("{length} bytes came, {size} were announced");
    }
    let Some(large) = &file.lfs else {
        return Ok(());
    };
    let mut digest = Digest::new(&SHA256);
    let mut buffer = vec![0; 1 << 20];
    loop {
        match content.read(&mut buffer)? {
            0 => break,
            count => digest.update(&buffer[..count]),
        }
    }
    let found: String = digest.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    if found != large.sha256 {
        bail!("the SHA-256 is {found}, {} was announced", large.sha256);
    }
    Ok(())
}

fn shown(size: Option<u64>) -> String {
    match size {
        None => "(size not stated)".into(),
        Some(size) if size < 100_000 => format!("{:.1} kB", size as f64 / 1e3),
        Some(size) => format!("{:.1} MB", size as f64 / 1e6),
    }
}

#[cfg(test)]
#[path = "../../../../crates/story-encoders/tests/it/model_server.rs"]
mod model_server;

#[cfg(test)]
mod tests {
    use super::super::bring;
    use super::model_server::{COMMIT, Fault, ModelServer};
    use super::*;
    use hf_hub::Cache;

    /// Not the SHA-256 of [`BYTES`].
    const WRONG: &str = "0f4e0f1fcd2bd8a5e6d4a5a7b1f4dbcb1b6d65b7a0c5bd1b0e4b2cd0f0b4b3b5";
    const BYTES: &[u8] = b"weights that are long enough to be cut in two";

    fn digest(bytes: &[u8]) -> String {
        let digest = ring::digest::digest(&SHA256, bytes);
        digest.as_ref().iter().map(|b| format!("{b:02x}")).collect()
    }

    fn place(server: &ModelServer, folder: &Path) -> Place {
        Place {
            cache: Cache::new(folder.to_path_buf()),
            endpoint: Some(server.endpoint().into()),
            token: Some("secret".into()),
            offline: false,
        }
    }

    fn request(file: &str) -> Request {
        Request { repository: "owner/name".into(), revision: "main".into(), file: file.into() }
    }

    fn snapshot(folder: &Path, name: &str) -> PathBuf {
        folder.join("models--owner--name/snapshots").join(COMMIT).join(name)
    }

    fn served(digest: &str) -> ModelServer {
        let files: [(&str, &[u8], &str); 4] = [
            ("model.safetensors", BYTES, digest),
            ("pytorch_model.bin", b"never fetched", "1"),
            ("vocab.txt", b"a\nb\n", "2"),
            ("README.md", b"never fetched either", "3"),
        ];
        ModelServer::start("owner/name", &files)
    }

    #[test]
    fn the_plan_names_licence_files_and_sizes_and_fetches_nothing() -> Result<()> {
        let (server, folder) = (served(&digest(BYTES)), tempfile::tempdir()?);
        let place = place(&server, folder.path());
        let plan = Plan::of(&place.api()?, &place, &request(""))?;
        let text = plan.describe();
        for part in ["owner/name at `main`", COMMIT, "apache-2.0", "model.safetensors", "vocab.txt"]
        {
            assert!(text.contains(part), "{text}");
        }
        assert!(!text.contains("pytorch_model.bin") && !text.contains("README"), "{text}");
        bring(&place, &[request("")], true)?;
        assert!(server.seen().iter().all(|seen| seen.path.starts_with("/api/")));
        Ok(())
    }

    #[test]
    fn files_land_in_the_cache_once_and_under_their_revision() -> Result<()> {
        let (server, folder) = (served(&digest(BYTES)), tempfile::tempdir()?);
        let place = place(&server, folder.path());
        server.inject("resolve", Fault::Cut);
        bring(&place, &[request("")], false)?;
        assert_eq!(std::fs::read(snapshot(folder.path(), "model.safetensors"))?, BYTES);
        assert!(snapshot(folder.path(), "vocab.txt").is_file());
        let reference = folder.path().join("models--owner--name/refs/main");
        assert_eq!(std::fs::read_to_string(reference)?, COMMIT);
        let requests = server.seen();
        let resumed = format!("bytes={}-", BYTES.len() / 2);
        assert!(requests.iter().any(|seen| seen.range.as_deref() == Some(&resumed)));
        assert!(requests.iter().all(|seen| seen.authorization.as_deref() == Some("Bearer secret")));

        bring(&place, &[request("")], false)?;
        let asked = server.seen().len() - requests.len();
        assert_eq!(asked, 1, "only the listing is asked for again");
        Ok(())
    }

    #[test]
    fn bytes_that_are_not_those_announced_are_fetched_anew_or_refused() -> Result<()> {
        let (server, folder) = (served(&digest(BYTES)), tempfile::tempdir()?);
        let at = place(&server, folder.path());
        server.inject("model.safetensors", Fault::Flip);
        bring(&at, &[request("")], false)?;
        assert_eq!(std::fs::read(snapshot(folder.path(), "model.safetensors"))?, BYTES);

        let (server, folder) = (served(WRONG), tempfile::tempdir()?);
        let at = place(&server, folder.path());
        let message = format!("{:#}", bring(&at, &[request("")], false).expect_err("wrong bytes"));
        assert!(message.contains("SHA-256") && message.contains("model.safetensors"), "{message}");
        assert!(!snapshot(folder.path(), "model.safetensors").exists());
        Ok(())
    }

    #[test]
    fn a_part_that_is_whole_already_does_not_end_in_a_refusal() -> Result<()> {
        let digest = digest(BYTES);
        let (server, folder) = (served(&digest), tempfile::tempdir()?);
        let blobs = folder.path().join("models--owner--name/blobs");
        std::fs::create_dir_all(&blobs)?;
        std::fs::write(blobs.join(format!("{digest}.part")), BYTES)?;
        bring(&place(&server, folder.path()), &[request("model.safetensors")], false)?;
        assert_eq!(std::fs::read(snapshot(folder.path(), "model.safetensors"))?, BYTES);
        Ok(())
    }

    #[test]
    fn what_is_not_there_is_named() -> Result<()> {
        let (server, folder) = (served(&digest(BYTES)), tempfile::tempdir()?);
        let mut at = place(&server, folder.path());
        let message = |at: &Place, request: &Request| {
            let error = bring(at, std::slice::from_ref(request), false);
            format!("{:#}", error.expect_err("nothing there"))
        };
        let text = message(&at, &request("x.bin"));
        assert!(text.contains("x.bin") && text.contains("README.md"), "{text}");
        let mut other = request("");
        other.repository = "owner/other".into();
        let text = message(&at, &other);
        assert!(text.contains("owner/other") && text.contains("401"), "{text}");
        at.offline = true;
        assert!(message(&at, &request("")).contains("HF_HUB_OFFLINE"));
        Ok(())
    }
}
