"""What cdk-nag's HIPAA pack finds in templates, many at a time in processes of their own."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from hipaa_constructs._commands.nag import importable

Seen = frozenset[tuple[str, str]]
# Node keeps every construct that it ever made, so no process gets more than it can hold.
_AT_ONCE = 100


def judge(templates: Sequence[Mapping[str, Any]], workers: int = 2) -> Sequence[Seen | None]:
    """Return for each template the rules and resources of cdk-nag's findings; None where CDK refuses the template."""
    batches = [templates[start : start + _AT_ONCE] for start in range(0, len(templates), _AT_ONCE)]
    with ThreadPoolExecutor(workers) as pool:
        return [seen for batch in pool.map(_batch, batches) for seen in batch]


def _batch(templates: Sequence[Mapping[str, Any]]) -> Sequence[Seen | None]:
    with tempfile.TemporaryDirectory() as folder:
        for number, template in enumerate(templates):
            Path(folder, f"{number}.json").write_text(json.dumps(importable({**template, "Metadata": {}})), "utf-8")
        subprocess.run([sys.executable, "-m", __name__, folder, str(len(templates))], check=True)
        answers = json.loads(Path(folder, "findings.json").read_text("utf-8"))
    return [
        None if answer is None else frozenset((rule, logical_id) for rule, logical_id in answer) for answer in answers
    ]


def _main(folder: str, count: int) -> None:
    import aws_cdk as cdk
    from aws_cdk import cloudformation_include
    from cdk_nag import HIPAASecurityChecks

    app = cdk.App(analytics_reporting=False)
    found: list[list[tuple[str, str]] | None] = []
    for number in range(count):
        try:
            stack = cdk.Stack(app, f"T{number}")
            cloudformation_include.CfnInclude(stack, "T", template_file=str(Path(folder, f"{number}.json")))
            found.append([])
        except RuntimeError:
            app.node.try_remove_child(f"T{number}")
            found.append(None)
    for violation in HIPAASecurityChecks(app).validate_scope(app).violations:
        for resource in violation.violating_resources:
            stack_id, *_, logical_id = (resource.construct_path or "").split("/")
            findings = found[int(stack_id.removeprefix("T"))]
            if findings is not None:
                findings.append((violation.rule_name, logical_id))
    Path(folder, "findings.json").write_text(json.dumps(found), "utf-8")


if __name__ == "__main__":
    _main(sys.argv[1], int(sys.argv[2]))
