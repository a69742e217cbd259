"""The resource policies of REST APIs of API Gateway, wherever a template has them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.sam_access import POLICY
from hipaa_constructs.cloudformation.values import UNKNOWN, Ternary, Unknown, is_present
from hipaa_constructs.iam.document import Statement, policies_at


def policies_of(api: Resource) -> Iterator[Sequence[Statement] | Unknown]:
    """Yield the policies of a REST API: that of ``Policy``, and that of the definition that it is imported from.

    A definition in S3, or one that only deployment tells, may have one: it is ``UNKNOWN`` unless ``Policy`` is there,
    which CloudFormation sets by itself
    (docs.aws.amazon.com/apigateway/latest/developerguide/openapi-extensions-policy.html).
    """
    own = list(policies_at(api, "Policy"))
    yield from own
    body = api.get("Body")
    if isinstance(body, Unknown) or is_present(api.get("BodyS3Location")) is not Ternary.NO:
        if not own:
            yield UNKNOWN
        return
    yield from policies_at(api, f"Body.{POLICY}")
