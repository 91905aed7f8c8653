"""Golden numbers of the encoders and of the contrastive loss, with PyTorch as the oracle.

Weights and inputs come from one formula (`value`, the same as `story_core::conformance::weight`),
so that the files hold results only. Run by hand from the root of the repository:

    python tools/golden/align.py
"""

import json
import math
from pathlib import Path

import torch
import torch.nn.functional as F

GOLDEN = 0.6180339887498949
SALT_STRIDE = 10007  # keeps the sequences of two salts apart
torch.set_default_dtype(torch.float64)


def value(index):
    """Weyl's sequence: the fractional part of the index's multiple of the golden ratio, less 1/2."""
    return math.fmod((index + 1) * GOLDEN, 1.0) - 0.5


def fill(salt, *shape):
    count = math.prod(shape)
    values = [value(salt * SALT_STRIDE + i) for i in range(count)]
    # The Rust side holds these numbers in single precision.
    return torch.tensor(values).float().double().reshape(shape)


def flat(tensor):
    return [float(f"{v:.9g}") for v in tensor.detach().reshape(-1).tolist()]


def write(crate, name, content):
    path = Path("crates") / crate / "tests" / "golden" / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content) + "\n")
    print(path)


def weighted_sum(output):
    return (output * fill(0, *output.shape)).sum()


def encoder_layer():
    n, length, width, heads, hidden = 2, 5, 8, 2, 12
    layer = torch.nn.TransformerEncoderLayer(
        width, heads, hidden, dropout=0.0, activation=F.gelu, batch_first=True, norm_first=True
    )
    # Ours by name, sorted; the place is the salt.
    shapes = {
        "attention.key.weight": (width, width),
        "attention.output.bias": (width,),
        "attention.output.weight": (width, width),
        "attention.query.bias": (width,),
        "attention.query.weight": (width, width),
        "attention.value.bias": (width,),
        "attention.value.weight": (width, width),
        "attention_norm.bias": (width,),
        "attention_norm.weight": (width,),
        "contract.bias": (width,),
        "contract.weight": (width, hidden),
        "expand.bias": (hidden,),
        "expand.weight": (hidden, width),
        "feed_forward_norm.bias": (width,),
        "feed_forward_norm.weight": (width,),
    }
    ours = {name: fill(salt + 1, *shape) for salt, (name, shape) in enumerate(shapes.items())}
    ours["attention_norm.weight"] += 1.0
    ours["feed_forward_norm.weight"] += 1.0
    with torch.no_grad():
        part = ["query", "key", "value"]
        weights = [ours[f"attention.{p}.weight"] for p in part]
        biases = [ours.get(f"attention.{p}.bias", torch.zeros(width)) for p in part]
        layer.self_attn.in_proj_weight.copy_(torch.cat(weights))
        layer.self_attn.in_proj_bias.copy_(torch.cat(biases))
        layer.self_attn.out_proj.weight.copy_(ours["attention.output.weight"])
        layer.self_attn.out_proj.bias.copy_(ours["attention.output.bias"])
        for ours_name, module in {
            "attention_norm": layer.norm1,
            "feed_forward_norm": layer.norm2,
            "expand": layer.linear1,
            "contract": layer.linear2,
        }.items():
            module.weight.copy_(ours[f"{ours_name}.weight"])
            module.bias.copy_(ours[f"{ours_name}.bias"])
    x = (4.0 * fill(100, n, length, width)).requires_grad_()
    mask = torch.tensor([[1.0, 1, 1, 1, 1], [1, 1, 1, 0, 0]])
    output = layer(x, src_key_padding_mask=mask == 0)
    weighted_sum(output).backward()
    grad = layer.self_attn.in_proj_weight.grad.chunk(3)
    bias_grad = layer.self_attn.in_proj_bias.grad.chunk(3)
    assert bias_grad[1].abs().max() < 1e-12, "a key's bias cannot learn"
    gradients = {
        "attention.key.weight": grad[1],
        "attention.output.bias": layer.self_attn.out_proj.bias.grad,
        "attention.output.weight": layer.self_attn.out_proj.weight.grad,
        "attention.query.bias": bias_grad[0],
        "attention.query.weight": grad[0],
        "attention.value.bias": bias_grad[2],
        "attention.value.weight": grad[2],
        "attention_norm.bias": layer.norm1.bias.grad,
        "attention_norm.weight": layer.norm1.weight.grad,
        "contract.bias": layer.linear2.bias.grad,
        "contract.weight": layer.linear2.weight.grad,
        "expand.bias": layer.linear1.bias.grad,
        "expand.weight": layer.linear1.weight.grad,
        "feed_forward_norm.bias": layer.norm2.bias.grad,
        "feed_forward_norm.weight": layer.norm2.weight.grad,
    }
    content = {
        "output": flat(output),
        "input_gradient": flat(x.grad),
        "gradients": {name: flat(gradient) for name, gradient in gradients.items()},
    }
    write("story-encoders", "encoder_layer", content)


def compact_cnn():
    n, size, channels, grid, width = 2, 11, (4, 5), 2, 6
    shapes = {
        "output.bias": (width,),
        "output.weight": (width, channels[1] * grid * grid),
        "stages.0.bias": (channels[0],),
        "stages.0.weight": (channels[0], 3, 5, 5),
        "stages.1.bias": (channels[1],),
        "stages.1.weight": (channels[1], channels[0], 3, 3),
    }
    p = {n: fill(s + 1, *shape).requires_grad_() for s, (n, shape) in enumerate(shapes.items())}
    x = fill(100, n, 3, size, size).requires_grad_()
    maps = F.relu(F.conv2d(x, p["stages.0.weight"], p["stages.0.bias"], stride=2, padding=2))
    maps = F.relu(F.conv2d(maps, p["stages.1.weight"], p["stages.1.bias"], stride=2, padding=1))
    assert maps.shape[-1] == 3, "a side that the grid does not divide"
    cells = F.adaptive_avg_pool2d(maps, grid)
    cells = cells.transpose(2, 3)  # ours lie with columns before rows
    output = F.linear(cells.flatten(1), p["output.weight"], p["output.bias"])
    weighted_sum(output).backward()
    content = {
        "output": flat(output),
        "input_gradient": flat(x.grad),
        "gradients": {name: flat(tensor.grad) for name, tensor in p.items()},
    }
    write("story-encoders", "compact_cnn", content)


def info_nce(groups, mask, scale):
    """Row by row over the candidates that may stand against it, unlike the Rust side's matrices."""
    n, width = len(groups), 4
    images = F.normalize(fill(1, n, width), dim=1).float().double().requires_grad_()
    texts = F.normalize(fill(2, n, width), dim=1).float().double().requires_grad_()
    log_scale = torch.tensor(math.log(scale)).float().double().requires_grad_()

    def one_way(queries, keys):
        losses = []
        for i in range(n):
            if not mask[i]:
                continue
            rivals = [j for j in range(n) if mask[j] and groups[j] != groups[i]]
            if not rivals:
                losses.append(queries[i].sum() * 0.0)
                continue
            logits = log_scale.exp() * queries[i] @ keys[[i] + rivals].T
            losses.append(F.cross_entropy(logits[None], torch.tensor([0])))
        return torch.stack(losses).mean() if losses else queries.sum() * 0.0

    loss = (one_way(images, texts) + one_way(texts, images)) / 2
    loss.backward()
    return {
        "groups": groups,
        "mask": mask,
        "log_scale": log_scale.item(),
        "images": flat(images),
        "texts": flat(texts),
        "loss": float(f"{loss.item():.9g}"),
        "image_gradient": flat(images.grad),
        "text_gradient": flat(texts.grad),
        "log_scale_gradient": 0.0 if log_scale.grad is None else log_scale.grad.item(),
    }


def main():
    encoder_layer()
    compact_cnn()
    cases = {
        "all_apart": info_nce([1, 2, 3, 4, 5], [1, 1, 1, 1, 1], 1 / 0.07),
        "same_story_and_padding": info_nce([1, 1, 2, 3, 3, 4, 4], [1, 1, 1, 0, 1, 1, 1], 1 / 0.07),
        "gentle": info_nce([1, 1, 2, 2], [1, 0, 1, 1], 2.0),
        "one_story": info_nce([7, 7, 7], [1, 1, 1], 1 / 0.07),
        "nothing_real": info_nce([1, 2, 3], [0, 0, 0], 1 / 0.07),
    }
    plain = cases["all_apart"]
    images = torch.tensor(plain["images"]).reshape(5, 4)
    texts = torch.tensor(plain["texts"]).reshape(5, 4)
    logits = math.exp(plain["log_scale"]) * images @ texts.T
    labels = torch.arange(5)
    clip = (F.cross_entropy(logits, labels) + F.cross_entropy(logits.T, labels)) / 2
    assert abs(clip.item() - plain["loss"]) < 1e-7, "without masks it is CLIP's loss"
    write("story-align", "info_nce", cases)


main()
