"""Weights from a written-down formula, the twin of crates/story-encoders/src/weights/formula.rs:
the same numbers in Rust and in Python, so that full-size networks are compared without a file.
Change both or none; the header of the Rust file has the formula in words.

    from formula import fill
    model = fill(torchvision.models.resnet50(weights=None)).eval()

`fill` takes a module or a state dict (name to tensor) and sets every tensor of floating point by
its name; with a state dict, pass the published names. Integers (position_ids,
num_batches_tracked) are left alone. Tied tensors (one tensor under two names) get the values of
the first name in sorted order; strip a prefix with `name=lambda key: ...`.

Run by itself from the workspace root it writes crates/story-encoders/tests/golden/formula.json:

    python tools/golden/formula.py
"""

import json
import math
from pathlib import Path

import numpy as np

TARGET = Path("crates/story-encoders/tests/golden/formula.json")
MASK = (1 << 64) - 1


def fnv1a(name):
    state = 0xCBF29CE484222325
    for byte in name.encode():
        state = ((state ^ byte) * 0x100000001B3) & MASK
    return state


def unit(name, count):
    """`count` numbers of [-1, 1) as float64, multiples of 2^-23 (SplitMix64)."""
    z = np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    z += np.uint64(fnv1a(name))
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z ^= z >> np.uint64(31)
    return (z >> np.uint64(40)).astype(np.float64) / float(1 << 23) - 1.0


def values(name, shape):
    """The tensor `name` as a float32 array of `shape`."""
    shape = tuple(int(side) for side in shape)
    leaf = name.rsplit(".", 1)[-1]
    fan_in = float(max(math.prod(shape[1:]), 1))
    u = unit(name, math.prod(shape))
    if leaf == "running_mean":
        offset, scale = 0.0, 0.1
    elif leaf == "running_var":
        offset, scale, u = 1.0, 0.5, np.abs(u)
    elif leaf == "num_batches_tracked":
        offset, scale = 0.0, 0.0
    elif leaf.endswith("bias"):
        offset, scale = 0.0, 0.1
    elif len(shape) >= 3:
        offset, scale = 0.0, math.sqrt(6.0 / fan_in)
    elif len(shape) == 2 and "embed" in name:
        offset, scale = 0.0, 0.5
    elif len(shape) == 2:
        offset, scale = 0.0, math.sqrt(3.0 / fan_in)
    elif len(shape) == 1 and "embed" in leaf:
        offset, scale = 0.0, 0.5
    else:
        offset, scale = 1.0, 0.1
    return (offset + scale * u).astype(np.float32).reshape(shape)


def fill(module_or_state_dict, name=lambda key: key):
    """Sets all floating-point tensors by the formula and returns the argument."""
    import torch

    entries = module_or_state_dict
    if isinstance(entries, torch.nn.Module):
        entries = entries.state_dict()  # The same storage as the module's: filled in place.
    seen = set()
    with torch.no_grad():
        for key in sorted(entries):
            tensor = entries[key]
            if not tensor.is_floating_point() or (tensor.data_ptr() in seen and tensor.numel()):
                continue
            seen.add(tensor.data_ptr())
            tensor.copy_(torch.from_numpy(np.array(values(name(key), tensor.shape))))
    return module_or_state_dict


CASES = [
    ("conv1.weight", (2, 3, 3, 3)),
    ("layer1.0.bn1.weight", (5,)),
    ("layer1.0.bn1.bias", (5,)),
    ("layer1.0.bn1.running_mean", (5,)),
    ("layer1.0.bn1.running_var", (5,)),
    ("layer1.0.bn1.num_batches_tracked", ()),
    ("fc.weight", (4, 7)),
    ("embeddings.word_embeddings.weight", (6, 4)),
    ("embeddings.LayerNorm.weight", (6,)),
    ("embeddings.LayerNorm.bias", (6,)),
    ("vision_model.embeddings.class_embedding", (6,)),
    ("vision_model.embeddings.patch_embedding.weight", (2, 3, 2, 2)),
    ("attn.in_proj_bias", (6,)),
    ("logit_scale", ()),
    ("größe.weight", (3,)),
]


def main():
    content = [
        {
            "name": name,
            "shape": list(shape),
            "bits": values(name, shape).reshape(-1).view(np.uint32).tolist(),
        }
        for name, shape in CASES
    ]
    TARGET.write_text("[\n" + ",\n".join(json.dumps(case) for case in content) + "\n]\n")
    print(TARGET, TARGET.stat().st_size)


if __name__ == "__main__":
    main()
