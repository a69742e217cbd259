"""What CloudFormation would answer with a new, empty store: refused against what was written down of the one there is.

A template knows nothing of what is deployed. So the app's context, as in ``cdk.json``, may say of each store which
logical id and which key it was made with; what is not written down yet, synthesis shows.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, cast

import aws_cdk as cdk
import jsii
from aws_cdk import aws_kms as kms
from constructs import Construct, IConstruct, IValidation

CONTEXT = "hipaa-constructs:stores"


def pin(store: Construct, resource: cdk.CfnResource, key: kms.IKey) -> None:
    """Have synthesis hold ``resource``, which ``store`` is about, to what the context says of the path of ``store``."""
    store.node.add_validation(cast("IValidation", _Pinned(store, resource, key)))


def warn_of_stack_tags(store: Construct, *, what: str) -> None:
    """Have synthesis warn of the stack's own tags, with which ``what`` would make a store that keeps them."""
    store.node.add_validation(cast("IValidation", _UntaggedStack(store, what)))


@jsii.implements(IValidation)
class _Pinned:
    """At synthesis, when names and references are those of the template."""

    def __init__(self, store: Construct, resource: cdk.CfnResource, key: kms.IKey) -> None:
        self._store = store
        self._resource = resource
        self._key = key

    def validate(self) -> list[str]:
        """Return what is wrong, which fails synthesis."""
        recorded = self._store.node.try_get_context(CONTEXT) or {}
        if not isinstance(recorded, Mapping):
            return [
                f"context {CONTEXT!r}: got {recorded!r}; it takes what was made of each store, by the store's path."
            ]
        return [*self._changed(recorded), *self._gone(recorded)]

    def _changed(self, recorded: Mapping[str, Any]) -> Iterator[str]:
        stack, path = cdk.Stack.of(self._store), self._store.node.path
        made = {
            "LogicalId": stack.resolve(self._resource.logical_id),
            "Key": _text(stack.resolve(self._key.key_arn)),
        }
        if path not in recorded:
            cdk.Annotations.of(self._store).add_info_v2(
                "hipaa-constructs:not-pinned",
                "Once this store is deployed, a change of its key or logical id makes a new, empty one. To have that "
                f"refused, write under {CONTEXT!r} in the context of cdk.json: {json.dumps({path: made})}",
            )
        elif recorded[path] != made:
            yield (
                f"{path} was made as {json.dumps(recorded[path])}, and now is {json.dumps(made)}: CloudFormation would "
                f"make a new, empty store. Take the change back. If a new store is meant, write it under {CONTEXT!r} "
                "in the context of cdk.json; the old one stays in the account."
            )

    def _gone(self, recorded: Mapping[str, Any]) -> Iterator[str]:
        within = f"{cdk.Stack.of(self._store).node.path}/"
        for path in recorded:
            if path.startswith(within) and not _is_in(self._store.node.root, path):
                yield (
                    f"{path} is in the context under {CONTEXT!r} and not in the app: CloudFormation would leave the "
                    "store, and make a new, empty one if it has another name now. Give it its name back, or take it "
                    "out of the context."
                )


@jsii.implements(IValidation)
class _UntaggedStack:
    """At synthesis, when the stack's own tags are known."""

    def __init__(self, store: Construct, what: str) -> None:
        self._store = store
        self._what = what

    def validate(self) -> list[str]:
        """Warn of tags that CloudFormation gives to the store past the template."""
        stack = cdk.Stack.of(self._store)
        tags = stack.tags.tag_values()
        if tags:
            cdk.Annotations.of(self._store).add_warning_v2(
                "hipaa-constructs:tagged-stack",
                f"Stack {stack.node.path} has tags of its own ({', '.join(sorted(tags))}), which CloudFormation gives "
                f"to the store when it is made, and which {self._what}'s type cannot change later. Leave them off: set "
                "@aws-cdk/core:explicitStackTags in the context of cdk.json, or tag with "
                'exclude_resource_types=["aws:cdk:stack"]. For a store that was deployed with them, keep them as they '
                "are.",
            )
        return []


def _is_in(root: IConstruct, path: str) -> bool:
    found: IConstruct | None = root
    for name in path.split("/"):
        found = found and found.node.try_find_child(name)
    return found is not None


def _text(value: Any) -> str:
    """Return an ARN as one text, whatever the template has in its place."""
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)
