"""Golden values for story-pictures: Pillow's decode and resize, torchvision's centre crop.

Run by hand:  python tools/golden/pixels.py
Needs:        Pillow, torchvision, numpy, scipy
Writes:       crates/story-pictures/tests/golden/pixels.json

All pictures come from the formula in `pattern`, which the Rust test repeats.
"""

import io
import json
from pathlib import Path

import numpy as np
import PIL
from PIL import Image, ImageOps
from scipy.fft import dctn
from torchvision.transforms import CenterCrop, InterpolationMode, Resize

OUT = Path(__file__).parents[2] / "crates/story-pictures/tests/golden/pixels.json"


def pattern(width, height):
    """Slopes, a product and a fast ripple, so that blur, shift and aliasing all show."""
    picture = Image.new("RGB", (width, height))
    pixels = picture.load()
    for y in range(height):
        for x in range(width):
            pixels[x, y] = (
                (x * 5 + y * 3) % 256,
                (x * y) % 256,
                ((x // 3 + y // 2) % 2) * 200 + (x * 7) % 56,
            )
    return picture


def smooth(width, height):
    """A slow gradient: what lossy formats keep within a few steps."""
    picture = Image.new("RGB", (width, height))
    pixels = picture.load()
    for y in range(height):
        for x in range(width):
            pixels[x, y] = (40 + x * 4, 60 + y * 5, 200 - x * 2 - y)
    return picture


def over_white(picture):
    picture = picture.convert("RGBA")
    ground = Image.new("RGBA", picture.size, (255, 255, 255, 255))
    ground.alpha_composite(picture)
    return ground.convert("RGB")


def encoded(picture, form, **options):
    out = io.BytesIO()
    picture.save(out, form, **options)
    return out.getvalue()


def file_case(name, data, tolerance, expected=None):
    if expected is None:
        expected = over_white(ImageOps.exif_transpose(Image.open(io.BytesIO(data))))
    return {
        "name": name,
        "file": data.hex(),
        "width": expected.width,
        "height": expected.height,
        "rgb": expected.tobytes().hex(),
        # Largest mean difference, in steps of 255: JPEG and WebP decoders may round differently.
        "tolerance": tolerance,
    }


def files():
    picture = smooth(24, 17)
    exif = Image.Exif()
    exif[0x0112] = 6  # rotate by 90 degrees clockwise to show
    alpha = picture.convert("RGBA")
    alpha.putalpha(Image.linear_gradient("L").resize(picture.size))
    grey = picture.convert("L")
    # 257 times an 8-bit value is the same byte twice.
    deep = Image.frombytes("I;16", grey.size, bytes(v for v in grey.tobytes() for _ in range(2)))
    palette = picture.quantize(16)
    cases = [
        file_case("jpeg", encoded(picture, "JPEG", quality=90), 1.0),
        file_case("jpeg-progressive", encoded(picture, "JPEG", progressive=True), 1.0),
        file_case("jpeg-444", encoded(picture, "JPEG", subsampling=0), 1.0),
        file_case("jpeg-grey", encoded(grey, "JPEG"), 1.0),
        file_case("jpeg-cmyk", encoded(picture.convert("CMYK"), "JPEG", quality=95), 3.0),
        file_case("jpeg-exif-6", encoded(picture, "JPEG", exif=exif), 1.0),
        file_case("png", encoded(picture, "PNG"), 0.0),
        file_case("png-grey", encoded(grey, "PNG"), 0.0),
        # Pillow cuts 16 bits off at 255 instead of scaling; the grey it came from is the truth.
        file_case("png-16-bit", encoded(deep, "PNG"), 0.0, grey.convert("RGB")),
        file_case("png-palette", encoded(palette, "PNG"), 0.0),
        file_case("png-palette-alpha", encoded(palette, "PNG", transparency=3), 0.5),
        file_case("png-alpha", encoded(alpha, "PNG"), 0.5),
        file_case("png-grey-alpha", encoded(alpha.convert("LA"), "PNG"), 0.5),
        file_case("png-1-bit", encoded(grey.convert("1"), "PNG"), 0.0),
        file_case("webp", encoded(picture, "WEBP", quality=90), 1.5),
        file_case("webp-lossless-alpha", encoded(alpha, "WEBP", lossless=True, exact=True), 0.5),
        file_case("one-pixel", encoded(Image.new("RGB", (1, 1), (9, 99, 199)), "PNG"), 0.0),
    ]
    return cases


def resizes():
    shapes = [
        ((320, 213), (24, 24)),
        ((97, 61), (31, 17)),
        ((64, 48), (64, 20)),
        ((64, 48), (20, 48)),
        ((7, 5), (40, 31)),
        ((33, 90), (50, 12)),
        ((1, 1), (8, 8)),
        ((1, 40), (9, 9)),
        ((500, 3), (13, 13)),
        ((16, 16), (16, 16)),
    ]
    return [
        {
            "from": source,
            "to": target,
            "rgb": pattern(*source).resize(target, Image.Resampling.BILINEAR).tobytes().hex(),
        }
        for source, target in shapes
    ]


def crops():
    cases = []
    for source, size in [
        ((64, 48), 20), ((48, 64), 20), ((101, 50), 33), ((37, 90), 16), ((20, 31), 40), ((9, 9), 5)
    ]:
        scaled = Resize(size, InterpolationMode.BILINEAR)(pattern(*source))
        cut = CenterCrop(size)(scaled)
        cases.append({"from": source, "to": size, "rgb": cut.tobytes().hex()})
    return cases


def hashes():
    """Zauner's perceptual hash: signs of DCT coefficients 1..8 x 1..8 about their median."""
    cases = []
    for source in [(97, 61), (320, 213), (64, 48), (40, 90), (32, 32)]:
        small = pattern(*source).resize((32, 32), Image.Resampling.BILINEAR)
        grey = np.asarray(small, dtype=np.float64) @ [0.299, 0.587, 0.114]
        kept = dctn(grey, type=2)[1:9, 1:9].flatten()
        bits = kept > np.median(kept)
        value = sum(1 << int(place) for place in np.flatnonzero(bits))
        cases.append({"from": source, "hash": f"{value:016x}"})
    return cases


if __name__ == "__main__":
    golden = {
        "oracle": f"Pillow {PIL.__version__}",
        "files": files(),
        "resizes": resizes(),
        "crops": crops(),
        "hashes": hashes(),
    }
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(golden, indent=1) + "\n")
    print(OUT, OUT.stat().st_size)
