"""GuardDuty detectors and Macie sessions are switched on.

Compliant: enabled. Non-compliant: a detector that is off, a session that is paused. Not applicable: nothing.
"""

from __future__ import annotations

from hipaa_constructs.compliance.rule import Rule
from hipaa_constructs.compliance.settings import Setting, Table, is_true, judge_by, one_of

_SETTINGS: Table = {
    "AWS::GuardDuty::Detector": Setting("Enable", is_true),
    "AWS::Macie::Session": Setting("Status", one_of("ENABLED"), default="ENABLED"),
}

RULE = Rule(
    name="DetectorEnabled",
    title="GuardDuty detectors and Macie sessions are switched on",
    severity="error",
    resource_types=tuple(_SETTINGS),
    fix="Set enable=True on CfnDetector and status=ENABLED on CfnSession, or use ThreatDetection and DataDiscovery.",
    check=judge_by(_SETTINGS),
)
