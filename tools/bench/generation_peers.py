"""Times the telling of one text by a quantised language model beside llama.cpp's.

Run by hand from the root of the repository:

    python tools/bench/generation_peers.py GGUF [RUNS]

Needs:   of PyPI llama-cpp-python, built for this machine: pip install llama-cpp-python with
         CMAKE_ARGS=-DGGML_NATIVE=ON

GGUF is a language model of the Llama family. Both sides read the same prompt of 149 tokens and tell 128 more,
greedily, on two threads: ours in crates/story-model/benches/generation.rs with the matrices in f32 and as they
are stored, llama.cpp through its C interface, so that no Python stands in the way.

The sides take turns, so compare the ratios of the medians, not the times. Nothing else may run meanwhile:
llama.cpp's threads wait for one another by spinning, and lose most where they share a core. Memory is the peak of
the process.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import time

PROMPT, TOLD, FIRST, THREADS = 149, 128, 2, 2
OURS = ("f32", "as-stored")


def peer(gguf):
    import llama_cpp as cpp

    model = cpp.Llama(gguf, n_ctx=512, n_threads=THREADS, n_threads_batch=THREADS, verbose=False)
    words, context = model.n_vocab(), model.ctx
    prompt = [100 + i * 7919 % (words - 100) for i in range(PROMPT)]
    # The token that a text begins and ends with is never chosen on our side.
    chain = cpp.llama_sampler_chain_init(cpp.llama_sampler_chain_default_params())
    never = (cpp.llama_logit_bias * 2)(*[cpp.llama_logit_bias(token=token, bias=float("-inf")) for token in (0, FIRST)])
    cpp.llama_sampler_chain_add(chain, cpp.llama_sampler_init_logit_bias(words, 2, never))
    cpp.llama_sampler_chain_add(chain, cpp.llama_sampler_init_greedy())

    def decode(tokens):
        tokens = (cpp.llama_token * len(tokens))(*tokens)
        assert cpp.llama_decode(context, cpp.llama_batch_get_one(tokens, len(tokens))) == 0

    start = time.perf_counter()
    decode(prompt)
    read = time.perf_counter() - start
    start, token, tokens = time.perf_counter(), FIRST, []
    for _ in range(TOLD):
        decode([token])
        token = cpp.llama_sampler_sample(chain, context, -1)
        tokens.append(token)
    told = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"read": read, "told": told, "peak": peak, "tokens": tokens}))


def measured(command):
    environment = {**os.environ, "RAYON_NUM_THREADS": str(THREADS)}
    output = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    return json.loads(output.stdout.splitlines()[-1])


def main():
    if sys.argv[1] == "--peer":
        return peer(sys.argv[2])
    gguf = os.path.abspath(sys.argv[1])
    runs = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    bench = ["cargo", "bench", "--quiet", "-p", "story-model", "--bench", "generation", "--", gguf]
    sides = {storage: [*bench, storage] for storage in OURS}
    sides["llama.cpp"] = [sys.executable, __file__, "--peer", gguf]
    rows = {side: [] for side in sides}
    for _ in range(runs):
        for side, command in sides.items():
            rows[side].append(measured(command))
    median = lambda side, key: statistics.median(row[key] for row in rows[side])
    print(f"medians of {runs} runs in turn; {THREADS} threads")
    for side in sides:
        read, told = PROMPT / median(side, "read"), TOLD / median(side, "told")
        ratios = [median("llama.cpp", key) / median(side, key) for key in ("read", "told")]
        print(
            f"{side:<10} reads {read:6.1f} tokens/s ({ratios[0]:.2f} of llama.cpp's), "
            f"tells {told:6.1f} ({ratios[1]:.2f}), peak {median(side, 'peak') / 1e6:.0f} MB"
        )


if __name__ == "__main__":
    main()
