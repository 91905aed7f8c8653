"""Reads model cards as the Hugging Face Hub does: `huggingface_hub` is the oracle.

Run by hand, never in CI: `pip install huggingface_hub`, then `python tools/oracle/model_card.py RUN/README.md ...`.
Prints each result with its value; fails if the head cannot be read, a field is missing or a number is none.
"""

import math
import sys

from huggingface_hub import ModelCard
from huggingface_hub.repocard_data import model_index_to_eval_results

NEEDED = ["license", "library_name", "tags"]


def check(path):
    card = ModelCard.load(path)
    data = card.data.to_dict()
    for name in NEEDED:
        assert data.get(name), f"{path}: no {name}"
    # The loader turns `model-index` into `eval_results` and back.
    index = data.get("model-index")
    assert index, f"{path}: no model-index"
    name, results = model_index_to_eval_results(index)
    assert name and results, f"{path}: an empty model-index"
    for result in results:
        assert isinstance(result.metric_value, (int, float)), f"{path}: {result}"
        assert math.isfinite(result.metric_value), f"{path}: {result}"
        print(f"{result.task_type}\t{result.dataset_name}\t{result.metric_type}\t{result.metric_value}\t{result.metric_name}")
    assert card.text.strip().startswith("<!--") or card.text.strip(), f"{path}: no page"
    print({key: value for key, value in data.items() if key != "model-index"})


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    for path in sys.argv[1:]:
        check(path)
