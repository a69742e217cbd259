from __future__ import annotations

from typing import Any

import pytest

from benchmarks.mutation.template_sites import schema_of
from hipaa_constructs.compliance.rules.logging.service_logged import RULE
from hipaa_constructs.iam.log_delivery_actions import LOG_DELIVERY_ACTIONS
from tests.compliance.rules.support import GIVEN, SEVERAL, judged, one, outcome, to_do, verdict

DELIVERY = "AWS::KinesisFirehose::DeliveryStream"
CACHE = "AWS::ElastiCache::ReplicationGroup"
SERVER, CONNECTOR = "AWS::Transfer::Server", "AWS::Transfer::Connector"
LOGS, ROLE = "arn:aws:logs:us-east-1:111122223333:log-group:files:*", "arn:aws:iam::111122223333:role/logs"


def _eks(*types: Any) -> dict[str, Any]:
    enabled = [{"Type": kind} for kind in types]
    return one("AWS::EKS::Cluster", Logging={"ClusterLogging": {"EnabledTypes": enabled}})


LOGGED = {"CloudWatchLoggingOptions": {"Enabled": True, "LogGroupName": "vitals", "LogStreamName": "delivery"}}


def _delivery(**destinations: Any) -> dict[str, Any]:
    named = {f"{name}DestinationConfiguration": settings for name, settings in destinations.items()}
    return one(DELIVERY, **named)


def test_every_destination_of_a_delivery_is_asked() -> None:
    kinds = [name for name in schema_of(DELIVERY)["properties"] if name.endswith("DestinationConfiguration")]
    assert len(kinds) >= 10
    for kind in kinds:
        told = verdict("service_logged", one(DELIVERY, **{kind: {"RoleARN": ROLE}}))
        assert told, kind
        assert (told.outcome.value, told.severity) == ("failed", "warning"), kind
        assert judged("service_logged", one(DELIVERY, **{kind: {"RoleARN": ROLE, **LOGGED}})) == "passed", kind


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_eks("api", "audit", "authenticator", "controllerManager", "scheduler"), "passed"),
        (_eks("api", "audit"), "failed"),
        (_eks("api", "audit", "authenticator", "controllerManager", GIVEN), "unknown"),
        (_eks("api"), "failed"),
        (_eks("api", GIVEN), "unknown"),
        (one("AWS::EKS::Cluster"), "failed"),
        (one("AWS::EKS::Cluster", Logging=GIVEN), "unknown"),
        (one("AWS::EMR::Cluster"), "failed"),
        (one("AWS::EMR::Cluster", LogUri="s3://clinic-logs/emr/"), "passed"),
        (one("AWS::EMR::Cluster", LogUri={"Fn::Sub": "s3://${Given}/"}), "passed"),
        (one("AWS::AppSync::GraphQLApi"), "failed"),
        (one("AWS::AppSync::GraphQLApi", LogConfig={"FieldLogLevel": "NONE"}), "failed"),
        (one("AWS::AppSync::GraphQLApi", LogConfig={"FieldLogLevel": "ERROR"}), "passed"),
        (one("AWS::AppSync::GraphQLApi", LogConfig={"FieldLogLevel": GIVEN}), "unknown"),
        (_delivery(S3=LOGGED), "passed"),
        (_delivery(ExtendedS3=LOGGED), "passed"),
        (_delivery(ExtendedS3={"BucketARN": "arn"}), "failed"),
        (_delivery(Redshift=LOGGED, S3={"BucketARN": "arn"}), "failed"),
        (_delivery(Splunk={"CloudWatchLoggingOptions": {"Enabled": False}}), "failed"),
        (_delivery(Splunk={"CloudWatchLoggingOptions": GIVEN}), "unknown"),
        (_delivery(HttpEndpoint=GIVEN), "unknown"),
        (_delivery(), "not_applicable"),
        (one("AWS::MSK::Cluster"), "failed"),
        (one("AWS::MSK::Cluster", LoggingInfo={"BrokerLogs": {"S3": {"Enabled": True}}}), "passed"),
        (one("AWS::MSK::Cluster", LoggingInfo={"BrokerLogs": {"S3": {"Enabled": GIVEN}}}), "unknown"),
        (one("AWS::AmazonMQ::Broker", EngineType="ACTIVEMQ", Logs={"General": True}), "failed"),
        (one("AWS::AmazonMQ::Broker", EngineType="ACTIVEMQ", Logs={"General": True, "Audit": True}), "passed"),
        (one("AWS::AmazonMQ::Broker", EngineType="RabbitMQ", Logs={"General": True}), "passed"),
        (one("AWS::AmazonMQ::Broker", EngineType="RABBITMQ"), "failed"),
        (one(CACHE), "failed"),
        (one(CACHE, LogDeliveryConfigurations=[]), "failed"),
        (one(CACHE, LogDeliveryConfigurations=[{"LogType": "engine-log"}]), "passed"),
        (one(CACHE, LogDeliveryConfigurations=GIVEN), "unknown"),
        (one(CACHE, EngineVersion="6.x"), "failed"),
        (one(CACHE, EngineVersion="5.0.6"), "not_applicable"),
        (one("AWS::ElastiCache::CacheCluster", Engine="memcached"), "not_applicable"),
        (one("AWS::ElastiCache::CacheCluster", Engine="redis"), "failed"),
        (one(SERVER), "failed"),
        (one(SERVER, StructuredLogDestinations=[], LoggingRole=""), "failed"),
        (one(SERVER, StructuredLogDestinations=[LOGS]), "passed"),
        (one(SERVER, StructuredLogDestinations=[GIVEN]), "unknown"),
        (one(SERVER, StructuredLogDestinations=SEVERAL), "unknown"),
        (one(SERVER, LoggingRole=ROLE), "passed"),
        (one(SERVER, LoggingRole={"Fn::GetAtt": ["Writer", "Arn"]}) | {"Writer": {"Type": "AWS::IAM::Role"}}, "passed"),
        (
            one(CONNECTOR, LoggingRole={"Fn::GetAtt": ["Writer", "Arn"]}) | {"Writer": {"Type": "AWS::IAM::Role"}},
            "passed",
        ),
        (one(SERVER, LoggingRole=GIVEN), "unknown"),
        (one(CONNECTOR), "failed"),
        (one(CONNECTOR, StructuredLogDestinations=[LOGS]), "failed"),
        (one(CONNECTOR, LoggingRole=ROLE), "passed"),
        (one(CONNECTOR, LoggingRole=GIVEN), "unknown"),
        (one("AWS::ECS::Cluster"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("service_logged", resources) == expected


@pytest.mark.parametrize(("kinds", "severity"), [(("audit",), "warning"), (("api",), None)])
def test_other_logs_of_the_control_plane_weigh_less_than_its_audit(
    kinds: tuple[str, ...], severity: str | None
) -> None:
    found = verdict("service_logged", _eks(*kinds))
    assert found is not None
    assert found.severity == severity


def test_a_cache_without_logs_is_a_warning() -> None:
    found = verdict("service_logged", one(CACHE))
    assert found is not None
    assert found.severity == "warning"


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({"LoggingConfiguration": {"Level": "FATAL"}}, ("passed", None)),
        ({"LoggingConfiguration": {"Level": "OFF"}}, ("failed", "warning")),
        ({}, ("failed", "warning")),
        ({"StateMachineType": "STANDARD"}, ("failed", "warning")),
        ({"StateMachineType": "EXPRESS"}, ("failed", None)),
        ({"StateMachineType": "EXPRESS", "LoggingConfiguration": {"Level": "ALL"}}, ("passed", None)),
        ({"LoggingConfiguration": GIVEN}, ("unknown", None)),
    ],
)
def test_of_express_workflows_nothing_else_is_kept(
    properties: dict[str, Any], expected: tuple[str, str | None]
) -> None:
    found = verdict("service_logged", one("AWS::StepFunctions::StateMachine", **properties))
    assert found is not None
    assert (found.outcome, found.severity) == expected


def test_a_delivery_that_is_not_logged_is_a_warning() -> None:
    found = verdict("service_logged", _delivery(ExtendedS3={"BucketARN": "arn"}))
    assert found is not None
    assert (found.outcome, found.severity) == ("failed", "warning")


@pytest.mark.parametrize(
    ("logs", "expected"),
    [
        ({"Level": "ERROR", "S3LogDestination": {"BucketName": "logs"}}, ("passed", None)),
        ({"Level": "TRACE", "FirehoseLogDestination": {"DeliveryStreamArn": "arn"}}, ("passed", None)),
        ({"Level": "OFF", "S3LogDestination": {"BucketName": "logs"}}, ("failed", "warning")),
        ({"Level": "ERROR"}, ("failed", "warning")),
        ({"Level": GIVEN, "S3LogDestination": {"BucketName": "logs"}}, ("unknown", None)),
        (GIVEN, ("unknown", None)),
        (None, ("failed", "warning")),
    ],
)
def test_a_pipe(logs: Any, expected: tuple[str, str | None]) -> None:
    found = verdict("service_logged", one("AWS::Pipes::Pipe", **({} if logs is None else {"LogConfiguration": logs})))
    assert found is not None
    assert (found.outcome, found.severity) == expected


def test_a_state_machine_is_told_what_its_role_needs() -> None:
    machine = one("AWS::StepFunctions::StateMachine")
    said = to_do("service_logged", machine)
    assert "logs:CreateLogDelivery" in said
    assert "logs:DescribeLogGroups" in said
    assert "logs:" not in to_do("service_logged", machine, in_cdk=True)


def test_what_the_role_of_a_logged_state_machine_needs_is_bounded() -> None:
    statement = {"Effect": "Allow", "Action": list(LOG_DELIVERY_ACTIONS), "Resource": "*"}
    role = one("AWS::IAM::Role", Policies=[{"PolicyName": "p", "PolicyDocument": {"Statement": [statement]}}])
    for rule in ("data_grants_name_resources", "grants_bounded"):
        assert outcome(rule, role) == "passed"


def test_the_fix_of_a_state_machine_names_each_action_that_its_role_needs() -> None:
    machine = "AWS::StepFunctions::StateMachine"
    told = [fix.in_cloudformation() for fix in RULE.fixes if machine in fix.resource_types]
    # The one for AWS SAM, and the one for templates without it.
    assert len(told) == 2
    assert [(action, said) for action in LOG_DELIVERY_ACTIONS for said in told if action not in said] == []


def test_the_fix_of_a_stream_speaks_of_its_destination_alone() -> None:
    stream = one("AWS::KinesisFirehose::DeliveryStream", ExtendedS3DestinationConfiguration={"BucketARN": "b"})
    said = to_do("service_logged", stream)
    assert said.startswith("Set ExtendedS3DestinationConfiguration.CloudWatchLoggingOptions: {Enabled: true, ")
    assert "Redshift" not in said
