"""``python -m benchmarks [NAME …]``: all measurements, or those named; each figure stands beside its target."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console

from benchmarks import (
    checks,
    constructs,
    defaults,
    evidence,
    fixes,
    floor,
    hook,
    landing_zone,
    mutations,
    organization,
    organization_report,
    precision,
    scanners,
)
from benchmarks.results import Result, show
from benchmarks.subjects import LANDING_ZONE, programs, synthesize

Step = Callable[[str], None]


def _reports(step: Step) -> Sequence[Result]:
    with tempfile.TemporaryDirectory() as temporary:
        step("Evidence about the landing zone")
        small = evidence.measure(synthesize(programs()[LANDING_ZONE], Path(temporary, "small")))
        step("Evidence about 10,000 resources")
        clinic = synthesize(programs()["clinic_records"], Path(temporary, "clinic"))
        large = evidence.measure(evidence.multiply(clinic, "Clinic", Path(temporary, "large"), resources=10_000))
    return (
        Result("evidence, landing zone", small.seconds, 2, "s"),
        Result(f"evidence, {large.resources} resources", large.seconds, 15, "s"),
        Result(f"evidence, {large.resources} resources, memory", large.mebibytes, 1024, "MiB"),
    )


_MEASUREMENTS: dict[str, Callable[[Step], Sequence[Result]]] = {
    "constructs": lambda step: constructs.measure(step=step),
    "gate": lambda step: landing_zone.gate_cost(step=step),
    "floor": lambda step: floor.measure(step=step),
    "growth": landing_zone.growth,
    "organization": organization.measure,
    "check": lambda step: checks.measure(step=step),
    "hook": lambda step: hook.measure(step=step),
    "scanners": lambda step: scanners.measure(step=step),
    "evidence": _reports,
    "organization_report": lambda step: organization_report.growth(step=step),
    "precision": lambda step: precision.measure(step=step),
    "fixes": lambda step: fixes.measure(step=step),
    "defaults": lambda step: defaults.measure(step=step),
}
_MUTATIONS = "mutations"


def main() -> None:
    """Run what was asked for; nothing here fails, since machines differ."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    names = [*_MEASUREMENTS, _MUTATIONS]
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join(names)}; default: all")
    asked = parser.parse_args().names or names
    unknown = [name for name in asked if name not in names]
    if unknown:
        parser.error(f"unknown: {', '.join(unknown)}; known are {', '.join(names)}")
    console = Console()
    for name in asked:
        if name == _MUTATIONS:
            mutations.main()
            continue
        with console.status(name) as status:
            results = _MEASUREMENTS[name](status.update)
        show(results, console)


if __name__ == "__main__":
    main()
