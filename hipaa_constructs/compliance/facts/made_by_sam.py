"""Which resources AWS SAM makes, so that what is to be done about them is said of what its templates write."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.sam import TYPES, own_name, uses_sam
from hipaa_constructs.cloudformation.values import as_mapping
from hipaa_constructs.compliance.fix import Fix

_DEFINED = ("DefinitionBody", "DefinitionUri")
# What SAM adds to the role that it makes for a function which polls, by the type of its event, whether the template
# names it too: docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-function.html, and
# github.com/aws/serverless-application-model, samtranslator/model/eventsources/pull.py.
_POLLS = {
    "DynamoDB": "AWSLambdaDynamoDBExecutionRole",
    "Kinesis": "AWSLambdaKinesisExecutionRole",
    "MSK": "AWSLambdaMSKExecutionRole",
    "SQS": "AWSLambdaSQSQueueExecutionRole",
}


def is_made_by_sam(resource: Resource) -> bool:
    """Whether SAM makes a resource of another one or of its events, so that no template writes it."""
    return uses_sam(resource.template.body) and resource.logical_id not in _written(resource)


def is_written_for_sam(resource: Resource) -> bool:
    """Whether a template writes a resource as one of AWS SAM's types, whose properties are SAM's own."""
    kind = str(as_mapping(_written(resource).get(resource.logical_id)).get("Type"))
    return kind.startswith(TYPES) and uses_sam(resource.template.body)


def added_by_sam(role: Resource) -> frozenset[str]:
    """Return the managed policies that SAM gives a role by itself, for what the events of its function are read by."""
    function = as_mapping(_written(role).get(role.logical_id.removesuffix("Role")))
    if not is_made_by_sam(role) or function.get("Type") != f"{TYPES}Function":
        return frozenset()
    events = as_mapping(as_mapping(function.get("Properties")).get("Events"))
    kinds = (as_mapping(event).get("Type") for event in events.values())
    return frozenset(_POLLS[kind] for kind in kinds if isinstance(kind, str) and kind in _POLLS)


def is_made_of_events(api: Resource) -> bool:
    """Whether SAM makes the definition of an API from the events of functions."""
    if is_made_by_sam(api):
        return True
    properties = as_mapping(as_mapping(_written(api).get(api.logical_id)).get("Properties"))
    return is_written_for_sam(api) and not any(name in properties for name in _DEFINED)


@dataclass(frozen=True, slots=True)
class _Holder:
    """Where AWS SAM has what it makes a resource of: which of its types, and under which property of that."""

    kind: str
    part: str


# docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-function.html, …-api.html,
# …-httpapi.html and …-statemachine.html
_HOLDERS = {
    "AWS::ApiGateway::DomainName": _Holder("Api", "Domain."),
    "AWS::ApiGatewayV2::DomainName": _Holder("HttpApi", "Domain."),
    "AWS::Lambda::Url": _Holder("Function", "FunctionUrlConfig."),
    "AWS::StepFunctions::StateMachine": _Holder("StateMachine", ""),
}
# SAM has one configuration of a domain, of which CloudFormation takes a list.
_LISTED = "DomainNameConfigurations[]."


def with_sam(fixes: Iterable[Fix]) -> tuple[Fix, ...]:
    """Return fixes with those before them that say, of what AWS SAM makes, where its templates write it."""
    told = tuple(fixes)
    of_sam = (
        _in_sam(fix, kind, _HOLDERS[kind])
        for fix in told
        for kind in fix.resource_types
        if kind in _HOLDERS and fix.properties
    )
    return (*of_sam, *told)


def _in_sam(fix: Fix, kind: str, holder: _Holder) -> Fix:
    names = {path.removeprefix(_LISTED): value for path, value in fix.properties.items()}
    own = {f"{holder.part}{own_name(TYPES + holder.kind, path)}": value for path, value in names.items()}
    where = f"It stands in the {TYPES}{holder.kind}, or in Globals." if holder.part else ""
    said = (Fix(properties=own).in_cloudformation(), where, fix.template, fix.beside)
    return Fix((kind,), beside=" ".join(part for part in said if part), when=_made_of(holder, fix.when))


def _made_of(holder: _Holder, when: Callable[[Resource], bool] | None) -> Callable[[Resource], bool]:
    def is_so(resource: Resource) -> bool:
        raw = as_mapping(_written(resource).get(resource.logical_id))
        of_sam = is_made_by_sam(resource) if holder.part else raw.get("Type") == TYPES + holder.kind
        return of_sam and (when is None or when(resource))

    return is_so


def _written(resource: Resource) -> dict[str, object]:
    return dict(as_mapping(resource.template.body.get("Resources")))
