"""What every construct does with the key that it is given."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms
from constructs import Construct

import hipaa_constructs as hipaa
from tests.encryption.constructs import CONSTRUCTS

Make = Callable[[cdk.Stack, Any], Construct]
ENV = cdk.Environment(account="111122223333", region="us-east-1")
ALIASES: dict[str, Callable[[cdk.Stack], kms.IAlias]] = {
    "an alias": lambda stack: kms.Alias(stack, "Alias", alias_name="alias/wing", target_key=kms.Key(stack, "Key")),
    "an added alias": lambda stack: kms.Key(stack, "Key").add_alias("alias/wing"),
    "an alias by its name": lambda stack: kms.Alias.from_alias_name(stack, "Alias", "alias/wing"),
    "an alias by its attributes": lambda stack: kms.Alias.from_alias_attributes(
        stack, "Alias", alias_name="alias/wing", alias_target_key=kms.Key(stack, "Key")
    ),
    "an alias by its ARN": lambda stack: typing.cast(
        "kms.IAlias", kms.Key.from_key_arn(stack, "Alias", "arn:aws:kms:us-east-1:111122223333:alias/wing")
    ),
}


def taking_a_key() -> set[str]:
    """Return what of the public constructs takes an ``encryption_key``, by the name that it is called by."""
    found = set()
    for name in hipaa.__all__:
        construct = getattr(hipaa, name)
        methods = inspect.getmembers(construct, inspect.isroutine) if inspect.isclass(construct) else []
        for method, function in methods:
            public = method == "__init__" or not method.startswith("_")
            if public and "encryption_key" in getattr(inspect.unwrap(function), "__annotations__", {}):
                found.add(name if method == "__init__" else f"{name}.{method}")
    return found


def test_every_construct_that_takes_a_key_is_tried() -> None:
    assert set(CONSTRUCTS) == taking_a_key()


@pytest.mark.parametrize("alias", ALIASES.values(), ids=ALIASES.keys())
@pytest.mark.parametrize("make", CONSTRUCTS.values(), ids=CONSTRUCTS.keys())
def test_an_alias_is_refused(stack: cdk.Stack, make: Make, alias: Callable[[cdk.Stack], kms.IAlias]) -> None:
    given = alias(stack)
    with pytest.raises(ValueError, match=r"encryption_key: got 'Clinic/.*'; it takes a key, not an alias") as refusal:
        make(stack, given)
    assert "alias_target_key" in str(refusal.value)
    assert stack.node.try_find_child("Subject") is None
