"""Log groups keep their events for six years.

Documentation of activity is kept for six years (45 CFR 164.316(b)(2)(i)); the shortest period of CloudWatch Logs that
covers them is 2192 days. Compliant: ``RetentionInDays`` of 2190 or more, or none, which keeps events for ever.
Non-compliant: less, also by CDK's log_retention, a ``Custom::LogRetention``; a warning for flow logs, which tell of
packets, and for logs of functions that only custom resources call, not of who did what with data. Not applicable:
nothing.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.compliance.facts.functions import LOG_GROUP, LOG_RETENTION
from hipaa_constructs.compliance.facts.operations import logs_operation_alone
from hipaa_constructs.compliance.facts.settings import Setting, Table, at_least
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import Rule, Verdict, weaker

_SIX_YEARS_DAYS = 2190
_FOR_EVER = 1_000_000

_SETTINGS: Table = {
    kind: Setting("RetentionInDays", at_least(_SIX_YEARS_DAYS), default=_FOR_EVER)
    for kind in (LOG_GROUP, LOG_RETENTION)
}

# The shortest period of CloudWatch Logs that covers six years.
_CLOSEST_DAYS = 2192


def check(resource: Resource) -> Verdict:
    verdict = _SETTINGS[resource.type].judge(resource)
    return weaker(verdict) if resource.type == LOG_GROUP and logs_operation_alone(resource) else verdict


RULE = Rule(
    name="LogGroupRetention",
    severity="error",
    resource_types=tuple(_SETTINGS),
    controls=("164.312(b)", "164.316(b)(2)(i)"),
    fix="Keep the events for six years.",
    fixes=(
        Fix(
            (LOG_GROUP,),
            {"RetentionInDays": _CLOSEST_DAYS},
            cdk=("logs.LogGroup(retention=logs.RetentionDays.SIX_YEARS)",),
            constructs=("EncryptedLogGroup",),
        ),
        Fix(
            (LOG_RETENTION,),
            {"RetentionInDays": _CLOSEST_DAYS},
            cdk=(
                "logs.LogRetention(retention=logs.RetentionDays.SIX_YEARS)",
                "lambda_.Function(log_group=<a log group>)",
            ),
            constructs=("EncryptedLogGroup",),
        ),
    ),
    check=check,
)
