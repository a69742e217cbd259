"""What other packs found at a synth, from the gate's record; imports no aws_cdk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hipaa_constructs.cloudformation.load.unusable import UnusableInput
from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.compliance import gate_record
from hipaa_constructs.compliance.gate import NAME
from hipaa_constructs.compliance.nag import as_finding
from hipaa_constructs.compliance.rule import Finding


def recorded(record: gate_record.GateRecord | None, app: App) -> Mapping[str, Sequence[Finding]]:
    """Return the findings of other packs that a record of an app holds, by pack."""
    return {
        name: [
            as_finding(
                one.rule_id,
                severity=one.severity,
                message=one.message,
                resource=app.at(one.place),
                construct_path=one.place,
            )
            for one in sorted(pack.findings)
        ]
        for name, pack in (record.packs if record else {}).items()
        if name != NAME
    }


def recorded_of(app: App) -> Sequence[Finding]:
    """Return the findings of other packs at the synth of an app's cloud assemblies.

    Empty where the gate did not run, or judged other files than are there.
    """
    found: list[Finding] = []
    for assembly in app.assemblies:
        try:
            record = gate_record.read(assembly.folder)
            if record is not None:
                gate_record.require_untouched(assembly.folder, record)
        except UnusableInput:
            continue
        found += [finding for findings in recorded(record, app).values() for finding in findings]
    return found
