"""``hipaa-constructs check`` beside other scanners, on the same templates: ``python -m benchmarks.scanners``.

One process each over all files, so that starting is counted too. What others find is not compared: each asks for
something else.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from benchmarks.results import Result, show
from benchmarks.subjects import programs, synthesize
from benchmarks.timing import in_turn, median, ratio, seconds

# Twenty times as fast as either.
SHARE_TARGET = 1 / 20
OURS, LINTER, SCANNER = "hipaa-constructs", "cfn-lint", "checkov"
_SCRIPTS = Path(sys.executable).parent
# How each ends that did its work, whatever it found.
_ENDS = {OURS: (0, 1), LINTER: tuple(range(0, 16, 2)), SCANNER: (0, 1)}


def commands(templates: Sequence[Path]) -> Mapping[str, Sequence[str]]:
    """Return how each scanner is called, by its name; checkov is too heavy to be locked, and is there or not."""
    files = [str(template) for template in templates]
    found: dict[str, Sequence[str]] = {
        OURS: [str(_SCRIPTS / OURS), "check", *files],
        LINTER: [str(_SCRIPTS / LINTER), *files],
    }
    checkov = shutil.which(SCANNER)
    if checkov is not None:
        options = ["--framework", "cloudformation", "--quiet", "--compact", "--skip-download"]
        found[SCANNER] = [checkov, *options, *(part for file in files for part in ("--file", file))]
    return found


def _run(name: str, command: Sequence[str]) -> None:
    """Run a scanner; that it finds something is no failure.

    :raises RuntimeError: it did not come to an end.
    """
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode not in _ENDS[name]:
        raise RuntimeError(f"{name} failed:\n{done.stderr[-2000:]}")


def measure(times: int = 3, step: Callable[[str], None] = lambda what: None) -> Sequence[Result]:
    """Time each scanner over the templates of the landing zone and the examples."""
    with tempfile.TemporaryDirectory() as temporary:
        for name, program in programs().items():
            step(f"Synthesizing {name}")
            synthesize(program, Path(temporary, name))
        templates = sorted(Path(temporary).rglob("*.template.json"))
        called = commands(templates)
        timed = {name: partial(seconds, partial(_run, name, command)) for name, command in called.items()}
        took = in_turn(timed, times, step)
    what = f"{len(templates)} templates, start included"
    results = [Result(f"{name}, {what}", median(values), None, "s") for name, values in took.items()]
    for other in (LINTER, SCANNER):
        if other in took:
            results.append(Result(f"{OURS}, to {other}", ratio(took[OURS], took[other]), SHARE_TARGET, "times"))
        else:
            results.append(Result(f"{OURS}, to {other}: not on the PATH", None, SHARE_TARGET, "times"))
    return results


if __name__ == "__main__":
    show(measure())
