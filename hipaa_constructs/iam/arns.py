"""ARNs taken apart, also where a part is a placeholder such as ``${AWS::Region}`` with colons of its own."""

from __future__ import annotations

import re
from typing import NamedTuple

from hipaa_constructs.cloudformation.values import UNKNOWN, Reference, Resolved, Text

_PLACEHOLDER = re.compile(r"\$\{[^}]*\}")


class Arn(NamedTuple):
    """The fields of an ARN or of a pattern for ARNs; a placeholder is shown as ``${}``."""

    partition: str
    service: str
    region: str
    account: str
    name: str


def parse_arn(text: str) -> Arn | None:
    """Return the fields of an ARN; None for anything else."""
    parts = _PLACEHOLDER.sub("${}", text).split(":", 5)
    return Arn(*parts[1:]) if len(parts) == 6 and parts[0] == "arn" else None


# What Ref of these gives is a name or an address: "Return values" on each one's page under
# docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/.
_NAMED_BY_REF = frozenset(
    {"AWS::DynamoDB::Table", "AWS::IAM::Role", "AWS::Lambda::Function", "AWS::S3::Bucket", "AWS::SQS::Queue"}
)
_START = "arn:"


def is_no_arn(value: Resolved) -> bool:
    """Whether a value is certainly no ARN, nor the beginning of a text that deployment makes one."""
    if value is UNKNOWN:
        return False
    first = value.parts[0] if isinstance(value, Text) and value.parts else value
    if isinstance(first, Reference):
        return first.resource.type in _NAMED_BY_REF and first.attribute is None
    if not isinstance(first, str) or isinstance(first, Text) or first.startswith("{{resolve:"):
        return False
    # A text may go on with what deployment fills in, so that only as much as stands there tells.
    goes_on = isinstance(value, Text) and len(value.parts) > 1 and len(first) < len(_START)
    return not (_START.startswith(first) if goes_on else first.startswith(_START))
