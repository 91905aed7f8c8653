"""Golden numbers of the text decoders that look back and of the sequence models that attend, with
PyTorch as the oracle: nn.GRU, nn.LSTM, nn.TransformerDecoderLayer, nn.TransformerEncoderLayer and
nn.LayerNorm carry the networks; attention over words and copying are written out here as plain
probabilities, in double precision.

Writes crates/story-model/tests/golden/decoders.json: for each case outputs, the loss and the
gradient of every parameter. Weights come from formula.py by their names, inputs from
`story_core::conformance::weight`, so that the file holds results only. Sizes and cases are those
of the crate's `tests/it/golden_decoders.rs`. Run by hand from the root of the repository:

    python tools/golden/decoders.py
"""

import json
import math
from pathlib import Path

import torch
import torch.nn.functional as F

from formula import values

TARGET = Path("crates/story-model/tests/golden/decoders.json")
GOLDEN = 0.6180339887498949
PHASE_STRIDE = 7919
torch.set_default_dtype(torch.float64)

B, T, L, W, CONTEXT, VOCABULARY, PLACES = 3, 4, 5, 6, 6, 13, 64
TEXTS = torch.tensor([[2, 4, 5, 6, 3], [2, 7, 3, 0, 0], [2, 12, 11, 9, 8]])
TEXT_MASK = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0], [1, 0, 1, 1, 1]]) != 0
FRAME_MASK = torch.tensor([[1, 1, 1, 1], [0, 1, 1, 0], [1, 0, 1, 1]]) != 0
FRAMES_AFTER = torch.tensor([[3, 2, 1, 0], [2, 1, 0, 0], [2, 2, 1, 0]])
WORDS = torch.tensor([[2, 5, 3, 0, 9, 9], [7, 7, 7, 7, 7, 7], [2, 12, 0, 2, 8, 3]])
WORD_MASK = torch.tensor([[1, 1, 1, 0, 1, 1], [0, 0, 0, 0, 0, 0], [1, 1, 0, 1, 1, 1]]) != 0
WORD_FRAMES = torch.tensor([[2, 2, 2, 2, 0, 0], [0, 0, 0, 0, 0, 0], [1, 1, 1, 0, 0, 0]])
NEVER = -1e9


def numbers(phase, *shape):
    """As `numbers` of tests/it/support.rs, in single precision as the Rust side holds them."""
    flat = [math.fmod((i + PHASE_STRIDE * phase + 1) * GOLDEN, 1.0) - 0.5 for i in range(math.prod(shape))]
    return torch.tensor(flat).float().double().reshape(shape)


class Weights:
    """Parameters by name, made when they are first asked for."""

    def __init__(self):
        self.named = {}

    def __call__(self, name, *shape):
        if name not in self.named:
            self.named[name] = torch.from_numpy(values(name, shape)).double().requires_grad_()
        return self.named[name]

    def linear(self, name, x, width, bias=True):
        weight = self(f"{name}.weight", width, x.shape[-1])
        return F.linear(x, weight, self(f"{name}.bias", width) if bias else None)

    def norm(self, name, width):
        return {"weight": self(f"{name}.weight", width), "bias": self(f"{name}.bias", width)}

    def attention(self, name, width):
        """The published layout: three matrices in one, the key's bias 0."""
        matrix = lambda part: self(f"{name}.{part}.weight", width, width)
        bias = lambda part: self(f"{name}.{part}.bias", width)
        return {
            "in_proj_weight": torch.cat([matrix("query"), matrix("key"), matrix("value")]),
            "in_proj_bias": torch.cat([bias("query"), torch.zeros(width), bias("value")]),
            "out_proj.weight": matrix("output"),
            "out_proj.bias": bias("output"),
        }

    def layer(self, name, width, hidden, memory):
        """One Transformer layer's parameters under PyTorch's names."""
        parts = {"norm1": self.norm(f"{name}.attention_norm", width)}
        parts["self_attn"] = self.attention(f"{name}.attention", width)
        if memory:
            parts["norm2"] = self.norm(f"{name}.memory_norm", width)
            parts["multihead_attn"] = self.attention(f"{name}.memory_attention", width)
        parts["norm3" if memory else "norm2"] = self.norm(f"{name}.feed_forward_norm", width)
        parts["linear1"] = {"weight": self(f"{name}.expand.weight", hidden, width), "bias": self(f"{name}.expand.bias", hidden)}
        parts["linear2"] = {"weight": self(f"{name}.contract.weight", width, hidden), "bias": self(f"{name}.contract.bias", width)}
        return {f"{part}.{key}": value for part, inner in parts.items() for key, value in inner.items()}

    def recurrent(self, name, gates, x, width):
        return {
            "weight_ih_l0": self(f"{name}.weight_ih", gates * width, x),
            "weight_hh_l0": self(f"{name}.weight_hh", gates * width, width),
            "bias_ih_l0": self(f"{name}.bias_ih", gates * width),
            "bias_hh_l0": self(f"{name}.bias_hh", gates * width),
        }


def call(module, parameters, *arguments, **named):
    return torch.func.functional_call(module, parameters, arguments, named)


def embedding(p, width, tied):
    table = p("embedding.weight", VOCABULARY, width)
    return lambda ids: F.embedding(ids, table) * (math.sqrt(width) if tied else 1.0)


def remembered(p, embed, width):
    """What is remembered of each word, 0 where masked."""
    own = embed(WORDS)
    before = torch.cat([torch.zeros(B, 1, width), (own * WORD_MASK[..., None])[:, :-1]], 1)
    memory = own + p.linear("words.previous", before, width, bias=False)
    memory = memory + F.embedding(WORD_FRAMES, p("frames.weight", PLACES, width))
    return memory * WORD_MASK[..., None]


def weights_over_words(p, name, states, memory):
    query = p.linear(f"{name}.query", states, memory.shape[-1])
    scores = query @ memory.mT / math.sqrt(memory.shape[-1])
    return torch.softmax(scores + torch.where(WORD_MASK, 0.0, NEVER)[:, None], -1)


def told(p, hidden, tied):
    if tied:
        return F.linear(hidden, p("embedding.weight", VOCABULARY, hidden.shape[-1]), p("output.bias", VOCABULARY))
    return p.linear("output", hidden, VOCABULARY)


def mixture(p, name, hidden, scores, attention):
    """ln p of the mixture; a window without words generates."""
    gate = torch.sigmoid(p.linear(f"{name}.gate", hidden, 1))
    gate = torch.where(WORD_MASK.any(1)[:, None, None], gate, 1.0)
    copied = torch.zeros(B, L, VOCABULARY).scatter_add(2, WORDS[:, None].expand(B, L, W), attention)
    return torch.log(gate * torch.softmax(scores, -1) + (1.0 - gate) * copied)


def gru(attends, copies, tied, context_input):
    p, embed_width, width = Weights(), 7 if tied else 5, 7
    embed = embedding(p, embed_width, tied)
    summary = numbers(4, B, CONTEXT)
    state = torch.tanh(p.linear("initial", summary, width))
    x = embed(TEXTS)
    parts = p.recurrent("gru", 3, embed_width, width)
    if context_input:
        x = torch.cat([x, summary[:, None].expand(B, L, CONTEXT)], -1)
        parts["weight_ih_l0"] = torch.cat([parts["weight_ih_l0"], p("context_input.weight", 3 * width, CONTEXT)], 1)
    hidden, _ = call(torch.nn.GRU(x.shape[-1], width, batch_first=True), parts, x, state[None])
    memory = remembered(p, embed, embed_width)
    attention = weights_over_words(p, "attention", hidden, memory)
    if attends:
        hidden = torch.tanh(p.linear("combine", torch.cat([hidden, attention @ memory], -1), width))
    scores = told(p, hidden, tied)
    return p, mixture(p, "copy", hidden, scores, attention) if copies else scores


def transformer(attends, copies, tied, layers):
    p, width, heads, hidden = Weights(), 8, 2, 10
    embed = embedding(p, width, tied)
    x = embed(TEXTS) + p("positions.weight", L, width)
    states = p.linear("states", numbers(3, B, T, CONTEXT), width)
    states = states + F.embedding(FRAMES_AFTER, p("frames.weight", PLACES, width))
    memory = [p.linear("summary", numbers(4, B, CONTEXT), width)[:, None], states]
    hide = [torch.zeros(B, 1, dtype=torch.bool), ~FRAME_MASK]
    if attends or copies:
        words = remembered(p, embed, width)
    if attends:
        memory, hide = memory + [words], hide + [~WORD_MASK]
    memory, hide = torch.cat(memory, 1), torch.cat(hide, 1)
    causal = torch.ones(L, L, dtype=torch.bool).triu(1)
    for i in range(layers):
        layer = torch.nn.TransformerDecoderLayer(
            width, heads, hidden, dropout=0.0, activation="gelu", batch_first=True, norm_first=True
        )
        parts = p.layer(f"layers.{i}", width, hidden, memory=True)
        x = call(layer, parts, x, memory, tgt_mask=causal, memory_key_padding_mask=hide)
    x = call(torch.nn.LayerNorm(width), p.norm("norm", width), x)
    scores = told(p, x, tied)
    if not copies:
        return p, scores
    return p, mixture(p, "copy", x, scores, weights_over_words(p, "copy", x, words))


def pooled(p, states):
    scores = p.linear("pool.query", torch.tanh(p.linear("pool.key", states, CONTEXT)), 1, bias=False)
    scores = scores.squeeze(-1).masked_fill(~FRAME_MASK, -math.inf)
    return (torch.softmax(scores, 1)[..., None] * states).sum(1)


def last(states):
    return states[torch.arange(B), torch.where(FRAME_MASK, torch.arange(T), -1).max(1).values]


def sequence_transformer(summary):
    p, fused, heads, hidden = Weights(), numbers(1, B, T, 5), 2, 10
    x = p.linear("input", fused, CONTEXT) + F.embedding(FRAMES_AFTER, p("places.weight", PLACES, CONTEXT))
    for i in range(2):
        layer = torch.nn.TransformerEncoderLayer(
            CONTEXT, heads, hidden, dropout=0.0, activation="gelu", batch_first=True, norm_first=True
        )
        x = call(layer, p.layer(f"layers.{i}", CONTEXT, hidden, memory=False), x, src_key_padding_mask=~FRAME_MASK)
    x = call(torch.nn.LayerNorm(CONTEXT), p.norm("norm", CONTEXT), x)
    return p, pooled(p, x) if summary == "pooled" else last(x)


def attention_pool():
    p, fused = Weights(), numbers(1, B, T, 5)
    parts = p.recurrent("layers.0", 4, 5, CONTEXT)
    lstm, states = torch.nn.LSTM(5, CONTEXT, batch_first=True), torch.zeros(B, T, CONTEXT)
    for row in range(B):
        real = fused[row][FRAME_MASK[row]]
        states = states.index_put((torch.tensor(row), FRAME_MASK[row].nonzero().squeeze(1)), call(lstm, parts, real[None])[0][0])
    return p, pooled(p, states)


def plain(tensor):
    short = [float(f"{value:.6g}") for value in tensor.detach().flatten().tolist()]
    return [value if value else 0 for value in short]


def weighted_sum(x):
    """As `story_core::conformance::weighted_sum`."""
    return (x * numbers(0, *x.shape)).sum()


def decoder_case(p, scores):
    right = torch.log_softmax(scores[:, :-1], -1).gather(2, TEXTS[:, 1:, None]).squeeze(2)
    return case(p, scores, -right[TEXT_MASK[:, 1:]].mean())


def case(p, output, loss):
    loss.backward()
    gradients = {name: plain(value.grad) for name, value in sorted(p.named.items()) if value.grad is not None}
    return {"output": plain(output), "loss": plain(loss)[0], "gradients": gradients}


def main():
    content = {
        "gru-copy": decoder_case(*gru(True, True, False, True)),
        "gru-copy-tied": decoder_case(*gru(False, True, True, False)),
        "gru-attention": decoder_case(*gru(True, False, False, False)),
        "transformer": decoder_case(*transformer(False, False, True, 1)),
        "transformer-copy": decoder_case(*transformer(True, True, False, 2)),
    }
    for name, (p, summary) in {
        "sequence-last": sequence_transformer("last"),
        "sequence-pooled": sequence_transformer("pooled"),
        "sequence-attention-pool": attention_pool(),
    }.items():
        content[name] = case(p, summary, weighted_sum(summary))
    TARGET.write_text("{\n" + ",\n".join(f'"{k}":{json.dumps(v, separators=(",", ":"))}' for k, v in content.items()) + "\n}\n")
    print(TARGET, TARGET.stat().st_size, {name: made["loss"] for name, made in content.items()})


main()
