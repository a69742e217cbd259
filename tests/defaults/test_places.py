"""What ``secure_defaults`` knows of places is what CDK says."""

from __future__ import annotations

import importlib

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_s3 as s3
from constructs import Construct

from hipaa_constructs import BackupPlan, EncryptedBucket
from hipaa_constructs.defaults.finish import class_of
from hipaa_constructs.defaults.places import Places, identity_of
from hipaa_constructs.defaults.services import listed

_LISTED_TYPES = sorted({name for one in listed() for name in (*one.types, *one.classes.values())})


@pytest.fixture(scope="module")
def app() -> cdk.App:
    """Return an app with a stage, a nested stack, a construct of this package, and what CDK makes by itself."""
    app = cdk.App(analytics_reporting=False)
    stack = cdk.Stack(app, "First", env=cdk.Environment(account="111122223333", region="us-east-1"))
    ec2.Vpc(Construct(stack, "Network"), "Vpc")
    EncryptedBucket(stack, "Ours", backup_plan=BackupPlan.daily_7_year(stack, "Plan"))
    nested = cdk.NestedStack(stack, "Nested")
    s3.Bucket(nested, "Bucket", auto_delete_objects=True, removal_policy=cdk.RemovalPolicy.DESTROY)
    s3.Bucket(cdk.Stack(cdk.Stage(app, "Stage"), "Second"), "Bucket")
    return app


@pytest.mark.parametrize("learned", [True, False])
def test_places_are_those_of_cdk(app: cdk.App, learned: bool) -> None:
    places = Places()
    if learned:
        places.learn(app)

    constructs = app.node.find_all()
    assert len(constructs) > 60
    for one in constructs:
        place, scope = places.of(one), one.node.scope
        assert (place.owner is None) == (scope is None)
        if scope is not None and place.owner is not None:
            assert identity_of(place.owner) == identity_of(scope)
        if place.stack is not None:
            assert identity_of(place.stack) == identity_of(cdk.Stack.of(one))
        else:
            assert isinstance(one, cdk.Stage) or one.node.path == "Tree"
        assert place.is_ours == any(type(above).__module__.startswith("hipaa_constructs.") for above in one.node.scopes)
        assert places.path(one) == one.node.path


def test_the_place_of_a_scope_below_another_is_known_with_it(app: cdk.App) -> None:
    stack = app.node.find_child("First")
    places = Places()
    places.learn(stack.node.find_child("Nested"))

    bucket = stack.node.find_child("Nested").node.find_child("Bucket").node.find_child("Resource")
    assert places.of(bucket).stack is stack.node.find_child("Nested")


@pytest.mark.parametrize("resource_type", _LISTED_TYPES)
def test_the_class_of_a_type_is_found_by_its_name(resource_type: str) -> None:
    module, name = class_of(resource_type)
    kind = getattr(importlib.import_module(module), name)

    assert resource_type == kind.CFN_RESOURCE_TYPE_NAME
