"""What stays when its stack goes."""

from __future__ import annotations

from functools import partial

from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.cloudformation.stores import WITH_SNAPSHOTS
from hipaa_constructs.cloudformation.values import Ternary, is_one_of
from hipaa_constructs.compliance.rule import Verdict, judge, shown, worst

KEPT = ("Retain", "RetainExceptOnCreate")
# They default to a snapshot where DeletionPolicy is absent, and to deletion where UpdateReplacePolicy is.
SNAPSHOT_BY_DEFAULT = ("AWS::RDS::DBCluster", "AWS::RDS::DBInstance")


def is_kept(resource: Resource) -> bool:
    """Whether a resource certainly stays when its stack or its definition goes."""
    return is_one_of(resource.deletion_policy, *KEPT) is Ternary.YES


def kept_by(kind: str) -> tuple[str, ...]:
    """Return the policies by which what a resource of a type holds outlives it: it stays, or a snapshot of it does."""
    return (*KEPT, *(("Snapshot",) if kind in WITH_SNAPSHOTS else ()))


def outlives_stack(resource: Resource) -> bool:
    """Whether what a resource holds certainly stays when its stack goes, and when CloudFormation replaces it."""
    kept, deleted = kept_by(resource.type), resource.deletion_policy
    by_default = deleted is None and resource.type in SNAPSHOT_BY_DEFAULT
    stays = by_default or is_one_of(deleted, *kept) is Ternary.YES
    return stays and is_one_of(resource.update_replace_policy, *kept) is Ternary.YES


def keeps_any(resource: Resource) -> bool:
    """Whether the app keeps any resource of the type: who keeps none follows CDK's default, and says nothing by it."""
    kind = resource.type
    return resource.template.app.cached(f"kept: {kind}", partial(_keeps, kind))


def _keeps(kind: str, app: App) -> bool:
    return any(map(is_kept, app.of_type(kind)))


def judge_policy(policy: Resource, store: str) -> Verdict:
    """Judge whether the policy of a retained store, such as a ``bucket``, is retained too."""
    return worst(
        judge(
            is_one_of(value, *KEPT),
            f"The {store} is retained, and {name} of its policy is {shown(value, 'not set')}.",
            unknown_message=f"{name} is known only at deployment.",
        )
        for name, value in (
            ("DeletionPolicy", policy.deletion_policy),
            ("UpdateReplacePolicy", policy.update_replace_policy),
        )
    )
