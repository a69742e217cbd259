"""Trails can prove that their log files are unchanged.

Compliant: ``EnableLogFileValidation`` true. Non-compliant: false or absent, which is CloudFormation's
default. Not applicable: nothing.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.values import is_true
from hipaa_constructs.compliance.facts.settings import Setting, Table, judge_by
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import Rule

_SETTINGS: Table = {
    "AWS::CloudTrail::Trail": Setting("EnableLogFileValidation", is_true, default=False),
}

RULE = Rule(
    name="TrailValidated",
    severity="error",
    resource_types=tuple(_SETTINGS),
    controls=("164.312(c)(1)", "164.312(c)(2)"),
    fix="Let the trail write digests that prove its log files unchanged.",
    fixes=tuple(
        Fix(
            (kind,),
            {setting.path: True},
            cdk=("cloudtrail.Trail(enable_file_validation=True)",),
            constructs=("AuditTrail",),
        )
        for kind, setting in _SETTINGS.items()
    ),
    check=judge_by(_SETTINGS),
)
