"""What the package promises by itself: shapes, errors that name the item, threads, Ctrl-C."""

import json
import pathlib
import signal
import subprocess
import sys
import threading
import time

import pytest

import story_metrics
from story_metrics import evaluate, pycocoevalcap
from texts import captions

CANDIDATES = ["a fox ran home", "the boat", None]
REFERENCES = [["the fox ran home", "a fox ran"], "a boat", ["rain"]]


def test_scores_have_intervals_signatures_and_items():
    scores = story_metrics.score(CANDIDATES, REFERENCES, ["rouge-l", "bleu"], seed=3, resamples=50)
    assert list(scores) == ["rouge-l", "bleu-4"]
    row = scores["rouge-l"]
    assert row.n == 3 and row.missing == 1 and len(row.items) == 3
    assert row.items[2] == 0.0
    assert row.value == pytest.approx(sum(row.items) / 3)
    assert row.lower <= row.value <= row.upper
    assert "version" in row.signature
    assert str(row.value)[:4] in str(row)
    with pytest.raises(KeyError, match="rouge-l"):
        scores["rouge-9"]


def test_the_same_whatever_the_threads_and_the_container():
    candidates, references = captions(5, items=700, references=3)
    rows = lambda **more: {
        name: (row.value, row.lower, row.upper)
        for name, row in story_metrics.score(candidates, references, seed=2, resamples=40, **more).items()
    }
    assert rows(threads=1) == rows(threads=3)
    keys = [f"image {at}" for at in range(700)]
    by_id = story_metrics.score(
        dict(zip(keys, candidates)), dict(zip(reversed(keys), reversed(references))), ["cider-d"]
    )
    assert by_id["cider-d"].value == story_metrics.score(candidates, references, ["cider-d"])["cider-d"].value


def test_arrays():
    numpy = pytest.importorskip("numpy")
    array = numpy.array(["a fox ran", "a boat"])
    assert story_metrics.score(array, array, ["rouge-l"])["rouge-l"].value == 1.0


def test_clusters_are_drawn_whole():
    candidates, references = captions(6, items=60, references=1)
    story = [at // 20 for at in range(60)]
    alone = story_metrics.score(candidates, references, ["rouge-l"])["rouge-l"]
    together = story_metrics.score(candidates, references, ["rouge-l"], clusters=story)["rouge-l"]
    assert alone.value == together.value
    assert (alone.lower, alone.upper) != (together.lower, together.upper)


def test_systems_are_compared():
    candidates, references = captions(7, items=80, references=2)
    best = [it[0] for it in references]
    found = story_metrics.compare(
        {"ours": best, "theirs": candidates, "again": candidates}, references, ["rouge-l", "distinct"], rounds=500
    )
    assert [(it.first, it.second) for it in found] == [("ours", "theirs"), ("ours", "again"), ("theirs", "again")]
    assert found[0].difference > 0 and found[0].lower > 0 and found[0].p_holm < 0.05
    assert found[0].p_holm >= found[0].p_value
    assert found[2].difference == 0 and found[2].p_holm == 1


@pytest.mark.parametrize(
    "candidates, references, kind, says",
    [
        (["a", 3], [["a"], ["b"]], TypeError, r"candidates\[1\] is the number 3"),
        (["a", float("nan")], [["a"], ["b"]], TypeError, r"candidates\[1\]"),
        (["a", b"b"], [["a"], ["b"]], TypeError, r"candidates\[1\] is bytes"),
        (["a"], [["a"], ["b"]], ValueError, "expected 1 items"),
        (["a"], [[]], ValueError, r"references\[0\] is empty"),
        (["a"], [[None]], TypeError, r"references\[0\]\[0\] is None"),
        (["a"], [None], TypeError, r"references\[0\] is None"),
        ("a", ["a"], TypeError, "found one str"),
        ([], [], ValueError, "no text"),
        ({"x": "a"}, {"y": "a"}, KeyError, "the id 'x'"),
        ({"x": "a"}, {"x": "a", "y": "b"}, KeyError, "candidates: the id 'y'"),
        ({"x": "a"}, ["a"], TypeError, "dictionary by id"),
    ],
)
def test_errors_name_the_item(candidates, references, kind, says):
    with pytest.raises(kind, match=says):
        story_metrics.score(candidates, references)


def test_settings_that_cannot_be():
    for more, says in [
        ({"metrics": ["blue"]}, "blue"),
        ({"level": 2.0}, "level"),
        ({"threads": 0}, "threads"),
        ({"clusters": ["x"]}, "clusters"),
        ({"metrics": ["meteor-1.5"], "meteor_data": "/nowhere"}, "nowhere"),
    ]:
        with pytest.raises((ValueError, KeyError), match=says):
            story_metrics.score(["a", "b"], ["a", "b"], **more)
    with pytest.raises(ValueError, match="give references"):
        story_metrics.score(["a"], metrics=["bleu"])
    assert "distinct-1" in story_metrics.score(["a b", "b c"])


def test_other_threads_run_on_and_progress_is_told():
    candidates, references = captions(8, items=4000, references=5)
    ticks, told = [], []
    stop = threading.Event()

    def tick():
        while not stop.is_set():
            ticks.append(time.monotonic())
            time.sleep(0.005)

    other = threading.Thread(target=tick)
    other.start()
    story_metrics.score(candidates, references, resamples=200, progress=lambda done, all: told.append((done, all)))
    stop.set()
    other.join()
    assert len(ticks) > 5
    assert told and told[-1][0] == told[-1][1]
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_a_function_that_raises_ends_the_work():
    candidates, references = captions(9, items=20000, references=5)

    def refuse(done, all):
        raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        story_metrics.score(candidates, references, resamples=2000, progress=refuse)


LONG = """
import story_metrics
print("begun", flush=True)
try:
    story_metrics.score(["a fox ran home tonight"] * 200000, ["a dog ran home"] * 200000, resamples=100000)
except KeyboardInterrupt:
    print("stopped", flush=True)
"""


def test_an_interrupt_ends_it_soon():
    process = subprocess.Popen([sys.executable, "-c", LONG], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "begun\n"
    time.sleep(1.5)
    process.send_signal(signal.SIGINT)
    answer, _ = process.communicate(timeout=60)
    assert answer == "stopped\n" and process.returncode == 0


def test_coco_results_against_annotations():
    class Coco:
        """What pycocotools' COCO holds, as far as it is asked."""

        def __init__(self, annotations):
            self.imgToAnns = {}
            for it in annotations:
                self.imgToAnns.setdefault(it["image_id"], []).append(it)

        def getImgIds(self):
            return list(self.imgToAnns)

    truth = [{"image_id": 7, "caption": "A fox ran home."}, {"image_id": 9, "caption": "A boat, at sea."}]
    told = [{"image_id": 9, "caption": "a boat"}, {"image_id": 7, "caption": "the fox ran home"}]
    evaluation = pycocoevalcap.COCOEvalCap(Coco(truth), Coco(told))
    evaluation.evaluate()
    assert set(evaluation.eval) >= {"Bleu_1", "Bleu_4", "ROUGE_L", "CIDEr"}
    assert evaluation.imgToEval[7]["ROUGE_L"] > 0
    with pytest.raises(KeyError, match="9"):
        pycocoevalcap.COCOEvalCap(Coco(truth), Coco(told[1:])).evaluate()
    with pytest.raises(ValueError, match="expected one text, found 2"):
        pycocoevalcap.Bleu().compute_score({1: ["a"]}, {1: ["a", "b"]})


def test_the_shape_of_evaluate():
    rouge = evaluate.load("rouge")
    rouge.add(prediction="a fox ran home", reference="the fox ran home")
    found = rouge.compute(predictions=["a boat"], references=[["a boat", "a ship"]], seed=1)
    assert found["rougeL"] == pytest.approx((0.75 + 1) / 2)
    low, high = found["intervals"]["rougeL"]
    assert low <= found["rougeL"] <= high
    with pytest.raises(ValueError, match="sacrebleu"):
        evaluate.load("blue")


def test_the_readme_runs():
    """Its Python blocks in one program, as a reader would copy them."""
    readme = pathlib.Path(__file__).parent.parent / "README.md"
    blocks = readme.read_text().split("```python\n")[1:]
    program = "\n".join(block.split("```")[0] for block in blocks)
    assert "story_metrics" in program
    exec(compile(program, str(readme), "exec"), {})


def test_metrics_are_listed():
    names = [it["name"] for it in story_metrics.metrics()]
    assert {"bleu", "cider-d", "coco-meteor", "chrf++"} <= set(names)
    json.dumps(story_metrics.metrics())
