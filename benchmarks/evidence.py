"""How long a report takes, and how much memory: for a landing zone, and for 10,000 resources."""

from __future__ import annotations

import hashlib
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace
from pathlib import Path

from hipaa_constructs.compliance import gate_record

ROOT = Path(__file__).parent.parent
DAY = "2026-11-22"


@dataclass(frozen=True)
class Measured:
    """One report, all documents, in a process of its own; ``processor`` is free of what else the machine does."""

    resources: int
    seconds: float
    processor: float
    mebibytes: float


def main() -> None:
    """Print a line for each size."""
    with tempfile.TemporaryDirectory() as folder:
        small = synthesize(ROOT / "app.py", Path(folder, "landing-zone"), cwd=ROOT)
        print(_line("landing zone", measure(small), "target < 2 s"))
        clinic = synthesize(ROOT / "examples" / "clinic_records.py", Path(folder, "clinic"), cwd=Path(folder))
        large = multiply(clinic, "Clinic", Path(folder, "large"), resources=10_000)
        print(_line("10,000 resources", measure(large), "target < 15 s and 1,024 MiB"))


def synthesize(app: Path, output: Path, *, cwd: Path) -> Path:
    """Synthesize an app into a folder, with its directory's cdk.json as the CDK CLI would pass it."""
    config = cwd / "cdk.json"
    context = json.loads(config.read_text()).get("context", {}) if config.exists() else {}
    context |= {"aws:cdk:enable-path-metadata": True, "aws:cdk:enable-asset-metadata": True}
    done = subprocess.run(
        [sys.executable, str(app)],
        cwd=cwd,
        env={**os.environ, "CDK_OUTDIR": str(output), "CDK_CONTEXT_JSON": json.dumps(context)},
        check=False,
        capture_output=True,
        text=True,
    )
    # An app with findings fails, and is measured all the same.
    if not (output / "validation-report.json").is_file():
        raise RuntimeError(done.stderr)
    return output


def multiply(source: Path, stack: str, target: Path, *, resources: int) -> Path:
    """Write an assembly with as many copies of one stack as give that many resources."""
    template = json.loads((source / f"{stack}.template.json").read_text())
    copies = -(-resources // len(template["Resources"]))
    target.mkdir()
    for file in source.iterdir():
        if file.is_file() and not file.name.startswith(f"{stack}."):
            (target / file.name).write_bytes(file.read_bytes())
    manifest, tree, report = (
        json.loads((source / name).read_text()) for name in ("manifest.json", "tree.json", "validation-report.json")
    )
    artifacts, children = manifest["artifacts"], tree["tree"]["children"]
    originals = {name: artifacts.pop(name) for name in list(artifacts) if re.fullmatch(rf"{stack}(\.assets)?", name)}
    branch = children.pop(stack)
    violations = [list(plugin.get("violations", [])) for plugin in report["pluginReports"]]
    suppressed = [list(plugin.get("suppressedViolations") or []) for plugin in report["pluginReports"]]
    for plugin in report["pluginReports"]:
        plugin["violations"], plugin["suppressedViolations"] = [], []
    for number in range(copies):
        name = f"{stack}{number}"
        for file in source.glob(f"{stack}.*"):
            (target / file.name.replace(stack, name, 1)).write_text(_renamed(file.read_text(), stack, name))
        artifacts.update(json.loads(_renamed(json.dumps(originals), stack, name)))
        children[name] = json.loads(_renamed(json.dumps(branch), stack, name))
        for plugin, failed, accepted in zip(report["pluginReports"], violations, suppressed, strict=True):
            plugin["violations"] += json.loads(_renamed(json.dumps(failed), stack, name))
            plugin["suppressedViolations"] += json.loads(_renamed(json.dumps(accepted), stack, name))
    for file_name, data in {"manifest.json": manifest, "tree.json": tree, "validation-report.json": report}.items():
        (target / file_name).write_text(json.dumps(data))
    names = [f"{stack}{number}" for number in range(copies)]
    for name in names:
        _rehash(target, name, hashlib.sha256((source / f"{stack}.template.json").read_bytes()).hexdigest())
    _record(source, stack, target, names)
    return target


def _rehash(folder: Path, name: str, old: str) -> None:
    """Have a stack's assets name its template by what it holds now."""
    digest = hashlib.sha256((folder / f"{name}.template.json").read_bytes()).hexdigest()
    assets = folder / f"{name}.assets.json"
    assets.write_text(assets.read_text().replace(old, digest))


def _record(source: Path, stack: str, target: Path, names: Sequence[str]) -> None:
    """Leave the gate's record of the copies: what was found in one, in each."""
    record = gate_record.read(source)
    if record is None:
        return
    packs = {}
    for pack, found in record.packs.items():
        texts = [json.dumps(astuple(one)) for one in found.findings]
        told = {_renamed(text, stack, name) for text in texts for name in names}
        packs[pack] = replace(found, findings=frozenset(gate_record.Recorded(*json.loads(text)) for text in told))
    stacks = [one for one in record.stacks if one != stack] + list(names)
    gate_record.write(target, replace(record, stacks=tuple(stacks), files=gate_record.digests(target), packs=packs))


def measure(folder: Path) -> Measured:
    """Write all documents, in a new process, and return what that took."""
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as output:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.evidence", str(folder), output], capture_output=True, text=True, cwd=ROOT
        )
        seconds = time.perf_counter() - started
        if done.returncode:
            raise RuntimeError(done.stderr)
    resources, processor, kibibytes = done.stdout.split()[-3:]
    return Measured(int(resources), seconds, float(processor), int(kibibytes) / 1024)


def _report(folder: str, output: str) -> None:
    from hipaa_constructs.cli import main as command

    try:
        command(["report", folder, "--output", output, "--today", DAY, "--allow-findings"])
    except SystemExit as done:
        if done.code:
            raise
    templates = json.loads(Path(output, "report.json").read_text())["templates"]
    used = resource.getrusage(resource.RUSAGE_SELF)
    count = sum(template["resources"] for template in templates)
    print(count, f"{used.ru_utime + used.ru_stime:.3f}", used.ru_maxrss)


def _renamed(text: str, stack: str, name: str) -> str:
    # The stack's name stands at the start of paths, file names and ids, never within a word.
    return re.sub(rf'(?<=["/]){stack}(?=["/.])', name, text)


def _line(what: str, measured: Measured, target: str) -> str:
    return (
        f"report, {what}: {measured.resources} resources, {measured.seconds:.2f} s "
        f"({measured.processor:.2f} s of processor), "
        f"{measured.mebibytes:.0f} MiB ({target})"
    )


if __name__ == "__main__":
    if len(sys.argv) == 3:
        _report(*sys.argv[1:])
    else:
        main()
