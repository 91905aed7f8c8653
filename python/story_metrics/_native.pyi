from typing import Any, Callable, Dict, List, Optional, Tuple

__version__: str

def metrics() -> List[Dict[str, Any]]: ...
def score(
    candidates: List[Optional[str]],
    references: List[List[str]],
    names: List[str],
    given: Dict[str, Any],
    draws: Dict[str, Any],
    way: Dict[str, Any],
) -> List[Dict[str, Any]]: ...
def compare(
    systems: List[List[Optional[str]]],
    references: List[List[str]],
    names: List[str],
    given: Dict[str, Any],
    draws: Dict[str, Any],
    way: Dict[str, Any],
) -> List[Dict[str, Any]]: ...
def bleu_counts(
    candidates: List[Optional[str]],
    references: List[List[str]],
    lowercase: bool,
    smoothing: Tuple[str, Optional[float]],
    effective_order: bool,
) -> Tuple[List[int], List[int], int, int, float, float]: ...
def chrf_score(
    candidates: List[Optional[str]], references: List[List[str]], words: bool, lowercase: bool
) -> float: ...
def rouge_scores(
    kind: str, prediction: str, references: List[str], stems: bool
) -> Tuple[float, float, float]: ...
def ptb_tokens(texts: List[str]) -> List[List[str]]: ...
