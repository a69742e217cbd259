"""Functions log into a log group that somebody looks after.

Compliant: a function names a log group, or the app has the one that Lambda would make for it. Non-compliant: neither;
then Lambda makes one itself at the first call, without key and without end
(docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-loggroups.html). Not applicable: nothing; key and
retention are LogGroupRetention's and StoreEncryptedWithCustomerKey's.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.cloudformation.values import Reference, Text
from hipaa_constructs.compliance.rule import PASSED, Rule, Verdict, failed

_PREFIX = "/aws/lambda/"


def _named(app: App) -> frozenset[str]:
    """The functions' names, or ids, for which the app has a log group by Lambda's own naming."""
    names: set[str] = set()
    for group in app.of_type("AWS::Logs::LogGroup"):
        name = group.get("LogGroupName")
        if isinstance(name, Text):
            names.update(str(reference.resource.logical_id) for reference in name.references)
        if isinstance(name, str) and name.startswith(_PREFIX):
            names.add(name.removeprefix(_PREFIX))
    return frozenset(names)


def check(resource: Resource) -> Verdict:
    # A reference, a name or a value of deployment: in any case somebody chose it.
    if resource.get("LoggingConfig.LogGroup") not in (None, ""):
        return PASSED
    named = resource.template.app.cached("log groups of functions", _named)
    name = resource.get("FunctionName")
    if resource.logical_id in named or (isinstance(name, (str, Reference)) and str(name) in named):
        return PASSED
    return failed("LoggingConfig names no log group, so Lambda makes one without key and retention.")


RULE = Rule(
    name="FunctionLogsKept",
    severity="warning",
    resource_types=("AWS::Lambda::Function",),
    controls=("164.312(b)",),
    fix="Name a log group with key and retention in LoggingConfig.LogGroup: log_group=EncryptedLogGroup(…).log_group.",
    check=check,
)
