"""Writes crates/story-kernels/tests/golden/kernels.json: outputs and gradients of PyTorch's own
ops, in float64, on inputs that both sides make from one formula.

Run from the repository's root, by hand: python tools/golden/kernels.py
Needs torch. The output depends on nothing but this file.
"""

import json
import math
from pathlib import Path

import torch
import torch.nn.functional as F

TARGET = Path("crates/story-kernels/tests/golden/kernels.json")
UPSTREAM_PHASE = 2.1


def wave(*shape, phase):
    """sin(0.37 i^1.3 + phase), rounded to float32, as float64."""
    count = math.prod(shape)
    values = [math.sin(0.37 * i**1.3 + phase) for i in range(count)]
    return torch.tensor(values, dtype=torch.float64).float().double().reshape(shape)


def plain(tensor):
    return [float(f"{value:.9g}") for value in tensor.detach().flatten().tolist()]


def case(function, *inputs):
    """Output, and gradients of sum(output * wave), of a function of tensors."""
    inputs = [i.clone().requires_grad_() for i in inputs]
    output = function(*inputs)
    (output * wave(*output.shape, phase=UPSTREAM_PHASE)).sum().backward()
    gradients = [plain(i.grad) for i in inputs]
    return {"shape": list(output.shape), "output": plain(output), "gradients": gradients}


def recurrent(module, states, x, w_hh, b_hh):
    """A torch GRU or LSTM whose input projection is the identity."""
    gates = x.shape[-1]
    weights = [torch.eye(gates, dtype=torch.float64), w_hh, torch.zeros(gates, dtype=torch.float64), b_hh]
    states = tuple(s.unsqueeze(0) for s in states)
    names = ["weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"]
    arguments = (x, states if len(states) == 2 else states[0])
    return torch.func.functional_call(module, dict(zip(names, weights)), arguments)


def gru(x, h0, w_hh, b_hh):
    module = torch.nn.GRU(x.shape[-1], h0.shape[-1], batch_first=True)
    return recurrent(module, [h0], x, w_hh, b_hh)[0]


def lstm(x, h0, c0, w_hh, b_hh):
    module = torch.nn.LSTM(x.shape[-1], h0.shape[-1], batch_first=True)
    states, (_, cell) = recurrent(module, [h0, c0], x, w_hh, b_hh)
    return torch.cat([states, cell.transpose(0, 1)], dim=1)


def cross_entropy(smoothing):
    targets = torch.tensor([3, -100, 0, 10, -100, 7])

    def function(x, w, b):
        return F.cross_entropy(F.linear(x, w, b), targets, ignore_index=-100, label_smoothing=smoothing)

    return function


def adamw():
    """Five steps of torch.optim.AdamW; step t's gradient is wave(phase=t)."""
    parameter = torch.nn.Parameter(wave(17, phase=0.4))
    optimizer = torch.optim.AdamW([parameter], lr=1e-2, betas=(0.9, 0.99), eps=1e-6, weight_decay=0.1)
    after = []
    for step in range(1, 6):
        parameter.grad = wave(17, phase=float(step))
        optimizer.step()
        after.append(plain(parameter))
    state = optimizer.state[parameter]
    return {"parameter": after, "m": plain(state["exp_avg"]), "v": plain(state["exp_avg_sq"])}


def convolution(op, weight, activation, **options):
    channels = weight[1] if op is F.conv_transpose2d else weight[0]
    inputs = [wave(2, 3, 4, 5, phase=0.1), wave(*weight, phase=0.7), wave(channels, phase=1.3)]
    return case(lambda x, w, b: activation(op(x, w, b, **options)), *inputs)


def main():
    identity = lambda x: x
    transposed, direct = F.conv_transpose2d, F.conv2d
    golden = {
        "conv_transpose2d none": convolution(transposed, (3, 2, 4, 4), identity, stride=2, padding=1),
        "conv_transpose2d relu": convolution(transposed, (3, 2, 4, 4), torch.relu, stride=2, padding=1),
        "conv_transpose2d sigmoid": convolution(transposed, (3, 2, 4, 4), torch.sigmoid, stride=2, padding=1),
        "conv_transpose2d 3x2": convolution(transposed, (3, 2, 3, 2), identity, stride=3, padding=1),
        "conv2d none": convolution(direct, (2, 3, 3, 3), identity, stride=1, padding=1),
        "conv2d relu": convolution(direct, (2, 3, 3, 3), torch.relu, stride=2, padding=1),
        "conv2d sigmoid": convolution(direct, (2, 3, 2, 3), torch.sigmoid, stride=3, padding=2),
        "gru": case(gru, wave(2, 4, 9, phase=0.1), wave(2, 3, phase=0.7), wave(9, 3, phase=1.3), wave(9, phase=1.9)),
        "lstm": case(
            lstm,
            wave(2, 4, 12, phase=0.1),
            wave(2, 3, phase=0.7),
            wave(2, 3, phase=2.9),
            wave(12, 3, phase=1.3),
            wave(12, phase=1.9),
        ),
        "layer_norm": case(
            lambda x, w, b: F.layer_norm(x, (6,), w, b, 1e-5),
            wave(2, 3, 6, phase=0.1),
            wave(6, phase=0.7),
            wave(6, phase=1.3),
        ),
    }
    for smoothing in (0.0, 0.1):
        inputs = [wave(6, 4, phase=0.1), wave(11, 4, phase=0.7), wave(11, phase=1.3)]
        golden[f"cross_entropy {smoothing}"] = case(cross_entropy(smoothing), *inputs)
    golden["adamw"] = adamw()
    TARGET.write_text(json.dumps(golden, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
