"""What the landing zone takes, to what CDK takes to read the same templates back: ``python -m benchmarks floor``.

The floor is an app of CDK and cdk-nag alone: each template comes in by ``CfnInclude``, and the HIPAA pack and CDK's own
schema checks look at it. What the landing zone takes beyond that is imports, building and the gate.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.results import Result
from benchmarks.subjects import LANDING_ZONE, ROOT, context, programs, synthesize
from benchmarks.timing import in_turn, ratio_of_least

TARGET = 1.5


def measure(times: int = 5, step: Callable[[str], None] = lambda what: None) -> Sequence[Result]:
    """Compare the seconds of the processor, Node's among them, of the landing zone and of its floor."""
    with tempfile.TemporaryDirectory() as temporary:
        assembly = synthesize(programs()[LANDING_ZONE], Path(temporary, "templates"))
        floor = [sys.executable, "-m", "benchmarks.floor", str(assembly)]
        found = in_turn(
            {
                LANDING_ZONE: lambda: _spent([sys.executable, str(programs()[LANDING_ZONE])], Path(temporary, "built")),
                "its templates read back": lambda: _spent(floor, Path(temporary, "read")),
            },
            times,
            step,
        )
    landing_zone, read = found.values()
    return (
        Result("landing zone, of the processor", min(landing_zone), None, "s"),
        Result("landing zone, to its templates read back by CDK", ratio_of_least(landing_zone, read), TARGET, "times"),
    )


def _spent(command: Sequence[str], folder: Path) -> float:
    """Return what a command and the processes that it waits for take of the processor."""
    environment = {**os.environ, "CDK_OUTDIR": str(folder), "CDK_CONTEXT_JSON": json.dumps(context())}
    # What is installed has its bytecode. The first run writes what is missing, and the least of all runs counts.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=said, stderr=said)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            raise RuntimeError(said.read().decode("utf-8", "replace")[-2000:])
    return usage.ru_utime + usage.ru_stime


def _read_back(assembly: Path) -> None:
    """Synthesize an app whose stacks are the templates of a cloud assembly, by CDK and cdk-nag alone."""
    import aws_cdk as cdk
    import cdk_nag
    from aws_cdk import cloudformation_include

    app = cdk.App(analytics_reporting=False)
    environment = cdk.Environment(account="111122223333", region="us-east-1")
    with tempfile.TemporaryDirectory() as folder:
        for file in sorted(assembly.glob("*.template.json")):
            template = json.loads(file.read_text("utf-8"), object_hook=_known_to_cdk)
            # CDK adds these itself.
            for section, name in (("Parameters", "BootstrapVersion"), ("Rules", "CheckBootstrapVersion")):
                template.get(section, {}).pop(name, None)
            included = Path(folder, file.name)
            included.write_text(json.dumps(template), "utf-8")
            stack = cdk.Stack(app, file.name.partition(".")[0], env=environment)
            cloudformation_include.CfnInclude(stack, "Template", template_file=str(included))
        cdk.Validations.of(app).add_plugins(cdk_nag.HIPAASecurityChecks())
        # What the landing zone acknowledges is found here: the report of it belongs to what CDK does.
        with contextlib.suppress(RuntimeError):
            app.synth()
        if not Path(app.outdir, "validation-report.json").is_file():
            raise RuntimeError("CDK did not come to judging the templates")


def _known_to_cdk(value: dict[str, object]) -> object:
    """Put an address where the output of another stack stands, by a function that ``CfnInclude`` does not know."""
    return "arn:aws:sns:us-east-1:111122223333:topic" if "Fn::GetStackOutput" in value else value


if __name__ == "__main__":
    _read_back(Path(sys.argv[1]))
