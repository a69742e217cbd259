"""Log groups keep their events for six years.

Documentation of activity is kept for six years (45 CFR 164.316(b)(2)(i)); the shortest period of CloudWatch Logs that
covers them is 2192 days. Compliant: ``RetentionInDays`` of 2190 or more, or none, which keeps events for ever.
Non-compliant: less, also by CDK's log_retention, a ``Custom::LogRetention``; a warning for flow logs, which tell of
packets, for logs of functions that only custom resources call, not of who did what with data, for logs of builds of
CodeBuild, CodePipeline and Image Builder, likewise, and for a log group that nothing of the app is told to write to.
What Elastic Beanstalk streams it keeps for 7 days unless ``RetentionInDays`` says more, and deletes with the
environment where ``DeleteOnTerminate`` says so
(docs.aws.amazon.com/elasticbeanstalk/latest/dg/command-options-general.html). Not applicable: environments that stream
none, which ServiceLogged finds, and configuration templates that an environment of the app names, which is judged with
them.
"""

from __future__ import annotations

from dataclasses import replace

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, is_false, is_true
from hipaa_constructs.compliance.facts.beanstalk import TYPES, Option, fix_of, option
from hipaa_constructs.compliance.facts.builds import logs_builds_alone
from hipaa_constructs.compliance.facts.functions import LOG_GROUP, LOG_RETENTION
from hipaa_constructs.compliance.facts.operations import is_written_by_nobody, logs_operation_alone
from hipaa_constructs.compliance.facts.settings import Setting, Table, at_least
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import Outcome, Rule, Verdict, weaker, worst

_SIX_YEARS_DAYS = 2190
_FOR_EVER = 1_000_000

_SETTINGS: Table = {
    kind: Setting("RetentionInDays", at_least(_SIX_YEARS_DAYS), default=_FOR_EVER)
    for kind in (LOG_GROUP, LOG_RETENTION)
}

_STREAMS = "aws:elasticbeanstalk:cloudwatch:logs"


def _streams_nothing(resource: Resource) -> bool:
    return is_true(option(resource, _STREAMS, "StreamLogs", False)) is Ternary.NO


_STREAMED = (
    Option(f"{_STREAMS}/RetentionInDays", at_least(_SIX_YEARS_DAYS), default=7, unless=_streams_nothing),
    Option(f"{_STREAMS}/DeleteOnTerminate", is_false, default=False, unless=_streams_nothing),
)
# The shortest period of CloudWatch Logs that covers six years.
_CLOSEST_DAYS = 2192


def check(resource: Resource) -> Verdict:
    if resource.type in TYPES:
        return worst(setting.judge(resource) for setting in _STREAMED)
    verdict = _SETTINGS[resource.type].judge(resource)
    if resource.type != LOG_GROUP or verdict.outcome is not Outcome.FAILED:
        return verdict
    if is_written_by_nobody(resource):
        verdict = replace(verdict, seen=(*verdict.seen, "Nothing of the app writes to the log group."))
        return weaker(verdict)
    return weaker(verdict) if logs_operation_alone(resource) or logs_builds_alone(resource) else verdict


RULE = Rule(
    name="LogGroupRetention",
    severity="error",
    resource_types=(*_SETTINGS, *TYPES),
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
        fix_of((_STREAMS, "RetentionInDays", str(_CLOSEST_DAYS)), (_STREAMS, "DeleteOnTerminate", "false")),
    ),
    check=check,
)
