"""Rules that judge a policy by what each of its statements allows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, Unknown
from hipaa_constructs.compliance.rule import Verdict, unknown, worst
from hipaa_constructs.iam.document import Statement

Policy = Sequence[Statement] | Unknown


def judge_allows(
    policies: Sequence[Policy], name: str, judge_statement: Callable[[Statement], Iterator[Verdict]]
) -> Verdict:
    """Judge each Allow of some policies; ``name`` is how messages call one of them.

    What may be an Allow, for all that is known before deployment, is unknown; what says nothing is not applicable.
    """
    return worst(verdict for policy in policies for verdict in _judged(policy, name, judge_statement))


def refused(policies: Iterable[Resource]) -> Resource | None:
    """Return the first of some resource policies that has no ``PolicyDocument``, which each type requires.

    CloudFormation refuses it, as when the document stands under another name; so it says nothing
    (docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucketpolicy.html).
    """
    return next((policy for policy in policies if policy.get("PolicyDocument") is None), None)


def _judged(policy: Policy, name: str, judge_statement: Callable[[Statement], Iterator[Verdict]]) -> Iterator[Verdict]:
    if isinstance(policy, Unknown):
        yield unknown(f"{name} cannot be read before deployment.")
        return
    for statement in policy:
        if statement.allows is Ternary.UNKNOWN:
            yield unknown(f"Statement {statement.name} is known only at deployment.")
        elif statement.allows is Ternary.YES:
            yield from judge_statement(statement)
