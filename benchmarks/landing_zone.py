"""The landing zone: what the gate costs, and whether it grows evenly: ``python -m benchmarks.landing_zone``."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from typing import Any

import aws_cdk as cdk

from benchmarks.results import Result, show
from benchmarks.subjects import ROOT, context
from benchmarks.timing import in_turn, median, ratio, seconds
from hipaa_constructs import enforce_hipaa
from hipaa_constructs.compliance.gate_plugin import GatePlugin
from hipaa_constructs.landing_zone import LandingZone, LandingZoneConfig, load_config

GATE_TARGET, SHARE_TARGET, GROWTH_TARGET = 1.25, 0.10, 1.2
COPIES = (1, 10, 50)


def build(folder: str, *, copies: int = 1, gate: bool = True, schema_checks: bool = True) -> cdk.App:
    """Define landing zones in one app, which is synthesized into ``folder``."""
    app = cdk.App(
        analytics_reporting=False,
        builtin_cloud_formation_validation=schema_checks,
        context=dict(context()),
        outdir=folder,
    )
    config = load_config(app)
    assert isinstance(config, LandingZoneConfig)
    for number in range(copies):
        LandingZone(app, config.model_copy(update={"name": f"{config.name}{number or ''}"}))
    if gate:
        enforce_hipaa(app)
    return app


def _synthesize(**options: Any) -> float:
    with tempfile.TemporaryDirectory() as folder:
        return seconds(lambda: build(folder, **options).synth())


def gate_cost(times: int = 5, step: Callable[[str], None] = lambda what: None) -> Sequence[Result]:
    """Time the landing zone with and without the gate, as ``cdk synth`` runs it, and our plugin's part of that."""
    step(f"The landing zone with and without the gate, {times} times each")
    took, compared, share = _in_new_process("gate", times)
    return (
        Result("landing zone with the gate", took, None, "s"),
        Result("landing zone with the gate, to without it", compared, GATE_TARGET, "times"),
        Result("own plugin, to the rest of the landing zone's synth", share * 100, SHARE_TARGET * 100, "%"),
    )


def _gate_cost(times: int) -> list[float]:
    _synthesize()  # what Python and Node do once only
    spent: list[float] = []
    own = _SpentInPlugin(spent)
    shares: list[float] = []

    def gated() -> float:
        spent.clear()
        with own:
            total = _synthesize()
        shares.append(sum(spent) / (total - sum(spent)))
        return total

    found = in_turn({"with the gate": gated, "without the gate": lambda: _synthesize(gate=False)}, times)
    with_gate, without = found.values()
    return [median(with_gate), ratio(with_gate, without), median(shares)]


class _SpentInPlugin:
    """While entered, adds what each run of our plugin takes to a list."""

    def __init__(self, spent: list[float]) -> None:
        self._spent = spent
        self._original = GatePlugin.validate

    def __enter__(self) -> None:
        def timed(gate: Any, *arguments: Any) -> Any:
            start = time.perf_counter()
            try:
                return self._original(gate, *arguments)
            finally:
                self._spent.append(time.perf_counter() - start)

        setattr(GatePlugin, "validate", timed)  # noqa: B010  # a method cannot be assigned to, for mypy

    def __exit__(self, *_: object) -> None:
        setattr(GatePlugin, "validate", self._original)  # noqa: B010


def growth(step: Callable[[str], None] = lambda what: None) -> Sequence[Result]:
    """Time 1, 10 and 50 landing zones in one app, each number in a new process, and compare the time per resource."""
    per_resource = {}
    results = []
    for copies in COPIES:
        step(f"{copies} landing zones in one app")
        resources, took = _in_new_process("grow", copies)
        per_resource[copies] = took / resources
        results.append(Result(f"{copies} landing zones, {resources:.0f} resources", took, None, "s"))
    most = max(COPIES)
    grown = per_resource[most] / per_resource[1]
    return [*results, Result(f"time per resource, {most} landing zones to 1", grown, GROWTH_TARGET, "times")]


def _growth(copies: int) -> list[float]:
    # CDK's own schema checks take the same time for each template; here they would only hide ours.
    _synthesize(schema_checks=False)
    repetitions = 5 if copies == 1 else 1
    took = median([_synthesize(copies=copies, schema_checks=False) for _ in range(repetitions)])
    with tempfile.TemporaryDirectory() as folder:
        assembly = build(folder, gate=False, schema_checks=False).synth()
        resources = sum(len(stack.template["Resources"]) for stack in assembly.stacks)
    return [resources * copies, took]


def _in_new_process(what: str, number: int) -> list[float]:
    """Measure in a process of its own, whose Node has defined nothing yet; what the gate prints there is dropped."""
    command = [sys.executable, "-m", "benchmarks.landing_zone", what, str(number)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    figures: list[float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def main() -> None:
    """Measure and print."""
    show([*gate_cost(), *growth()])


if __name__ == "__main__":
    if len(sys.argv) == 3:
        print(json.dumps({"gate": _gate_cost, "grow": _growth}[sys.argv[1]](int(sys.argv[2]))))
    else:
        main()
