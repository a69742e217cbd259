"""What is measured on: the landing zone and the examples, synthesized as ``cdk synth`` would."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parent.parent
LANDING_ZONE = "landing zone"


def context() -> Mapping[str, object]:
    """Return the context of ``cdk.json``: the feature flags and the landing zone's configuration."""
    found: Mapping[str, object] = json.loads((ROOT / "cdk.json").read_text("utf-8"))["context"]
    return found


def programs() -> Mapping[str, Path]:
    """Return the programs that make the apps, by name."""
    files, folders = sorted((ROOT / "examples").glob("*.py")), sorted((ROOT / "examples").glob("*/app.py"))
    examples = {program.stem: program for program in files} | {program.parent.name: program for program in folders}
    return {LANDING_ZONE: ROOT / "app.py", **examples}


def synthesize(program: Path, folder: Path) -> Path:
    """Run an app and return its cloud assembly, which is in ``folder``.

    :raises RuntimeError: it did not come to an end, or the gate refused it.
    """
    environment = {**os.environ, "CDK_OUTDIR": str(folder), "CDK_CONTEXT_JSON": json.dumps(context())}
    done = subprocess.run([sys.executable, str(program)], cwd=ROOT, env=environment, capture_output=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{program.name} failed:\n{done.stderr.decode('utf-8', 'replace')[-2000:]}")
    return folder
