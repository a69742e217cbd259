"""What stays when its stack goes."""

from __future__ import annotations

from functools import partial

from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.cloudformation.values import Ternary, is_one_of
from hipaa_constructs.compliance.rule import Verdict, judge, shown, worst

KEPT = ("Retain", "RetainExceptOnCreate")


def is_kept(resource: Resource) -> bool:
    """Whether a resource certainly stays when its stack or its definition goes."""
    return is_one_of(resource.deletion_policy, *KEPT) is Ternary.YES


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
