"""The ARNs of resources of the app, in the parts that ``Fn::Split`` makes of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, Final

from hipaa_constructs.cloudformation.values import UNKNOWN, Reference, Text, as_mapping

if TYPE_CHECKING:
    from hipaa_constructs.cloudformation.model import Resource

_FUNCTION: Final = "AWS::Lambda::Function"
# What has an ARN by Ref that is its function's with more behind, and the attribute that is the same.
_ALIAS: Final = "AWS::Lambda::Alias"
_QUALIFIED: Final = {_ALIAS: "AliasArn", "AWS::Lambda::Version": "FunctionArn"}
# By type: which attributes are the ARN (None is Ref), which is the name, and the ARN from the service on
# (docs.aws.amazon.com/service-authorization/latest/reference, "Resource types defined by ..." of each service).
_SHAPES: Final[Mapping[str, tuple[Collection[str | None], str | None, str]]] = {
    "AWS::DynamoDB::Table": (("Arn",), None, "dynamodb:region:account:table/name"),
    "AWS::IAM::Role": (("Arn",), None, "iam::account:role/name"),
    _FUNCTION: (("Arn",), None, "lambda:region:account:function:name"),
    "AWS::S3::Bucket": (("Arn",), None, "s3:::name"),
    "AWS::SNS::Topic": ((None, "TopicArn"), "TopicName", "sns:region:account:name"),
    "AWS::SQS::Queue": (("Arn",), "QueueName", "sqs:region:account:name"),
}
_PLACES: Final = {"region": "AWS::Region", "account": "AWS::AccountId"}


def arn_parts(reference: Reference, separator: str, depth: int) -> list[Any] | None:
    """Return what the ARN that a reference comes to is split into; None where it is none whose parts are known.

    CDK takes the name of a function out of the ARN of its alias, and that of a bucket or a role out of its ARN.
    """
    resource, attribute = reference.resource, reference.attribute
    if resource.type in _QUALIFIED and attribute in (None, _QUALIFIED[resource.type]):
        return _qualified(resource, depth) if separator == ":" else None
    arn, name, shape = _SHAPES.get(resource.type, ((), None, ""))
    # The path of a role stands before its name, with slashes of its own.
    if attribute not in arn or "Path" in as_mapping(resource.raw.get("Properties")):
        return None
    if separator == ":":
        return _with_name(resource, shape, Reference(resource, name))
    # Of what stands before the slash, nothing is known but that it is one part.
    return [UNKNOWN, Reference(resource, name)] if separator == "/" and "/" in shape else None


def stands_behind_slash(reference: Reference) -> bool:
    """Whether a reference comes to a name that stands behind a slash in an ARN, and so has none itself."""
    _, name, shape = _SHAPES.get(reference.resource.type, ((), None, ""))
    return "/" in shape and reference.attribute == name


def _with_name(resource: Resource, shape: str, name: Reference) -> list[Any]:
    here = resource.template
    parts: list[Any] = ["arn", here.resolve({"Ref": "AWS::Partition"})]
    for part in shape.split(":"):
        if part in _PLACES:
            parts.append(here.resolve({"Ref": _PLACES[part]}))
        elif part.endswith("name"):
            before = part.removesuffix("name")
            parts.append(Text(before, name) if before else name)
        else:
            parts.append(part)
    return parts


def _qualified(resource: Resource, depth: int) -> list[Any] | None:
    """Return the parts of the ARN of a version or an alias of a function, which stands behind the function's name."""
    named = as_mapping(resource.raw.get("Properties")).get("FunctionName")
    function: Any = resource.template.target(resource.template.resolve(named, depth), _FUNCTION)
    if function is None:
        return None
    behind = resource.template.resolve(as_mapping(resource.raw.get("Properties")).get("Name"), depth)
    parts = _with_name(function, _SHAPES[_FUNCTION][2], Reference(function))
    return [*parts, behind if resource.type == _ALIAS else UNKNOWN]
