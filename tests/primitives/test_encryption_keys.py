"""What every construct does with the key that it is given."""

from __future__ import annotations

import inspect
import json
import re
import typing
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms
from constructs import Construct

import hipaa_constructs as hipaa
from tests.dependencies import dependencies, in_circles
from tests.primitives.constructs import BESIDE, CONSTRUCTS, IMPORTED
from tests.storage.policies import literal

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


EVERYTHING = {**CONSTRUCTS, **BESIDE}


def new_app() -> tuple[cdk.App, cdk.Stack]:
    app = cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False)
    return app, cdk.Stack(app, "Clinic", env=ENV)


def written(app: cdk.App, name: str) -> Any:
    return json.loads(Path(app.synth().directory, name).read_text())


def asked_for(app: cdk.App) -> set[str]:
    """Return the statements that warnings about an imported key show."""
    warnings = [
        entry["data"]
        for entries in written(app, "Clinic.metadata.json").values()
        for entry in entries
        if entry["type"] == "aws:cdk:warning" and "imported key" in entry["data"]
    ]
    shown = [json.loads(warning[warning.index("{") : warning.rindex("}") + 1]) for warning in warnings]
    return {json.dumps(statement, sort_keys=True) for statement in shown}


def added(app: cdk.App, key: kms.Key) -> set[str]:
    """Return the statements that were added to the policy of a ``KmsRotatedKey``."""
    resource = key.stack.get_logical_id(typing.cast("cdk.CfnElement", key.node.default_child))
    policy = written(app, "Clinic.template.json")["Resources"][resource]["Properties"]["KeyPolicy"]
    text = [json.dumps(literal(statement), sort_keys=True) for statement in policy["Statement"][3:]]
    return {re.sub(r"<(AWS::\w+)>", r"${\1}", statement) for statement in text}


# A replica's key has to be named from another Region, which only that of a KmsRotatedKey can be.
@pytest.mark.parametrize("name", sorted(EVERYTHING.keys() - {"EncryptedBucket.replica"}))
def test_what_an_imported_key_lacks_is_said_statement_by_statement(name: str) -> None:
    app, stack = new_app()
    key = hipaa.KmsRotatedKey(stack, "Key").key
    EVERYTHING[name](stack, key)
    elsewhere, other = new_app()
    EVERYTHING[name](other, kms.Key.from_key_arn(other, "Key", IMPORTED))
    assert asked_for(elsewhere) == added(app, key)


@pytest.mark.parametrize("make", EVERYTHING.values(), ids=EVERYTHING.keys())
def test_nothing_under_a_key_is_named_by_it(make: Make) -> None:
    app, stack = new_app()
    make(stack, hipaa.KmsRotatedKey(stack, "Key").key)
    assert in_circles(dependencies(written(app, "Clinic.template.json"))) == []


@pytest.mark.parametrize("make", EVERYTHING.values(), ids=EVERYTHING.keys())
def test_the_key_s_stack_does_not_wait_for_those_that_use_it(make: Make) -> None:
    app, stack = new_app()
    keys = cdk.Stack(app, "Keys", env=ENV)
    make(stack, hipaa.KmsRotatedKey(keys, "Key").key)
    app.synth()
    assert keys.dependencies == []
