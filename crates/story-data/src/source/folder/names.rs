//! What file names say: numbers, kinds, and the order in which people read them.

/// Kinds of pictures that can be decoded, by the end of the name.
const PICTURES: [&str; 4] = ["jpg", "jpeg", "png", "webp"];

/// Stem and ending (in lower case) of a file's name.
pub(super) fn split_name(name: &str) -> (&str, String) {
    match name.rsplit_once('.') {
        Some((stem, ending)) if !stem.is_empty() => (stem, ending.to_lowercase()),
        _ => (name, String::new()),
    }
}

/// Kinds that people have pictures in and that are not read, by the end of the name.
const OTHER_PICTURES: [&str; 12] =
    ["avif", "bmp", "gif", "heic", "heif", "ico", "jfif", "jxl", "psd", "svg", "tif", "tiff"];

/// Whether the name is that of a picture of a kind that is not read.
pub(super) fn is_other_picture(name: &str) -> bool {
    OTHER_PICTURES.contains(&split_name(name).1.as_str())
}

/// Whether the name is that of a picture that is read.
pub(super) fn is_picture(name: &str) -> bool {
    PICTURES.contains(&split_name(name).1.as_str())
}

/// The last number in a stem: 3 for `page-03`, 2 for `book7_2`.
pub(super) fn number(stem: &str) -> Option<u64> {
    let end = stem.rfind(|letter: char| letter.is_ascii_digit())? + 1;
    let head = &stem[..end];
    let start = head
        .rfind(|letter: char| !letter.is_ascii_digit())
        .map_or(0, |at| at + head[at..].chars().next().map_or(1, char::len_utf8));
    head[start..].parse().ok()
}

/// A key that sorts `story 2` before `story 10`.
pub(super) fn natural_key(name: &str) -> (String, String) {
    let mut key = String::new();
    let mut digits = String::new();
    for letter in name.chars().chain(std::iter::once('\0')) {
        if letter.is_ascii_digit() {
            digits.push(letter);
            continue;
        }
        if !digits.is_empty() {
            // A number with more digits is larger once its leading zeros are gone.
            let plain = digits.trim_start_matches('0');
            key.push_str(&format!("0{:05}{plain}", plain.len()));
            digits.clear();
        }
        key.extend(letter.to_lowercase());
    }
    (key, name.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_number_counts() {
        assert_eq!(number("page-03"), Some(3));
        assert_eq!(number("book7_2"), Some(2));
        assert_eq!(number("Seite é12b"), Some(12));
        assert_eq!(number("12"), Some(12));
        assert_eq!(number("cover"), None);
        assert_eq!(number("99999999999999999999999"), None);
    }

    #[test]
    fn order_is_the_reader_s() {
        let mut names = vec!["s10", "s2", "S1", "a", "s02b"];
        names.sort_by_key(|name| natural_key(name));
        assert_eq!(names, ["a", "S1", "s2", "s02b", "s10"]);
    }

    #[test]
    fn pictures_are_known_by_their_ending() {
        assert!(is_picture("1.JPG") && is_picture("a.webp") && is_picture("x.jpeg"));
        assert!(is_other_picture("1.GIF") && is_other_picture("IMG_2.heic"));
        assert!(!is_other_picture("1.png") && !is_other_picture("gif"));
        assert!(!is_picture("1.gif") && !is_picture(".png") && !is_picture("png"));
    }
}
