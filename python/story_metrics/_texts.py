"""What callers give, as lists of texts; whatever is no text is named by its place."""

import numbers
from collections.abc import Iterable, Mapping


def text(value, where, missing=False):
    """`value` as a `str`; with `missing`, `None` is a missing answer."""
    if isinstance(value, str):
        # NumPy's strings, too.
        return str(value)
    if value is None and missing:
        return None
    if value is None:
        raise TypeError(f"{where} is None; give a text, or leave the item out")
    if isinstance(value, (bytes, bytearray)):
        raise TypeError(f"{where} is bytes; decode it, as with .decode('utf-8')")
    if isinstance(value, numbers.Real):
        raise TypeError(f"{where} is the number {value!r}; expected a text")
    raise TypeError(f"{where} is of type {type(value).__name__}; expected a text")


def sequence(value, where):
    """`value` as a list; a single text is none."""
    if isinstance(value, (str, bytes)):
        raise TypeError(f"{where}: expected a list of texts, found one {type(value).__name__}")
    if isinstance(value, Mapping) or not isinstance(value, Iterable):
        raise TypeError(f"{where}: expected a list, found {type(value).__name__}")
    return list(value)


def candidates(value, where="candidates"):
    """Texts in order, of which `None` is a missing answer."""
    return [text(it, f"{where}[{at}]", missing=True) for at, it in enumerate(sequence(value, where))]


def references(value, count, where="references"):
    """For each of `count` texts its references: a list of texts, or one text."""
    given = sequence(value, where)
    if len(given) != count:
        raise ValueError(f"{where}: expected {count} items, one for each candidate, found {len(given)}")
    return [of_one(it, f"{where}[{at}]") for at, it in enumerate(given)]


def of_one(value, where):
    """The references of one text."""
    if isinstance(value, str):
        return [text(value, where)]
    if value is None or isinstance(value, (bytes, numbers.Real)):
        return [text(value, where)]  # raises
    found = [text(it, f"{where}[{at}]") for at, it in enumerate(sequence(value, where))]
    if not found:
        raise ValueError(f"{where} is empty; give at least one reference")
    return found


def by_id(candidates, references, names=("candidates", "references")):
    """Two dictionaries by id as lists in the order of the first, and the ids."""
    for ids, others, name, other in (
        (candidates, references, *names),
        (references, candidates, *reversed(names)),
    ):
        lacking = [it for it in ids if it not in others]
        if lacking:
            more = f" and {len(lacking) - 1} more" if len(lacking) > 1 else ""
            raise KeyError(f"{other}: the id {lacking[0]!r}{more} of {name} is missing")
    keys = list(candidates)
    return keys, [candidates[key] for key in keys], [references[key] for key in keys]
