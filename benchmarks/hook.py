"""The hook's first answer, about a template as large as CloudFormation takes: ``python -m benchmarks.hook``."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from benchmarks.checks import many
from benchmarks.results import Result, show
from benchmarks.subjects import LANDING_ZONE, programs, synthesize
from benchmarks.timing import in_turn, median
from hipaa_constructs.hook import package

# A hook waits 30 seconds; the function has this much memory; the package is to be this small.
TIME_TARGET, MEMORY_TARGET, SIZE_TARGET = 30.0, 1_769, 10.0
# docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
_MOST_BYTES = 1_000_000
# As Lambda starts it: nothing is installed beside the package, and nothing is compiled yet.
_COLD = """
import resource, sys, time
begun = time.perf_counter()
sys.path.insert(0, sys.argv[1])
from hipaa_constructs.hook import handler
text = open(sys.argv[2], encoding="utf-8").read()
handler.template_at = lambda url: text
class Time:
    def get_remaining_time_in_millis(self): return 600_000
answer = handler.handle({"requestData": {"payload": "-"}, "clientRequestToken": "1"}, Time())
assert answer.get("errorCode") != "InternalFailure", answer["message"]
seconds = time.perf_counter() - begun
print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


class Cold(NamedTuple):
    """How long a first answer takes, and the most memory meanwhile."""

    seconds: float
    mebibytes: float


def cold(folder: Path, template: Path) -> Cold:
    """Answer about a template in a process of its own, from the package in ``folder``."""
    command = [sys.executable, "-I", "-S", "-B", "-c", _COLD, str(folder), str(template)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    seconds, kibibytes = done.stdout.split()[-2:]
    return Cold(float(seconds), int(kibibytes) / 1024)


def large(folder: Path, source: Path) -> Mapping[str, Path]:
    """Write the landing zone's resources, again and again, up to a template's size: as JSON and as YAML."""
    made: dict[str, Path] = {}
    forms: Mapping[str, Callable[[Any], str]] = {"JSON": json.dumps, "YAML": yaml.safe_dump}
    for form, text in forms.items():
        made[form] = folder / f"template.{form.lower()}"
        resources = 500
        # The second time as many of them as fit.
        for _ in range(2):
            many(folder, source, templates=1, resources=resources)
            made[form].write_text(text(json.loads((folder / "0.template.json").read_text("utf-8"))), "utf-8")
            resources = int(resources * _MOST_BYTES / made[form].stat().st_size)
    return made


def measure(times: int = 3, step: Callable[[str], None] = lambda what: None) -> Sequence[Result]:
    """Time and weigh a first answer about a large template, in both forms."""
    with tempfile.TemporaryDirectory() as temporary:
        folders = {name: Path(temporary, name) for name in ("source", "large", "package")}
        for folder in folders.values():
            folder.mkdir()
        step("Synthesizing the landing zone")
        templates = large(folders["large"], synthesize(programs()[LANDING_ZONE], folders["source"]))
        with zipfile.ZipFile(io.BytesIO(package.archive())) as made:
            made.extractall(folders["package"])
        memory: list[float] = []

        def first(template: Path) -> float:
            answered = cold(folders["package"], template)
            memory.append(answered.mebibytes)
            return answered.seconds

        found = in_turn({form: lambda file=file: first(file) for form, file in templates.items()}, times, step)  # type: ignore[misc]
        sizes = {form: file.stat().st_size / 1e6 for form, file in templates.items()}
    return (
        *(
            Result(f"hook, first answer about {sizes[form]:.1f} MB of {form}", median(values), TIME_TARGET, "s")
            for form, values in found.items()
        ),
        Result("hook, most memory", max(memory), MEMORY_TARGET, "MiB"),
        Result("hook, package", len(package.archive()) / 2**20, SIZE_TARGET, "MiB"),
    )


if __name__ == "__main__":
    show(measure())
