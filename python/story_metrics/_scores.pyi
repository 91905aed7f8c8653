from collections.abc import Hashable, Iterable, Mapping
from os import PathLike
from typing import Any, Callable, Dict, Iterator, List, Optional, Union

RESAMPLES: int
ROUNDS: int
LEVEL: float

Text = Optional[str]
Texts = Union[Iterable[Text], Mapping[Hashable, Text]]
OfOne = Union[str, Iterable[str]]
References = Union[Iterable[OfOne], Mapping[Hashable, OfOne]]
Path = Union[str, "PathLike[str]"]

class Score:
    name: str
    value: Optional[float]
    lower: Optional[float]
    upper: Optional[float]
    n: int
    missing: int
    signature: str
    items: List[Optional[float]]
    def __float__(self) -> float: ...

class Scores(Mapping[str, Score]):
    def __getitem__(self, name: str) -> Score: ...
    def __iter__(self) -> Iterator[str]: ...
    def __len__(self) -> int: ...
    def values_by_name(self) -> Dict[str, Optional[float]]: ...

class Comparison:
    score: str
    first: str
    second: str
    first_value: Optional[float]
    second_value: Optional[float]
    difference: Optional[float]
    lower: Optional[float]
    upper: Optional[float]
    p_value: Optional[float]
    p_holm: Optional[float]

def metrics() -> List[Dict[str, Any]]: ...
def score(
    candidates: Texts,
    references: Optional[References] = None,
    metrics: Union[None, str, Iterable[str]] = None,
    *,
    resamples: int = ...,
    level: float = ...,
    seed: int = ...,
    clusters: Union[None, Iterable[Any], Mapping[Hashable, Any]] = None,
    lowercase: bool = ...,
    wordnet: Optional[Path] = None,
    meteor_data: Optional[Path] = None,
    cider_documents: Optional[Iterable[OfOne]] = None,
    tokenized: bool = ...,
    threads: Optional[int] = None,
    progress: Optional[Callable[[int, int], Any]] = None,
) -> Scores: ...
def compare(
    systems: Union[Mapping[str, Texts], Iterable[Texts]],
    references: Optional[References],
    metrics: Union[None, str, Iterable[str]] = None,
    *,
    resamples: int = ...,
    level: float = ...,
    rounds: int = ...,
    seed: int = ...,
    clusters: Optional[Iterable[Any]] = None,
    lowercase: bool = ...,
    wordnet: Optional[Path] = None,
    meteor_data: Optional[Path] = None,
    cider_documents: Optional[Iterable[OfOne]] = None,
    tokenized: bool = ...,
    threads: Optional[int] = None,
    progress: Optional[Callable[[int, int], Any]] = None,
) -> List[Comparison]: ...
def installed_meteor() -> Optional[str]: ...
