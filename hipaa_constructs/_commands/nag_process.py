"""Run by ``nag.py`` in a process of its own: includes templates in a CDK app and asks cdk-nag about them."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import cloudformation_include

from hipaa_constructs.compliance.nag_classes import CLASSES


def main(folder: str, count: str, *packs: str) -> None:
    """Check ``0.json`` to ``<count - 1>.json`` in ``folder`` and write ``findings.json`` there."""
    app = cdk.App(analytics_reporting=False)
    refused: list[tuple[int, str]] = []
    for number in range(int(count)):
        stack = cdk.Stack(app, f"T{number}")
        try:
            cloudformation_include.CfnInclude(stack, "T", template_file=str(Path(folder, f"{number}.json")))
        except RuntimeError as error:
            refused.append((number, str(error).strip().splitlines()[0]))
    findings: list[dict[str, Any]] = []
    if not refused:
        for pack in packs:
            for violation in CLASSES[pack](app).validate_scope(app).violations:
                for resource in violation.violating_resources:
                    place = (resource.construct_path or "").split("/")
                    findings.append(
                        {
                            "rule_id": violation.rule_name,
                            "severity": violation.severity,
                            "message": violation.description,
                            "template": int(place[0].removeprefix("T")),
                            "logical_id": place[-1],
                        }
                    )
    Path(folder, "findings.json").write_text(json.dumps({"refused": refused, "findings": findings}), "utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
