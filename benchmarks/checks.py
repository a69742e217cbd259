"""``hipaa-constructs check`` without an app: its start, and its speed on templates: ``python -m benchmarks.checks``."""

from __future__ import annotations

import datetime
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.results import Result, show
from benchmarks.subjects import LANDING_ZONE, programs, synthesize
from benchmarks.timing import in_turn, median, processor_seconds, seconds
from hipaa_constructs.cloudformation.load import assembly
from hipaa_constructs.compliance.assess import assess

CHECK_TARGET, MANY_TARGET, START_TARGET, GROWTH_TARGET = 1.0, 2.0, 0.5, 1.2
_PER_TEMPLATE, _TEMPLATES = 200, 50


def many(folder: Path, source: Path, *, templates: int, resources: int) -> None:
    """Write templates of ``resources`` resources each, which are those of the landing zone again and again."""
    found = [json.loads(file.read_text("utf-8"))["Resources"] for file in sorted(source.glob("*.template.json"))]
    for number in range(templates):
        body: dict[str, Any] = {}
        copy = 0
        while len(body) < resources:
            for originals in found:
                body.update(_renamed(originals, f"Copy{copy}"))
            copy += 1
        # Whole copies, so that references stay within them; what is too much refers to nothing that was cut.
        kept = dict(list(body.items())[:resources])
        (folder / f"{number}.template.json").write_text(json.dumps({"Resources": kept}), "utf-8")


def _renamed(resources: Mapping[str, Any], prefix: str) -> Mapping[str, Any]:
    text = json.dumps(resources)
    names = "|".join(sorted(map(re.escape, resources), key=len, reverse=True))
    renamed: Mapping[str, Any] = json.loads(re.sub(rf'"({names})"', rf'"{prefix}\1"', text))
    return renamed


def _check(folder: Path) -> float:
    def work() -> None:
        app = assembly.load([folder])
        assess(app, today=datetime.date(2026, 11, 22))

    # It waits for nothing but the processor.
    return processor_seconds(work)


def _start() -> float:
    command = [sys.executable, "-m", "hipaa_constructs.cli", "--version"]
    return seconds(lambda: subprocess.run(command, capture_output=True, check=True))


def measure(times: int = 5, step: Callable[[str], None] = lambda what: None) -> Sequence[Result]:
    """Time the start of the command line, 500 resources in one template, and 10,000 in fifty."""
    with tempfile.TemporaryDirectory() as temporary:
        folders = {name: Path(temporary, name) for name in ("source", "one", "half", "fifty")}
        for folder in folders.values():
            folder.mkdir()
        step("Synthesizing the landing zone")
        source = synthesize(programs()[LANDING_ZONE], folders["source"])
        many(folders["one"], source, templates=1, resources=500)
        many(folders["half"], source, templates=_TEMPLATES // 2, resources=_PER_TEMPLATE)
        many(folders["fifty"], source, templates=_TEMPLATES, resources=_PER_TEMPLATE)
        _check(folders["one"])  # what Python does once only
        found = in_turn(
            {
                "start of the command line": _start,
                "500 resources": lambda: _check(folders["one"]),
                "5,000 resources": lambda: _check(folders["half"]),
                "10,000 resources": lambda: _check(folders["fifty"]),
            },
            times,
            step,
        )
    start, one, half, fifty = (median(values) for values in found.values())
    return (
        Result("start of hipaa-constructs", start, START_TARGET, "s"),
        Result("check, 500 resources in a template, after start", one, CHECK_TARGET, "s"),
        Result("check, 5,000 resources in 25 templates", half, None, "s"),
        Result("check, 10,000 resources in 50 templates", fifty, MANY_TARGET, "s"),
        Result("time per resource, 10,000 to 5,000", fifty / half / 2, GROWTH_TARGET, "times"),
    )


if __name__ == "__main__":
    show(measure())
