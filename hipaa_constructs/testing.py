"""What a test suite of yours needs: assert that an app is clean, that a rule fires, and stable snapshots.

The assertions synthesize the app through the same gate as ``cdk synth``::

    def test_records_are_compliant() -> None:
        app = cdk.App()
        ClinicStack(app, "Clinic")
        assert_no_findings(app)
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from cdk_nag import NagPack

from hipaa_constructs.cloudformation.load.validation_report import plugin_reports, read_validation_report
from hipaa_constructs.compliance import nag
from hipaa_constructs.compliance.acknowledgements.acknowledgement import METADATA_KEY
from hipaa_constructs.compliance.enforce import enforce_hipaa, is_enforced
from hipaa_constructs.compliance.nag_classes import CLASSES

__all__ = ["assert_finding", "assert_no_findings", "findings", "normalize", "template_of"]

_OTHER_PACKS = [pack for name, pack in CLASSES.items() if name not in (nag.HIPAA, nag.SERVERLESS)]
_ASSET = re.compile(r"\b[0-9a-f]{64}\b")


def findings(app: cdk.App, *, all_packs: bool = False) -> Sequence[str]:
    """Synthesize ``app`` and return its unacknowledged findings, each as ``rule id: construct path``.

    What cdk-nag and this package find of the same fact is one finding, under this package's rule id.

    An app that does not call ``enforce_hipaa`` itself is enforced here. Warnings are findings too.

    :param all_packs: whether cdk-nag's NIST 800-53 R5, PCI DSS 3.2.1 and AwsSolutions packs run as well.
    :raises ValueError: ``all_packs`` for an app that chose its packs itself.
    """
    return sorted(found for found, _ in _findings(app, all_packs=all_packs))


def assert_no_findings(app: cdk.App, *, all_packs: bool = False) -> None:
    """Fail with the list of findings, if ``app`` has any that nobody acknowledged."""
    found = findings(app, all_packs=all_packs)
    assert not found, "unacknowledged findings:\n  " + "\n  ".join(found)


def assert_finding(app: cdk.App, rule_id: str, construct_path: str = "") -> None:
    """Fail unless the gate reports ``rule_id`` on ``construct_path``, or on something below it.

    :param rule_id: of this package or of cdk-nag's, also where the finding goes by this package's.
    """
    found = _findings(app)
    wanted = f"{rule_id}: {construct_path}"
    listed = "\n  ".join(sorted(finding for finding, _ in found))
    assert any(one.startswith(wanted) for finding, also in found for one in (finding, *also)), (
        f"no finding of {rule_id} on {construct_path or 'anything'}; found were:\n  {listed}"
    )


def template_of(stack: cdk.Stack) -> dict[str, Any]:
    """Synthesize and return the final template of ``stack``, normalised for a snapshot."""
    root = stack.node.root
    assert isinstance(root, cdk.Stage)
    assembly = root.synth()
    return normalize(json.loads(Path(assembly.directory, stack.template_file).read_text()))


def normalize(template: dict[str, Any]) -> dict[str, Any]:
    """Replace what changes without meaning: asset hashes, acknowledgements' words, the bootstrap version's check."""
    normal: dict[str, Any] = json.loads(_ASSET.sub("<asset>", json.dumps(template)))
    for resource in normal.get("Resources", {}).values():
        metadata = resource.get("Metadata", {})
        if metadata.pop(METADATA_KEY, None) is not None and not metadata:
            del resource["Metadata"]
    normal.get("Parameters", {}).pop("BootstrapVersion", None)
    normal.get("Rules", {}).pop("CheckBootstrapVersion", None)
    return {key: value for key, value in normal.items() if value}


def _findings(app: cdk.App, *, all_packs: bool = False) -> Sequence[tuple[str, Sequence[str]]]:
    """Return the findings as ``findings`` does, each with the same under the ids of cdk-nag that it has too."""
    if all_packs or not is_enforced(app):
        packs: list[NagPack] = [pack(app) for pack in _OTHER_PACKS] if all_packs else []
        enforce_hipaa(app, packs=packs)
    try:
        app.synth()
    except RuntimeError as error:
        if "ValidationFailed" not in str(error):
            raise
    return [
        (f"{violation['ruleName']}: {path}", [f"{also}: {path}" for also in _also(violation)])
        for plugin in plugin_reports(read_validation_report(Path(app.outdir)))
        # Annotations and CDK's own schema checks are not about compliance.
        if plugin["pluginName"] not in ("Annotation", "Construct Annotations", "CloudFormation Validate")
        for violation in plugin["violations"]
        for path in (construct.get("constructPath", "") for construct in violation["violatingConstructs"])
    ]


def _also(violation: Mapping[str, Any]) -> Sequence[str]:
    named = (violation.get("ruleMetadata") or {}).get("also", "")
    return named.split(", ") if named else []
