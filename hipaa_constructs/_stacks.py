"""Where a construct is: its stack, what that is deployed to, and its path."""

from __future__ import annotations

import aws_cdk as cdk
from constructs import IConstruct, Node

from hipaa_constructs._asked import AskedOnce


@AskedOnce
def stack_of(construct: IConstruct) -> cdk.Stack:
    """Return the stack of a construct."""
    return construct if isinstance(construct, cdk.Stack) else cdk.Stack.of(construct)


@AskedOnce
def node_of(construct: IConstruct) -> Node:
    """Return the construct's node in the tree."""
    return construct.node


@AskedOnce
def path_of(construct: IConstruct) -> str:
    """Return the construct's path in the app."""
    return node_of(construct).path


def account_of(construct: IConstruct) -> str:
    """Return the account of a construct's stack, a token where the stack names none."""
    return _account(stack_of(construct))


def region_of(construct: IConstruct) -> str:
    """Return the Region of a construct's stack, a token where the stack names none."""
    return _region(stack_of(construct))


def partition_in(construct: IConstruct) -> str:
    """Return the partition of a construct's stack, a token unless the app asks for literal ones."""
    return _partition(stack_of(construct))


def arn_in(
    construct: IConstruct, service: str, resource: str, *, region: str | None = None, account: str | None = None
) -> str:
    """Return an ARN as ``Stack.format_arn`` writes it, by default of a resource beside ``construct``.

    What stands before the resource is asked of Node once for each stack, not for each ARN.
    """
    place = region_of(construct) if region is None else region
    owner = account_of(construct) if account is None else account
    return f"arn:{partition_in(construct)}:{service}:{place}:{owner}:{resource}"


def settle(construct: IConstruct, scope: IConstruct, construct_id: str) -> None:
    """Note where ``construct`` is, which was just made in ``scope`` and is no stack: nobody has to ask Node for it."""
    stack_of.note(construct, stack_of(scope))
    above = path_of(scope)
    # As the construct's node writes it, in whose path a slash means a step down.
    name = construct_id.replace("/", "--")
    path_of.note(construct, f"{above}/{name}" if above else name)


@AskedOnce
def _account(stack: cdk.Stack) -> str:
    return stack.account


@AskedOnce
def _region(stack: cdk.Stack) -> str:
    return stack.region


@AskedOnce
def _partition(stack: cdk.Stack) -> str:
    return stack.partition
