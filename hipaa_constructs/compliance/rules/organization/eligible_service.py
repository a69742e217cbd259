"""Services that may touch PHI are on AWS's list of HIPAA-eligible services.

Compliant: the resource's CloudFormation namespace belongs to a listed service, or is a tool that holds no data.
Non-compliant: the service is not on the list, or the list excludes the resource's type (errors); or the namespace may
be a feature of a listed service but nobody has confirmed it, or older AWS guidance says otherwise (warnings, at the
first of a template's resources of the namespace). Not
applicable: custom resources, which are functions of the app's own, and metadata; misspelt types, which TemplateReadable
names; a schedule of EventBridge's that hands on nothing, or names alone, and a group of none but such; also whatever is
classified as NO_PHI, since such a service may exist in the account as long as it touches no PHI.
"""

from __future__ import annotations

import json
import re

from hipaa_constructs.cloudformation.model import Resource, Template
from hipaa_constructs.cloudformation.values import UNKNOWN, is_mapping
from hipaa_constructs.compliance.controls import (
    Status,
    excluded_types,
    namespace_statuses,
    services_as_of,
)
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.resource_types import is_without_schema, nearest_type
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed

_NO_SERVICE = ("Custom::", "AWS::CDK::Metadata", "AWS::CloudFormation::CustomResource", "AWS::Serverless::")

# On the list, though older guidance named the service as not eligible: say both, and let someone decide.
_DISPUTED = {
    "AWS::Amplify": "the list names AWS Amplify Console, while older AWS guidance names Amplify as not eligible",
    "AWS::Chime": "the list names Amazon Chime SDK, while older AWS guidance names Chime as not eligible",
}
_SCHEDULE, _GROUP = "AWS::Scheduler::Schedule", "AWS::Scheduler::ScheduleGroup"
# A name, an id, an ARN or what EventBridge fills in, such as <aws.scheduler.execution-id>; prose and what a parameter
# gives, shown as ${?…}, may say more.
_NAME = re.compile(r"(?!.*\$\{\?)[^\s\"'(),;!?]*", re.DOTALL)


def check(resource: Resource) -> Verdict:
    if resource.type.startswith(_NO_SERVICE):
        return NOT_APPLICABLE
    as_of = services_as_of()
    why = excluded_types().get(resource.type)
    if why:
        return failed(f"{resource.type} is not HIPAA eligible: the list of {as_of} excludes it ({why}).", at="Type")
    namespace = _namespace(resource.type)
    status: Status = namespace_statuses().get(namespace, "unverified")
    if status == "unverified" and is_without_schema(resource.type) and nearest_type(resource.type):
        return NOT_APPLICABLE
    if status == "not_listed":
        return failed(f"{namespace} is not on AWS's list of HIPAA-eligible services as of {as_of}.", at="Type")
    if status == "unverified" and _hands_on_nothing(resource):
        return NOT_APPLICABLE
    if (status == "unverified" or namespace in _DISPUTED) and _first_of(namespace, resource.template) is not resource:
        return NOT_APPLICABLE
    if status == "unverified":
        return failed(
            f"{namespace} is not confirmed as part of a service on the HIPAA-eligible list of {as_of}.",
            severity="warning",
            at="Type",
        )
    if namespace in _DISPUTED:
        return failed(f"{namespace} as of {as_of}: {_DISPUTED[namespace]}.", severity="warning", at="Type")
    return PASSED


def _namespace(kind: str) -> str:
    return "::".join(kind.split("::")[:2])


def _first_of(namespace: str, template: Template) -> Resource:
    """Return the resource of a template at which is said what concerns its service, not each of its resources."""
    of_namespace = (
        one for one in template.resources.values() if _namespace(one.type) == namespace and not _hands_on_nothing(one)
    )
    return next(filter(template.app.is_there, of_namespace))


def _hands_on_nothing(resource: Resource) -> bool:
    """Whether a schedule has no data to keep until it is time, and to hand on then, or a group none but such."""
    if resource.type == _GROUP:
        schedules = resource.template.app.referring(resource, _SCHEDULE, "GroupName")
        return bool(schedules) and all(map(_hands_on_nothing, schedules))
    return (
        resource.type == _SCHEDULE and resource.get("Target") is not UNKNOWN and _is_names(resource.get("Target.Input"))
    )


def _is_names(value: object) -> bool:
    """Whether what a schedule hands on, which is JSON text, is absent or of names alone."""
    if is_mapping(value):
        return all(map(_is_names, value.values()))
    if isinstance(value, (list, tuple)):
        return all(map(_is_names, value))
    if not isinstance(value, str):
        return value is None or isinstance(value, (bool, int, float))
    try:
        read = json.loads(value)
    except ValueError:
        return _NAME.fullmatch(value) is not None
    return not isinstance(read, str) and _is_names(read)


RULE = Rule(
    name="EligibleService",
    severity="error",
    resource_types=("*",),
    controls=("164.308(a)(1)(ii)(B)", "164.308(b)(1)"),
    fix="Use a service that AWS lists as HIPAA eligible; if this never touches PHI, classify it as such.",
    fixes=(
        Fix(
            beside="Put a resource of an eligible service in its place: hipaa-constructs eligible NAME tells which "
            "are. If it never touches PHI, classify it as NO_PHI; a warning can be acknowledged after asking "
            "AWS.",
        ),
    ),
    check=check,
    phi_only=True,
)
