"""Golden numbers of TAESD's family, with its authors' own module as oracle, in float64, on weights from
formula.py, and of TAEF2 with its published weights.

Writes crates/story-encoders/tests/golden/tiny_autoencoder.json. Run by hand from the root of the
repository, with a clone of madebyollin/taesd and the folder of taef2_encoder.pth and taef2_decoder.pth:

    python tools/golden/tiny_autoencoder.py TAESD WEIGHTS

The picture is that of image_encoders.py, moved to 0..1. A tensor is its first values and its products with
fixed vectors.
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch
from formula import values

OUT = Path("crates/story-encoders/tests/golden/tiny_autoencoder.json")
KINDS = {"taesd": (4, False), "taesd3": (16, False), "taef1": (16, False), "taef2": (32, True)}
HEIGHT, WIDTH = 16, 24
FIRST, PROJECTIONS = 32, 12
# The decoder's last convolution.
LAST = 19


def picture(height, width):
    c = np.arange(3, dtype=np.float64)[:, None, None]
    y = np.arange(height, dtype=np.float64)[None, :, None]
    x = np.arange(width, dtype=np.float64)[None, None, :]
    phase = 0.11 * (c + 1) + 0.137 * y + 0.253 * x + 0.007 * x * y * (c + 1)
    return torch.from_numpy((0.5 + 0.5 * np.sin(phase)).astype(np.float32)).double()[None]


def number(value):
    return float(f"{float(value):.8g}")


def summary(tensor):
    flat = tensor.detach().reshape(-1)
    vectors = [values(f"projection.{k}.bias", (len(flat),)) for k in range(PROJECTIONS)]
    products = [number(flat @ torch.from_numpy(v).double()) for v in vectors]
    return {"first": [number(v) for v in flat[:FIRST]], "products": products}


def fill(half, name):
    """Numbers by the tensors' names, the half's before them."""
    state = half.state_dict()
    filled = {key: torch.from_numpy(values(f"{name}.{key}", tuple(old.shape))) for key, old in state.items()}
    if name == "decoder":
        # The numbers of the formula are large behind so many layers: most of the picture would be cut.
        filled[f"{LAST}.weight"] *= 0.01
        filled[f"{LAST}.bias"] += 0.5
    half.load_state_dict(filled)
    return half.double().eval()


def outputs(encoder, decoder, pictures):
    with torch.no_grad():
        latents = encoder(pictures)
        painted = decoder(latents)
    inside = ((painted > 0) & (painted < 1)).double().mean()
    print(f"latents {latents.std():.3f}, {inside:.2f} of the picture within 0..1")
    return {"latents": summary(latents), "picture": summary(painted.clamp(0, 1))}


def main():
    sys.path.insert(0, sys.argv[1])
    import taesd

    golden = {"torch": torch.__version__, "formula": {}}
    pictures = picture(HEIGHT, WIDTH)
    for kind, (channels, norms) in KINDS.items():
        encoder = fill(taesd.Encoder(channels, norms), "encoder")
        decoder = fill(taesd.Decoder(channels, norms), "decoder")
        golden["formula"][kind] = outputs(encoder, decoder, pictures)
    halves = []
    for half, make in (("encoder", taesd.Encoder), ("decoder", taesd.Decoder)):
        network = make(32, True)
        network.load_state_dict(torch.load(f"{sys.argv[2]}/taef2_{half}.pth", map_location="cpu"))
        halves.append(network.double().eval())
    golden["published"] = outputs(*halves, picture(64, 48))
    OUT.write_text(json.dumps(golden, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
