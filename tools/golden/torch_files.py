"""Small files of torch.save for the tests of crates/story-encoders/src/weights/torch: state dicts
in both formats of torch.save, one inside a training checkpoint, and files that must be refused.
The values come from formula.py, so that the tests need no other file.

    python tools/golden/torch_files.py
"""

import os
import pickle
import zipfile
from pathlib import Path

import torch

from formula import values

TARGET = Path("crates/story-encoders/tests/golden/weights")


def tensor(name, *shape):
    return torch.from_numpy(values(name, shape).copy())


def state_dict():
    state = torch.nn.Module().state_dict()  # An OrderedDict with `_metadata`.
    state["conv.weight"] = tensor("conv.weight", 3, 2, 2, 2)
    state["tied.weight"] = state["conv.weight"]
    state["half.weight"] = tensor("half.weight", 4, 3).half()
    state["brain.weight"] = tensor("brain.weight", 4, 3).bfloat16()
    state["double.weight"] = tensor("double.weight", 4, 3).double()
    state["transposed.weight"] = tensor("transposed.weight", 3, 4).t().contiguous().t()
    storage = torch.zeros(5, 3)
    storage[2:4] = tensor("slice.weight", 2, 3)
    state["slice.weight"] = storage[2:4]
    state["parameter.weight"] = torch.nn.Parameter(tensor("parameter.weight", 2, 3))
    state["bn.running_mean"] = tensor("bn.running_mean", 3)
    state["bn.num_batches_tracked"] = torch.tensor(7)
    return state


class Malicious:
    def __reduce__(self):
        return os.system, ("true",)


def main():
    TARGET.mkdir(parents=True, exist_ok=True)
    state = state_dict()
    torch.save(state, TARGET / "zip.pth")
    torch.save(state, TARGET / "protocol4.pth", pickle_protocol=4)
    torch.save(state, TARGET / "legacy.pth", _use_new_zipfile_serialization=False)
    small = {"a.weight": tensor("a.weight", 2, 3)}
    checkpoint = {"epoch": 3, "loss": 0.5, "args": {"lr": 0.1}, "done": True, "state_dict": small}
    torch.save(checkpoint, TARGET / "wrapped.pth")
    torch.save({"a.weight": tensor("a.weight", 2, 3), "evil": Malicious()}, TARGET / "malicious.pth")
    torch.save(torch.nn.Linear(2, 2), TARGET / "module.pth")
    torch.save([1, 2, 3], TARGET / "list.pth")
    torch.save({"a.weight": torch.full((2,), float("nan"))}, TARGET / "nan.pth")
    torch.save({"a.weight": torch.ones(2, dtype=torch.int8)}, TARGET / "int8.pth")
    (TARGET / "plain.pkl").write_bytes(pickle.dumps({"a": [1.0, 2.0]}, protocol=2))
    with zipfile.ZipFile(TARGET / "other.zip", "w") as archive:
        archive.writestr(zipfile.ZipInfo("readme.txt"), "no weights")
    for path in sorted(TARGET.iterdir()):
        print(path, path.stat().st_size)


if __name__ == "__main__":
    main()
