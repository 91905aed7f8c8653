//! Pictures against Pillow and torchvision (`tools/golden/pixels.py`), and against broken files.

use image::{ImageFormat, RgbImage};
use serde::Deserialize;
use std::io::Cursor;
use story_pictures::phash::{hamming, phash};
use story_pictures::{Error, Fit, Interpolation, Limits, Picture, Result, extension_of, size_of};

/// Steps of 255 by which a resized picture may differ on average: both sides round twice, with
/// other fixed-point widths. No value may differ by more than one step.
const MEAN_STEPS: f64 = 0.25;

#[derive(Deserialize)]
struct Golden {
    files: Vec<FileCase>,
    resizes: Vec<Resize>,
    crops: Vec<Crop>,
    hashes: Vec<Hash>,
}

#[derive(Deserialize)]
struct Hash {
    from: (u32, u32),
    hash: String,
}

#[derive(Deserialize)]
struct FileCase {
    name: String,
    file: String,
    width: u32,
    height: u32,
    rgb: String,
    tolerance: f64,
}

#[derive(Deserialize)]
struct Resize {
    from: (u32, u32),
    to: (usize, usize),
    rgb: String,
}

#[derive(Deserialize)]
struct Crop {
    from: (u32, u32),
    to: usize,
    rgb: String,
}

fn golden() -> Golden {
    serde_json::from_str(include_str!("../golden/pixels.json")).expect("golden file")
}

pub(super) fn unhex(text: &str) -> Vec<u8> {
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).expect("hexadecimal digits"))
        .collect()
}

/// The formula of `pattern` in `tools/golden/pixels.py`.
pub(super) fn pattern(width: u32, height: u32) -> Picture {
    let pixel = |at: u32| {
        let (x, y) = (at % width, at / width);
        let ripple = ((x / 3 + y / 2) % 2) * 200 + (x * 7) % 56;
        [(x * 5 + y * 3) % 256, (x * y) % 256, ripple].map(|value| value as u8)
    };
    let rgb = (0..width * height).flat_map(pixel).collect();
    Picture::new(width, height, rgb).expect("a picture")
}

fn decode(bytes: &[u8]) -> Result<Picture> {
    Picture::decode(bytes, Limits::default())
}

/// Mean and largest absolute difference, in steps of 255.
pub(super) fn difference(found: &[u8], expected: &[u8]) -> (f64, u8) {
    assert_eq!(found.len(), expected.len());
    let steps: Vec<u8> = found.iter().zip(expected).map(|(a, b)| a.abs_diff(*b)).collect();
    let sum: f64 = steps.iter().map(|step| f64::from(*step)).sum();
    (sum / steps.len() as f64, steps.into_iter().max().unwrap_or(0))
}

fn png(picture: &Picture) -> Vec<u8> {
    encoded(picture, ImageFormat::Png)
}

fn encoded(picture: &Picture, format: ImageFormat) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    let (width, height) = picture.dimensions();
    let image = RgbImage::from_raw(width, height, picture.rgb().to_vec()).expect("a picture");
    image.write_to(&mut out, format).expect("encodes");
    out.into_inner()
}

#[test]
fn resizing_equals_pillow() {
    for case in golden().resizes {
        let picture = pattern(case.from.0, case.from.1);
        let found =
            picture.resized(case.to.0, case.to.1, Interpolation::Bilinear).expect("a picture");
        let (mean, largest) = difference(found.rgb(), &unhex(&case.rgb));
        let place = format!("{:?} to {:?}: mean {mean}, largest {largest}", case.from, case.to);
        assert!(mean < MEAN_STEPS && largest <= 1, "{place}");
    }
}

#[test]
fn cropping_equals_torchvision() {
    for case in golden().crops {
        let picture = pattern(case.from.0, case.from.1);
        let found = picture.square(case.to, Fit::Crop).expect("a picture");
        let (mean, largest) = difference(found.rgb(), &unhex(&case.rgb));
        let place = format!("{:?} to {}: mean {mean}, largest {largest}", case.from, case.to);
        assert!(mean < MEAN_STEPS && largest <= 1, "{place}");
    }
}

#[test]
fn perceptual_hashes_equal_those_of_another_implementation() {
    for case in golden().hashes {
        let found = phash(&pattern(case.from.0, case.from.1)).expect("a hash");
        let expected = u64::from_str_radix(&case.hash, 16).expect("a number");
        // Resized values may differ by one step, which tips coefficients next to the median; the
        // pattern is mostly ripple, so its low frequencies are small and many lie there.
        assert!(hamming(found, expected) <= 2, "{:?}: {found:016x}", case.from);
    }
}

#[test]
fn decoding_equals_pillow() {
    for case in golden().files {
        let found = decode(&unhex(&case.file)).expect(&case.name);
        assert_eq!(found.dimensions(), (case.width, case.height), "{}", case.name);
        let (mean, largest) = difference(found.rgb(), &unhex(&case.rgb));
        assert!(mean <= case.tolerance, "{}: mean {mean}, largest {largest}", case.name);
    }
}

#[test]
fn foreign_bytes_are_named() {
    assert_eq!(decode(&[]), Err(Error::Empty));
    let say = |bytes: &[u8]| decode(bytes).expect_err("no picture").to_string();
    assert!(say(b"GIF89a\x01\x00\x01\x00").contains("image/gif"));
    assert!(say(b"<html>not found</html>").contains("no picture"));
    assert!(say(b"\xff").contains("no picture"));
}

#[test]
fn a_file_that_was_cut_off_is_no_picture() {
    let whole = encoded(&pattern(200, 150), ImageFormat::Jpeg);
    assert!(decode(&whole).is_ok());
    for kept in [whole.len() - 2, whole.len() / 2, 700, 100, 4, 3] {
        let error = decode(&whole[..kept]).expect_err("cut off");
        assert!(
            matches!(error, Error::Truncated(_) | Error::Broken { .. }),
            "{kept} bytes: {error}"
        );
    }
    for format in [ImageFormat::Png, ImageFormat::WebP] {
        let whole = encoded(&pattern(200, 150), format);
        let error = decode(&whole[..whole.len() / 2]).expect_err("cut off");
        assert!(matches!(error, Error::Broken { .. }), "{error}");
    }
    // Bytes behind the end do no harm, as with most programs.
    let mut longer = whole;
    longer.extend_from_slice(b"trailing");
    assert!(decode(&longer).is_ok());
}

#[test]
fn a_thumbnail_in_the_header_does_not_hide_a_cut() {
    let whole = encoded(&pattern(200, 150), ImageFormat::Jpeg);
    let thumbnail = encoded(&pattern(8, 8), ImageFormat::Jpeg);
    let mut with_header = whole[..2].to_vec();
    with_header.extend_from_slice(&[0xff, 0xe2]);
    with_header.extend_from_slice(&(thumbnail.len() as u16 + 2).to_be_bytes());
    with_header.extend_from_slice(&thumbnail);
    with_header.extend_from_slice(&whole[2..]);
    assert!(decode(&with_header).is_ok());
    let cut = &with_header[..with_header.len() - 500];
    assert_eq!(decode(cut), Err(Error::Truncated("JPEG")));
}

#[test]
fn huge_declared_sizes_are_refused_before_memory_is_taken() {
    // A PNG's size stands in the first block, big-endian, guarded by a checksum.
    let mut bomb = png(&pattern(4, 4));
    bomb[16..20].copy_from_slice(&200_000u32.to_be_bytes());
    bomb[20..24].copy_from_slice(&200_000u32.to_be_bytes());
    let sum = crc32(&bomb[12..29]);
    bomb[29..33].copy_from_slice(&sum.to_be_bytes());
    assert_eq!(
        decode(&bomb),
        Err(Error::TooLarge { width: 200_000, height: 200_000, limit: Limits::default().pixels })
    );
    // A JPEG's stands in its start-of-frame block.
    let mut bomb = encoded(&pattern(16, 16), ImageFormat::Jpeg);
    let frame = bomb.windows(2).position(|pair| pair == [0xff, 0xc0]).expect("a frame header");
    bomb[frame + 5..frame + 9].copy_from_slice(&[0xff, 0xdc, 0xff, 0xdc]);
    assert!(matches!(decode(&bomb), Err(Error::TooLarge { .. })));
    // The limit is the caller's.
    let small = png(&pattern(20, 10));
    let limited = |limits| Picture::decode(&small, limits);
    let default = Limits::default();
    assert!(limited(Limits { pixels: 200, ..default }).is_ok());
    let fewer = limited(Limits { pixels: 199, ..default });
    assert!(matches!(fewer, Err(Error::TooLarge { limit: 199, .. })));
    assert!(limited(Limits { side: 20, ..default }).is_ok());
    let shorter = limited(Limits { side: 19, ..default });
    assert!(matches!(shorter, Err(Error::TooLong { limit: 19, .. })));
}

#[test]
fn damaged_files_never_panic() {
    use rand::{RngCore, SeedableRng};
    let picture = pattern(40, 30);
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(1);
    let limits = Limits { pixels: 1_000_000, ..Limits::default() };
    let forms = [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP];
    let golden = golden();
    let mut files: Vec<Vec<u8>> = forms.iter().map(|form| encoded(&picture, *form)).collect();
    files.extend(golden.files.iter().map(|case| unhex(&case.file)));
    for file in files {
        for _ in 0..60 {
            let mut damaged = file.clone();
            for _ in 0..1 + random.next_u32() % 6 {
                let at = random.next_u64() as usize % damaged.len();
                damaged[at] = random.next_u32() as u8;
            }
            if random.next_u32().is_multiple_of(4) {
                damaged.truncate(random.next_u64() as usize % damaged.len());
            }
            // A million pixels keeps a damaged size from costing seconds.
            let _ = Picture::decode(&damaged, limits);
        }
    }
}

/// A PNG of these chunks, each a name and its bytes.
fn png_of(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    for (name, bytes) in chunks {
        file.extend_from_slice(&(bytes.len() as u32).to_be_bytes());
        let start = file.len();
        file.extend_from_slice(*name);
        file.extend_from_slice(bytes);
        let sum = crc32(&file[start..]);
        file.extend_from_slice(&sum.to_be_bytes());
    }
    file
}

/// Width, height, bits and colour type, as a PNG begins.
fn header(width: u32, height: u32, bits: u8, color: u8) -> Vec<u8> {
    let sides = [width.to_be_bytes(), height.to_be_bytes()].concat();
    [sides, vec![bits, color, 0, 0, 0]].concat()
}

#[test]
fn damage_that_a_decoder_panics_over_is_an_error() {
    // One pixel of a palette of one colour and a third, which the decoder of PNG takes for whole.
    const PALETTE: u8 = 3;
    let pixel: &[u8] = &[0x78, 0x9c, 0x63, 0x60, 0x00, 0x00, 0x00, 0x02, 0x00, 0x01];
    let file = png_of(&[
        (b"IHDR", &header(1, 1, 8, PALETTE)),
        (b"PLTE", &[1, 1, 1, 1]),
        (b"tRNS", &[0x80]),
        (b"IDAT", pixel),
        (b"IEND", &[]),
    ]);
    let error = decode(&file).expect_err("no whole palette");
    let Error::Broken { format: "PNG", problem } = error else {
        panic!("{error}");
    };
    assert!(problem.contains("the decoder gave up"), "{problem}");
    // Whatever is asked of it.
    assert!(size_of(&file).is_none_or(|size| size == (1, 1)));
}

#[test]
fn thin_and_endless_pictures_are_refused_before_memory_is_taken() {
    const GREY: u8 = 0;
    for (width, height) in [(99_999_999, 1), (1, 99_999_999), ((1 << 20) + 1, 2)] {
        let file = png_of(&[(b"IHDR", &header(width, height, 1, GREY)), (b"IDAT", &[])]);
        let limit = Limits::default().side;
        assert_eq!(decode(&file), Err(Error::TooLong { width, height, limit }));
    }
}

#[test]
fn what_is_as_long_as_it_may_be_is_resized() -> Result<()> {
    let side = Limits::default().side;
    for (width, height) in [(side, 40), (40, side)] {
        let long = Picture::new(width, height, vec![7; 3 * 40 * side as usize])?;
        for fit in [Fit::Stretch, Fit::StretchBicubic, Fit::Crop] {
            assert!(long.square(224, fit)?.rgb().iter().all(|value| *value == 7));
        }
        phash(&long)?;
    }
    Ok(())
}

#[test]
fn headers_tell_size_and_kind() {
    let picture = pattern(20, 10);
    for (format, ending) in
        [(ImageFormat::Png, "png"), (ImageFormat::Jpeg, "jpg"), (ImageFormat::WebP, "webp")]
    {
        let file = encoded(&picture, format);
        assert_eq!((size_of(&file), extension_of(&file)), (Some((20, 10)), Some(ending)));
    }
    assert_eq!((size_of(b"GIF89a"), extension_of(b"GIF89a")), (None, Some("gif")));
    assert_eq!((size_of(b"text"), extension_of(b"text")), (None, None));
}

#[test]
fn sizes_that_cannot_be_are_errors() {
    let picture = pattern(5, 5);
    for (width, height) in [(0, 5), (5, 0), (usize::MAX, 5), (5, 5000)] {
        assert!(picture.resized(width, height, Interpolation::Bilinear).is_err());
    }
    assert!(picture.square(0, Fit::Crop).is_err());
}

/// CRC-32 as PNG uses it (ISO 3309), bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg());
        }
    }
    !crc
}
