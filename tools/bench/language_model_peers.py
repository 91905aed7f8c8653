"""Times the learning of a pretrained language model beside PyTorch's.

Run by hand from the root of the repository:

    python tools/bench/language_model_peers.py STORY GGUF BOOKS [RUNS]

Needs:   of PyPI torch, transformers, peft, gguf, accelerate, pyarrow

STORY is a release build of the command line, GGUF the weights of SmolLM2-135M-Instruct, BOOKS the folder of
picture books that configs/african-storybook.toml names. Both sides learn the first 16 books once, four a step:
LoRA of rank 16 on all seven matrices, f32, two threads. The peer is written as a careful user writes it: whole
books one by one, so that nothing is padded, gradients summed over a step, fused AdamW.

The sides take turns, so compare the ratios of the medians, not the times. Memory is the peak of the process.
"""

import glob
import json
import os
import pathlib
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time

BOOKS, STEP = 16, 4


def stories(books, split):
    import pyarrow.parquet as parquet

    for path in sorted(glob.glob(f"{books}/data/{split}-*.parquet")):
        for story in parquet.read_table(path, columns=["story"])["story"].to_pylist():
            texts = re.findall(r"<gdi[^>]*>(.*?)</gdi>", story, flags=re.S)
            texts = [re.sub(r"<[^>]+>", "", text).strip() for text in texts]
            yield [text for text in texts if text]


def peer(gguf, books):
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM, AutoTokenizer

    torch.set_num_threads(2)
    torch.manual_seed(1)
    gguf = pathlib.Path(gguf)
    tokenizer = AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name)
    model = AutoModelForCausalLM.from_pretrained(gguf.parent, gguf_file=gguf.name, dtype=torch.float32)
    begin = tokenizer.convert_tokens_to_ids("<|im_end|>")
    rows = lambda texts: [begin] + tokenizer("\n\n".join(texts))["input_ids"]

    model = get_peft_model(model, LoraConfig(r=16, lora_alpha=32, lora_dropout=0.0, target_modules="all-linear"))
    weights = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(weights, lr=3e-4, weight_decay=0.0, fused=True)
    learned = [rows(texts) for texts in list(stories(books, "train"))[:BOOKS]]
    start = time.perf_counter()
    for at in range(0, len(learned), STEP):
        batch = learned[at : at + STEP]
        real = sum(len(row) - 1 for row in batch)
        for row in batch:
            ids = torch.tensor([row])
            loss = model(input_ids=ids, labels=ids).loss * ((len(row) - 1) / real)
            loss.backward()
        torch.nn.utils.clip_grad_norm_(weights, 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
    learning = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

    tokens = sum(map(len, learned))
    print(json.dumps({"learn": learning, "peak": peak, "tokens": tokens}))


def ours(story, gguf, books):
    """One epoch of the same books, by the time and the peak that the run writes down."""
    with tempfile.TemporaryDirectory() as results:
        sets = {
            "data.source.path": books, "model.text_decoder.weights": gguf, "train.epochs": 1,
            "train.validate_every": 0, "data.split.validation": 0, "data.max_stories": BOOKS,
            "evaluate.max_windows": 1, "evaluate.variants": "[]", "evaluate.generation.max_length": 1,
            "evaluate.text_pool": "none",
        }
        flags = [part for key, value in sets.items() for part in ("--set", f"{key}={value}")]
        command = [story, "train", "--config", "configs/african-storybook-language-model.toml", *flags]
        subprocess.run([*command, "--results", results], check=True, capture_output=True)
        summary = json.load(open(next(pathlib.Path(results).glob("runs/*/summary.json"))))
    return {"learn": summary["seconds"]["train"], "peak": summary["peak_memory_bytes"]}


def main():
    story, gguf, books = sys.argv[1:4]
    if story == "--peer":
        return peer(gguf, books)
    runs = int(sys.argv[4]) if len(sys.argv) > 4 else 3
    us, them = [], []
    for _ in range(runs):
        us.append(ours(story, gguf, books))
        environment = {k: v for k, v in os.environ.items() if not k.startswith("OPENBLAS_")}
        output = subprocess.run(
            [sys.executable, __file__, "--peer", gguf, books], check=True, capture_output=True, text=True, env=environment
        )
        them.append(json.loads(output.stdout.splitlines()[-1]))
    tokens = them[0]["tokens"]
    median = lambda rows, key: statistics.median(row[key] for row in rows)
    print(f"{BOOKS} books, {tokens} tokens, medians of {runs} runs in turn")
    learn = [median(rows, "learn") for rows in (us, them)]
    peak = [median(rows, "peak") for rows in (us, them)]
    print(f"learning   ours {tokens / learn[0]:.0f} tokens/s, PyTorch {tokens / learn[1]:.0f}; time {learn[0] / learn[1]:.2f}")
    print(f"peak       ours {peak[0] / 1e9:.2f} GB, PyTorch {peak[1] / 1e9:.2f}; memory {peak[0] / peak[1]:.2f}")


if __name__ == "__main__":
    main()
