"""Where a construct is: its stack, what that is deployed to, and its path."""

from __future__ import annotations

import aws_cdk as cdk
from constructs import IConstruct

from hipaa_constructs._asked import AskedOnce


@AskedOnce
def stack_of(construct: IConstruct) -> cdk.Stack:
    """Return the stack of a construct."""
    return cdk.Stack.of(construct)


@AskedOnce
def path_of(construct: IConstruct) -> str:
    """Return the construct's path in the app."""
    return construct.node.path


def account_of(construct: IConstruct) -> str:
    """Return the account of a construct's stack, a token where the stack names none."""
    return _account(stack_of(construct))


def region_of(construct: IConstruct) -> str:
    """Return the Region of a construct's stack, a token where the stack names none."""
    return _region(stack_of(construct))


def partition_in(construct: IConstruct) -> str:
    """Return the partition of a construct's stack, a token unless the app asks for literal ones."""
    return _partition(stack_of(construct))


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
