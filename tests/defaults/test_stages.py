"""Stages are synthesized before the app that they stand in; and what was made before the call is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import aws_cdk as cdk
import jsii
import pytest
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from hipaa_constructs import BackupPlan, KmsRotatedKey, PrivateVpc
from hipaa_constructs.cloudformation.load import assembly
from hipaa_constructs.compliance.changes import Change, changes_of
from hipaa_constructs.defaults.secure_defaults import secure_defaults
from hipaa_constructs.testing import findings
from tests.defaults.support import ENV, FLAGS


def _app() -> cdk.App:
    return cdk.App(context=dict(FLAGS), builtin_cloud_formation_validation=False, analytics_reporting=False)


def _workload(stack: cdk.Stack) -> None:
    s3.Bucket(stack, "Records")
    sqs.Queue(stack, "Orders")
    lambda_.Function(
        stack,
        "Handler",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context):\n    return event\n"),
    )


def _changes(app: cdk.App) -> set[Change]:
    return set(changes_of(assembly.load([Path(app.synth().directory)])))


def test_a_stage_is_completed_as_an_app_is() -> None:
    app, staged = _app(), _app()
    secure_defaults(app, new_stores=True)
    secure_defaults(staged, new_stores=True)
    _workload(cdk.Stack(app, "Clinic", env=ENV))
    stage = cdk.Stage(staged, "Prod", env=ENV)
    _workload(cdk.Stack(stage, "Clinic"))
    alone = {(one.rule_id, one.construct_path) for one in findings(app)}
    within = {(one.rule_id, one.construct_path.removeprefix("Prod/")) for one in findings(staged)}
    assert within - alone == {("HIPAA.Constructs-StagesClean", "")}
    assert {one.path.removeprefix("Prod/") for one in _changes(staged)} == {one.path for one in _changes(app)}


def test_a_stage_within_a_stage_and_what_stands_beside_it_are_completed_once() -> None:
    app = _app()
    secure_defaults(app, new_stores=True)
    outer = cdk.Stage(app, "Outer", env=ENV)
    for scope in (app, outer, cdk.Stage(outer, "Inner")):
        s3.Bucket(cdk.NestedStack(cdk.Stack(scope, "Clinic", env=ENV), "Nested"), "Records")
    logged = [one.path for one in _changes(app) if one.setting == "server_access_logs_bucket"]
    nested = "Clinic/Nested/Records"
    assert sorted(logged) == sorted([nested, f"Outer/{nested}", f"Outer/Inner/{nested}"])


def test_what_is_given_is_used_in_its_own_stage_alone() -> None:
    app = _app()
    base = cdk.Stack(app, "Base", env=ENV)
    secure_defaults(
        app,
        new_stores=True,
        encryption_key=KmsRotatedKey(base, "Key").key,
        vpc=PrivateVpc(base, "Vpc").vpc,
        backup_plan=BackupPlan.daily_7_year(base, "Backups"),
    )
    _workload(cdk.Stack(app, "Clinic", env=ENV))
    _workload(cdk.Stack(cdk.Stage(app, "Prod", env=ENV), "Clinic"))
    changes = {(one.path, one.setting) for one in _changes(app)}
    assert {("Clinic/Handler", "vpc"), ("Clinic/Records", "backup_plan")} <= changes
    assert not {("Prod/Clinic/Handler", "vpc"), ("Prod/Clinic/Records", "backup_plan")} & changes
    assert ("Prod/Clinic/Records", "encryption_key") in changes


def test_a_stage_without_a_class_that_is_listed_is_named(capfd: pytest.CaptureFixture[str]) -> None:
    app = _app()
    secure_defaults(app)
    s3.CfnBucket(cdk.Stack(cdk.Stage(app, "Prod", env=ENV), "Clinic"), "Raw")
    app.synth()
    assert "Prod: stage. " in capfd.readouterr().err


def test_a_stage_takes_a_call_of_its_own() -> None:
    app = _app()
    stage = cdk.Stage(app, "Prod", env=ENV)
    secure_defaults(stage)
    s3.CfnBucket(cdk.Stack(stage, "Clinic"), "Raw")
    assert "versioning_configuration" in {one.setting for one in _changes(app)}


def test_what_was_made_before_is_named() -> None:
    app = _app()
    stack = cdk.Stack(app, "Clinic", env=ENV)
    key = KmsRotatedKey(stack, "Key").key
    _workload(stack)
    _workload(cdk.Stack(cdk.Stage(app, "Prod", env=ENV), "Clinic"))
    secure_defaults(app, encryption_key=key)
    s3.Bucket(stack, "InTime")
    changes = _changes(app)
    late = {one.path for one in changes if one.setting == "arguments" and one.outcome == "unreached"}
    assert late == {f"{stage}Clinic/{name}" for stage in ("", "Prod/") for name in ("Records", "Orders", "Handler")}
    assert ("Prod/Clinic/Records", "server_access_logs_bucket") in {(one.path, one.setting) for one in changes}


def test_what_has_settings_of_its_class_alone_is_named_too() -> None:
    app = _app()
    stack = cdk.Stack(app, "Clinic", env=ENV)
    ecs.Cluster(stack, "Cluster", vpc=ec2.Vpc(stack, "Vpc"))
    cognito.UserPool.from_user_pool_id(stack, "People", "eu-central-1_abc").add_client("App")
    secure_defaults(app)
    late = {one.path for one in _changes(app) if one.setting == "arguments" and one.outcome == "unreached"}
    assert {"Clinic/Cluster", "Clinic/People/App"} <= late


def test_what_another_injector_made_is_named() -> None:
    @jsii.implements(cdk.IPropertyInjector)
    class Own:
        @property
        def construct_unique_id(self) -> str:
            return s3.Bucket.PROPERTY_INJECTION_ID

        def inject(self, original_props: Any, *, id: str, scope: Construct) -> Any:  # noqa: A002 -- CDK's name
            return original_props

    app = _app()
    secure_defaults(app)
    stack = cdk.Stack(app, "Clinic", env=ENV)
    cdk.PropertyInjectors.of(stack).add(Own())
    _workload(stack)
    (change,) = [one for one in _changes(app) if one.setting == "arguments"]
    assert change.path == "Clinic/Records"
    assert change.outcome == "unreached"
