"""Times of things done in turn, so that what slows the machine meanwhile slows all of them."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping, Sequence


def seconds(of: Callable[[], object]) -> float:
    """Return how long one call takes."""
    gc.collect()
    start = time.perf_counter()
    of()
    return time.perf_counter() - start


def processor_seconds(of: Callable[[], object]) -> float:
    """Return how long one call keeps this process busy, which is free of what else the machine does."""
    gc.collect()
    start = time.process_time()
    of()
    return time.process_time() - start


def in_turn(
    candidates: Mapping[str, Callable[[], float]], times: int, step: Callable[[str], None] = lambda name: None
) -> Mapping[str, Sequence[float]]:
    """Run each candidate ``times`` times, one after the other and in both orders; each returns its own seconds."""
    found: dict[str, list[float]] = {name: [] for name in candidates}
    for turn in range(times):
        for name in list(candidates) if turn % 2 == 0 else reversed(list(candidates)):
            step(f"{name}, {turn + 1} of {times}")
            found[name].append(candidates[name]())
    return found


def ratio(numerator: Sequence[float], denominator: Sequence[float]) -> float:
    """Return the median of the ratios within each turn."""
    return statistics.median(one / other for one, other in zip(numerator, denominator, strict=True))


def ratio_of_least(numerator: Sequence[float], denominator: Sequence[float]) -> float:
    """Return the ratio of the least of each, for seconds of the processor, to which a busy machine can only add."""
    return min(numerator) / min(denominator)


def median(values: Sequence[float]) -> float:
    """Return the median."""
    return statistics.median(values)
