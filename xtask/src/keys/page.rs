//! Keys as nested lists: a line a key, and below a table with `kind` the keys of each kind.

use super::source::{Field, Sources, ToldBy, Type, Variant};
use anyhow::{Context, Result};

/// The lines of the type called `name` in `package`.
///
/// # Errors
/// A type that is not there, or a name that several types have.
pub fn of(sources: &Sources, package: &str, name: &str) -> Result<String> {
    let root = sources.of(package, name);
    let root = root.with_context(|| format!("{package} has no {name}"))?;
    let mut page = Page { sources, text: String::new() };
    page.fields(root, &root.fields, "", 0)?;
    Ok(page.text)
}

struct Page<'a> {
    sources: &'a Sources,
    text: String,
}

impl Page<'_> {
    fn line(&mut self, depth: usize, line: &str) {
        let line = self.sources.counted(line.trim_end());
        self.text.push_str(&format!("{}- {line}\n", "  ".repeat(depth)));
    }

    /// A line a key of `user`, with what lies below it; `place` is the key of the table.
    fn fields(&mut self, user: &Type, fields: &[Field], place: &str, depth: usize) -> Result<()> {
        for field in fields {
            let key = match place {
                "" => field.key.clone(),
                place => format!("{place}.{}", field.key),
            };
            let (inner, around) = inner(&field.kind);
            let meant = self.sources.meant(user, inner)?;
            let optional = if field.optional || field.kind.starts_with("Option<") {
                " [optional]"
            } else {
                ""
            };
            let value = format!("{around}{}", value(meant, inner));
            self.line(depth, &format!("`{key}`{optional} ({value}): {}", field.meaning));
            if let Some(meant) = meant {
                self.fields(meant, &meant.fields, &key, depth + 1)?;
                self.variants(meant, &key, depth + 1)?;
            }
        }
        Ok(())
    }

    fn variants(&mut self, of: &Type, key: &str, depth: usize) -> Result<()> {
        for variant in &of.variants {
            let Variant { name, meaning, fields, holds } = variant;
            let held = holds.as_deref().map(|holds| self.sources.meant(of, holds)).transpose()?;
            let held = held.flatten();
            let place = match of.told_by {
                ToldBy::Name => format!("{key}.{name}"),
                _ => key.to_string(),
            };
            match of.told_by {
                ToldBy::Kind => self.line(depth, &format!("kind = \"{name}\": {meaning}")),
                ToldBy::Name => {
                    self.line(depth, &format!("\"{name}\": {meaning}"));
                    let values = holds.as_deref().map(|holds| value(held, holds));
                    if let Some(values) = values.or((!fields.is_empty()).then(|| "table".into())) {
                        self.line(depth + 1, &format!("`{place}` ({values}): its value."));
                    }
                }
                ToldBy::Content => {
                    let form = value(held, holds.as_deref().unwrap_or_default());
                    self.line(depth, &format!("{form}: {meaning}"));
                }
            }
            self.fields(of, fields, &place, depth + 1)?;
            if let Some(held) = held {
                self.fields(held, &held.fields, &place, depth + 1)?;
                self.variants(held, &place, depth + 1)?;
            }
        }
        Ok(())
    }
}

/// The type inside of lists and options, and what is around it in words.
fn inner(kind: &str) -> (&str, &'static str) {
    if let Some(kind) = kind.strip_prefix("Option<").and_then(|kind| kind.strip_suffix('>')) {
        return inner(kind);
    }
    let list = kind.strip_prefix("Vec<").and_then(|kind| kind.strip_suffix('>'));
    let array = kind.strip_prefix('[').and_then(|kind| kind.split(';').next());
    match list.or(array) {
        Some(of) => (inner(of.trim_end_matches(']')).0, "list of "),
        None => (kind.rsplit("::").next().unwrap_or(kind), ""),
    }
}

/// A value in words.
fn value(meant: Option<&Type>, name: &str) -> String {
    match (meant, name) {
        (Some(meant), _) if meant.told_by == ToldBy::Kind => "table with `kind`".into(),
        (Some(meant), _) if meant.variants.is_empty() => "table".into(),
        (Some(_), _) => "one of these".into(),
        (None, "usize" | "u64" | "u32" | "i64") => "integer".into(),
        (None, "f32" | "f64") => "number".into(),
        (None, "bool") => "true or false".into(),
        (None, "String" | "PathBuf") => "text".into(),
        (None, other) => other.to_string(),
    }
}
