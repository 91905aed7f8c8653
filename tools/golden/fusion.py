"""Golden numbers of story-verify's fusion: the network and region attention with PyTorch as the
oracle, logistic regression with scikit-learn.

Weights and inputs come from one formula (`value`, the same as `story_core::conformance::weight`),
so that the files hold results only. Run by hand from the root of the repository, each part where
its oracle is installed:

    python tools/golden/fusion.py torch
    python tools/golden/fusion.py scikit-learn

Made with PyTorch 2.15.0 and scikit-learn 1.9.1.
"""

import json
import math
import sys
from pathlib import Path

import numpy as np

GOLDEN = 0.6180339887498949
SALT_STRIDE = 10007  # keeps the sequences of two salts apart
FOLDER = Path("crates/story-verify/tests/golden")


def value(index):
    """Weyl's sequence: the fractional part of the index's multiple of the golden ratio, less 1/2."""
    return math.fmod((index + 1) * GOLDEN, 1.0) - 0.5


def fill(salt, *shape):
    """In single precision, as the Rust side holds them."""
    values = [value(salt * SALT_STRIDE + i) for i in range(math.prod(shape))]
    return np.array(values, dtype=np.float32).astype(np.float64).reshape(shape)


def flat(array):
    return [float(f"{v:.9g}") for v in np.asarray(array).reshape(-1).tolist()]


def write(name, content):
    path = FOLDER / f"{name}.json"
    path.write_text(json.dumps(content) + "\n")
    print(path, path.stat().st_size)


def parameters(shapes, first_salt):
    """By name, sorted; the place is the salt."""
    import torch

    filled = {n: fill(first_salt + at, *shapes[n]) for at, n in enumerate(sorted(shapes))}
    return {n: torch.tensor(v).requires_grad_() for n, v in filled.items()}


def network_shapes(columns, hidden):
    sizes = [(hidden, columns), (hidden, hidden), (1, hidden)]
    shapes = {f"layers.{at}.weight": size for at, size in enumerate(sizes)}
    return {**shapes, **{f"layers.{at}.bias": size[:1] for at, size in enumerate(sizes)}}


def network(p, x):
    import torch.nn.functional as F

    for at in range(2):
        x = F.relu(F.linear(x, p[f"layers.{at}.weight"], p[f"layers.{at}.bias"]))
    return F.linear(x, p["layers.2.weight"], p["layers.2.bias"])[:, 0]


def fusion():
    """Three steps of Adam on a fixed batch."""
    import torch
    import torch.nn.functional as F

    rows, columns, hidden = 8, 3, 8
    p = parameters(network_shapes(columns, hidden), 1)
    x = torch.tensor(fill(100, rows, columns) + 0.5)
    y = torch.tensor([float(at % 3 == 0) for at in range(rows)], dtype=torch.float64)
    adam = torch.optim.Adam(list(p.values()), lr=0.1)  # large, so that the moments matter
    losses, gradients, logits = [], None, None
    for step in range(3):
        adam.zero_grad()
        out = network(p, x)
        loss = F.binary_cross_entropy_with_logits(out, y)
        loss.backward()
        if step == 0:
            logits = flat(out.detach())
            gradients = {n: flat(t.grad) for n, t in p.items()}
        losses.append(loss.item())
        adam.step()
    return {
        "logits": logits, "losses": losses, "gradients": gradients,
        "weights": {n: flat(t.detach()) for n, t in p.items()},
    }


def regions():
    """Each case alone, over its own sentences and regions: no mask and no padding here."""
    import torch
    import torch.nn.functional as F

    d, w, columns, hidden, cases = 6, 32, 2, 8, [(2, 3), (1, 1), (3, 0), (0, 2)]
    shapes = {
        "query.weight": (w, d), "query.bias": (w,), "key.weight": (w, d + 5), "key.bias": (w,),
        "compare.weight": (w, d), "compare.bias": (w,),
        "hidden.weight": (hidden, 2 * w + 2 + columns), "hidden.bias": (hidden,),
        "output.weight": (1, hidden), "output.bias": (1,),
    }
    p = parameters(shapes, 1)
    logits, attention = [], []
    for at, (q, r) in enumerate(cases):
        described = torch.zeros(2 * w + 2, dtype=torch.float64)
        if q and r:
            s = F.normalize(torch.tensor(fill(300 + at, q, d)), dim=1)
            e = F.normalize(torch.tensor(fill(400 + at, r, d)), dim=1)
            seen = torch.cat([e, torch.tensor(fill(500 + at, r, 5) + 0.5)], dim=1)
            query = F.linear(s, p["query.weight"], p["query.bias"])
            key = F.linear(seen, p["key.weight"], p["key.bias"])
            a = torch.softmax(query @ key.T / math.sqrt(w), dim=1)
            v = a @ e
            one = F.linear(s, p["compare.weight"], p["compare.bias"])
            other = F.linear(v, p["compare.weight"], p["compare.bias"])
            own = (s * v).sum(1, keepdim=True)
            # Padding has cosine 0, so that no region is farther than that in a batch.
            nearest = (s @ e.T).max(1, keepdim=True).values.clamp(min=0)
            described = torch.cat([own, nearest, one * other, (one - other).abs()], 1).mean(0)
            attention += flat(a.detach())
        row = torch.cat([described, torch.tensor(fill(200 + at, columns) + 0.5)])
        h = F.relu(F.linear(row, p["hidden.weight"], p["hidden.bias"]))
        logits.append(F.linear(h, p["output.weight"], p["output.bias"])[0])
    return {"logits": flat(torch.stack(logits).detach()), "attention": attention}


def logistic():
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    cases = []
    for rows, columns, ridge, gain in [(40, 3, 1.0, 1.0), (60, 5, 0.01, 4.0), (30, 50, 1.0, 0.0), (500, 300, 10.0, 2.0), (20, 2, 0.1, 100.0)]:
        x = fill(rows, rows, columns)
        noise = fill(rows + 1, rows, 1)[:, 0]
        y = gain * (x[:, 0] - x[:, -1]) + noise > 0.1
        x[:, 1] = 0.25  # a constant column
        z = StandardScaler().fit_transform(x)
        model = LogisticRegression(C=1 / ridge, solver="newton-cholesky", tol=1e-14, max_iter=10000)
        model.fit(z, y)
        p = model.predict_proba(z)[:, 1]
        gradient = z.T @ (p - y) + ridge * model.coef_[0]
        assert np.abs(gradient).max() < 1e-8 and abs((p - y).sum()) < 1e-8, "not the least"
        cases.append({
            "rows": rows, "columns": columns, "ridge": ridge, "labels": [int(v) for v in y],
            "probabilities": flat(p),
        })
    return cases


if __name__ == "__main__":
    if sys.argv[1:] == ["torch"]:
        write("fusion", {"network": fusion(), "regions": regions()})
    elif sys.argv[1:] == ["scikit-learn"]:
        write("logistic", logistic())
    else:
        sys.exit(__doc__)
