"""The report of an organization: one account's assembly of landing zones, once for each of many accounts."""

from __future__ import annotations

import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.evidence import DAY
from benchmarks.results import Result
from benchmarks.subjects import ROOT, context
from hipaa_constructs.compliance import gate_record

FEW, MANY = 5, 100
# The least number of resources of an account, in both of its Regions.
RESOURCES = 1_000
_WORKLOAD = """
import sys
from pathlib import Path
import aws_cdk as cdk
from hipaa_constructs import enforce_hipaa
from hipaa_constructs.landing_zone import LandingZone, load_config

app = cdk.App(outdir=sys.argv[1], analytics_reporting=False, builtin_cloud_formation_validation=False)
config = load_config(app)
for number in range(int(sys.argv[2])):
    LandingZone(app, config.model_copy(update={"name": f"{config.name}{number or ''}"}))
enforce_hipaa(app)
app.synth()
"""


@dataclass(frozen=True)
class Measured:
    """One report of all accounts, in a process of its own; ``processor`` is free of what else the machine does."""

    accounts: int
    resources: int
    seconds: float
    processor: float
    mebibytes: float


def workload(folder: Path, *, resources: int = RESOURCES) -> Path:
    """Synthesize as many landing zones into one account's assembly as give at least that many resources."""
    settings = json.dumps({**context(), "aws:cdk:enable-path-metadata": True, "aws:cdk:enable-asset-metadata": True})
    copies = 1
    while True:
        target = folder / f"copies-{copies}"
        done = subprocess.run(
            [sys.executable, "-c", _WORKLOAD, str(target), str(copies)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), "CDK_CONTEXT_JSON": settings},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(done.stderr[-2000:])
        count = sum(len(json.loads(file.read_text())["Resources"]) for file in target.glob("*.template.json"))
        if count >= resources:
            return target
        copies = -(-resources * copies // count)


def multiply(source: Path, target: Path, *, accounts: int) -> Sequence[Path]:
    """Write an account's assembly once for each of many accounts, each sealed by a record of its own."""
    manifest = (source / "manifest.json").read_text()
    (owner,) = set(re.findall(r"aws://(\d{12})/", manifest))
    record = gate_record.read(source)
    assert record is not None
    folders = []
    for number in range(accounts):
        folder = target / f"account-{number:03}"
        folder.mkdir(parents=True)
        account = f"{int(owner) + number:012}"
        for file in source.glob("*.json"):
            if file.name != gate_record.FILE:
                (folder / file.name).write_text(file.read_text().replace(owner, account))
        (folder / "cdk.out").write_text((source / "cdk.out").read_text())
        _reseal(folder, source, owner, account, record)
        folders.append(folder)
    return folders


def _reseal(folder: Path, source: Path, owner: str, account: str, record: gate_record.GateRecord) -> None:
    """Have asset manifests name the templates as they are now, and leave the gate's record of them."""
    for assets in folder.glob("*.assets.json"):
        text = assets.read_text()
        for file in folder.glob("*.template.json"):
            old = gate_record.digest_of(source / file.name)
            text = text.replace(old, gate_record.digest_of(file)) if old in text else text
        assets.write_text(text)
    packs = {
        name: replace(
            pack,
            findings=frozenset(
                replace(one, message=one.message.replace(owner, account), place=one.place.replace(owner, account))
                for one in pack.findings
            ),
        )
        for name, pack in record.packs.items()
    }
    gate_record.write(folder, replace(record, packs=packs, files=gate_record.digests(folder)))


def growth(step: Callable[[str], None] = lambda what: None) -> Sequence[Result]:
    """Compare the time per resource of many accounts with that of few, each in an assembly of its own."""
    with tempfile.TemporaryDirectory() as temporary:
        step("The landing zones of one account")
        source = workload(Path(temporary))
        found = {}
        for accounts in (FEW, MANY):
            step(f"Evidence about {accounts} accounts")
            found[accounts] = measure(multiply(source, Path(temporary, f"accounts-{accounts}"), accounts=accounts))
    few, many = found[FEW], found[MANY]
    grown = (many.processor / many.resources) / (few.processor / few.resources)
    what = f"evidence, {MANY} accounts, {many.resources} resources"
    return (
        Result(f"{what}: time per resource to that of {FEW} accounts", grown, 1.2, "times"),
        Result(f"{what}: processor", many.processor, 60, "s"),
        Result(f"{what}: memory", many.mebibytes, 1024, "MiB"),
    )


def measure(folders: Sequence[Path]) -> Measured:
    """Write all documents of all accounts, in a new process, and return what that took."""
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as output:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.organization_report", output, *map(str, folders)],
            capture_output=True,
            text=True,
            cwd=ROOT,
            check=False,
        )
        seconds = time.perf_counter() - started
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    accounts, resources, processor, kibibytes = done.stdout.split()[-4:]
    return Measured(int(accounts), int(resources), seconds, float(processor), int(kibibytes) / 1024)


def _report(output: str, *folders: str) -> None:
    from hipaa_constructs.cli import main as command

    formats = [part for form in ("html", "json", "csv", "xlsx") for part in ("--format", form)]
    try:
        command(["report", *folders, "--output", output, "--today", DAY, "--allow-findings", *formats])
    except SystemExit as done:
        if done.code:
            raise
    used = resource.getrusage(resource.RUSAGE_SELF)
    summary = json.loads(Path(output, "organization.json").read_text())["summary"]
    print(summary["accounts"], summary["resources"], f"{used.ru_utime + used.ru_stime:.3f}", used.ru_maxrss)


if __name__ == "__main__":
    _report(*sys.argv[1:])
