"""What CloudFormation would answer with a new, empty store: refused against what was written down of the one there is.

A template knows nothing of what is deployed. So the app's context, as in ``cdk.json``, may say of each store which
logical id and which key it was made with; what is not written down yet, synthesis shows.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, cast
from weakref import WeakKeyDictionary

import aws_cdk as cdk
import jsii
from aws_cdk import aws_kms as kms
from constructs import Construct, IConstruct, IValidation

from hipaa_constructs._stacks import path_of, stack_of
from hipaa_constructs.primitives.arns import key_arn

CONTEXT = "hipaa-constructs:stores"


def pin(store: Construct, resource: cdk.CfnResource, key: kms.IKey) -> None:
    """Have synthesis hold ``resource``, which ``store`` is about, to what the context says of the path of ``store``."""
    stack = stack_of(store)
    pinned = _PINNED.get(stack)
    if pinned is None:
        # One for all stores of a stack, since Node calls each.
        pinned = _PINNED[stack] = _Pinned(stack)
        stack.node.add_validation(cast("IValidation", pinned))
    pinned.add(store, resource, key)


def warn_of_stack_tags(store: Construct, *, what: str) -> None:
    """Have synthesis warn of the stack's own tags, with which ``what`` would make a store that keeps them."""
    store.node.add_validation(cast("IValidation", _UntaggedStack(store, what)))


@jsii.implements(IValidation)
class _Pinned:
    """At synthesis, when names and references are those of the template."""

    def __init__(self, stack: cdk.Stack) -> None:
        self._stack = stack
        self._stores: list[tuple[Construct, cdk.CfnResource, kms.IKey]] = []

    def add(self, store: Construct, resource: cdk.CfnResource, key: kms.IKey) -> None:
        """Have a store of the stack held to what the context says."""
        self._stores.append((store, resource, key))

    def validate(self) -> list[str]:
        """Return what is wrong, which fails synthesis."""
        made = self._stack.resolve([[resource.logical_id, key_arn(key)] for _, resource, key in self._stores])
        wrong: dict[str, None] = {}
        for (store, _, _), (logical_id, arn) in zip(self._stores, made, strict=True):
            node = store.node
            recorded = node.try_get_context(CONTEXT) or {}
            if not isinstance(recorded, Mapping):
                expected = "it takes what was made of each store, by the store's path"
                return [f"context {CONTEXT!r}: got {recorded!r}; {expected}."]
            path, now = path_of(store), {"LogicalId": logical_id, "Key": _text(arn)}
            wrong.update(dict.fromkeys([*_changed(store, path, now, recorded), *self._gone(recorded)]))
        return list(wrong)

    def _gone(self, recorded: Mapping[str, Any]) -> Iterator[str]:
        if not recorded:
            return
        within = f"{path_of(self._stack)}/"
        for path in recorded:
            if path.startswith(within) and not _is_in(self._stack.node.root, path):
                yield (
                    f"{path} is in the context under {CONTEXT!r} and not in the app: CloudFormation would leave the "
                    "store, and make a new, empty one if it has another name now. Give it its name back, or take it "
                    "out of the context."
                )


def _changed(store: Construct, path: str, made: Mapping[str, str], recorded: Mapping[str, Any]) -> Iterator[str]:
    if path not in recorded:
        cdk.Annotations.of(store).add_info_v2(
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


@jsii.implements(IValidation)
class _UntaggedStack:
    """At synthesis, when the stack's own tags are known."""

    def __init__(self, store: Construct, what: str) -> None:
        self._store = store
        self._what = what

    def validate(self) -> list[str]:
        """Warn of tags that CloudFormation gives to the store past the template."""
        stack = stack_of(self._store)
        tags = stack.tags.tag_values()
        if tags:
            cdk.Annotations.of(self._store).add_warning_v2(
                "hipaa-constructs:tagged-stack",
                f"Stack {path_of(stack)} has tags of its own ({', '.join(sorted(tags))}), which CloudFormation gives "
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


_PINNED: WeakKeyDictionary[cdk.Stack, _Pinned] = WeakKeyDictionary()
