"""Where a construct is: its stack, and what that is deployed to. Each is asked for once, since Node answers."""

from __future__ import annotations

from weakref import WeakKeyDictionary

import aws_cdk as cdk
from constructs import IConstruct, Node


def stack_of(construct: IConstruct) -> cdk.Stack:
    """Return the stack of a construct."""
    stack = _STACKS.get(construct)
    if stack is None:
        stack = _STACKS[construct] = cdk.Stack.of(construct)
    return stack


def account_of(construct: IConstruct) -> str:
    """Return the account of a construct's stack, a token where the stack names none."""
    stack = stack_of(construct)
    account = _ACCOUNTS.get(stack)
    if account is None:
        account = _ACCOUNTS[stack] = stack.account
    return account


def region_of(construct: IConstruct) -> str:
    """Return the Region of a construct's stack, a token where the stack names none."""
    stack = stack_of(construct)
    region = _REGIONS.get(stack)
    if region is None:
        region = _REGIONS[stack] = stack.region
    return region


def partition_in(construct: IConstruct) -> str:
    """Return the partition of a construct's stack, a token unless the app asks for literal ones."""
    stack = stack_of(construct)
    partition = _PARTITIONS.get(stack)
    if partition is None:
        partition = _PARTITIONS[stack] = stack.partition
    return partition


def path_of(construct: IConstruct, node: Node | None = None) -> str:
    """Return the construct's path in the app; ``node`` is its node, where that is known already."""
    path = _PATHS.get(construct)
    if path is None:
        path = _PATHS[construct] = (node or construct.node).path
    return path


def settle(construct: IConstruct, scope: IConstruct, construct_id: str) -> None:
    """Note where ``construct`` is, which was just made in ``scope`` and is no stack: nobody has to ask Node for it."""
    _STACKS[construct] = stack_of(scope)
    above = path_of(scope)
    # As the construct's node writes it, in whose path a slash means a step down.
    name = construct_id.replace("/", "--")
    _PATHS[construct] = f"{above}/{name}" if above else name


_STACKS: WeakKeyDictionary[IConstruct, cdk.Stack] = WeakKeyDictionary()
_ACCOUNTS: WeakKeyDictionary[cdk.Stack, str] = WeakKeyDictionary()
_REGIONS: WeakKeyDictionary[cdk.Stack, str] = WeakKeyDictionary()
_PARTITIONS: WeakKeyDictionary[cdk.Stack, str] = WeakKeyDictionary()
_PATHS: WeakKeyDictionary[IConstruct, str] = WeakKeyDictionary()
