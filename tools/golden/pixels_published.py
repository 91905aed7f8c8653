"""Golden values for the preprocessing of published networks: Pillow's bicubic resize, torchvision's
resize of the shorter side with a smaller centre crop, and CLIP's image processor as a whole.

Run by hand:  python tools/golden/pixels_published.py
Needs:        Pillow, torchvision, transformers, numpy
Writes:       crates/story-pictures/tests/golden/pixels_published.json

Pictures come from `pattern` of pixels.py, which the Rust test repeats.
"""

import json
from pathlib import Path

import numpy as np
import PIL
from PIL import Image
from pixels import pattern
from torchvision.transforms import CenterCrop, InterpolationMode, Resize
from transformers import CLIPImageProcessor

OUT = Path(__file__).parents[2] / "crates/story-pictures/tests/golden/pixels_published.json"


def resizes():
    shapes = [
        ((320, 213), (24, 24)),
        ((97, 61), (31, 17)),
        ((64, 48), (64, 20)),
        ((7, 5), (40, 31)),
        ((1, 40), (9, 9)),
        ((500, 3), (13, 13)),
        ((16, 16), (16, 16)),
    ]
    return [
        {
            "from": source,
            "to": target,
            "rgb": pattern(*source).resize(target, Image.Resampling.BICUBIC).tobytes().hex(),
        }
        for source, target in shapes
    ]


def crops():
    sizes = [((64, 48), 28, 24), ((48, 64), 29, 24), ((101, 50), 40, 33), ((20, 31), 30, 25), ((37, 90), 16, 16)]
    cases = []
    for name, mode in (("bilinear", InterpolationMode.BILINEAR), ("bicubic", InterpolationMode.BICUBIC)):
        for source, side, crop in sizes:
            cut = CenterCrop(crop)(Resize(side, mode)(pattern(*source)))
            cases.append(
                {"from": source, "side": side, "crop": crop, "interpolation": name, "rgb": cut.tobytes().hex()}
            )
    return cases


def clip():
    """Sides whose excess is even: Hugging Face rounds an odd one down, OpenAI to even."""
    processor = CLIPImageProcessor(size={"shortest_edge": 24}, crop_size={"height": 24, "width": 24})
    cases = []
    for source in [(64, 48), (90, 45), (24, 40)]:
        values = processor(pattern(*source), return_tensors="np")["pixel_values"][0]
        assert values.shape == (3, 24, 24)
        cases.append({"from": source, "values": [round(float(v), 3) for v in values.reshape(-1)]})
    return {"mean": processor.image_mean, "std": processor.image_std, "cases": cases}


if __name__ == "__main__":
    golden = {"oracle": f"Pillow {PIL.__version__}", "resizes": resizes(), "crops": crops(), "clip": clip()}
    OUT.write_text(json.dumps(golden, indent=None, separators=(",", ":")) + "\n")
    print(OUT, OUT.stat().st_size)
