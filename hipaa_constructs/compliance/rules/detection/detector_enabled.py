"""GuardDuty detectors, Macie sessions and Security Hub's controls are switched on.

Compliant: enabled. Non-compliant: a detector that is off, a session that is paused, a hub that leaves new controls
of its standards off. Not applicable: nothing.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.values import is_true
from hipaa_constructs.compliance.facts.settings import Setting, Table, judge_by, one_of
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import Rule

_SETTINGS: Table = {
    "AWS::GuardDuty::Detector": Setting("Enable", is_true),
    "AWS::Macie::Session": Setting("Status", one_of("ENABLED"), default="ENABLED"),
    "AWS::SecurityHub::Hub": Setting("AutoEnableControls", is_true, default=True),
}

RULE = Rule(
    name="DetectorEnabled",
    severity="error",
    resource_types=tuple(_SETTINGS),
    controls=("164.308(a)(5)(ii)(B)", "164.308(a)(5)(ii)(C)", "164.308(a)(6)(ii)", "164.312(b)"),
    fix="Switch it on.",
    fixes=(
        Fix(
            ("AWS::GuardDuty::Detector",),
            beside="It has Enable: true, and the protection plans and the export for which ThreatDetectionComplete "
            "asks.",
            constructs=("ThreatDetection",),
        ),
        Fix(("AWS::Macie::Session",), {"Status": "ENABLED"}, constructs=("DataDiscovery",)),
        Fix(("AWS::SecurityHub::Hub",), {"AutoEnableControls": True}, constructs=("SecurityPosture",)),
    ),
    check=judge_by(_SETTINGS),
)
