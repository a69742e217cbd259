"""An organization of many accounts: whether synthesis grows evenly, what ``only=`` saves, and how much memory is used.

``python -m benchmarks.organization`` measures; times are those of the processor, of Python and Node together, so that
what else the machine does counts little.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import aws_cdk as cdk
import yaml

from benchmarks.results import Result, show
from benchmarks.subjects import ROOT
from hipaa_constructs import enforce_hipaa
from hipaa_constructs.landing_zone import OrganizationZone, OrganizationZoneConfig, parse_zone

ACCOUNTS = (1, 10, 100)
GROWTH_TARGET = 1.2
_EXAMPLE = ROOT / "examples" / "organization" / "organization.yaml"
_ONE = "Clinic1"


class Measured(NamedTuple):
    """One synthesis in a process of its own: seconds of the processor, and the most memory that each program held."""

    stacks: int
    resources: int
    seconds: float
    wall_seconds: float
    python_mebibytes: float
    node_mebibytes: float


def configuration(accounts: int) -> OrganizationZoneConfig:
    """Return the example's organization with so many workloads, each in two Regions."""
    given: dict[str, Any] = yaml.safe_load(_EXAMPLE.read_text("utf-8"))
    given["organization"]["workloads"] = [
        {
            "name": f"Clinic{number}",
            "account": f"{300_000_000_000 + number}",
            "environment": "staging" if number % 2 == 0 else "production",
            "network": {"cidr": f"10.{number}.0.0/16"},
        }
        for number in range(1, accounts + 1)
    ]
    # Attachments and flows name workloads of the example.
    for key in ("attachments", "inspection", "endpoints", "profiles"):
        given["organization"].get("network", {}).pop(key, None)
    # Units are named by environment; with one account there is but one.
    if accounts == 1:
        given["organization"]["deployment"]["unattended"] = []
    config = parse_zone(given, source=str(_EXAMPLE))
    assert isinstance(config, OrganizationZoneConfig)
    return config


def synthesize(config: OrganizationZoneConfig, only: str | None, *, schema_checks: bool) -> tuple[int, int]:
    """Synthesize with the gate; return how many stacks and resources there are."""
    with tempfile.TemporaryDirectory() as folder:
        app = cdk.App(
            analytics_reporting=False, builtin_cloud_formation_validation=schema_checks, context=_flags(), outdir=folder
        )
        OrganizationZone(app, config, only=only)
        enforce_hipaa(app)
        app.synth()
        written = list(Path(folder).rglob("*.template.json"))
        return len(written), sum(len(json.loads(one.read_text("utf-8")).get("Resources", {})) for one in written)


def measure(step: Callable[[str], None] = lambda what: None) -> Sequence[Result]:
    """Measure 1, 10 and 100 accounts, and one account of a hundred."""
    found: dict[int, Measured] = {}
    results: list[Result] = []
    for accounts in ACCOUNTS:
        step(f"{accounts} workload accounts in two Regions")
        found[accounts] = _in_new_process(accounts, None)
        results += _told(f"{accounts} accounts", found[accounts])
    most = max(ACCOUNTS)
    per_resource = {accounts: one.seconds / one.resources for accounts, one in found.items()}
    grown = per_resource[most] / per_resource[1]
    step(f"One account of {most}")
    alone = _in_new_process(most, _ONE)
    return [
        *results,
        Result(f"time per resource, {most} accounts to 1", grown, GROWTH_TARGET, "times"),
        *_told(f"one account of {most}, only={_ONE}", alone),
    ]


def _told(what: str, one: Measured) -> Iterator[Result]:
    yield Result(f"{what}: {one.stacks} stacks, {one.resources} resources", one.seconds, None, "s of processor")
    yield Result(f"{what}, elapsed", one.wall_seconds, None, "s")
    yield Result(f"{what}, memory of Python", one.python_mebibytes, None, "MiB")
    yield Result(f"{what}, memory of Node", one.node_mebibytes, None, "MiB")


def _in_new_process(accounts: int, only: str | None) -> Measured:
    command = [sys.executable, "-m", "benchmarks.organization", str(accounts), *([only] if only else [])]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return Measured(*json.loads(done.stdout.splitlines()[-1]))


def _measured(accounts: int, only: str | None) -> Measured:
    # What Python and Node do once only. CDK's schema checks take the same for each template, and would hide the rest.
    synthesize(configuration(1), _ONE, schema_checks=False)
    config = configuration(accounts)
    before, began = _processor_seconds(), time.perf_counter()
    stacks, resources = synthesize(config, only, schema_checks=False)
    took, elapsed = _processor_seconds() - before, time.perf_counter() - began
    own, others = _processes()
    return Measured(stacks, resources, took, elapsed, _peak(own), max(map(_peak, others), default=0.0))


def _processor_seconds() -> float:
    """Return what this process and those that it started have used of the processor."""
    own, others = _processes()
    return sum(map(_used, [own, *others]))


def _processes() -> tuple[Path, Sequence[Path]]:
    """Return this process and all below it, as Linux shows them."""
    parents = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            # The name, in parentheses, may hold anything.
            parents[int(status.parent.name)] = int(status.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    own = int(Path("/proc/self").readlink().name)
    below = [own]
    for one in below:
        below += [process for process, parent in parents.items() if parent == one]
    return Path("/proc", str(own)), [Path("/proc", str(process)) for process in below[1:]]


def _used(process: Path) -> float:
    user, system = (process / "stat").read_text().rpartition(")")[2].split()[11:13]
    # A hundredth of a second each, on all Linux that Python knows.
    return (int(user) + int(system)) / 100


def _peak(process: Path) -> float:
    lines = (process / "status").read_text().splitlines()
    kibibytes = next((line.split()[1] for line in lines if line.startswith("VmHWM:")), "0")
    return int(kibibytes) / 1024


def _flags() -> dict[str, Any]:
    context: Mapping[str, Any] = json.loads((ROOT / "cdk.json").read_text("utf-8"))["context"]
    return {key: value for key, value in context.items() if key.startswith("@aws-cdk")}


def main() -> None:
    """Measure and print."""
    show(measure())


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(_measured(int(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else None)))
    else:
        main()
