"""What a test suite of yours needs: assert that an app is clean, that a rule fires, and stable snapshots.

The assertions synthesize the app through the same gate as ``cdk synth``.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import cx_api
from cdk_nag import AwsSolutionsChecks, HIPAASecurityChecks, NagPack, NIST80053R5Checks, PCIDSS321Checks

_PACKS = (HIPAASecurityChecks, NIST80053R5Checks, PCIDSS321Checks, AwsSolutionsChecks)
_ASSET = re.compile(r"\b[0-9a-f]{64}\b")


def findings(app: cdk.App, *, all_packs: bool = False) -> list[str]:
    """Synthesize ``app`` and return its unacknowledged findings, each as ``rule id: construct path``.

    :param all_packs: whether NIST 800-53 R5, PCI DSS 3.2.1 and AwsSolutions run beside HIPAA.
    """
    packs: list[NagPack] = [pack(app) for pack in (_PACKS if all_packs else _PACKS[:1])]
    cdk.Validations.of(app).add_plugins(*packs)
    try:
        app.synth()
    except RuntimeError as error:
        if "Validation" not in str(error):
            raise
    return _reported(Path(app.outdir))


def assert_no_findings(app: cdk.App, *, all_packs: bool = False) -> None:
    """Fail with the list of findings, if ``app`` has any that nobody acknowledged."""
    found = findings(app, all_packs=all_packs)
    assert not found, "unacknowledged findings:\n  " + "\n  ".join(found)


def template_of(stack: cdk.Stack) -> dict[str, Any]:
    """Synthesize and return the final template of ``stack``, normalised for a snapshot."""
    root = stack.node.root
    assert isinstance(root, cdk.Stage)
    assembly: cx_api.CloudAssembly = root.synth()
    return normalize(json.loads((Path(assembly.directory) / stack.template_file).read_text()))


def normalize(template: dict[str, Any]) -> dict[str, Any]:
    """Replace what changes without meaning: asset hashes and the bootstrap version's check."""
    text = _ASSET.sub("<asset>", json.dumps(template))
    normal: dict[str, Any] = json.loads(text)
    normal.get("Parameters", {}).pop("BootstrapVersion", None)
    normal.get("Rules", {}).pop("CheckBootstrapVersion", None)
    return {key: value for key, value in normal.items() if value}


def _reported(directory: Path) -> list[str]:
    report_file = directory / "validation-report.json"
    if not report_file.exists():
        return []
    report = json.loads(report_file.read_text())
    return sorted(
        f"{violation['ruleName']}: {construct.get('constructPath', '')}"
        for plugin in report["pluginReports"]
        for violation in plugin["violations"]
        for construct in violation["violatingConstructs"]
    )
