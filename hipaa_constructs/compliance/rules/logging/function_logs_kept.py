"""Functions log to a log group that the app defines.

Compliant: a function names a log group, or the app has the one that Lambda would make for it. Non-compliant: neither;
then Lambda makes one itself at the first call, without key and without end, also where CDK's log_retention ends it
(docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-loggroups.html). Not applicable: functions that
only custom resources call, which see what templates say; key and retention are LogGroupRetention's and
StoreEncryptedWithCustomerKey's.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, is_present
from hipaa_constructs.compliance.facts.functions import LOG_GROUP, log_groups_of, serves_deployment_only
from hipaa_constructs.compliance.fix import Choose, Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed


def check(resource: Resource) -> Verdict:
    if serves_deployment_only(resource):
        return NOT_APPLICABLE
    # A reference, a name or a value of deployment: in any case somebody chose it.
    if is_present(resource.get("LoggingConfig.LogGroup")) is not Ternary.NO:
        return PASSED
    groups = {group.type for group in log_groups_of(resource)}
    if LOG_GROUP in groups:
        return PASSED
    if groups:
        return failed("Its log group is the one that Lambda makes, without key; only its retention is set.")
    return failed("LoggingConfig names no log group, so Lambda makes one without key and retention.")


RULE = Rule(
    name="FunctionLogsKept",
    severity="warning",
    resource_types=("AWS::Lambda::Function",),
    controls=("164.312(b)",),
    fix="Give the function a log group of the app, with key and retention.",
    fixes=(
        Fix(
            properties={"LoggingConfig.LogGroup": Choose("the name of a log group with key and retention")},
            cdk=("lambda_.Function(log_group=<a log group>)",),
            constructs=("EncryptedLogGroup",),
        ),
    ),
    check=check,
)
