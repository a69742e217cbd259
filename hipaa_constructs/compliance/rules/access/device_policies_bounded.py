"""Policies of devices name the topics that each device is about.

Whoever takes one device over may do what its policy allows. Compliant: actions on named topics, or on those that a
variable such as ``${iot:Connection.Thing.ThingName}`` narrows to the device
(docs.aws.amazon.com/iot/latest/developerguide/thing-policy-variables.html). Non-compliant: all of ``iot:``, or
publishing, subscribing, receiving, shadows and jobs on every resource or every topic, by which each device reads what
all others measure of their patients; as a warning, connecting under every client's id alone, which takes the connection
of another device over, unless the policy is that of a claim, by which a device without a name of its own asks for one
(docs.aws.amazon.com/iot/latest/developerguide/provision-wo-cert.html). AWS IoT Device Defender's audit says so too
(docs.aws.amazon.com/iot-device-defender/latest/devguide/audit-chk-iot-policy-permissive.html). Unknown: a policy that
only deployment knows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, Ternary, Unknown
from hipaa_constructs.compliance.facts.statements import judge_allows
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import PASSED, Rule, Verdict, failed, listed, unknown, worst
from hipaa_constructs.iam.arn_services import may_be_about
from hipaa_constructs.iam.arns import parse_arn
from hipaa_constructs.iam.document import Statement, matches, policies_at
from hipaa_constructs.iam.grants import is_every_resource, is_whole_service

_DEVICE = "AWS::IoT::Policy"
_CONNECT = "iot:Connect"
_REACHING = (
    "iot:DeleteThingShadow",
    "iot:GetPendingJobExecutions",
    "iot:GetRetainedMessage",
    "iot:GetThingShadow",
    "iot:Publish",
    "iot:Receive",
    "iot:RetainPublish",
    "iot:StartNextPendingJobExecution",
    "iot:Subscribe",
    "iot:UpdateJobExecution",
    "iot:UpdateThingShadow",
)
# As wide as "*", of what each action is about; # is the wildcard of MQTT.
_KINDS = ("client/*", "thing/*", "topic/*", "topicfilter/*", "topicfilter/#", "topicfilter/+/#")


# What a claim is for: docs.aws.amazon.com/iot/latest/developerguide/fleet-provision-api.html.
_CLAIMED = re.compile(r"topic(filter)?/\$aws/(certificates/create(-from-csr)?|provisioning-templates)/.*", re.DOTALL)


def check(resource: Resource) -> Verdict:
    policies = policies_at(resource, "PolicyDocument")
    judge = partial(_judge, is_claim=all(map(_is_of_claim, policies)))
    return worst((PASSED, judge_allows(policies, "PolicyDocument", judge)))


def _is_of_claim(policy: Sequence[Statement] | Unknown) -> bool:
    """Whether a policy allows nothing but to connect and to ask for a certificate and a thing."""
    if isinstance(policy, Unknown):
        return False
    others = [one for one in policy if one.allows is not Ternary.NO and not _connects_alone(one)]
    return bool(others) and all(one.resources and all(map(_is_claimed, one.resources)) for one in others)


def _connects_alone(statement: Statement) -> bool:
    return all(isinstance(action, str) and action.lower() == _CONNECT.lower() for action in statement.actions)


def _is_claimed(resource: object) -> bool:
    arn = parse_arn(resource) if isinstance(resource, str) else None
    return arn is not None and _CLAIMED.fullmatch(arn.name) is not None


def _judge(statement: Statement, *, is_claim: bool) -> Iterator[Verdict]:
    name = f"Statement {statement.name}"
    whole = [action for action in statement.actions if is_whole_service(action)]
    if whole:
        yield failed(f"{name} allows devices {listed(whole)}.")
        return
    wide = [item for item in statement.resources if _is_wide(item)]
    reaching = [one for one in statement.actions if any(matches(one, action) for action in _REACHING)]
    if reaching and wide:
        yield failed(f"{name} allows devices {listed(reaching)} on {wide[0]}.")
    elif wide and not is_claim and any(matches(one, _CONNECT) for one in statement.actions):
        yield failed(f"{name} allows devices {_CONNECT} on {wide[0]}.", severity="warning")
    if any(action is UNKNOWN for action in statement.actions):
        yield unknown(f"The actions of statement {statement.name} are known only at deployment.")


def _is_wide(resource: object) -> bool:
    arn = parse_arn(resource) if isinstance(resource, str) else None
    return (is_every_resource(resource) and may_be_about(_CONNECT, resource)) or (
        arn is not None and arn.name in _KINDS
    )


RULE = Rule(
    name="DevicePoliciesBounded",
    severity="error",
    resource_types=(_DEVICE,),
    controls=("164.308(a)(4)(ii)(B)", "164.312(a)(1)"),
    fix="Name the topics that a device is about, by its own name.",
    fixes=(
        Fix(
            (_DEVICE,),
            beside="In PolicyDocument, iot:Connect is on client/${iot:Connection.Thing.ThingName}, and iot:Publish, "
            "iot:Subscribe and iot:Receive are on topic and topicfilter ARNs that have "
            "${iot:Connection.Thing.ThingName} in them; within Fn::Sub these are written ${!iot:…}.",
        ),
    ),
    check=check,
)
