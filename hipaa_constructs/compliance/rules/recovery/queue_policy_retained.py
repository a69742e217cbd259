"""The policy of a retained queue is retained too.

Compliant: the policy of a retained queue is retained too. Non-compliant: the queue outlives its stack, but its policy,
with the denial of plain HTTP and whatever else it denies, is deleted, so that what still arrives, or is fetched later,
may go in clear. Not applicable: queues that are deleted with their stack, those of other apps, what is classified
NO_PHI, and apps that retain no queue policy at all, as is CDK's default.
"""

from __future__ import annotations

from collections.abc import Iterator

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import as_items
from hipaa_constructs.compliance.facts.retention import KEPT, is_kept, judge_policy, keeps_any
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, Rule, Verdict

_QUEUES = {"AWS::SQS::QueueInlinePolicy": "Queue", "AWS::SQS::QueuePolicy": "Queues"}


def check(resource: Resource) -> Verdict:
    if not any(map(is_kept, _queues(resource))) or not keeps_any(resource):
        return NOT_APPLICABLE
    return judge_policy(resource, "queue")


def _queues(policy: Resource) -> Iterator[Resource]:
    for value in as_items(policy.get(_QUEUES[policy.type])):
        queue = policy.template.target(value, "AWS::SQS::Queue")
        if queue is not None:
            yield queue


RULE = Rule(
    name="QueuePolicyRetained",
    severity="warning",
    resource_types=tuple(_QUEUES),
    controls=("164.312(a)(1)", "164.312(e)(1)"),
    fix="Retain the policy as the queue is retained.",
    fixes=(
        Fix(
            attributes=dict.fromkeys(("DeletionPolicy", "UpdateReplacePolicy"), KEPT[0]),
            cdk=("sqs.QueuePolicy.apply_removal_policy(cdk.RemovalPolicy.RETAIN)",),
            constructs=("EncryptedQueue",),
        ),
    ),
    check=check,
    phi_only=True,
)
