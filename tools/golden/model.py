"""Golden numbers of a whole training step of the story model, with PyTorch as the oracle.

Writes crates/story-model/tests/golden/model.json: losses by name, outputs, gradients of every
parameter, and the parameters after three updates (AdamW in two groups, clipping by global norm).
Weights and windows come from formulas that both sides know (`weight` is
`story_core::conformance::weight`; the windows are those of the crate's `tests/it/support.rs`), so
that the file holds results only. Run by hand from the root of the repository:

    python tools/golden/model.py
"""

import json
import math
from pathlib import Path

import torch
import torch.nn.functional as F

TARGET = Path("crates/story-model/tests/golden/model.json")
GOLDEN = 0.6180339887498949
PHASE_STRIDE = 7919
torch.set_default_dtype(torch.float64)

FRAMES, LENGTH, ENCODER_SIZE, TARGET_SIZE, VOCABULARY = 3, 6, 8, 14, 13
PAD, START, END = 0, 2, 3
WINDOWS = 4
# The tiny model's sizes, as in tests/it/golden.rs.
WIDTH, CNN, CNN_OUT, BAG, BAG_OUT, FUSED, EMBED, HIDDEN, CHANNELS, HEAD = 6, 3, 6, 5, 6, 5, 4, 7, 2, 5
STEPS, RATE, BETAS, EPSILON, DECAY, CLIP = 3, 0.01, (0.9, 0.999), 1e-4, 0.1, 0.352


def weight(index):
    return math.fmod((index + 1) * GOLDEN, 1.0) - 0.5


def single(values, *shape):
    """The Rust side holds its numbers in single precision."""
    return torch.tensor(values).float().double().reshape(shape)


def numbers(phase, *shape):
    return single([weight(i + PHASE_STRIDE * phase) for i in range(math.prod(shape))], *shape)


def window(number):
    def words(seed, length):
        ids = [START] + [4 + (number * 5 + seed * 3 + i * (1 + seed)) % 9 for i in range(length)]
        return (ids + [END] + [PAD] * LENGTH)[:LENGTH]

    tokens = [words(frame + 1, 1 + (number + frame) % 4) for frame in range(FRAMES)]
    token_mask = [[float(i != PAD) for i in row] for row in tokens]
    image_mask, text_mask, target_picture = [1.0] * FRAMES, [1.0] * FRAMES, 1.0
    if number % 8 == 1:
        image_mask[0] = 0.0
    elif number % 8 == 2:
        text_mask[1], target_picture = 0.0, 0.0
    elif number % 8 == 3:
        image_mask[0] = text_mask[0] = 0.0
    token_mask = [row if keep else [0.0] * LENGTH for row, keep in zip(token_mask, text_mask)]
    target = words(0, 2 + number % 3)
    colours = single([weight(number * 3 + c) + 0.5 for c in range(3)], 3, 1, 1)
    return {
        "images": numbers(number, FRAMES, 3, ENCODER_SIZE, ENCODER_SIZE),
        "image_mask": torch.tensor(image_mask),
        "tokens": torch.tensor(tokens),
        "token_mask": torch.tensor(token_mask),
        "text_mask": torch.tensor(text_mask),
        "target_image": colours.expand(3, TARGET_SIZE, TARGET_SIZE),
        "target_encoder_image": numbers(100 + number, 3, ENCODER_SIZE, ENCODER_SIZE),
        "target_image_mask": torch.tensor(target_picture),
        "target_tokens": torch.tensor(target),
        "target_mask": torch.tensor([float(i != PAD) for i in target]),
    }


def batch():
    rows = [window(number) for number in range(WINDOWS)]
    joined = {key: torch.stack([row[key] for row in rows]) for key in rows[0]}
    joined["stories"] = torch.tensor([max(number, 1) for number in range(WINDOWS)])
    return joined


def shapes():
    def linear(name, i, o):
        return {f"{name}.weight": (o, i), f"{name}.bias": (o,)}

    def recurrent(name, gates, i, o):
        return {
            f"{name}.weight_ih": (gates * o, i),
            f"{name}.weight_hh": (gates * o, o),
            f"{name}.bias_ih": (gates * o,),
            f"{name}.bias_hh": (gates * o,),
        }

    return {
        "alignment.log_scale": (),
        "embedding_head.hidden.weight": (HEAD, WIDTH),
        "embedding_head.hidden.bias": (HEAD,),
        **linear("embedding_head.output", HEAD, WIDTH),
        **linear("fusion.linear", 2 * WIDTH, FUSED),
        **linear("image_decoder.input", WIDTH, CHANNELS * 49),
        "image_decoder.layers.0.weight": (CHANNELS, 3, 4, 4),
        "image_decoder.layers.0.bias": (3,),
        "image_encoder.stages.0.weight": (CNN, 3, 5, 5),
        "image_encoder.stages.0.bias": (CNN,),
        **linear("image_encoder.output", CNN * 4, CNN_OUT),
        **linear("image_projection.linear", CNN_OUT, WIDTH),
        **recurrent("sequence.layers.0", 4, FUSED, WIDTH),
        "text_decoder.context_input.weight": (3 * HIDDEN, WIDTH),
        "text_decoder.embedding.weight": (VOCABULARY, EMBED),
        **linear("text_decoder.initial", WIDTH, HIDDEN),
        **linear("text_decoder.output", HIDDEN, VOCABULARY),
        **recurrent("text_decoder.gru", 3, EMBED, HIDDEN),
        "text_encoder.tokens.weight": (VOCABULARY, BAG),
        **linear("text_encoder.output", BAG, BAG_OUT),
        **linear("text_projection.linear", BAG_OUT, WIDTH),
    }


def parameters():
    named = {}
    for k, (name, shape) in enumerate(sorted(shapes().items())):
        values = 0.7 * numbers(1000 + k, *shape)
        if name == "alignment.log_scale":
            values = single([-math.log(0.07)]).reshape(())
        named[name] = values.float().double().clone().requires_grad_()
    return named


def cell(module, p, name):
    """The module's step with our own leaves as weights, so that the gradients land in them."""
    ours = {short: p[f"{name}.{short}"] for short in ["weight_ih", "weight_hh", "bias_ih", "bias_hh"]}
    return lambda x, state: torch.func.functional_call(module, ours, (x, state))


class Model:
    def __init__(self, p):
        self.p = p
        self.lstm = cell(torch.nn.LSTMCell(FUSED, WIDTH), p, "sequence.layers.0")
        self.gru = cell(torch.nn.GRUCell(EMBED + WIDTH, HIDDEN), self.gru_parameters(), "gru")

    def gru_parameters(self):
        """Input [token; context] with the two weights side by side."""
        p = self.p
        joined = [p["text_decoder.gru.weight_ih"], p["text_decoder.context_input.weight"]]
        named = {f"gru.{s}": p[f"text_decoder.gru.{s}"] for s in ["weight_hh", "bias_ih", "bias_hh"]}
        return {"gru.weight_ih": torch.cat(joined, 1), **named}

    def linear(self, name, x):
        return F.linear(x, self.p[f"{name}.weight"], self.p[f"{name}.bias"])

    def embed_images(self, images):
        p = self.p
        stage = [p[f"image_encoder.stages.0.{s}"] for s in ["weight", "bias"]]
        maps = F.relu(F.conv2d(images, *stage, stride=2, padding=2))
        # The encoder lays the cells side by side column by column.
        features = F.adaptive_avg_pool2d(maps, 2).transpose(2, 3).flatten(1)
        projected = self.linear("image_projection.linear", self.linear("image_encoder.output", features))
        return F.normalize(projected, dim=-1)

    def embed_texts(self, tokens, mask):
        table = F.embedding(tokens, self.p["text_encoder.tokens.weight"])
        mean = (table * mask[..., None]).sum(1) / mask.sum(1, keepdim=True).clamp(min=1)
        projected = self.linear("text_projection.linear", self.linear("text_encoder.output", mean))
        return F.normalize(projected, dim=-1)

    def run(self, b):
        n = WINDOWS * FRAMES
        images = self.embed_images(b["images"].flatten(0, 1))
        texts = self.embed_texts(b["tokens"].reshape(n, -1), b["token_mask"].reshape(n, -1))
        images, texts = images.reshape(WINDOWS, FRAMES, -1), texts.reshape(WINDOWS, FRAMES, -1)
        seen = [images * b["image_mask"][..., None], texts * b["text_mask"][..., None]]
        fused = self.linear("fusion.linear", WIDTH**0.5 * torch.cat(seen, -1))
        mask = torch.maximum(b["image_mask"], b["text_mask"])
        h = c = torch.zeros(WINDOWS, WIDTH)
        for t in range(FRAMES):
            next_h, next_c = self.lstm(fused[:, t], (h, c))
            keep = mask[:, t, None] != 0
            h, c = torch.where(keep, next_h, h), torch.where(keep, next_c, c)
        summary = h

        state = torch.tanh(self.linear("text_decoder.initial", summary))
        words = F.embedding(b["target_tokens"], self.p["text_decoder.embedding.weight"])
        logits = []
        for i in range(LENGTH):
            state = self.gru(torch.cat([words[:, i], summary], -1), state)
            logits.append(self.linear("text_decoder.output", state))
        logits = torch.stack(logits, 1)

        x = F.relu(self.linear("image_decoder.input", summary)).reshape(WINDOWS, CHANNELS, 7, 7)
        layer = [self.p[f"image_decoder.layers.0.{s}"] for s in ["weight", "bias"]]
        picture = torch.sigmoid(F.conv_transpose2d(x, *layer, stride=2, padding=1))

        hidden = F.relu(self.linear("embedding_head.hidden", summary))
        embedding = F.normalize(self.linear("embedding_head.output", hidden), dim=-1)
        return images, texts, logits, picture, embedding

    def losses(self, b):
        images, texts, logits, picture, embedding = self.run(b)
        targets = torch.where(b["target_mask"] != 0, b["target_tokens"], -100)
        text = F.cross_entropy(logits[:, :-1].flatten(0, 1), targets[:, 1:].flatten(), ignore_index=-100)
        kept = b["target_image_mask"] != 0
        image = F.mse_loss(picture[kept], b["target_image"][kept])

        pairs = (b["image_mask"] * b["text_mask"]).flatten() != 0
        story = b["stories"].repeat_interleave(FRAMES)[pairs]
        own = torch.eye(len(story), dtype=torch.bool)
        barred = (story[:, None] == story[None]) & ~own
        scores = self.p["alignment.log_scale"].exp() * images.flatten(0, 1)[pairs] @ texts.flatten(0, 1)[pairs].T
        scores = scores.masked_fill(barred, -math.inf)
        label = torch.arange(len(story))
        contrastive = (F.cross_entropy(scores, label) + F.cross_entropy(scores.T, label)) / 2

        target = self.embed_images(b["target_encoder_image"]).detach()[kept]
        story = b["stories"][kept]
        own = torch.eye(len(story), dtype=torch.bool)
        barred = (story[:, None] == story[None]) & ~own
        scores = (embedding[kept] @ target.T / 0.2).masked_fill(barred, -math.inf)
        seen = torch.einsum("be,bte->bt", embedding, images) / 0.2
        seen = seen.masked_fill(b["image_mask"] == 0, -math.inf)[kept]
        scores = torch.cat([scores, seen], 1)
        head = F.cross_entropy(scores, torch.arange(len(story)))

        parts = {"text": text, "image": image, "contrastive": contrastive, "embedding": head}
        total = text + image + 0.5 * contrastive + head
        return total, parts, (logits, picture, embedding)


def plain(tensor):
    return [float(f"{value:.8g}") for value in tensor.detach().flatten().tolist()]


def main():
    b, p = batch(), parameters()
    groups = [
        {"params": [v for v in p.values() if v.dim() >= 2], "weight_decay": DECAY},
        {"params": [v for v in p.values() if v.dim() < 2], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups, lr=RATE, betas=BETAS, eps=EPSILON)
    content = {"steps": []}
    for step in range(STEPS):
        optimizer.zero_grad()
        total, parts, outputs = Model(p).losses(b)
        total.backward()
        if step == 0:
            logits, picture, embedding = outputs
            content["logits"] = plain(logits)
            content["picture_rows"] = plain(picture[:, :, 3, :])
            content["embedding"] = plain(embedding)
            content["gradients"] = {name: plain(v.grad) for name, v in sorted(p.items())}
        norm = torch.nn.utils.clip_grad_norm_(list(p.values()), CLIP)
        optimizer.step()
        with torch.no_grad():
            p["alignment.log_scale"].clamp_(0.0, math.log(100.0))
        content["steps"].append(
            {"total": plain(total)[0], "norm": plain(norm)[0]}
            | {"parts": {name: plain(part)[0] for name, part in parts.items()}}
        )
    content["weights"] = {name: plain(v) for name, v in sorted(p.items())}
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(json.dumps(content) + "\n")
    print(content["steps"], TARGET.stat().st_size)


main()
