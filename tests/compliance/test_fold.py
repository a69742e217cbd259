"""One fact, one finding: what is folded, what stays alone, and what is overruled."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Mapping
from typing import Any

import pytest

from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.compliance.acknowledgements.acknowledgement import Acknowledgement
from hipaa_constructs.compliance.acknowledgements.baseline import Entry
from hipaa_constructs.compliance.acknowledgements.fingerprint import Fingerprints
from hipaa_constructs.compliance.assess import Assessment, assess
from hipaa_constructs.compliance.nag import as_finding
from hipaa_constructs.compliance.rule import Debt, Finding

TODAY = datetime.date(2026, 11, 22)
TRIPPED = "Rule threw an error during validation. It is."
LOGGED, LOGGING = "HIPAA.Constructs-BucketAccessLogged", "S3BucketLoggingEnabled"
USED = "HIPAA.Constructs-AcknowledgementUsed"


def app_of(**resources: tuple[str, Mapping[str, Any]]) -> App:
    app = App()
    body = {
        name: {"Type": kind, "Properties": properties, "Metadata": {"aws:cdk:path": f"Clinic/{name}/Resource"}}
        for name, (kind, properties) in resources.items()
    }
    app.add("Clinic.template.json", {"Resources": body}, stack_path="Clinic")
    return app


def alarm(rule: str, name: str, message: str = "It is not.", *, pack: str = "HIPAA.Security", **more: Any) -> Finding:
    return as_finding(
        f"{pack}-{rule}",
        severity=more.get("severity", "error"),
        message=message,
        resource=None,
        construct_path=f"Clinic/{name}/Resource",
    )


def found(assessment: Assessment, rule_id: str) -> Finding:
    (one,) = [finding for finding in assessment.open if finding.rule_id == rule_id]
    return one


def bucket(**properties: Any) -> App:
    return app_of(Records=("AWS::S3::Bucket", properties))


def test_what_ours_found_too_is_one_finding() -> None:
    others = [alarm(LOGGING, "Records"), alarm(LOGGING, "Records", pack="PCI.DSS.321")]
    assessment = assess(bucket(), today=TODAY, others=others)
    one = found(assessment, LOGGED)
    assert one.also == ("HIPAA.Security-S3BucketLoggingEnabled", "PCI.DSS.321-S3BucketLoggingEnabled")
    assert one.message.startswith("LoggingConfiguration is not set")
    assert not [finding for finding in assessment.open if LOGGING in finding.rule_id]
    assert [assessment.into[id(other)] for other in others] == [[one], [one]]
    assert one in assessment.own


def test_ids_stand_in_the_same_order_whoever_spoke_first() -> None:
    others = [
        alarm(LOGGING, "Records", pack="PCI.DSS.321"),
        as_finding(
            "AwsSolutions-S1", severity="error", message="", resource=None, construct_path="Clinic/Records/Resource"
        ),
        alarm(LOGGING, "Records"),
    ]
    wanted = ("HIPAA.Security-S3BucketLoggingEnabled", "PCI.DSS.321-S3BucketLoggingEnabled", "AwsSolutions-S1")
    for given in (others, others[::-1]):
        assert found(assess(bucket(), today=TODAY, others=given), LOGGED).also == wanted


def test_by_logical_id_as_by_construct_path() -> None:
    app = bucket()
    resource = app.templates[0].resources["Records"]
    other = as_finding("AwsSolutions-S1", severity="error", message="No.", resource=resource, construct_path="")
    assert found(assess(app, today=TODAY, others=[other]), LOGGED).also == ("AwsSolutions-S1",)


def test_on_another_resource_nothing_is_folded() -> None:
    app = app_of(Records=("AWS::S3::Bucket", {}), Key=("AWS::KMS::Key", {}))
    other = alarm(LOGGING, "Key")
    assert other in assess(app, today=TODAY, others=[other]).open


def test_the_stricter_severity_counts() -> None:
    vpc = app_of(Vpc=("AWS::EC2::VPC", {}))
    closed, name = "HIPAA.Constructs-DefaultSecurityGroupClosed", "VPCDefaultSecurityGroupClosed"
    for severity, counts in (("warning", "warning"), ("error", "error")):
        assessment = assess(vpc, today=TODAY, others=[alarm(name, "Vpc", severity=severity)])
        assert found(assessment, closed).severity == counts


def test_what_is_unknown_to_ours_stays_unknown_and_weighs_as_much_as_the_others_say() -> None:
    app = bucket(LoggingConfiguration={"Fn::Transform": {"Name": "Macro"}})
    assert found(assess(app, today=TODAY), LOGGED).severity == "warning"
    one = found(assess(app, today=TODAY, others=[alarm(LOGGING, "Records")]), LOGGED)
    assert (one.outcome, one.severity) == ("unknown", "error")
    one = found(assess(app, today=TODAY, others=[alarm(LOGGING, "Records", TRIPPED)]), LOGGED)
    assert (one.outcome, one.severity) == ("unknown", "warning")


def test_what_ours_passes_stays_with_a_fix_of_ours() -> None:
    app = bucket(LoggingConfiguration={"DestinationBucketName": "logs"})
    other = alarm(LOGGING, "Records")
    assessment = assess(app, today=TODAY, others=[other])
    assert found(assessment, other.rule_id).fix.startswith("Set LoggingConfiguration.DestinationBucketName")
    assert assessment.others == [other]


def test_packs_that_agree_on_what_no_rule_of_ours_asks_are_one_finding() -> None:
    packs = ("HIPAA.Security", "NIST.800.53.R5", "PCI.DSS.321")
    others = [alarm("S3BucketReplicationEnabled", "Records", pack=pack) for pack in packs]
    (one,) = assess(bucket(), today=TODAY, others=others).others
    assert one.rule_id == "HIPAA.Security-S3BucketReplicationEnabled"
    assert one.also == ("NIST.800.53.R5-S3BucketReplicationEnabled", "PCI.DSS.321-S3BucketReplicationEnabled")


def test_a_bucket_policy_is_about_its_bucket() -> None:
    policy = {"Bucket": {"Ref": "Records"}, "PolicyDocument": {"Statement": []}}
    app = app_of(Records=("AWS::S3::Bucket", {}), Policy=("AWS::S3::BucketPolicy", policy))
    others = [alarm("S3BucketSSLRequestsOnly", "Records"), alarm("S3BucketSSLRequestsOnly", "Policy")]
    assessment = assess(app, today=TODAY, others=others)
    assert found(assessment, "HIPAA.Constructs-BucketTlsRequired").also == ("HIPAA.Security-S3BucketSSLRequestsOnly",)
    assert not assessment.others


# -- what is overruled -----------------------------------------------------------------------------------------

FUNCTION = ("AWS::Lambda::Function", {"Code": {"ZipFile": "0"}, "Role": "arn:aws:iam::111122223333:role/R"})
ARN = {"Fn::GetAtt": ["Work", "Arn"]}


def invoked_by(principal: str, **more: Any) -> dict[str, Any]:
    permission = {"FunctionName": ARN, "Principal": principal, "Action": "lambda:InvokeFunction", "SourceArn": "arn"}
    return {"Work": FUNCTION, "Let": ("AWS::Lambda::Permission", permission), **more}


QUEUE = ("AWS::Lambda::EventSourceMapping", {"FunctionName": ARN, "EventSourceArn": "arn:aws:sqs:us-east-1:1:q"})
LIVE = ("AWS::Lambda::Alias", {"FunctionName": ARN, "FunctionVersion": "1", "Name": "live"})


def of_alias(alias: str) -> tuple[str, dict[str, Any]]:
    """What CDK's add_event_source of an alias writes."""
    name = {"Fn::Select": [6, {"Fn::Split": [":", {"Ref": alias}]}]}
    return QUEUE[0], {**QUEUE[1], "FunctionName": {"Fn::Join": ["", [name, ":live"]]}}


EDGE = (
    "AWS::CloudFront::Distribution",
    {
        "DistributionConfig": {
            "DefaultCacheBehavior": {
                "LambdaFunctionAssociations": [{"EventType": "viewer-request", "LambdaFunctionARN": {"Ref": "One"}}]
            }
        }
    },
)
API = "apigateway.amazonaws.com"


@pytest.mark.parametrize(
    ("resources", "false"),
    [
        ({"Work": FUNCTION, "From": QUEUE}, True),
        (invoked_by(API), True),
        (invoked_by(API, From=QUEUE), True),
        ({"Work": FUNCTION, "One": ("AWS::Lambda::Version", {"FunctionName": ARN}), "Edge": EDGE}, True),
        ({"Work": FUNCTION, "Live": LIVE, "From": of_alias("Live")}, True),
        ({"Work": FUNCTION, "Live": LIVE, "From": of_alias("Elsewhere")}, False),
        ({"Work": FUNCTION}, False),
        (invoked_by("s3.amazonaws.com"), False),
        (invoked_by("events.amazonaws.com", From=QUEUE), False),
        (invoked_by(API, On=("AWS::SNS::Subscription", {"Endpoint": ARN, "Protocol": "lambda"})), False),
        (invoked_by(API, At=("AWS::Scheduler::Schedule", {"Target": {"Arn": ARN}})), False),
        (invoked_by(API, Made=("Custom::Thing", {"ServiceToken": ARN})), False),
        (
            invoked_by(
                API,
                Live=("AWS::Lambda::Alias", {"FunctionName": ARN, "FunctionVersion": "1", "Name": "live"}),
                On=("AWS::SNS::Subscription", {"Endpoint": {"Ref": "Live"}, "Protocol": "lambda"}),
            ),
            False,
        ),
    ],
)
def test_a_dead_letter_queue_is_for_what_nobody_waits_for(resources: dict[str, Any], false: bool) -> None:
    other = alarm("LambdaDLQ", "Work", "The Lambda function is not configured with a dead-letter queue")
    assessment = assess(app_of(**resources), today=TODAY, others=[other])
    # It stays as it is, or within what our rule found.
    is_open = other in assessment.open or any(other.rule_id in finding.also for finding in assessment.open)
    assert is_open is not false
    if false:
        (note,) = assessment.overruled
        assert (note.rule_id, note.severity, note.outcome) == (other.rule_id, "note", "overruled")
        assert note.message.startswith("The Lambda function is not configured with a dead-letter queue. Overruled: ")
        assert "docs.aws.amazon.com/lambda" in note.fix
        assert id(other) not in assessment.into


def project(**source: Any) -> tuple[str, dict[str, Any]]:
    return ("AWS::CodeBuild::Project", {"Source": source})


@pytest.mark.parametrize(
    ("source", "false"),
    [
        ({"Type": "CODEPIPELINE"}, True),
        ({"Type": "NO_SOURCE"}, True),
        ({"Type": "S3", "Location": "bucket/source.zip"}, True),
        ({"Type": "GITHUB", "Location": "https://github.com/o/r", "Auth": {"Type": "CODECONNECTIONS"}}, True),
        ({"Type": "GITHUB", "Location": "https://github.com/o/r"}, False),
        ({"Type": "BITBUCKET", "Location": "https://me:pw@bitbucket.org/o/r"}, False),
        ({"Type": "CODECOMMIT", "Location": "https://me:pw@git-codecommit.us-east-1.amazonaws.com/v1"}, False),
        ({"Type": {"Ref": "AWS::NoValue"}, "Location": {"Fn::Transform": {"Name": "Macro"}}}, False),
    ],
)
def test_only_sources_that_sign_in_need_to(source: dict[str, Any], false: bool) -> None:
    other = alarm("CodeBuildProjectSourceRepoUrl", "Build")
    assessment = assess(app_of(Build=project(**source)), today=TODAY, others=[other])
    assert (other in assessment.open) is not false


LISTENER = "AWS::ElasticLoadBalancingV2::Listener"
REDIRECT = [{"Type": "redirect", "RedirectConfig": {"Protocol": "HTTPS", "StatusCode": "HTTP_301"}}]


TLS = {"Protocol": "HTTPS", "SslPolicy": "ELBSecurityPolicy-TLS13-1-2-2021-06"}
TWO_LAYERS = {"SSEAlgorithm": "aws:kms:dsse", "KMSMasterKeyID": "arn:aws:kms:us-east-1:111122223333:key/1"}
DOUBLY = {"ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": TWO_LAYERS}]}
INGRESS, FROM_GROUP = (
    "AWS::EC2::SecurityGroupIngress",
    {"IpProtocol": "-1", "GroupId": "sg-1", "SourceSecurityGroupId": "sg-2"},
)


@pytest.mark.parametrize(
    ("rule", "kind", "properties", "false"),
    [
        ("APIGWCacheEnabledAndEncrypted", "AWS::ApiGateway::Stage", {"RestApiId": "a"}, True),
        ("APIGWCacheEnabledAndEncrypted", "AWS::ApiGateway::Stage", {"CacheClusterEnabled": True}, False),
        ("ELBv2ACMCertificateRequired", LISTENER, {"Protocol": "HTTP", "DefaultActions": REDIRECT}, True),
        ("ELBv2ACMCertificateRequired", LISTENER, TLS, False),
        ("CloudWatchLogGroupRetentionPeriod", "AWS::Logs::LogGroup", {}, True),
        ("S3DefaultEncryptionKMS", "AWS::S3::Bucket", {"BucketEncryption": DOUBLY}, True),
        ("EC2RestrictedSSH", INGRESS, FROM_GROUP, True),
    ],
)
def test_false_alarms_are_overruled(rule: str, kind: str, properties: dict[str, Any], false: bool) -> None:
    other = alarm(rule, "It")
    assessment = assess(app_of(It=(kind, properties)), today=TODAY, others=[other])
    assert [note.rule_id for note in assessment.overruled] == ([other.rule_id] if false else [])
    assert (other.rule_id in {finding.rule_id for finding in assessment.others}) is not false


POOL, STREAM, TASK = "AWS::Cognito::UserPool", "AWS::Kinesis::Stream", "AWS::ECS::TaskDefinition"
DELIVERY = "AWS::KinesisFirehose::DeliveryStream"
AWS_KEY, KEY = "alias/aws/kinesis", "arn:aws:kms:us-east-1:111122223333:key/1"
QUEUE, ARN = "AWS::SQS::Queue", {"Fn::GetAtt": ["It", "Arn"]}
DEAD_LETTERS = (
    ("AWS::Events::EventBus", {"DeadLetterConfig": {"Arn": ARN}}),
    ("AWS::Events::Rule", {"Targets": [{"Id": "T"}, {"Id": "U", "DeadLetterConfig": {"Arn": ARN}}]}),
    ("AWS::Lambda::EventInvokeConfig", {"DestinationConfig": {"OnFailure": {"Destination": ARN}}}),
    ("AWS::Lambda::EventSourceMapping", {"DestinationConfig": {"OnFailure": {"Destination": ARN}}}),
    ("AWS::Pipes::Pipe", {"SourceParameters": {"KinesisStreamParameters": {"DeadLetterConfig": {"Arn": ARN}}}}),
    ("AWS::Pipes::Pipe", {"SourceParameters": {"DynamoDBStreamParameters": {"DeadLetterConfig": {"Arn": ARN}}}}),
    ("AWS::SNS::Subscription", {"RedrivePolicy": {"deadLetterTargetArn": ARN}}),
    ("AWS::Scheduler::Schedule", {"Target": {"DeadLetterConfig": {"Arn": ARN}}}),
)
CONFIGURED = {"SecurityConfiguration": {"Ref": "Configuration"}}


def on_host(*users: str | None) -> dict[str, Any]:
    return {
        "NetworkMode": "host",
        "ContainerDefinitions": [
            {"Name": f"C{number}", "Image": "i", **({"User": user} if user else {})}
            for number, user in enumerate(users)
        ],
    }


def with_variable(name: str, value: Any) -> dict[str, Any]:
    return {"ContainerDefinitions": [{"Name": "C", "Image": "i", "Environment": [{"Name": name, "Value": value}]}]}


def emr(**switches: Any) -> tuple[str, Any]:
    return "AWS::EMR::SecurityConfiguration", {"SecurityConfiguration": {"EncryptionConfiguration": switches}}


ON_DISKS = {"LocalDiskEncryptionConfiguration": {"EncryptionKeyProviderType": "AwsKms", "AwsKmsKey": KEY}}
CACHE = "AWS::ElastiCache::ReplicationGroup"
DOCUMENTS, DATABASE = "AWS::DocDB::DBCluster", "AWS::RDS::DBInstance"
ENHANCED = "HIPAA.Security-RDSEnhancedMonitoringEnabled"
MACHINE = "AWS::StepFunctions::StateMachine"


def policy_of_passwords(length: int) -> Mapping[str, Any]:
    return {"Policies": {"PasswordPolicy": {"MinimumLength": length, "RequireLowercase": True}}}


BUCKET, WAREHOUSE = "AWS::S3::Bucket", "AWS::Redshift::Cluster"
LOGS_INTO_ITSELF = {"LoggingConfiguration": {"DestinationBucketName": {"Ref": "It"}}}
BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"


def logging_balancer(kind: str, which: str = "access") -> tuple[str, dict[str, Any]]:
    attribute = {"Key": f"{which}_logs.s3.bucket", "Value": {"Ref": "It"}}
    return BALANCER, {"Type": kind, "LoadBalancerAttributes": [attribute]}


# What logs into the bucket, and whether that is the bucket itself.
LOG_SOURCES: tuple[tuple[Mapping[str, Any], bool], ...] = (
    ({"Other": (BUCKET, LOGS_INTO_ITSELF)}, False),
    ({"Other": logging_balancer("application")}, False),
    ({"Other": logging_balancer("application", "health_check")}, False),
    ({"Other": (WAREHOUSE, {"LoggingProperties": {"BucketName": {"Ref": "It"}}})}, False),
    ({"Other": logging_balancer("network")}, False),
    ({"Other": ("AWS::CloudTrail::Trail", {"S3BucketName": {"Ref": "It"}})}, False),
    ({}, True),
    ({}, False),
)
BY_KEY = "HIPAA.Constructs-BucketEncryptedWithCustomerKey"
LOG_ALARMS = {
    "HIPAA.Security-S3DefaultEncryptionKMS": (*["overruled"] * 4, *[BY_KEY] * 4),
    "HIPAA.Security-S3BucketReplicationEnabled": (*["overruled"] * 5, *["alone"] * 3),
}
MAINTAINED, WAREHOUSE_TLS = (
    f"HIPAA.Security-Redshift{name}" for name in ("ClusterMaintenanceSettings", "RequireTlsSSL")
)


def parameters_of(family: str, **parameters: str) -> tuple[str, dict[str, Any]]:
    listed = [{"ParameterName": name, "ParameterValue": value} for name, value in parameters.items()]
    return (
        "AWS::Redshift::ClusterParameterGroup",
        {"Description": "Of the app", "ParameterGroupFamily": family, "Parameters": listed},
    )


@pytest.mark.parametrize(
    ("rule", "it", "beside", "ends"),
    [
        ("AwsSolutions-COG1", (POOL, {}), {}, "overruled"),
        ("AwsSolutions-COG1", (POOL, policy_of_passwords(15)), {}, "overruled"),
        ("AwsSolutions-COG1", (POOL, policy_of_passwords(8)), {}, "HIPAA.Constructs-UserPoolPasswordsStrong"),
        ("AwsSolutions-COG2", (POOL, {}), {}, "HIPAA.Constructs-UserPoolMfaRequired"),
        ("AwsSolutions-COG2", (POOL, {"MfaConfiguration": "OPTIONAL"}), {}, "HIPAA.Constructs-UserPoolMfaRequired"),
        ("AwsSolutions-KDF1", (DELIVERY, {"DeliveryStreamType": "KinesisStreamAsSource"}), {}, "overruled"),
        ("AwsSolutions-KDF1", (DELIVERY, {}), {}, "HIPAA.Constructs-StoreEncrypted"),
        ("AwsSolutions-KDS3", (STREAM, {"StreamEncryption": {"KeyId": KEY}}), {}, "overruled"),
        ("AwsSolutions-KDS3", (STREAM, {"StreamEncryption": {"KeyId": AWS_KEY}}), {}, "alone"),
        ("AwsSolutions-SQS3", (QUEUE, {}), {}, "HIPAA.Constructs-FailedMessagesKept"),
        *(("AwsSolutions-SQS3", (QUEUE, {}), {"Other": other}, "overruled") for other in DEAD_LETTERS),
        (
            "AwsSolutions-SQS3",
            (QUEUE, {}),
            {"Other": ("AWS::SNS::Subscription", {"Endpoint": ARN})},
            "HIPAA.Constructs-FailedMessagesKept",
        ),
        *(
            (rule, (BUCKET, LOGS_INTO_ITSELF if to_itself else {}), {} if to_itself else beside, ends)
            for rule, ends_of in LOG_ALARMS.items()
            for (beside, to_itself), ends in zip(LOG_SOURCES, ends_of, strict=True)
        ),
        (
            "HIPAA.Security-S3DefaultEncryptionKMS",
            (BUCKET, {"WebsiteConfiguration": {"IndexDocument": "index.html"}}),
            {},
            "overruled",
        ),
        (
            "HIPAA.Security-S3DefaultEncryptionKMS",
            (BUCKET, {"WebsiteConfiguration": {"RedirectAllRequestsTo": {"HostName": "clinic.example"}}}),
            {},
            "HIPAA.Constructs-BucketEncryptedWithCustomerKey",
        ),
        (MAINTAINED, (WAREHOUSE, {"AutomatedSnapshotRetentionPeriod": 35}), {}, "overruled"),
        (MAINTAINED, (WAREHOUSE, {}), {}, "HIPAA.Constructs-DatabaseBackupsKept"),
        (
            MAINTAINED,
            (WAREHOUSE, {"AutomatedSnapshotRetentionPeriod": 35, "AllowVersionUpgrade": False}),
            {},
            "HIPAA.Constructs-MinorUpgradesAutomatic",
        ),
        (WAREHOUSE_TLS, (WAREHOUSE, {}), {}, "overruled"),
        (WAREHOUSE_TLS, (WAREHOUSE, {"ClusterParameterGroupName": "default.redshift-2.0"}), {}, "overruled"),
        (
            WAREHOUSE_TLS,
            (WAREHOUSE, {"ClusterParameterGroupName": "default.redshift-1.0"}),
            {},
            "HIPAA.Constructs-WarehouseTlsRequired",
        ),
        *(
            (WAREHOUSE_TLS, (WAREHOUSE, {"ClusterParameterGroupName": {"Ref": "Group"}}), {"Group": group}, ends)
            for group, ends in (
                (parameters_of("redshift-2.0"), "overruled"),
                (parameters_of("redshift-2.0", require_ssl="false"), "HIPAA.Constructs-WarehouseTlsRequired"),
                (parameters_of("redshift-1.0"), "HIPAA.Constructs-WarehouseTlsRequired"),
            )
        ),
        ("AwsSolutions-AEC6", (CACHE, {"UserGroupIds": ["app"]}), {}, "overruled"),
        ("AwsSolutions-AEC6", (CACHE, {}), {}, "HIPAA.Constructs-ClientsAuthenticated"),
        ("AwsSolutions-DOC3", (DOCUMENTS, {"ManageMasterUserPassword": True}), {}, "overruled"),
        ("AwsSolutions-DOC3", (DOCUMENTS, {}), {}, "alone"),
        ("AwsSolutions-DOC5", (DOCUMENTS, {"EnableCloudwatchLogsExports": ["audit"]}), {}, "overruled"),
        ("AwsSolutions-DOC5", (DOCUMENTS, {}), {}, "HIPAA.Constructs-DatabaseLogsExported"),
        (ENHANCED, (DATABASE, {"Engine": "mysql"}), {}, "HIPAA.Constructs-ResourceUseMonitored"),
        (
            ENHANCED,
            (DATABASE, {"Engine": "aurora-mysql", "DBClusterIdentifier": {"Ref": "Aurora"}}),
            {"Aurora": ("AWS::RDS::DBCluster", {"Engine": "aurora-mysql", "MonitoringInterval": 60})},
            "overruled",
        ),
        (ENHANCED, (DATABASE, {"Engine": "custom-oracle-ee"}), {}, "overruled"),
        ("AwsSolutions-ECS4", ("AWS::ECS::Cluster", {}), {}, "HIPAA.Constructs-ResourceUseMonitored"),
        ("AwsSolutions-OS5", ("AWS::OpenSearchService::Domain", {}), {}, "alone"),
        ("HIPAA.Security-ECSTaskDefinitionUserForHostMode", (TASK, on_host("1000", "1000:0")), {}, "overruled"),
        ("HIPAA.Security-ECSTaskDefinitionUserForHostMode", (TASK, on_host("1000", None)), {}, "alone"),
        ("HIPAA.Security-ECSTaskDefinitionUserForHostMode", (TASK, on_host("root")), {}, "alone"),
        ("HIPAA.Security-ECSTaskDefinitionUserForHostMode", (TASK, {"NetworkMode": "host"}), {}, "alone"),
        ("AwsSolutions-ECS2", (TASK, with_variable("STAGE", "production")), {}, "overruled"),
        (
            "AwsSolutions-ECS2",
            (TASK, with_variable("DB_PASSWORD", "hunter2hunter2")),
            {},
            "HIPAA.Constructs-NoSecretsInEnvironment",
        ),
        ("AwsSolutions-EMR4", ("AWS::EMR::Cluster", {}), {}, "HIPAA.Constructs-JobDataEncrypted"),
        (
            "AwsSolutions-EMR4",
            ("AWS::EMR::Cluster", CONFIGURED),
            {"Configuration": emr(EnableAtRestEncryption=False)},
            "HIPAA.Constructs-JobDataEncrypted",
        ),
        (
            "AwsSolutions-EMR4",
            ("AWS::EMR::Cluster", CONFIGURED),
            {"Configuration": emr(EnableAtRestEncryption=True, AtRestEncryptionConfiguration=ON_DISKS)},
            "overruled",
        ),
        (
            "AwsSolutions-EMR4",
            ("AWS::EMR::Cluster", CONFIGURED),
            {"Configuration": emr(EnableAtRestEncryption=True, AtRestEncryptionConfiguration={})},
            "alone",
        ),
        ("AwsSolutions-EMR4", ("AWS::EMR::Cluster", {"SecurityConfiguration": "elsewhere"}), {}, "alone"),
        ("AwsSolutions-SF1", (MACHINE, {}), {}, "HIPAA.Constructs-ServiceLogged"),
        ("AwsSolutions-SF1", (MACHINE, {"LoggingConfiguration": {"Level": "ERROR"}}), {}, "alone"),
        ("AwsSolutions-EMR5", ("AWS::EMR::Cluster", {}), {}, "alone"),
        ("AwsSolutions-EMR5", ("AWS::EMR::Cluster", {"SecurityConfiguration": "elsewhere"}), {}, "alone"),
        (
            "AwsSolutions-EMR5",
            ("AWS::EMR::Cluster", CONFIGURED),
            {"Configuration": emr(EnableInTransitEncryption=True)},
            "overruled",
        ),
        ("AwsSolutions-GL1", ("AWS::Glue::Job", {}), {}, "HIPAA.Constructs-JobDataEncrypted"),
        (
            "AwsSolutions-GL3",
            ("AWS::Glue::Job", CONFIGURED),
            {"Configuration": ("AWS::Glue::SecurityConfiguration", {"EncryptionConfiguration": {}})},
            "HIPAA.Constructs-JobDataEncrypted",
        ),
    ],
)
def test_where_an_alarm_ends(
    rule: str, it: tuple[str, Mapping[str, Any]], beside: Mapping[str, Any], ends: str
) -> None:
    pack, _, name = rule.partition("-")
    assessment = assess(app_of(It=it, **beside), today=TODAY, others=[alarm(name, "It", pack=pack)])
    assert [note.rule_id for note in assessment.overruled] == ([rule] if ends == "overruled" else [])
    assert [one.rule_id for one in assessment.others] == ([rule] if ends == "alone" else [])
    assert [one.rule_id for one in assessment.own if rule in one.also] == ([ends] if "Constructs" in ends else [])


def classified_as(value: str) -> dict[str, Any]:
    said = {"classification": value, "reason": "Pages of the clinic, which everybody reads.", "approved_by": "officer"}
    return {"Metadata": {"hipaa-constructs:data-classification": said}}


@pytest.mark.parametrize(
    ("more", "spared"),
    [
        (classified_as("NO_PHI"), True),
        ({"Properties": {"Tags": [{"Key": "hipaa:data-classification", "Value": "NO_PHI"}]}}, True),
        (classified_as("PHI"), False),
        ({}, False),
    ],
)
def test_what_a_template_says_holds_no_phi_is_spared_without_a_construct_path(
    more: dict[str, Any], spared: bool
) -> None:
    app = App()
    body = {"Pages": {"Type": "AWS::S3::Bucket", **more}, "Records": {"Type": "AWS::S3::Bucket"}}
    template = app.add("site.yaml", {"Resources": body})
    others = [
        as_finding(
            f"HIPAA.Security-{rule}", severity="error", message="It is not.", resource=resource, construct_path=""
        )
        for rule in ("S3BucketReplicationEnabled", "S3BucketPublicReadProhibited")
        for resource in template.resources.values()
    ]
    assessment = assess(app, today=TODAY, others=others)
    overruled = [(one.rule_id, one.resource_logical_id) for one in assessment.overruled]
    assert overruled == ([("HIPAA.Security-S3BucketReplicationEnabled", "Pages")] if spared else [])


def test_what_a_pack_could_not_read_and_ours_passed_is_overruled() -> None:
    app = bucket(LoggingConfiguration={"DestinationBucketName": "logs"})
    other = alarm(LOGGING, "Records", TRIPPED)
    assessment = assess(app, today=TODAY, others=[other])
    assert [note.rule_id for note in assessment.overruled] == [other.rule_id]
    assert other not in assessment.open


# -- one acknowledgement accepts both --------------------------------------------------------------------------


def accepted(rule_id: str, origin: Any = "code") -> Acknowledgement:
    until = TODAY + datetime.timedelta(days=90)
    reason = "Requests are logged by the trail's data events."
    return Acknowledgement(rule_id, reason, "officer", until, None, None, "Clinic/Records/Resource", origin)


@pytest.mark.parametrize("origin", ["code", "file"])
@pytest.mark.parametrize(
    "rule_id",
    [LOGGED, "HIPAA.Security-S3BucketLoggingEnabled", "NIST.800.53.R5-S3BucketLoggingEnabled", "AwsSolutions-S1"],
)
def test_one_acknowledgement_accepts_both(rule_id: str, origin: str) -> None:
    one = accepted(rule_id, origin)
    packs = ["HIPAA.Security", "AwsSolutions", "NIST.800.53.R5"]
    assessment = assess(bucket(), today=TODAY, others=[alarm(LOGGING, "Records")], acknowledgements=[one], packs=packs)
    ((finding, by),) = assessment.governed.acknowledged
    assert (finding.rule_id, by) == (LOGGED, one)
    assert not assessment.governed.problems


def test_naming_both_is_no_fault() -> None:
    both = [accepted(LOGGED), accepted("HIPAA.Security-S3BucketLoggingEnabled")]
    assessment = assess(bucket(), today=TODAY, others=[alarm(LOGGING, "Records")], acknowledgements=both)
    assert len(assessment.governed.acknowledged) == 1
    assert not assessment.governed.problems


def test_an_acknowledgement_of_another_packs_rule_says_nothing_of_what_only_ours_found() -> None:
    one = accepted("HIPAA.Security-S3BucketLoggingEnabled")
    assessment = assess(bucket(), today=TODAY, acknowledgements=[one], packs=["HIPAA.Security"])
    assert found(assessment, LOGGED)
    assert found(assessment, USED)


def test_ours_accepts_what_only_another_pack_found_of_the_fact() -> None:
    app = bucket(LoggingConfiguration={"DestinationBucketName": "logs"})
    other = alarm(LOGGING, "Records")
    assessment = assess(app, today=TODAY, others=[other], acknowledgements=[accepted(LOGGED)])
    assert [finding for finding, _ in assessment.governed.acknowledged] == [other]


def test_accepting_one_of_two_rules_that_went_into_a_finding_accepts_no_more() -> None:
    public, read, write = (
        "HIPAA.Constructs-BucketNotPublic",
        "HIPAA.Security-S3BucketPublicReadProhibited",
        "HIPAA.Security-S3BucketPublicWriteProhibited",
    )
    others = [alarm("S3BucketPublicReadProhibited", "Records"), alarm("S3BucketPublicWriteProhibited", "Records")]
    part = assess(bucket(), today=TODAY, others=others, acknowledgements=[accepted(read)])
    assert found(part, public).also == (read, write)
    assert "a part of HIPAA.Constructs-BucketNotPublic" in found(part, USED).message
    for names in ([public], [read, write]):
        whole = assess(bucket(), today=TODAY, others=others, acknowledgements=[accepted(name) for name in names])
        assert public in {finding.rule_id for finding, _ in whole.governed.acknowledged}
        assert not whole.governed.problems


def _noted(app: App, *others: Finding) -> list[str]:
    assessment = assess(app, today=TODAY, others=others)
    return [finding.message.partition("Overruled:")[2].strip() for finding in assessment.overruled]


def test_a_function_at_the_edge_and_one_of_deployments_are_overruled_for_reasons_of_their_own() -> None:
    trust = {"Effect": "Allow", "Principal": {"Service": "edgelambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    app = app_of(
        Edge=("AWS::Lambda::Function", {"Role": {"Fn::GetAtt": ["Role", "Arn"]}}),
        Role=("AWS::IAM::Role", {"AssumeRolePolicyDocument": {"Statement": [trust]}}),
        Filler=("AWS::Lambda::Function", {}),
        Filled=("Custom::Filled", {"ServiceToken": {"Fn::GetAtt": ["Filler", "Arn"]}}),
    )
    first, second = _noted(app, alarm("LambdaInsideVPC", "Edge"), alarm("LambdaInsideVPC", "Filler"))
    assert first.startswith("The function runs at the edge")
    assert second.startswith("HIPAA.Constructs-FunctionInVpc: CloudFormation alone calls the function, or ")


def test_a_topic_of_operation_needs_no_policy_of_cdk_nags_either() -> None:
    told = ("AWS::CloudWatch::Alarm", {"AlarmActions": [{"Ref": "Alerts"}]})
    app = app_of(Alerts=("AWS::SNS::Topic", {}), Alarm=told, Visits=("AWS::SNS::Topic", {}))
    others = [alarm("SNS3", name, pack="AwsSolutions") for name in ("Alerts", "Visits")]
    (only,) = _noted(app, *others)
    assert only.startswith("Services of AWS alone send there")


def test_a_table_whose_items_pass_is_in_no_backup_plan_all_the_same() -> None:
    expiring = {"TimeToLiveSpecification": {"AttributeName": "expires", "Enabled": True}}
    app = app_of(Sessions=("AWS::DynamoDB::Table", expiring))
    other = alarm("DynamoDBInBackupPlan", "Sessions")
    assessment = assess(app, today=TODAY, others=[other])
    assert other in assessment.others
    assert not assessment.overruled


# ------------------------------------------------------------------------------------------- said once for several

IN_VPC, INSIDE = "HIPAA.Constructs-FunctionInVpc", "LambdaInsideVPC"


def functions(*names: str) -> App:
    return app_of(**{name: ("AWS::Lambda::Function", {}) for name in names})


def test_alarms_on_all_for_which_a_finding_speaks_are_one_with_it() -> None:
    others = [alarm(INSIDE, name) for name in ("C", "B", "A")]
    assessment = assess(functions("A", "B", "C"), today=TODAY, others=others)
    one = found(assessment, IN_VPC)
    assert (one.resource_logical_id, one.also) == ("A", (f"HIPAA.Security-{INSIDE}",))
    assert [assessment.into[id(other)] for other in others] == [[one], [one], [one]]
    assert not assessment.others
    assert not assessment.overruled


def test_an_alarm_on_another_of_them_alone_is_one_with_it_too() -> None:
    assessment = assess(functions("A", "B"), today=TODAY, others=[alarm(INSIDE, "B")])
    assert found(assessment, IN_VPC).also == (f"HIPAA.Security-{INSIDE}",)
    assert not assessment.overruled


def test_who_accepts_it_accepts_it_for_all() -> None:
    others = [alarm(INSIDE, name) for name in ("A", "B")]
    for rule_id in (IN_VPC, f"HIPAA.Security-{INSIDE}"):
        accepts = dataclasses.replace(accepted(rule_id), path="Clinic/A/Resource")
        assessment = assess(functions("A", "B"), today=TODAY, others=others, acknowledgements=[accepts])
        assert not [one for one in assessment.open if one.rule_id.endswith(("InVpc", INSIDE))]
        assert not assessment.governed.problems


def test_what_is_said_of_another_function_counts_as_neither_passed_nor_failed() -> None:
    assessment = assess(functions("A", "B", "C"), today=TODAY)
    outcomes = [result.verdict.outcome for result, _ in assessment.answers if result.rule.id == IN_VPC]
    assert outcomes == ["failed", "not_applicable", "not_applicable"]


def test_the_baseline_knows_it_when_a_function_is_added() -> None:
    before = functions("A", "B")
    known = found(assess(before, today=TODAY), IN_VPC)
    debt = Debt(TODAY, "team", TODAY + datetime.timedelta(days=30))
    entry = Entry(IN_VPC, known.construct_path, Fingerprints(before).of(known), debt)
    assessment = assess(functions("A", "B", "C"), today=TODAY, baseline=[entry])
    assert found(assessment, IN_VPC) not in assessment.failing
    assert not assessment.debts.problems
