"""A tiny GGUF in the rarer ways of storing numbers, dequantised by the package `gguf`.

    python tools/golden/gguf_kinds.py               # from the workspace root

writes crates/story-encoders/tests/golden/kinds.gguf and gguf_kinds.json. Needs gguf, numpy.
"""

import json
import math
from pathlib import Path

import gguf
import numpy as np

from formula import unit

FILES = Path("crates/story-encoders/tests/golden")
Kind = gguf.GGMLQuantizationType
WIDTH, FEED_FORWARD, HEADS, HEAD, TOKENS = 256, 4, 4, 8, 5
# The bytes of a block, and where its half-precision scales stand.
BLOCKS = {
    Kind.Q5_0: (22, [0]), Kind.Q5_1: (24, [0, 2]), Kind.Q2_K: (84, [80, 82]), Kind.Q3_K: (110, [108]),
    Kind.Q5_K: (176, [0, 2]), Kind.Q8_0: (34, [0]),
}
# transformers' names.
OURS = {
    "token_embd": "model.embed_tokens", "blk.0.attn_v": "model.layers.0.self_attn.v_proj",
    "blk.0.attn_output": "model.layers.0.self_attn.o_proj", "blk.0.ffn_gate": "model.layers.0.mlp.gate_proj",
    "blk.0.ffn_up": "model.layers.0.mlp.up_proj",
}
TENSORS = {
    "token_embd": ([TOKENS, WIDTH], Kind.Q2_K),
    "blk.0.attn_q": ([HEADS * HEAD, WIDTH], Kind.Q8_0),
    "blk.0.attn_k": ([HEAD, WIDTH], Kind.Q8_0),
    "blk.0.attn_v": ([HEAD, WIDTH], Kind.Q3_K),
    "blk.0.attn_output": ([WIDTH, HEADS * HEAD], Kind.Q5_1),
    "blk.0.ffn_gate": ([FEED_FORWARD, WIDTH], Kind.Q5_K),
    "blk.0.ffn_up": ([FEED_FORWARD, WIDTH], Kind.Q5_0),
    "blk.0.ffn_down": ([WIDTH, FEED_FORWARD], Kind.F32),
    "output_norm": ([WIDTH], Kind.F32),
    "blk.0.attn_norm": ([WIDTH], Kind.F32),
    "blk.0.ffn_norm": ([WIDTH], Kind.F32),
}


def raw(name, shape, kind):
    """The tensor's bytes from the formula, with small scales."""
    count = math.prod(shape)
    if kind == Kind.F32:
        return (unit(name, count) * 0.2 + 0.5).astype(np.float32).reshape(shape)
    size, places = BLOCKS[kind]
    blocks = count // gguf.GGML_QUANT_SIZES[kind][0]
    data = ((unit(name, blocks * size) + 1.0) * 128.0).astype(np.uint8).reshape(blocks, size)
    for place in places:
        scale = (np.abs(unit(f"{name}.{place}", blocks)) * 0.002 + 0.0005).astype(np.float16)
        data[:, place:place + 2] = scale.view(np.uint8).reshape(blocks, 2)
    return data.reshape(shape[0], -1)


def main():
    path = FILES / "kinds.gguf"
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_embedding_length(WIDTH)
    writer.add_feed_forward_length(FEED_FORWARD)
    writer.add_block_count(1)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(1)
    writer.add_key_length(HEAD)
    writer.add_value_length(HEAD)
    writer.add_rope_dimension_count(HEAD)
    writer.add_context_length(64)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    writer.add_token_list(["<|endoftext|>", "a", "b", "c", "ab"])
    writer.add_token_types([3, 1, 1, 1, 1])
    writer.add_token_merges(["a b"])
    expected = {}
    for name, (shape, kind) in TENSORS.items():
        data = raw(name, shape, kind)
        writer.add_tensor(f"{name}.weight", data, raw_dtype=kind)
        if kind not in (Kind.F32, Kind.Q8_0):
            flat = gguf.quants.dequantize(data, kind).astype(np.float64).flatten()
            places = np.modf((np.arange(len(flat)) + 1) * 0.6180339887498949)[0] - 0.5
            expected[f"{OURS[name]}.weight"] = {
                "kind": kind.name, "first": [float(f"{value:.7g}") for value in flat[:64]],
                "sum": float(f"{(flat * places.astype(np.float32)).sum():.7g}"),
                "squares": float(f"{(flat * flat).sum():.7g}"),
            }
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    target = FILES / "gguf_kinds.json"
    lines = [f"{json.dumps(name)}:{json.dumps(found, separators=(',', ':'))}" for name, found in expected.items()]
    target.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    print(path, path.stat().st_size, target, target.stat().st_size)


main()
