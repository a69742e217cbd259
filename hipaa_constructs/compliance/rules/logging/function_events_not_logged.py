"""Functions keep what they are sent out of their logs.

An event holds what the patient's record holds: the body of a request, a message, an item of a table. What code prints
comes to CloudWatch Logs (docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html), outside the record's own
access control, read by whoever may read logs, and kept as long as they are; AWS's Powertools log no event unless told
to (docs.aws.amazon.com/powertools/typescript/latest/core/logger). Judged is code that stands in the
template, in Python and JavaScript: what the handler is given, what it takes of that for a body, a record or a message,
and what it makes of these, decoded or as text. Compliant: none of it goes to the log as a whole. Non-compliant:
``print(event)``, ``console.log(JSON.stringify(event))``, ``logger.info(f"{body}")`` and the like; a warning, since what
comes may be no data of patients. Not applicable: code that stands elsewhere or that only deployment fills in; functions
of custom resources; those that hear from services of AWS of operation alone, of names of objects or of the time of day,
or that rotate secrets; a log level that lets nothing of this kind through, as ``info`` of Python's ``logging`` is by
default. It is said once a template.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, as_items, dig, is_one_of, spread
from hipaa_constructs.cloudformation.written import written_at
from hipaa_constructs.compliance.facts import javascript_logging, python_logging
from hipaa_constructs.compliance.facts.cdk_functions import is_cdk_helper
from hipaa_constructs.compliance.facts.events import event_pattern
from hipaa_constructs.compliance.facts.functions import FUNCTION, serves_deployment_only
from hipaa_constructs.compliance.facts.literal_secrets import shown
from hipaa_constructs.compliance.facts.operations import is_rule_of_operation, tells_of_operation
from hipaa_constructs.compliance.facts.said_once import say_once
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed, worst

_CODE = "Code.ZipFile"
_READERS: Mapping[str, Callable[[str, str], int | None]] = {
    "nodejs": javascript_logging.line_that_logs_event,
    "python": python_logging.line_that_logs_event,
}
_NAME = re.compile(r"[a-z]+")
# What code reads of events that hold no data, those of CloudFormation, Secrets Manager and Auto Scaling:
# docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requests.html, docs.aws.amazon.com/secretsmanager/
# latest/userguide/rotate-secrets_lambda-functions.html, docs.aws.amazon.com/autoscaling/ec2/userguide/
# lifecycle-hooks-overview.html.
_READ = re.compile(
    r"\b(cfnresponse|ResponseURL|ClientRequestToken|RequestType|LifecycleActionToken|LifecycleHookName|"
    r"LifecycleTransition)\b"
)
# Services whose events on the bus hold what an app gives them or gets: docs.aws.amazon.com/eventbridge/latest/ref/
# events.html. Those of S3 hold names of objects.
_OF_DATA = frozenset({"aws.chime", "aws.connect", "aws.ses", "aws.states"})
# Callers that tell of operation, or of names of objects, beside rules and topics.
_OF_OPERATION = (
    "cloudformation.amazonaws.com",
    "config.amazonaws.com",
    "lambda.alarms.cloudwatch.amazonaws.com",
    "s3.amazonaws.com",
    "secretsmanager.amazonaws.com",
)
_PERMISSION, _MAPPING, _URL = "AWS::Lambda::Permission", "AWS::Lambda::EventSourceMapping", "AWS::Lambda::Url"
_RULE, _SUBSCRIPTION, _TOPIC = "AWS::Events::Rule", "AWS::SNS::Subscription", "AWS::SNS::Topic"


def check(resource: Resource) -> Verdict:
    return say_once(resource, _of_function, (FUNCTION,))


def _of_function(resource: Resource) -> Verdict:
    runtime, handler = resource.get("Runtime"), resource.get("Handler")
    name = _NAME.match(runtime) if isinstance(runtime, str) else None
    read = _READERS.get(name[0]) if name else None
    if read is None or not isinstance(handler, str) or serves_deployment_only(resource) or is_cdk_helper(resource):
        return NOT_APPLICABLE
    texts = [shown(written) for written in written_at(resource, _CODE)]
    texts = [text for text in texts if not _READ.search(text)]
    if not texts or _hears_of_operation_alone(resource) or _is_quiet(resource):
        return NOT_APPLICABLE
    return worst(_judge(read(text, handler.rpartition(".")[2])) for text in texts)


def _judge(line: int | None) -> Verdict:
    # The line itself may hold what a finding must not repeat.
    if line is None:
        return PASSED
    return failed(f"{_CODE} writes what the function is sent to the log, in line {line}.", at=_CODE)


def _is_quiet(function: Resource) -> bool:
    level = function.get("LoggingConfig.ApplicationLogLevel")
    return is_one_of(level, "WARN", "ERROR", "FATAL") is Ternary.YES


def _hears_of_operation_alone(function: Resource) -> bool:
    app = function.template.app
    if app.referring(function, _MAPPING, "FunctionName") or app.referring(function, _URL, "TargetFunctionArn"):
        return False
    callers = [
        *(_permits_operation(one) for one in app.referring(function, _PERMISSION, "FunctionName")),
        *(_tells_no_data(rule) for rule, _ in app.told(function, "rules that call functions", (_RULE,), _called)),
        *(_tells(one) for one in app.referring(function, _SUBSCRIPTION, "Endpoint")),
    ]
    said = [one for one in callers if one is not None]
    return bool(said) and all(said)


def _permits_operation(permission: Resource) -> bool | None:
    """Whether whom a permission lets call tells of operation; None where others say what comes."""
    principal = permission.get("Principal")
    if is_one_of(principal, "events.amazonaws.com", "sns.amazonaws.com") is Ternary.YES:
        return None
    return is_one_of(principal, *_OF_OPERATION) is Ternary.YES


def _tells_no_data(rule: Resource) -> bool:
    sources = as_items(dig(event_pattern(rule), "source"))
    known = [one for one in sources if isinstance(one, str) and one.startswith("aws.") and one not in _OF_DATA]
    return is_rule_of_operation(rule) or (bool(sources) and len(known) == len(sources))


def _called(rule: Resource) -> Iterator[tuple[Resource, None]]:
    for arn in spread(rule.properties, "Targets[].Arn"):
        function = rule.template.target(arn, FUNCTION)
        if function is not None:
            yield function, None


def _tells(subscription: Resource) -> bool:
    topic = subscription.template.target(subscription.get("TopicArn"), _TOPIC)
    return topic is not None and tells_of_operation(topic)


RULE = Rule(
    name="FunctionEventsNotLogged",
    severity="warning",
    resource_types=(FUNCTION,),
    controls=("164.312(a)(1)",),
    fix="Log what happens to what a function is sent, by ids that say nothing of a patient, and not what it is.",
    fixes=(
        Fix(
            template=f"{_CODE} logs ids alone, such as that of the request (context.aws_request_id, "
            "context.awsRequestId). Of an AWS::Serverless::Function, it is InlineCode.",
            cdk=("lambda_.Function(code=lambda_.Code.from_inline(<code that logs ids alone>))",),
        ),
    ),
    check=check,
    phi_only=True,
)
