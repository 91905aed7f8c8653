//! The types of the crates, read from their sources as rustfmt leaves them: structs and enums with public
//! fields, their documentation and what serde is told of them.

use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A type that a config can be read into.
#[derive(Debug, Clone)]
pub struct Type {
    /// The crate's folder, such as `story-model`.
    package: String,
    file: PathBuf,
    /// Its name.
    pub name: String,
    /// Keys of a struct.
    pub fields: Vec<Field>,
    /// Forms of an enum; none of a struct.
    pub variants: Vec<Variant>,
    /// How a config tells the forms of an enum apart.
    pub told_by: ToldBy,
}

/// How a config tells the forms of an enum apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ToldBy {
    /// A form is its name, or the name is the key of a table with its values.
    Name,
    /// A table says it under `kind`.
    Kind,
    /// By what is there: a text or a table.
    Content,
}

/// A key.
#[derive(Debug, Clone)]
pub struct Field {
    /// As a config spells it.
    pub key: String,
    /// As Rust spells it.
    pub kind: String,
    /// What it means.
    pub meaning: String,
    /// Whether it may be left out.
    pub optional: bool,
}

/// A form of an enum.
#[derive(Debug, Clone)]
pub struct Variant {
    /// As a config spells it.
    pub name: String,
    /// What it means.
    pub meaning: String,
    /// Its keys.
    pub fields: Vec<Field>,
    /// The type that holds its keys, where it has none itself.
    pub holds: Option<String>,
}

/// All types of the crates.
pub struct Sources {
    types: Vec<Type>,
    /// The `use` lines of each file, by which names of other crates are told apart.
    uses: Vec<(PathBuf, String)>,
    /// Numbers that documentation calls by their names.
    constants: BTreeMap<String, String>,
}

impl Sources {
    /// Reads `crates/*/src`.
    ///
    /// # Errors
    /// A folder or file that cannot be read.
    pub fn read(root: &Path) -> Result<Self> {
        let mut sources = Self { types: Vec::new(), uses: Vec::new(), constants: BTreeMap::new() };
        let crates = root.join("crates");
        for entry in std::fs::read_dir(&crates).with_context(|| crates.display().to_string())? {
            let folder = entry?.path();
            let package = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
            sources.folder(&package, &folder.join("src"))?;
        }
        Ok(sources)
    }

    /// `text` with numbers in the place of the constants that it names.
    pub fn counted(&self, text: &str) -> String {
        let parts = text.split('`').enumerate().map(|(at, part)| match self.constants.get(part) {
            Some(number) if at % 2 == 1 => number.clone(),
            _ if at % 2 == 1 => format!("`{part}`"),
            _ => part.to_string(),
        });
        parts.collect()
    }

    /// The type called `name` in `package`.
    pub fn of(&self, package: &str, name: &str) -> Option<&Type> {
        self.types.iter().find(|it| it.package == package && it.name == name)
    }

    /// The type that `name` means where `user` says it: of its file, of the crate that its file names it
    /// from, of its own crate, or the only one.
    ///
    /// # Errors
    /// A name that several types have.
    pub fn meant(&self, user: &Type, name: &str) -> Result<Option<&Type>> {
        let named: Vec<&Type> = self.types.iter().filter(|it| it.name == name).collect();
        if let Some(same) = named.iter().find(|it| it.file == user.file) {
            return Ok(Some(same));
        }
        let uses = self.uses.iter().find(|(file, _)| *file == user.file);
        let uses = uses.map_or("", |(_, uses)| uses.as_str());
        let used = uses.split(';').find(|line| {
            line.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == name)
        });
        let package = used.and_then(|line| line.trim().strip_prefix("use "));
        let package = package.and_then(|line| line.split("::").next()).unwrap_or("crate");
        let other = package.replace('_', "-");
        // Of two in one crate the one that lies nearer.
        let near = |it: &&&Type| {
            let parts = it.file.iter().zip(&user.file);
            parts.take_while(|(its, own)| its == own).count()
        };
        let of = |package: &str| named.iter().filter(|it| it.package == package).max_by_key(near);
        if let Some(found) = of(&other).or_else(|| of(&user.package)) {
            return Ok(Some(found));
        }
        match named.as_slice() {
            [] => Ok(None),
            [only] => Ok(Some(only)),
            _ => bail!("`{name}` in {} is several types", user.file.display()),
        }
    }

    fn folder(&mut self, package: &str, folder: &Path) -> Result<()> {
        if !folder.is_dir() {
            return Ok(());
        }
        let entries = std::fs::read_dir(folder).with_context(|| folder.display().to_string())?;
        let mut paths: Vec<PathBuf> = entries.filter_map(|it| Some(it.ok()?.path())).collect();
        paths.sort();
        for path in paths {
            if path.is_dir() {
                self.folder(package, &path)?;
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text =
                    std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
                let uses = text.lines().take_while(|line| !line.starts_with("pub struct"));
                let uses: Vec<&str> = uses.collect();
                self.constants.extend(text.lines().filter_map(constant));
                self.types.extend(types(package, &path, &text));
                self.uses.push((path, uses.join("\n").replace("pub use ", "use ")));
            }
        }
        Ok(())
    }
}

/// The name and the value of a line `pub const MOST: usize = 64;`.
fn constant(line: &str) -> Option<(String, String)> {
    let (name, rest) = line.strip_prefix("pub const ")?.split_once(": ")?;
    let value = rest.split_once(" = ")?.1.strip_suffix(';')?;
    value.parse::<f64>().is_ok().then(|| (name.to_string(), value.to_string()))
}

/// What stands before a declaration: its documentation and serde's attributes.
#[derive(Default)]
struct Before {
    docs: Vec<String>,
    attributes: String,
}

impl Before {
    /// Takes a line that belongs to the declaration behind it.
    fn takes(&mut self, line: &str) -> bool {
        if let Some(doc) = line.strip_prefix("///") {
            self.docs.push(doc.trim().to_string());
        } else if line.starts_with("#[") {
            self.attributes.push_str(line);
        } else {
            return false;
        }
        true
    }

    /// The first paragraph, with names of other items as they are read.
    fn meaning(&self) -> String {
        let first = self.docs.iter().take_while(|line| !line.is_empty() && !line.starts_with('#'));
        let text = first.cloned().collect::<Vec<_>>().join(" ");
        let (mut out, mut rest) = (String::new(), text.as_str());
        // A link `[shown](path)` is what it shows.
        while let Some((before, behind)) = rest.split_once("](") {
            let (head, shown) = before.rsplit_once('[').unwrap_or((before, ""));
            out.push_str(&format!("{head}{shown}"));
            rest = behind.split_once(')').map_or("", |(_, rest)| rest);
        }
        out.push_str(rest);
        out.replace("[`", "`").replace("`]", "`").replace('|', "\\|")
    }

    fn renamed(&self) -> Option<String> {
        let rest = self.attributes.split_once("rename = \"")?.1;
        Some(rest.split('"').next()?.to_string())
    }

    fn field(&self, line: &str) -> Option<Field> {
        let (name, kind) = line.trim_end_matches(',').split_once(": ")?;
        let name = name.strip_prefix("pub ").unwrap_or(name);
        // `with = "a::published"` reads the type by way of one that is called so.
        let kind = match self.attributes.contains("with = \"story_pictures::published\"") {
            true => format!("Published{kind}"),
            false => kind.to_string(),
        };
        if !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            return None;
        }
        Some(Field {
            key: self.renamed().unwrap_or_else(|| name.to_string()),
            kind,
            meaning: self.meaning(),
            optional: self.attributes.contains("serde(default"),
        })
    }
}

/// Every declaration at the beginning of a line of a file, and those of a macro's set of parts.
fn types(package: &str, file: &Path, text: &str) -> Vec<Type> {
    let mut out = Vec::new();
    let mut before = Before::default();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let words = line.trim_start();
        if before.takes(words) {
            continue;
        }
        let before = std::mem::take(&mut before);
        // A private type at the beginning of a line can stand between a config and a public one.
        let end = format!("{}}}", " ".repeat(line.len() - words.len()));
        let words = words.strip_prefix("pub ").unwrap_or(if words == line { words } else { "" });
        let Some((what, rest)) = words.split_once(' ') else { continue };
        let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        if !words.ends_with('{') || !["struct", "enum"].contains(&what) {
            continue;
        }
        let parts = rest[name.len()..].starts_with('(');
        let body: Vec<&str> = lines.by_ref().take_while(|line| *line != end).collect();
        let mut found = Type {
            package: package.into(),
            file: file.into(),
            name,
            fields: Vec::new(),
            variants: Vec::new(),
            told_by: match before.attributes.as_str() {
                _ if parts => ToldBy::Kind,
                attributes if attributes.contains("tag = \"kind\"") => ToldBy::Kind,
                attributes if attributes.contains("untagged") => ToldBy::Content,
                _ => ToldBy::Name,
            },
        };
        match what {
            "struct" => found.fields = fields(&body),
            _ if parts => found.variants = set_of_parts(&body),
            _ => found.variants = variants(&body),
        }
        out.push(found);
    }
    out
}

fn fields(body: &[&str]) -> Vec<Field> {
    let mut before = Before::default();
    let mut out = Vec::new();
    for line in body.iter().map(|line| line.trim()) {
        if !before.takes(line) {
            out.extend(std::mem::take(&mut before).field(line));
        }
    }
    out
}

fn variants(body: &[&str]) -> Vec<Variant> {
    let mut before = Before::default();
    let mut out: Vec<Variant> = Vec::new();
    let mut inside = false;
    for line in body.iter().map(|line| line.trim()) {
        if before.takes(line) {
            continue;
        }
        let before = std::mem::take(&mut before);
        if inside {
            inside = line != "},";
            if let (Some(variant), Some(field)) = (out.last_mut(), before.field(line)) {
                variant.fields.push(field);
            }
            continue;
        }
        let name: String = line.chars().take_while(|c| c.is_alphanumeric()).collect();
        if !name.chars().next().is_some_and(char::is_uppercase) {
            continue;
        }
        inside = line.ends_with('{');
        let rest = &line[name.len()..];
        let holds = rest.strip_prefix('(').and_then(|rest| rest.split(')').next());
        out.push(Variant {
            name: before.renamed().unwrap_or_else(|| kebab(&name)),
            meaning: before.meaning(),
            fields: Vec::new(),
            holds: holds.map(str::to_string),
        });
    }
    out
}

/// Lines of `story_core::parts!`: `"kind" => Variant(Config), "summary";`.
fn set_of_parts(body: &[&str]) -> Vec<Variant> {
    let text = body.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ");
    let lines = text.split(" => ").collect::<Vec<_>>();
    let pairs = lines.windows(2);
    let part = |pair: &[&str]| {
        let kind = pair[0].trim_end_matches('"').rsplit('"').next()?.to_string();
        let config = pair[1].split_once('(')?.1.split(')').next()?.to_string();
        let summary = pair[1].split_once('"')?.1.split('"').next()?.to_string();
        Some(Variant { name: kind, meaning: summary, fields: Vec::new(), holds: Some(config) })
    };
    pairs.filter_map(part).collect()
}

/// As serde's `kebab-case` has it.
fn kebab(name: &str) -> String {
    let mut out = String::new();
    for (at, c) in name.chars().enumerate() {
        if c.is_uppercase() && at > 0 {
            out.push('-');
        }
        out.extend(c.to_lowercase());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declarations_are_read_as_rustfmt_leaves_them() {
        let text = "/// A\n#[serde(tag = \"kind\", rename_all = \"kebab-case\")]\npub enum Source {\n    \
                    /// None of [`B`](x::B).\n    NotAny {},\n    /// A file.\n    File {\n        \
                    /// Its path.\n        #[serde(default)]\n        path: PathBuf,\n    },\n}\n\n\
                    parts! {\n    pub enum Part(\"part\"): dyn X, from D {\n        \
                    \"a-b\" => Ab(AbConfig), \"an a; and b\";\n    }\n}\n";
        let found = types("p", Path::new("f.rs"), text);
        let [source, part] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!((source.told_by, part.told_by), (ToldBy::Kind, ToldBy::Kind));
        let names: Vec<&str> = source.variants.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["not-any", "file"]);
        assert_eq!(source.variants[0].meaning, "None of `B`.");
        let path = &source.variants[1].fields[0];
        assert_eq!(
            (path.key.as_str(), path.kind.as_str(), path.optional),
            ("path", "PathBuf", true)
        );
        assert_eq!(part.variants[0].holds.as_deref(), Some("AbConfig"));
        assert_eq!((&*part.variants[0].name, &*part.variants[0].meaning), ("a-b", "an a; and b"));
    }
}
