"""APIs and streams without a class of CDK's own that logs for them."""

from __future__ import annotations

import json
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_appsync as appsync
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kinesisfirehose as firehose
from aws_cdk import aws_s3 as s3

from tests.defaults.support import Synthesized, lint_errors, synthesized

_API = "AWS::AppSync::GraphQLApi"


def _graph(stack: cdk.Stack, **said: Any) -> None:
    appsync.CfnGraphQLApi(stack, "Graph", name="graph", authentication_type="AWS_IAM", **said)


def test_an_api_logs_who_asked_and_not_what() -> None:
    made = synthesized(_graph)
    (api,) = made.of(_API)
    config = api["LogConfig"]
    assert (config["FieldLogLevel"], config["ExcludeVerboseContent"]) == ("ALL", True)
    role = made.resources[config["CloudWatchLogsRoleArn"]["Fn::GetAtt"][0]]["Properties"]
    assert "aws:SourceAccount" in json.dumps(role["AssumeRolePolicyDocument"])
    groups = [one for one in made.of("AWS::Logs::LogGroup") if "/aws/appsync/apis/" in json.dumps(one)]
    assert [("KmsKeyId" in one) for one in groups] == [True]
    assert lint_errors(made) == []
    assert "log_config" in made.changed("S/Graph")


def test_an_api_of_cdk_s_class_logs_too() -> None:
    def define(stack: cdk.Stack) -> None:
        schema = appsync.SchemaFile.from_asset("tests/defaults/schema.graphql")
        appsync.GraphqlApi(stack, "Graph", name="graph", definition=appsync.Definition.from_schema(schema))

    made = synthesized(define)
    assert made.of(_API)[0]["LogConfig"]["FieldLogLevel"] == "ALL"
    assert "log_config" in made.changed("S/Graph")


def test_what_an_api_says_of_its_log_stays() -> None:
    said = appsync.CfnGraphQLApi.LogConfigProperty(
        field_log_level="ERROR", cloud_watch_logs_role_arn="arn:aws:iam::111122223333:role/Logs"
    )
    made = synthesized(lambda stack: _graph(stack, log_config=said))
    assert made.of(_API)[0]["LogConfig"]["FieldLogLevel"] == "ERROR"
    assert "log_config" not in made.changed("S/Graph")


def _stream(stack: cdk.Stack, *, role_arn: str = "", **said: Any) -> None:
    bucket = s3.Bucket(stack, "Store")
    if not role_arn:
        role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("firehose.amazonaws.com"))
        role_arn = role.role_arn
    firehose.CfnDeliveryStream(
        stack,
        "Stream",
        s3_destination_configuration=firehose.CfnDeliveryStream.S3DestinationConfigurationProperty(
            bucket_arn=bucket.bucket_arn, role_arn=role_arn, **said
        ),
    )


def _options(made: Synthesized) -> Any:
    (stream,) = made.of("AWS::KinesisFirehose::DeliveryStream")
    return stream["S3DestinationConfiguration"].get("CloudWatchLoggingOptions")


def test_what_is_not_delivered_is_logged_by_the_stream_s_role() -> None:
    made = synthesized(_stream)
    options = _options(made)
    assert options["Enabled"] is True
    assert "KmsKeyId" in made.resources[options["LogGroupName"]["Ref"]]["Properties"]
    (policy,) = made.of("AWS::IAM::ManagedPolicy")
    assert json.dumps(policy["PolicyDocument"]).count("logs:PutLogEvents") == 1
    assert policy["Roles"] == [{"Ref": next(name for name in made.resources if name.startswith("Role"))}]
    assert lint_errors(made) == []


@pytest.mark.parametrize("enabled", [True, False])
def test_what_a_stream_says_of_its_log_stays(enabled: bool) -> None:
    said = firehose.CfnDeliveryStream.CloudWatchLoggingOptionsProperty(enabled=enabled)
    made = synthesized(lambda stack: _stream(stack, cloud_watch_logging_options=said))
    assert _options(made) == {"Enabled": enabled}


def test_a_role_from_elsewhere_is_named() -> None:
    made = synthesized(lambda stack: _stream(stack, role_arn="arn:aws:iam::111122223333:role/Delivers"))
    assert _options(made) is None
    assert made.changed("S/Stream", "unreached") == {"cloud_watch_logging_options"}
