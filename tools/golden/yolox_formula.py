"""Golden numbers of every variant of YOLOX, with the authors' own package as the oracle (`yolox` on
PyPI, Megvii's), in float64, on weights from formula.py and the picture of fasterrcnn.py, its pixels in 0..1: with 0..255 the
formula's weights would make every probability 0 or 1.

Only the package's networks are imported; name the folder of its unpacked sources:

    pip download yolox --no-deps --no-binary yolox --no-build-isolation, and unpack it
    python tools/golden/yolox_formula.py FOLDER/yolox-0.3.0

Writes crates/story-verify/tests/golden/yolox_formula.json.
"""

import json
import sys
import types
from pathlib import Path

import numpy as np
import torch
from fasterrcnn import picture, summary
from formula import values

FILE = Path("crates/story-verify/tests/golden/yolox_formula.json")
SIZE = 64, 96
# exps/default: depth, width, depthwise
VARIANTS = {
    "yolox-nano": (0.33, 0.25, True),
    "yolox-tiny": (0.33, 0.375, False),
    "yolox-s": (0.33, 0.50, False),
    "yolox-m": (0.67, 0.75, False),
    "yolox-l": (1.0, 1.0, False),
    "yolox-x": (1.33, 1.25, False),
}


def networks(folder):
    """The package's `models`, without what its other parts want installed."""
    package = types.ModuleType("yolox")
    package.__path__ = [str(Path(folder) / "yolox")]
    sys.modules["yolox"] = package
    for name in ("loguru", "yolox.utils"):
        stub = types.ModuleType(name)
        stub.__getattr__ = lambda attribute: None  # asked for, never used in a forward pass
        stub.__path__ = []
        sys.modules[name] = stub
    models = types.ModuleType("yolox.models")
    models.__path__ = [str(Path(folder) / "yolox" / "models")]
    sys.modules["yolox.models"] = models
    sys.modules["yolox.utils"].meshgrid = lambda *axes: torch.meshgrid(*axes, indexing="ij")
    from yolox.models.yolo_head import YOLOXHead
    from yolox.models.yolo_pafpn import YOLOPAFPN

    return YOLOPAFPN, YOLOXHead


def main():
    torch.set_num_threads(2)
    Pyramid, Head = networks(sys.argv[1])
    pixels = picture(*SIZE)[:, :, ::-1]  # blue first
    image = torch.from_numpy(np.ascontiguousarray(pixels)).permute(2, 0, 1)[None].double() / 255.0
    golden = {}
    for name, (depth, width, depthwise) in VARIANTS.items():
        net = torch.nn.ModuleDict(
            {
                "backbone": Pyramid(depth, width, depthwise=depthwise),
                "head": Head(80, width, depthwise=depthwise),
            }
        )
        for module in net.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.eps = 1e-3
        state = net.state_dict()
        floating = {k: t for k, t in state.items() if t.is_floating_point()}
        net.load_state_dict({k: torch.from_numpy(values(k, t.shape)) for k, t in floating.items()}, strict=False)
        net["head"].decode_in_inference = False
        net = net.double().eval()
        with torch.no_grad():
            output = net["head"](net["backbone"](image))
        count = sum(p.numel() for p in net.parameters())
        golden[name] = {
            "parameters": count,
            "places": summary(output[..., :4]),
            "objectness": summary(output[..., 4:5]),
            "categories": summary(output[..., 5:]),
        }
        print(name, count, list(output.shape), {k: golden[name][k]["square"] for k in ("places", "objectness", "categories")})
    FILE.write_text(json.dumps(golden, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
