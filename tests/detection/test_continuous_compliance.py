from __future__ import annotations

import json
from collections.abc import Mapping
from importlib import resources
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_config as config
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Match, Template
from syrupy.assertion import SnapshotAssertion

from hipaa_constructs.audit.activity_alarms import ActivityAlarms
from hipaa_constructs.audit.audit_trail import AuditTrail
from hipaa_constructs.detection.account_baseline import AccountBaseline
from hipaa_constructs.detection.conformance_pack import template_body
from hipaa_constructs.detection.continuous_compliance import ContinuousCompliance
from hipaa_constructs.detection.repair_names import NAMES
from hipaa_constructs.primitives.alert_topic import AlertTopic
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey
from hipaa_constructs.recovery.backup_plan import BackupPlan
from hipaa_constructs.testing import findings, normalize
from tests.storage.plans import RecordingPlan

ENV = cdk.Environment(account="111122223333", region="us-east-1")
CONFIG = {"Service": "config.amazonaws.com"}


def define(stack: cdk.Stack, **arguments: Any) -> ContinuousCompliance:
    return ContinuousCompliance(
        stack,
        "Compliance",
        baseline=AccountBaseline(stack, "Baseline"),
        topic=AlertTopic(stack, "Alerts", emails=["security@clinic.example"]),
        backup_plan=arguments.pop("backup_plan", None) or RecordingPlan(),
        **arguments,
    )


@pytest.fixture(scope="module")
def body() -> dict[str, Any]:
    app = cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False)
    stack = cdk.Stack(app, "Clinic", env=ENV)
    define(stack, trail=AuditTrail(stack, "Trail", backup_plan=RecordingPlan()))
    synthesized: dict[str, Any] = Template.from_stack(stack).to_json()
    return synthesized


@pytest.fixture(scope="module")
def template(body: dict[str, Any]) -> Template:
    return Template.from_json(body)


def resources_of(body: Mapping[str, Any], kind: str) -> dict[str, Any]:
    return {name: resource for name, resource in body["Resources"].items() if resource["Type"] == kind}


def test_snapshot(body: dict[str, Any], snapshot: SnapshotAssertion) -> None:
    parts = {name: one for name, one in normalize(body)["Resources"].items() if name.startswith("Compliance")}
    assert parts == snapshot


def test_has_no_findings_but_what_else_the_account_needs(app: cdk.App, stack: cdk.Stack) -> None:
    plan = BackupPlan.daily_7_year(stack, "Backups")
    trail = AuditTrail(stack, "Trail", backup_plan=plan)
    ActivityAlarms(stack, "Alarms", log_group=trail.log_group, topic=plan.topic)
    define(stack, backup_plan=plan, trail=trail)
    plan.topic.topic.add_subscription(_email())
    assert [*map(str, findings(app, all_packs=True))] == [
        "HIPAA.Constructs-AccountWatched: Clinic/Trail/Resource/Resource",
        "HIPAA.Constructs-ThreatDetectionInEveryRegion: Clinic/Trail/Resource/Resource",
    ]


def _email() -> Any:
    from aws_cdk import aws_sns_subscriptions as subscriptions

    return subscriptions.EmailSubscription("security@clinic.example")


def test_the_recorder_takes_every_type_as_the_service_linked_role(template: Template) -> None:
    role = "role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig"
    template.has_resource(
        "AWS::Config::ConfigurationRecorder",
        {
            "Properties": {
                "RecordingGroup": {"AllSupported": True, "IncludeGlobalResourceTypes": True},
                "RoleARN": {
                    "Fn::Join": ["", Match.array_with([Match.string_like_regexp(f":iam::111122223333:{role}$")])]
                },
            },
            "DependsOn": Match.array_with([Match.string_like_regexp("^BaselineConfigRole")]),
        },
    )


def test_recorder_and_channel_do_not_wait_for_each_other(body: dict[str, Any]) -> None:
    """CloudFormation ends neither before the other is there."""
    (recorder,) = resources_of(body, "AWS::Config::ConfigurationRecorder")
    (channel,) = resources_of(body, "AWS::Config::DeliveryChannel")
    assert channel not in body["Resources"][recorder]["DependsOn"]
    assert recorder not in body["Resources"][channel]["DependsOn"]
    assert [name for name in body["Resources"][channel]["DependsOn"] if "BucketPolicy" in name]


def test_the_bucket_takes_writes_of_config_for_this_account_alone(template: Template) -> None:
    template.has_resource_properties(
        "AWS::S3::BucketPolicy",
        {
            "PolicyDocument": {
                "Statement": Match.array_with(
                    [
                        Match.object_like(
                            {
                                "Sid": "DenyOtherWriters",
                                "Effect": "Deny",
                                "Condition": {"StringNotEquals": {"aws:PrincipalServiceName": "config.amazonaws.com"}},
                            }
                        ),
                        Match.object_like(
                            {
                                "Sid": "DenyDeletion",
                                "Effect": "Deny",
                                "Principal": {"AWS": "*"},
                                "Action": ["s3:DeleteObject", "s3:DeleteObjectVersion"],
                            }
                        ),
                        Match.object_like(
                            {
                                "Sid": "ConfigCheck",
                                "Principal": CONFIG,
                                "Condition": {"StringEquals": {"aws:SourceAccount": "111122223333"}},
                            }
                        ),
                        Match.object_like(
                            {
                                "Sid": "ConfigWrite",
                                "Principal": CONFIG,
                                "Action": "s3:PutObject",
                                "Resource": {"Fn::Join": ["", Match.array_with(["/AWSLogs/111122223333/Config/*"])]},
                                "Condition": {
                                    "StringEquals": {
                                        "aws:SourceAccount": "111122223333",
                                        "s3:x-amz-acl": "bucket-owner-full-control",
                                    }
                                },
                            }
                        ),
                    ]
                )
            }
        },
    )


def test_the_bucket_keeps_seven_years_without_a_lock_that_config_refuses(template: Template) -> None:
    template.has_resource(
        "AWS::S3::Bucket",
        {
            "Properties": {
                "ObjectLockEnabled": Match.absent(),
                "LifecycleConfiguration": {
                    "Rules": Match.array_with([Match.object_like({"Id": "KeepLogs", "ExpirationInDays": 2557})])
                },
                "VersioningConfiguration": {"Status": "Enabled"},
            },
            "DeletionPolicy": "RetainExceptOnCreate",
        },
    )


def test_config_may_use_the_key_for_this_account(template: Template) -> None:
    template.has_resource_properties(
        "AWS::KMS::Key",
        {
            "KeyPolicy": {
                "Statement": Match.array_with(
                    [
                        Match.object_like(
                            {
                                "Principal": CONFIG,
                                "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
                                "Condition": {"StringEquals": {"aws:SourceAccount": "111122223333"}},
                            }
                        )
                    ]
                )
            }
        },
    )


def test_the_pack_is_deployed_once_config_records(template: Template, body: dict[str, Any]) -> None:
    template.has_resource_properties("AWS::Config::ConformancePack", {"TemplateBody": template_body()})
    (pack,) = resources_of(body, "AWS::Config::ConformancePack").values()
    assert [name[:14] for name in sorted(pack["DependsOn"])] == ["ComplianceChan", "ComplianceReco"]


def test_non_compliance_is_told(template: Template) -> None:
    template.has_resource_properties(
        "AWS::Events::Rule",
        {
            "EventPattern": {
                "source": ["aws.config"],
                "detail-type": ["Config Rules Compliance Change"],
                "detail": {
                    "messageType": ["ComplianceChangeNotification"],
                    "newEvaluationResult": {"complianceType": ["NON_COMPLIANT"]},
                    "configRuleName": [{"anything-but": {"prefix": "securityhub-"}}],
                },
            },
            # Gathered: 130 rules would else send a mail for each resource that they judge.
            "Targets": [
                {"Arn": {"Fn::GetAtt": [Match.string_like_regexp("^AlertsDigestQueue"), "Arn"]}, "Id": "Digest"}
            ],
        },
    )
    template.has_resource_properties("AWS::Config::DeliveryChannel", {"SnsTopicARN": Match.absent()})


def test_the_aggregator_takes_all_regions_of_the_account(template: Template) -> None:
    template.has_resource_properties(
        "AWS::Config::ConfigurationAggregator",
        {"AccountAggregationSources": [{"AccountIds": ["111122223333"], "AllAwsRegions": True}]},
    )


# Identifiers and runbooks as AWS's documentation names them; None is a runbook of this package.
REPAIRS = {
    "PublicBuckets": (
        "S3_BUCKET_LEVEL_PUBLIC_ACCESS_PROHIBITED",
        "AWSConfigRemediation-ConfigureS3BucketPublicAccessBlock",
        "BucketName",
    ),
    "PublicVolumeSnapshots": ("EBS_SNAPSHOT_PUBLIC_RESTORABLE_CHECK", None, None),
    "PublicDatabaseSnapshots": ("RDS_SNAPSHOTS_PUBLIC_PROHIBITED", None, "SnapshotId"),
    "UnencryptedDatabaseSnapshots": ("RDS_SNAPSHOT_ENCRYPTED", None, "SnapshotId"),
    "UnencryptedVolumes": (
        "EC2_EBS_ENCRYPTION_BY_DEFAULT",
        "AWSConfigRemediation-EnableEbsEncryptionByDefault",
        None,
    ),
    "OpenRemoteAdministration": ("VPC_SG_PORT_RESTRICTION_CHECK", None, "GroupId"),
    "MissingFlowLogs": ("VPC_FLOW_LOGS_ENABLED", None, "VpcId"),
    "UnrotatedKeys": ("CMK_BACKING_KEY_ROTATION_ENABLED", "AWSConfigRemediation-EnableKeyRotation", "KeyId"),
    "StoppedTrail": ("CLOUD_TRAIL_ENABLED", None, None),
}


def test_the_repairs_are_these() -> None:
    assert sorted(REPAIRS) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_each_repair_has_rule_runbook_and_role(name: str, body: dict[str, Any]) -> None:
    identifier, runbook, parameter = REPAIRS[name]
    (rule,) = (key for key in resources_of(body, "AWS::Config::ConfigRule") if key.startswith(f"Compliance{name}"))
    assert body["Resources"][rule]["Properties"]["Source"] == {"Owner": "AWS", "SourceIdentifier": identifier}
    assert any(other.startswith("ComplianceRecorder") for other in body["Resources"][rule]["DependsOn"])
    (action,) = (
        one["Properties"]
        for one in resources_of(body, "AWS::Config::RemediationConfiguration").values()
        if one["Properties"]["ConfigRuleName"] == {"Ref": rule}
    )
    assert action["TargetType"] == "SSM_DOCUMENT"
    named = [key for key, value in action["Parameters"].items() if "ResourceValue" in value]
    assert named == ([parameter] if parameter else [])
    role = action["Parameters"]["AutomationAssumeRole"]["StaticValue"]["Values"][0]["Fn::GetAtt"][0]
    trust = body["Resources"][role]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert trust == [
        {
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"aws:SourceAccount": "111122223333"}},
            "Effect": "Allow",
            "Principal": {"Service": "ssm.amazonaws.com"},
        }
    ]
    by_hand = name == "UnencryptedDatabaseSnapshots"
    assert action["Automatic"] is not by_hand
    assert ("MaximumAutomaticAttempts" in action) is not by_hand
    if runbook:
        assert action["TargetId"] == runbook
    else:
        document = body["Resources"][action["TargetId"]["Ref"]]["Properties"]
        assert document["DocumentType"] == "Automation"
        assert set(document["Content"]["parameters"]) == set(action["Parameters"])


def test_periodic_rules_look_every_hour_and_others_have_no_frequency(body: dict[str, Any]) -> None:
    frequencies = {
        rule["Properties"]["Source"]["SourceIdentifier"]: rule["Properties"].get("MaximumExecutionFrequency")
        for rule in resources_of(body, "AWS::Config::ConfigRule").values()
    }
    at_change = {
        "RDS_SNAPSHOTS_PUBLIC_PROHIBITED",
        "RDS_SNAPSHOT_ENCRYPTED",
        "S3_BUCKET_LEVEL_PUBLIC_ACCESS_PROHIBITED",
    }
    assert {identifier for identifier, frequency in frequencies.items() if frequency is None} == at_change
    assert {frequency for frequency in frequencies.values() if frequency} == {"One_Hour"}


def test_runbooks_hold_the_scripts_that_are_tested(body: dict[str, Any]) -> None:
    written = {
        document["Properties"]["Content"]["mainSteps"][0]["inputs"]["Script"]
        for document in resources_of(body, "AWS::SSM::Document").values()
    }
    folder = resources.files("hipaa_constructs.detection.runbooks")
    kept = {file.read_text("utf-8") for file in folder.iterdir() if file.name.endswith(".py") and file.read_text()}
    assert written == kept
    for script in written:
        compile(script, "runbook", "exec")


def test_each_role_may_do_only_its_repair(body: dict[str, Any]) -> None:
    for name, policy in resources_of(body, "AWS::IAM::ManagedPolicy").items():
        if not name.startswith("Compliance") or "Policy" not in name:
            continue
        actions = json.dumps([one["Action"] for one in policy["Properties"]["PolicyDocument"]["Statement"]])
        assert "*" not in actions, name


def test_a_stopped_trail_is_missed_though_the_other_records_and_both_are_started(body: dict[str, Any]) -> None:
    trails = resources_of(body, "AWS::CloudTrail::Trail")
    (rule_id, rule), *others = (
        (key, one["Properties"])
        for key, one in resources_of(body, "AWS::Config::ConfigRule").items()
        if one["Properties"]["Source"]["SourceIdentifier"] == "CLOUD_TRAIL_ENABLED"
    )
    assert not others
    # CloudTrail and Config name a topic by ARN; of the trails, that of management events alone has one.
    (told,) = (one["Properties"]["SnsTopicName"] for one in trails.values() if "SnsTopicName" in one["Properties"])
    assert rule["InputParameters"] == {"snsTopicArn": {"Ref": told["Fn::GetAtt"][0]}}
    (action,) = (
        one["Properties"]
        for one in resources_of(body, "AWS::Config::RemediationConfiguration").values()
        if one["Properties"]["ConfigRuleName"] == {"Ref": rule_id}
    )
    arns = [{"Fn::GetAtt": [name, "Arn"]} for name in trails]
    assert len(arns) == 2
    (named,) = action["Parameters"]["TrailArns"]["StaticValue"]["Values"]
    assert sorted(map(str, (part for part in named["Fn::Join"][1] if part != ","))) == sorted(map(str, arns))
    (allowed,) = (
        policy["Properties"]["PolicyDocument"]["Statement"]
        for name, policy in resources_of(body, "AWS::IAM::ManagedPolicy").items()
        if name.startswith("ComplianceStoppedTrail")
    )
    (statement,) = (one for one in allowed if "cloudtrail:StartLogging" in one["Action"])
    assert sorted(map(str, statement["Resource"])) == sorted(map(str, arns))


def test_no_trail_no_repair_of_it(stack: cdk.Stack) -> None:
    define(stack)
    rules = Template.from_stack(stack).find_resources("AWS::Config::ConfigRule").values()
    identifiers = {rule["Properties"]["Source"]["SourceIdentifier"] for rule in rules}
    assert "CLOUD_TRAIL_ENABLED" not in identifiers
    assert len(identifiers) == len(NAMES) - 1


def test_manual_remediations_wait_for_a_person(stack: cdk.Stack) -> None:
    define(stack, manual_remediations=["OpenRemoteAdministration", "PublicBuckets"])
    actions = Template.from_stack(stack).find_resources("AWS::Config::RemediationConfiguration")
    manual = {name for name, action in actions.items() if not action["Properties"]["Automatic"]}
    assert {name.removeprefix("Compliance")[:10] for name in manual} == {"OpenRemote", "PublicBuck"}


def test_global_resources_are_recorded_in_one_region(stack: cdk.Stack) -> None:
    define(stack, record_global_resources=False)
    Template.from_stack(stack).has_resource_properties(
        "AWS::Config::ConfigurationRecorder",
        {"RecordingGroup": {"AllSupported": True, "IncludeGlobalResourceTypes": False}},
    )


def test_a_key_of_your_own_is_used(stack: cdk.Stack) -> None:
    key = KmsRotatedKey(stack, "Key").key
    define(stack, encryption_key=key)
    Template.from_stack(stack).has_resource_properties(
        "AWS::Config::DeliveryChannel", {"S3KmsKeyArn": stack.resolve(key.key_arn)}
    )


def test_what_it_made_can_be_reached(stack: cdk.Stack) -> None:
    compliance = define(stack)
    assert isinstance(compliance.recorder, config.CfnConfigurationRecorder)
    assert isinstance(compliance.conformance_pack, config.CfnConformancePack)
    assert compliance.bucket.locked is False


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            {"manual_remediations": ["OpenSsh"]},
            r"manual_remediations: got 'OpenSsh'; allowed are MissingFlowLogs, .*UnrotatedKeys",
        ),
        ({"manual_remediations": "PublicBuckets"}, r"ContinuousCompliance\(manual_remediations=…\)"),
        ({"record_global_resources": 1}, r"ContinuousCompliance\(record_global_resources=…\): got 1; it takes bool"),
        ({"trail": "arn:aws:cloudtrail:…"}, r"ContinuousCompliance\(trail=…\)"),
    ],
)
def test_wrong_arguments_are_refused_before_anything_is_defined(
    stack: cdk.Stack, arguments: dict[str, Any], said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        define(stack, **arguments)
    assert stack.node.try_find_child("Compliance") is None


def test_an_archive_of_another_account_takes_the_files() -> None:
    app = cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False)
    stack = cdk.Stack(app, "Clinic", env=ENV)
    compliance = ContinuousCompliance(
        stack,
        "Compliance",
        baseline=AccountBaseline(stack, "Baseline"),
        topic=AlertTopic(stack, "Alerts", emails=["security@clinic.example"]),
        delivery_bucket=s3.Bucket.from_bucket_name(stack, "Archive", "clinic-config-archive"),
    )
    assert compliance.bucket is None
    assert findings(app) == []
    template = Template.from_stack(stack)
    template.resource_count_is("AWS::S3::Bucket", 0)
    # S3 uses the archive's own key where AWS Config names none.
    template.has_resource_properties(
        "AWS::Config::DeliveryChannel",
        {"S3BucketName": "clinic-config-archive", "S3KmsKeyArn": Match.absent()},
    )
