from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_cloudtrail as cloudtrail
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from syrupy.assertion import SnapshotAssertion

from hipaa_constructs.audit.audit_trail import AuditTrail
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey
from hipaa_constructs.storage.encrypted_bucket import EncryptedBucket
from hipaa_constructs.testing import findings, template_of
from tests.storage.plans import RecordingPlan
from tests.storage.policies import allowed, denied_by, literal

_ACCOUNT = "111122223333"
_ENV = cdk.Environment(account=_ACCOUNT, region="us-east-1")
_CLOUDTRAIL = "cloudtrail.amazonaws.com"
_ORGANIZATION = "o-a1b2c3d4e5"


def _build(**options: Any) -> dict[str, Any]:
    app = cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False)
    stack = cdk.Stack(app, "Clinic", env=_ENV)
    AuditTrail(stack, "Audit", **{"backup_plan": RecordingPlan(), **options})
    return template_of(stack)


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    return _build()


@pytest.fixture(scope="module")
def organization() -> dict[str, Any]:
    return _build(organization_id=_ORGANIZATION)


def _resource(template: dict[str, Any], resource_type: str, prefix: str = "Audit") -> dict[str, Any]:
    (found,) = (
        resource
        for logical_id, resource in template["Resources"].items()
        if resource["Type"] == resource_type and logical_id.startswith(prefix)
    )
    return found


def _properties(template: dict[str, Any], resource_type: str) -> dict[str, Any]:
    return _resource(template, resource_type)["Properties"]


def _trails(template: dict[str, Any]) -> list[dict[str, Any]]:
    """The trail of management events and, if there is one, that of data events."""
    return sorted(
        (one["Properties"] for one in template["Resources"].values() if one["Type"] == "AWS::CloudTrail::Trail"),
        key=lambda trail: "InsightSelectors" not in trail,
    )


def _trail_arn(template: dict[str, Any], number: int = 0) -> str:
    name = _trails(template)[number]["TrailName"]
    return f"arn:<AWS::Partition>:cloudtrail:us-east-1:{_ACCOUNT}:trail/{name}"


def _bucket_policy(template: dict[str, Any]) -> dict[str, Any]:
    return literal(_properties(template, "AWS::S3::BucketPolicy")["PolicyDocument"])


def _key_statements(template: dict[str, Any], service: str) -> list[dict[str, Any]]:
    policy = literal(_properties(template, "AWS::KMS::Key")["KeyPolicy"])
    return [s for s in policy["Statement"] if s["Principal"] == {"Service": service}]


def _file(template: dict[str, Any], key: str) -> str:
    return f"{literal(_trail_bucket_arn(template))}/{key}"


def _trail_bucket_arn(template: dict[str, Any]) -> dict[str, Any]:
    name = _trails(template)[0]["S3BucketName"]["Ref"]
    return {"Fn::GetAtt": [name, "Arn"]}


def _delivery(template: dict[str, Any], number: int = 0) -> dict[str, Any]:
    return {
        "aws:SecureTransport": True,
        "s3:TlsVersion": 1.3,
        "aws:PrincipalServiceName": _CLOUDTRAIL,
        "aws:SourceArn": _trail_arn(template, number),
        "s3:x-amz-acl": "bucket-owner-full-control",
    }


def test_snapshot(template: dict[str, Any], snapshot: SnapshotAssertion) -> None:
    assert template == snapshot


def test_no_findings_but_what_else_the_account_needs(app: cdk.App, stack: cdk.Stack) -> None:
    AuditTrail(stack, "Audit", backup_plan=RecordingPlan(), organization_id=_ORGANIZATION)
    found = findings(app, all_packs=True)
    assert {finding.rule_id for finding in found} == {
        f"HIPAA.Constructs-{rule}" for rule in ("AccountWatched", "ThreatDetectionInEveryRegion", "TrailAlarmed")
    }
    alarmed = [one.construct_path for one in found if one.rule_id == "HIPAA.Constructs-TrailAlarmed"]
    assert alarmed == ["Clinic/Audit/Resource/Resource"]


def test_a_replica_leaves_nothing_to_acknowledge(app: cdk.App, stack: cdk.Stack) -> None:
    replica = EncryptedBucket.replica(
        cdk.Stack(app, "Recovery", env=cdk.Environment(account=_ACCOUNT, region="us-west-2")),
        "Replica",
        object_lock_default_retention=s3.ObjectLockRetention.governance(cdk.Duration.days(2557)),
    )
    trail = AuditTrail(stack, "Audit", replication_destination=replica)
    bucket = trail.bucket.node.default_child
    assert bucket is not None
    assert [entry for entry in bucket.node.metadata if "acknowledgement" in entry.type] == []
    replication = _properties(template_of(stack), "AWS::S3::Bucket")["ReplicationConfiguration"]
    assert [rule["Status"] for rule in replication["Rules"]] == ["Enabled"]


# What is recorded


def test_covers_all_regions_and_global_services(template: dict[str, Any]) -> None:
    assert len(_trails(template)) == 2
    for trail in _trails(template):
        assert trail["IsLogging"] is True
        assert trail["IsMultiRegionTrail"] is True
        assert trail["IncludeGlobalServiceEvents"] is True
        assert "IsOrganizationTrail" not in trail


_DATA_RESOURCES = [
    {"Type": "AWS::S3::Object", "Values": ["arn:<AWS::Partition>:s3"]},
    {"Type": "AWS::Lambda::Function", "Values": ["arn:<AWS::Partition>:lambda"]},
    {"Type": "AWS::DynamoDB::Table", "Values": ["arn:<AWS::Partition>:dynamodb"]},
]


def test_records_every_management_and_data_event(template: dict[str, Any]) -> None:
    managing, data = (literal(trail["EventSelectors"]) for trail in _trails(template))
    assert managing == [{"IncludeManagementEvents": True, "ReadWriteType": "All"}]
    assert data == [
        {"IncludeManagementEvents": False, "ReadWriteType": "All", "DataResources": _DATA_RESOURCES},
    ]


def test_data_events_stay_out_of_the_log_group(template: dict[str, Any]) -> None:
    managing, data = _trails(template)
    assert {"CloudWatchLogsLogGroupArn", "CloudWatchLogsRoleArn", "SnsTopicName"} <= set(managing)
    assert not {"CloudWatchLogsLogGroupArn", "CloudWatchLogsRoleArn", "SnsTopicName"} & set(data)
    assert data["S3BucketName"] == managing["S3BucketName"]
    assert data["KMSKeyId"] == managing["KMSKeyId"]
    assert data["TrailName"] != managing["TrailName"]


def test_a_missing_log_group_is_said_of_the_trail_of_data_events_alone(stack: cdk.Stack) -> None:
    audit = AuditTrail(stack, "Audit", backup_plan=RecordingPlan())
    assert audit.data_trail is not None
    said = {
        trail.node.path: [
            entry
            for entry in trail.node.default_child.node.metadata
            if "CloudTrailCloudWatchLogsEnabled" in str(entry.data)
        ]
        for trail in (audit.trail, audit.data_trail)
        if trail.node.default_child is not None
    }
    assert {path: bool(entries) for path, entries in said.items()} == {
        "Clinic/Audit/Resource": False,
        "Clinic/Audit/DataEvents/Resource": True,
    }


def test_data_events_can_go_to_the_log_group(stack: cdk.Stack) -> None:
    audit = AuditTrail(stack, "Audit", backup_plan=RecordingPlan(), data_events_in_log_group=True)
    assert audit.data_trail is None
    (trail,) = _trails(template_of(stack))
    (selector,) = literal(trail["EventSelectors"])
    assert selector == {"IncludeManagementEvents": True, "ReadWriteType": "All", "DataResources": _DATA_RESOURCES}
    assert "CloudWatchLogsLogGroupArn" in trail


def test_more_selectors_can_be_added_to_the_trail(stack: cdk.Stack) -> None:
    trail = AuditTrail(stack, "Audit", backup_plan=RecordingPlan()).trail
    trail.log_all_lambda_data_events(include_management_events=False)
    selectors = _trails(template_of(stack))[0]["EventSelectors"]
    assert [len(selector.get("DataResources", [])) for selector in selectors] == [0, 1]


def test_looks_for_unusual_rates(template: dict[str, Any]) -> None:
    insights = _trails(template)[0]["InsightSelectors"]
    assert "InsightSelectors" not in _trails(template)[1]
    assert {insight["InsightType"] for insight in insights} == {"ApiCallRateInsight", "ApiErrorRateInsight"}


def test_writes_digests(template: dict[str, Any]) -> None:
    assert [trail["EnableLogFileValidation"] for trail in _trails(template)] == [True, True]


# Encryption


def test_log_files_log_group_and_topic_share_one_rotated_key(template: dict[str, Any]) -> None:
    key = _resource(template, "AWS::KMS::Key")
    assert key["Properties"]["EnableKeyRotation"] is True
    (rule,) = _properties(template, "AWS::S3::Bucket")["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    arns = [
        _trails(template)[0]["KMSKeyId"],
        _properties(template, "AWS::Logs::LogGroup")["KmsKeyId"],
        _properties(template, "AWS::SNS::Topic")["KmsMasterKeyId"],
        rule["ServerSideEncryptionByDefault"]["KMSMasterKeyID"],
    ]
    logical_ids = {arn["Fn::GetAtt"][0] for arn in arns}
    assert {template["Resources"][logical_id]["Type"] for logical_id in logical_ids} == {"AWS::KMS::Key"}
    assert len(logical_ids) == 1


def test_the_bucket_uses_no_bucket_key(template: dict[str, Any]) -> None:
    (rule,) = _properties(template, "AWS::S3::Bucket")["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["BucketKeyEnabled"] is False


def test_only_these_trails_encrypt_log_files(template: dict[str, Any]) -> None:
    conditions = [
        statement["Condition"]
        for statement in _key_statements(template, _CLOUDTRAIL)
        if "kms:EncryptionContext:aws:cloudtrail:arn" in str(statement)
    ]
    context = {"kms:EncryptionContext:aws:cloudtrail:arn": f"arn:<AWS::Partition>:cloudtrail:*:{_ACCOUNT}:trail/*"}
    assert conditions == [
        {"StringEquals": {"aws:SourceArn": _trail_arn(template, number)}, "StringLike": context} for number in (0, 1)
    ]


def test_a_key_of_your_own_serves_all(stack: cdk.Stack) -> None:
    key = KmsRotatedKey(stack, "AuditKey").key
    trail = AuditTrail(stack, "Audit", backup_plan=RecordingPlan(), encryption_key=key)
    template = template_of(stack)
    assert trail.encryption_key is key
    assert [r["Type"] for r in template["Resources"].values()].count("AWS::KMS::Key") == 1
    assert len(_key_statements(template, _CLOUDTRAIL)) == 5
    assert len(_key_statements(template, "logs.us-east-1.amazonaws.com")) == 1


# The bucket


def test_bucket_is_versioned_private_and_logged(template: dict[str, Any]) -> None:
    bucket = _properties(template, "AWS::S3::Bucket")
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["LoggingConfiguration"]["DestinationBucketName"]["Ref"].startswith("AccessLogBucket")


def test_files_are_locked_and_kept_seven_years(template: dict[str, Any]) -> None:
    bucket = _properties(template, "AWS::S3::Bucket")
    lock = bucket["ObjectLockConfiguration"]["Rule"]["DefaultRetention"]
    assert lock == {"Days": 2557, "Mode": "GOVERNANCE"}
    keep = bucket["LifecycleConfiguration"]["Rules"][0]
    assert keep["ExpirationInDays"] == 2557
    assert [step["StorageClass"] for step in keep["Transitions"]] == ["STANDARD_IA", "GLACIER_IR"]


@pytest.mark.parametrize(
    "context", [{}, {"aws:PrincipalServiceName": "logging.s3.amazonaws.com"}], ids=["person", "service"]
)
def test_nobody_else_writes(template: dict[str, Any], context: dict[str, str]) -> None:
    policy, file = _bucket_policy(template), _file(template, f"AWSLogs/{_ACCOUNT}/x.json.gz")
    assert denied_by(policy, "s3:PutObject", file, {"aws:SecureTransport": True, **context}) == {"DenyOtherWriters"}


@pytest.mark.parametrize("action", ["s3:DeleteObject", "s3:DeleteObjectVersion", "s3:BypassGovernanceRetention"])
def test_nobody_deletes(template: dict[str, Any], action: str) -> None:
    file = _file(template, f"AWSLogs/{_ACCOUNT}/x.json.gz")
    assert "DenyDeletion" in denied_by(_bucket_policy(template), action, file, {"aws:SecureTransport": True})


def test_requests_without_tls_are_denied(template: dict[str, Any]) -> None:
    file = _file(template, f"AWSLogs/{_ACCOUNT}/x.json.gz")
    context = {**_delivery(template), "aws:SecureTransport": False}
    assert not allowed(_bucket_policy(template), _CLOUDTRAIL, "s3:PutObject", file, context)


@pytest.mark.parametrize("number", [0, 1], ids=["management events", "data events"])
@pytest.mark.parametrize("encryption", [None, "aws:kms", "AES256"])
def test_the_trails_deliver_logs_and_digests(template: dict[str, Any], encryption: str | None, number: int) -> None:
    file = _file(template, f"AWSLogs/{_ACCOUNT}/CloudTrail-Digest/us-east-1/x.json.gz")
    context = {**_delivery(template, number), "s3:x-amz-server-side-encryption": encryption}
    policy = _bucket_policy(template)
    assert allowed(policy, _CLOUDTRAIL, "s3:PutObject", file, context)
    assert allowed(policy, _CLOUDTRAIL, "s3:GetBucketAcl", literal(_trail_bucket_arn(template)), context)


@pytest.mark.parametrize(
    "difference",
    [
        {"aws:SourceArn": f"arn:aws:cloudtrail:us-east-1:{_ACCOUNT}:trail/other"},
        {"aws:SourceArn": None},
        {"s3:x-amz-acl": "private"},
    ],
    ids=["other trail", "no source", "other acl"],
)
def test_no_other_trail_delivers(template: dict[str, Any], difference: dict[str, Any]) -> None:
    file = _file(template, f"AWSLogs/{_ACCOUNT}/x.json.gz")
    context = {**_delivery(template), **difference}
    assert not allowed(_bucket_policy(template), _CLOUDTRAIL, "s3:PutObject", file, context)


def test_this_trail_writes_below_the_accounts_prefix_alone(template: dict[str, Any]) -> None:
    file = _file(template, f"AWSLogs/{_ORGANIZATION}/x.json.gz")
    assert not allowed(_bucket_policy(template), _CLOUDTRAIL, "s3:PutObject", file, _delivery(template))


@pytest.mark.parametrize(
    ("resource_type", "policy"),
    [
        ("AWS::S3::Bucket", "RetainExceptOnCreate"),
        ("AWS::S3::BucketPolicy", "Retain"),
        ("AWS::KMS::Key", "RetainExceptOnCreate"),
    ],
)
def test_evidence_stays(template: dict[str, Any], resource_type: str, policy: str) -> None:
    resource = _resource(template, resource_type)
    assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == (policy, "Retain")


# Delivery to people and alarms


def test_events_go_to_a_log_group_kept_seven_years(template: dict[str, Any]) -> None:
    log_group = _resource(template, "AWS::Logs::LogGroup")
    assert log_group["Properties"]["RetentionInDays"] == 2557
    assert log_group["DeletionPolicy"] == "RetainExceptOnCreate"


def test_the_role_writes_to_that_log_group_alone(template: dict[str, Any]) -> None:
    trail = _trails(template)[0]
    (statement,) = _properties(template, "AWS::IAM::ManagedPolicy")["PolicyDocument"]["Statement"]
    assert statement["Action"] == ["logs:CreateLogStream", "logs:PutLogEvents"]
    assert statement["Resource"] == trail["CloudWatchLogsLogGroupArn"]
    assert "Policies" not in _properties(template, "AWS::IAM::Role")


def test_deliveries_are_announced_by_this_trail_alone(template: dict[str, Any]) -> None:
    policy = literal(_properties(template, "AWS::SNS::TopicPolicy")["PolicyDocument"])
    (publisher,) = (s for s in policy["Statement"] if s["Effect"] == "Allow")
    assert publisher["Principal"] == {"Service": _CLOUDTRAIL}
    assert publisher["Condition"] == {"ArnLike": {"aws:SourceArn": _trail_arn(template)}}
    topic = _trails(template)[0]["SnsTopicName"]["Fn::GetAtt"][0]
    assert template["Resources"][topic]["Type"] == "AWS::SNS::Topic"


def test_the_trail_waits_for_every_policy_that_it_needs(template: dict[str, Any]) -> None:
    waits_for = {
        "DataEvents" in name: sorted({template["Resources"][logical_id]["Type"] for logical_id in one["DependsOn"]})
        for name, one in template["Resources"].items()
        if one["Type"] == "AWS::CloudTrail::Trail"
    }
    assert waits_for == {
        False: ["AWS::IAM::ManagedPolicy", "AWS::S3::BucketPolicy", "AWS::SNS::TopicPolicy"],
        True: ["AWS::S3::BucketPolicy"],
    }


def test_names_do_not_collide(app: cdk.App) -> None:
    names = set()
    for stack_id in ("Clinic", "Clinic2"):
        stack = cdk.Stack(app, stack_id, env=_ENV)
        for trail_id in ("A", "B" * 200):
            audit = AuditTrail(stack, trail_id, backup_plan=RecordingPlan())
            for trail in (audit.trail, audit.data_trail):
                assert trail is not None
                resource = trail.node.default_child
                assert isinstance(resource, cdk.aws_cloudtrail.CfnTrail)
                names.add(str(resource.trail_name))
    assert len(names) == 8
    assert max(map(len, names)) <= 128


def test_exposes_its_parts(stack: cdk.Stack) -> None:
    audit = AuditTrail(stack, "Audit", backup_plan=RecordingPlan())
    assert isinstance(audit.trail, cloudtrail.Trail)
    assert isinstance(audit.bucket, s3.Bucket)
    assert isinstance(audit.log_group, logs.LogGroup)
    assert audit.topic.topic_arn


# Options


def test_the_backup_plan_covers_the_bucket(stack: cdk.Stack) -> None:
    plan = RecordingPlan()
    audit = AuditTrail(stack, "Audit", backup_plan=plan)
    assert [arn for _, arn in plan.protected] == [audit.bucket.bucket_arn]


def test_longer_retention_moves_lock_and_lifecycle() -> None:
    bucket = _properties(_build(retention=cdk.Duration.days(3653)), "AWS::S3::Bucket")
    assert bucket["ObjectLockConfiguration"]["Rule"]["DefaultRetention"]["Days"] == 3653
    assert bucket["LifecycleConfiguration"]["Rules"][0]["ExpirationInDays"] == 3653


def test_compliance_mode() -> None:
    bucket = _properties(_build(object_lock_mode=s3.ObjectLockMode.COMPLIANCE), "AWS::S3::Bucket")
    lock = bucket["ObjectLockConfiguration"]["Rule"]["DefaultRetention"]
    assert lock == {"Days": 2557, "Mode": "COMPLIANCE"}


def test_an_organizations_trail_delivers_for_all_accounts(organization: dict[str, Any]) -> None:
    assert [trail["IsOrganizationTrail"] for trail in _trails(organization)] == [True, True]
    policy, context = _bucket_policy(organization), _delivery(organization)
    for prefix in (_ACCOUNT, _ORGANIZATION):
        file = _file(organization, f"AWSLogs/{prefix}/x.json.gz")
        for number in (0, 1):
            assert allowed(policy, _CLOUDTRAIL, "s3:PutObject", file, _delivery(organization, number))
    other = _file(organization, "AWSLogs/o-zzzzzzzzzz/x.json.gz")
    assert not allowed(policy, _CLOUDTRAIL, "s3:PutObject", other, context)


# Refusals


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"backup_plan": None}, "backup_plan: got None; a bucket of PHI needs a backup plan"),
        ({"retention": cdk.Duration.days(2191)}, r"retention: got '2191 days'; allowed are 2192 to 36500 days"),
        ({"retention": cdk.Duration.days(36_501)}, r"retention: got '36501 days'; allowed are 2192 to 36500"),
        ({"organization_id": "a1b2c3d4e5"}, r"organization_id: got 'a1b2c3d4e5'; it takes 'o-'"),
        ({"organization_id": "o-A1B2C3D4E5"}, "organization_id"),
        ({"object_lock_mode": "COMPLIANCE"}, "object_lock_mode"),
        ({"retention": 2557}, "retention"),
        ({"data_events_in_log_group": "no"}, "data_events_in_log_group"),
    ],
)
def test_refuses(stack: cdk.Stack, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        AuditTrail(stack, "Audit", **{"backup_plan": RecordingPlan(), **options})
    assert stack.node.children == []


def test_refuses_a_retention_known_only_at_deployment(stack: cdk.Stack) -> None:
    days = cdk.CfnParameter(stack, "Days", type="Number").value_as_number
    with pytest.raises(ValueError, match="retention: got 'a duration known only at deployment'"):
        AuditTrail(stack, "Audit", backup_plan=RecordingPlan(), retention=cdk.Duration.days(days))
    assert stack.node.try_find_child("Audit") is None


def test_refuses_a_key_by_its_alias(stack: cdk.Stack) -> None:
    alias = kms.Alias.from_alias_name(stack, "Alias", "alias/audit")
    with pytest.raises(ValueError, match="encryption_key"):
        AuditTrail(stack, "Audit", backup_plan=RecordingPlan(), encryption_key=alias)
    assert stack.node.try_find_child("Audit") is None


def test_refuses_a_replica_without_lock(app: cdk.App, stack: cdk.Stack) -> None:
    there = cdk.Stack(app, "Recovery", env=cdk.Environment(account=_ACCOUNT, region="us-west-2"))
    replica = EncryptedBucket.replica(there, "Replica")
    with pytest.raises(ValueError, match="replication_destination: got 'a bucket without Object Lock'"):
        AuditTrail(stack, "Audit", replication_destination=replica)
    assert stack.node.children == []
