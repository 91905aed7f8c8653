"""Prefix tokens of pictures (zero-initialised attention, LLaMA-Adapter) on a tiny Llama network of transformers: outputs,
loss and gradients of the pictures' parameters, with weights from formula.py. Gates are not 0 here.

    python tools/golden/picture_prefix.py           # from the workspace root

writes crates/story-model/tests/golden/picture_prefix.json. Needs torch, transformers.
"""

import json
from pathlib import Path

import torch
from torch.nn.functional import layer_norm, linear, silu
from transformers import LlamaConfig, LlamaForCausalLM
from transformers.models.llama.modeling_llama import apply_rotary_pos_emb

from formula import fill, values

TARGET = Path("crates/story-model/tests/golden/picture_prefix.json")
# The network and the windows of llama.py's case "own".
SIZES = dict(vocab_size=13, hidden_size=16, intermediate_size=12, num_hidden_layers=2, num_attention_heads=4,
             num_key_value_heads=2, max_position_embeddings=64, rms_norm_eps=1e-5)
PROMPT = torch.tensor([[1, 5, 7, 9], [0, 0, 2, 8], [0, 4, 4, 6]])
PROMPT_MASK = torch.tensor([[1, 1, 1, 1], [0, 0, 1, 1], [0, 1, 1, 1]])
TEXTS = torch.tensor([[2, 4, 5, 6, 3], [2, 7, 3, 0, 0], [2, 12, 11, 9, 8]])
TEXT_MASK = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0], [1, 0, 1, 1, 1]])
TOKENS, WHOLE, HIDDEN, REACH, STEPS, VECTOR = 2, 1, 5, 2, 4, 3
PICTURES = [[1, 1, 1, 1], [1, 0, 1, 1], [0, 0, 0, 1]]
# Steps before each token: of a window in the first row and the last, of a whole story between them.
BEFORE = torch.tensor([[0, 1, 1, 2, 3, 3, 3, 3, 3], [0, 0, 0, 1, 2, 2, 3, 3, 4], [0, 0, 2, 3, 4, 4, 4, 4, 4]])


def plain(tensor):
    short = [float(f"{value:.7g}") for value in tensor.detach().double().flatten().tolist()]
    return [value if value else 0 for value in short]


def allowed(mask):
    """What each position sees, added to the scores: itself and the real ones before; padding sees itself."""
    length = mask.shape[1]
    sees = torch.ones(length, length).tril().bool() & mask.bool()[:, None, None, :] | torch.eye(length).bool()
    return torch.zeros(sees.shape).double().masked_fill(~sees, torch.finfo(torch.float64).min)


def shown(row, before):
    return [step for step in range(max(0, before - REACH), before) if PICTURES[row][step]]


def tokens_of(parts, net, vectors, width):
    part = lambda name: parts[f"pictures.{net}.{name}"]
    x = layer_norm(vectors, vectors.shape[-1:], part("norm.weight"), part("norm.bias"), 1e-5)
    x = silu(linear(x, part("hidden.weight"), part("hidden.bias")))
    return linear(x, part("output.weight"), part("output.bias")).reshape(-1, width)


def prefix(parts, vectors, row, before, width):
    """What a token sees: its pictures' tokens and those of their mean, (m, D); nothing where there is no picture."""
    visible = shown(row, before)
    if not visible:
        return torch.zeros(0, width).double()
    own = vectors[row, visible]
    return torch.cat([tokens_of(parts, "each", own, width), tokens_of(parts, "whole", own.mean(0, keepdim=True), width)])


def attended(layer, normal, parts, vectors, index, config):
    """What each position finds in its prefix, (B, L, h d)."""
    heads, groups = config.num_attention_heads, config.num_key_value_heads
    b, length, width = normal.shape
    d = width // heads
    queries = layer.self_attn.q_proj(normal).view(b, length, heads, d)
    gate = parts[f"pictures.layers.{index}.gate"].tanh()
    rows = []
    for row in range(b):
        for place in range(length):
            x = layer.input_layernorm(prefix(parts, vectors, row, int(BEFORE[row, place]), width))
            keys = layer.self_attn.k_proj(x).view(-1, groups, d).repeat_interleave(heads // groups, 1)
            found = layer.self_attn.v_proj(x).view(-1, groups, d).repeat_interleave(heads // groups, 1)
            scores = torch.einsum("hd,mhd->hm", queries[row, place], keys) / d ** 0.5
            rows.append((torch.einsum("hm,mhd->hd", scores.softmax(-1), found) * gate[:, None]).flatten())
    return torch.stack(rows).view(b, length, width)


def main():
    config = LlamaConfig(**SIZES, tie_word_embeddings=False,
                         rope_parameters=dict(rope_type="default", rope_theta=500.0))
    base = fill(LlamaForCausalLM(config).double()).eval()
    heads, groups, width = config.num_attention_heads, config.num_key_value_heads, config.hidden_size
    shapes = {f"pictures.layers.{i}.gate": (heads,) for i in range(config.num_hidden_layers)}
    for net, count in (("each", TOKENS), ("whole", WHOLE)):
        shapes |= {f"pictures.{net}.norm.weight": (VECTOR,), f"pictures.{net}.norm.bias": (VECTOR,),
                   f"pictures.{net}.hidden.weight": (HIDDEN, VECTOR), f"pictures.{net}.hidden.bias": (HIDDEN,),
                   f"pictures.{net}.output.weight": (count * width, HIDDEN), f"pictures.{net}.output.bias": (count * width,)}
    number = lambda name, shape: torch.from_numpy(values(name, shape)).double()
    parts = {name: number(name, shape).requires_grad_() for name, shape in shapes.items()}
    vectors = number("vectors", (len(PICTURES), STEPS, VECTOR))
    tokens = torch.cat([PROMPT, TEXTS], 1)
    mask = torch.cat([PROMPT_MASK, torch.ones_like(TEXTS)], 1)
    places = (mask.cumsum(1) - 1).clamp(min=0)
    bias = allowed(mask)
    x = base.model.embed_tokens(tokens)
    cos, sin = base.model.rotary_emb(x, places)
    for index, layer in enumerate(base.model.layers):
        normal = layer.input_layernorm(x)
        split = lambda matrix: matrix(normal).view(*normal.shape[:2], -1, width // heads).transpose(1, 2)
        attention = layer.self_attn
        queries, keys = apply_rotary_pos_emb(split(attention.q_proj), split(attention.k_proj), cos, sin)
        keys, found = (part.repeat_interleave(heads // groups, 1) for part in (keys, split(attention.v_proj)))
        scores = queries @ keys.transpose(2, 3) / (width // heads) ** 0.5 + bias
        found = (scores.softmax(-1) @ found).transpose(1, 2).flatten(2)
        found = found + attended(layer, normal, parts, vectors, index, config)
        x = x + attention.o_proj(found)
        x = x + layer.mlp(layer.post_attention_layernorm(x))
    logits = base.lm_head(base.model.norm(x))[:, PROMPT.shape[1]:]
    right = torch.log_softmax(logits[:, :-1], -1).gather(2, TEXTS[:, 1:, None]).squeeze(2)
    loss = -right[TEXT_MASK[:, 1:] != 0].mean()
    loss.backward()
    gradients = {name: plain(parts[name].grad) for name in sorted(parts)}
    found = {"output": plain(logits), "loss": plain(loss)[0], "gradients": gradients}
    TARGET.write_text(json.dumps(found, separators=(",", ":"), allow_nan=False) + "\n")


main()
