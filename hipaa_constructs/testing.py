"""What a test suite of yours needs: assert that an app is clean, that a rule fires, and stable snapshots.

The assertions judge the app as the gate within ``cdk synth`` does::

    def test_records_are_compliant() -> None:
        app = cdk.App()
        ClinicStack(app, "Clinic")
        assert_no_findings(app)

They leave the app as it is, so that they go with ``Template.from_stack``, before it and after it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from cdk_nag import NagPack

from hipaa_constructs._arguments import checked_arguments, refuse
from hipaa_constructs.cloudformation.load import assembly
from hipaa_constructs.compliance import nag
from hipaa_constructs.compliance.acknowledgements.acknowledgement import METADATA_KEY
from hipaa_constructs.compliance.enforce import is_enforced, judge
from hipaa_constructs.compliance.gate_plugin import open_at_last_synth
from hipaa_constructs.compliance.locate import Locator
from hipaa_constructs.compliance.lookup import no_rule_named
from hipaa_constructs.compliance.nag_classes import CLASSES
from hipaa_constructs.compliance.output import by_resource
from hipaa_constructs.compliance.rule import Finding

__all__ = ["Finding", "assert_finding", "assert_no_findings", "findings", "normalize", "template_of"]

_OTHER_PACKS = [pack for name, pack in CLASSES.items() if name not in (nag.HIPAA, nag.SERVERLESS)]
_ASSET = re.compile(r"\b[0-9a-f]{64}\b")
# What pytest indents by, and more, stays within a terminal's line.
_WIDTH = 100


@checked_arguments
def findings(app: cdk.App, *, all_packs: bool = False) -> Sequence[Finding]:
    """Synthesize ``app`` and return what nobody acknowledged, warnings too, by rule id and place.

    A ``Finding`` says by which rule (``rule_id``, and in ``also`` the ids of cdk-nag's rules that found the same),
    where (``construct_path``, ``resource_logical_id``, ``resource_type``, ``template``, and ``source``, the line of
    the app), how grave (``severity``, ``outcome``), why (``message``, ``controls``) and what to do (``fix``). As text
    it is ``rule id: construct path``.

    An app that does not call ``enforce_hipaa`` itself is judged with the gate's defaults, and stays without a gate.

    :param all_packs: whether cdk-nag's NIST 800-53 R5, PCI DSS 3.2.1 and AwsSolutions packs run as well.
    :raises ValueError: ``all_packs`` for an app that calls ``enforce_hipaa``, which chose its packs itself.
    :raises RuntimeError: the app cannot be synthesized, or its gate could not judge it.
    """
    enforced = is_enforced(app)
    if enforced and all_packs:
        refuse(
            "all_packs",
            all_packs,
            allowed="an app that calls enforce_hipaa has its packs from there",
            fix="Pass packs to enforce_hipaa, or test the stacks in an app without it.",
        )
    try:
        app.synth()
    except RuntimeError as error:
        # What constructs find wrong with themselves, ValidationFailedWithErrors, ends it before anything is written.
        if "ValidationFailed:" not in str(error) or (enforced and open_at_last_synth(app) is None):
            raise
    packs: list[NagPack] = [pack(app) for pack in _OTHER_PACKS] if all_packs else []
    found = open_at_last_synth(app) if enforced else judge(app, packs=packs)
    if found is None:
        raise RuntimeError("The gate of the app did not run: synthesize it without skip_validation.")
    if not found:
        return []
    return sorted(Locator(assembly.load([Path(app.outdir)])).located(found), key=str)


@checked_arguments
def assert_no_findings(app: cdk.App, *, all_packs: bool = False) -> None:
    """Fail if ``app`` has findings that nobody acknowledged, and say of each what was seen and what to do.

    :param all_packs: as of ``findings``.
    """
    found = findings(app, all_packs=all_packs)
    if found:
        # pytest rewrites the asserts of plugins, and would put all that it knows of the findings behind these words.
        raise AssertionError(f"unacknowledged findings: {len(found)}\n{_told(found)}")


@checked_arguments
def assert_finding(app: cdk.App, rule_id: str, construct_path: str = "") -> None:
    """Fail unless the gate reports ``rule_id`` on ``construct_path``, or on something below it.

    :param rule_id: of this package or of cdk-nag's, also where the finding goes by this package's; without the detail
        in brackets it stands for all findings of the rule.
    :param construct_path: such as ``Clinic/Orders``, or as CDK prints it, ``/Clinic/Orders``. Default: anything.
    :raises ValueError: nothing is found, and no rule has that id; it names those that are nearest.
    """
    found = findings(app)
    if not any(_is_of(one, rule_id) and _is_at(one, construct_path) for one in found):
        # Not before, since packs of the app's own have ids of their own.
        unknown = no_rule_named(rule_id)
        if unknown is not None:
            refuse("rule_id", rule_id, allowed=unknown, fix="`hipaa-constructs rules` lists all ids.")
        raise AssertionError(
            f"no finding of {rule_id} on {construct_path or 'anything'}; "
            + (f"found were:\n{_told(found)}" if found else "nothing was found")
        )


@checked_arguments
def template_of(stack: cdk.Stack) -> dict[str, Any]:
    """Synthesize and return the final template of ``stack``, normalised for a snapshot."""
    root, stage = stack.node.root, cdk.Stage.of(stack)
    assert isinstance(root, cdk.Stage)
    assert stage is not None
    root.synth()
    # The stacks of a stage lie in a folder of its own.
    return normalize(json.loads(Path(stage.outdir, stack.template_file).read_text("utf-8")))


@checked_arguments
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


def _told(found: Sequence[Finding]) -> str:
    return "\n".join(by_resource(found, width=_WIDTH))


def _is_of(finding: Finding, rule_id: str) -> bool:
    ids = (finding.rule_id, *finding.tells, *finding.also)
    # CDK prints the pack before the id, as acknowledge takes it too.
    return rule_id.rpartition("::")[2] in (*ids, *(one.partition("[")[0] for one in ids))


def _is_at(finding: Finding, construct_path: str) -> bool:
    path = construct_path.strip("/")
    return not path or f"{finding.construct_path}/".startswith(f"{path}/")
