from __future__ import annotations

from typing import Any

import pytest

from hipaa_constructs.cloudformation.model import App
from tests.compliance.rules import support
from tests.compliance.rules.recovery.made_again import FILLED, FILLED_BESIDE, MADE_AGAIN, STORED
from tests.compliance.rules.support import GIVEN, judged, rule, verdict

TABLE = "AWS::DynamoDB::Table"
GLOBAL = "AWS::DynamoDB::GlobalTable"
BUCKET = "AWS::S3::Bucket"
NAMESPACE = "AWS::RedshiftServerless::Namespace"
INSTANCE = "AWS::EC2::Instance"
DATA = [{"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 100}}]
KEPT = {"DeleteOnTermination": False}
SELECTION = "AWS::Backup::BackupSelection"
DYNAMO = "arn:aws:dynamodb:${AWS::Region}"
ARN = {"Fn::GetAtt": ["Subject", "Arn"]}
DAILY = [{"Key": "backup", "Value": "daily"}]
NO_PHI = [{"Key": "hipaa:data-classification", "Value": "NO_PHI"}]
REPLICAS = [{"Region": {"Ref": "AWS::Region"}, "Tags": DAILY}, {"Region": "eu-west-1"}]
BY_TAG = {"ConditionType": "STRINGEQUALS", "ConditionKey": "backup", "ConditionValue": "daily"}
LIKE = {"ConditionKey": "aws:ResourceTag/backup", "ConditionValue": "d*"}

RECOVERED = {"PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True}}
# What keeps backups of its own, so that those beside them are all that is asked.
OWN_BACKUPS: dict[str, dict[str, Any]] = {TABLE: RECOVERED, "AWS::RDS::DBInstance": {"BackupRetentionPeriod": 7}}


def one(kind: str, **properties: Any) -> dict[str, Any]:
    return support.one(kind, **{**OWN_BACKUPS.get(kind, {}), **properties})


SNAPSHOTS = {
    "Snapshots": {
        "Type": "AWS::DLM::LifecyclePolicy",
        "Properties": {"PolicyDetails": {"TargetTags": [{"Key": "backup", "Value": "daily"}]}},
    }
}


def _selection(**body: Any) -> dict[str, Any]:
    return {"Selection": {"Type": SELECTION, "Properties": {"BackupSelection": {"SelectionName": "all", **body}}}}


def _made(devices: Any) -> dict[str, Any]:
    return {
        "Made": {
            "Type": "AWS::EC2::LaunchTemplate",
            "Properties": {"LaunchTemplateData": {"BlockDeviceMappings": devices}},
        }
    }


def _replication(status: Any, target: Any) -> dict[str, Any]:
    return {"Rules": [{"Status": status, "Destination": {"Bucket": target}}]}


def _source(**properties: Any) -> dict[str, Any]:
    return {"Source": {"Type": BUCKET, "Properties": properties}}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one(TABLE), "failed"),
        (one(TABLE) | _selection(Resources=[{"Fn::GetAtt": ["Subject", "Arn"]}]), "passed"),
        (
            one(TABLE) | _selection(Resources=[{"Fn::Sub": f"{DYNAMO}:${{AWS::AccountId}}:table/${{Subject}}"}]),
            "passed",
        ),
        (one(TABLE) | _selection(Resources=["*"]), "passed"),
        (one(TABLE) | _selection(Resources=["arn:aws:dynamodb:*:*:table/*"]), "passed"),
        (one(TABLE) | _selection(Resources=["arn:aws:rds:*:*:db:*"]), "failed"),
        (one(TABLE) | _selection(Resources=["arn:aws:dynamodb:*:*:table/records-*"]), "unknown"),
        (one(TABLE, TableName="records-1") | _selection(Resources=["arn:aws:dynamodb:*:*:table/records-*"]), "passed"),
        (one(TABLE, TableName="people") | _selection(Resources=["arn:aws:dynamodb:*:*:table/records-*"]), "failed"),
        (one(TABLE) | _selection(Resources=["arn:aws:dynamodb:us-east-1:1:table/other"]), "failed"),
        (one(TABLE) | _selection(Resources=["nonsense"]), "failed"),
        (one(TABLE) | _selection(Resources=[GIVEN]), "unknown"),
        (one(TABLE) | _selection(Resources=GIVEN), "unknown"),
        (one(TABLE) | _selection(Resources=["*"], NotResources=[{"Fn::GetAtt": ["Subject", "Arn"]}]), "failed"),
        (one(TABLE) | _selection(Resources=["*"], NotResources=[GIVEN]), "unknown"),
        (one(TABLE, Tags=DAILY) | _selection(ListOfTags=[BY_TAG]), "passed"),
        (one(TABLE) | _selection(ListOfTags=[BY_TAG]), "failed"),
        (one(TABLE, Tags=GIVEN) | _selection(ListOfTags=[BY_TAG]), "unknown"),
        (one(TABLE, Tags=DAILY) | _selection(ListOfTags=[{**BY_TAG, "ConditionValue": "weekly"}]), "failed"),
        (one(TABLE, Tags=DAILY) | _selection(ListOfTags=[BY_TAG], Resources=["arn:aws:rds:*:*:db:*"]), "passed"),
        (one(TABLE, Tags=DAILY) | _selection(Conditions={"StringEquals": [BY_TAG]}), "passed"),
        (one(TABLE) | _selection(Conditions={"StringEquals": [BY_TAG]}), "failed"),
        (one(TABLE, Tags=DAILY) | _selection(Resources=["*"], Conditions={"StringLike": [LIKE]}), "passed"),
        (one(TABLE, Tags=DAILY) | _selection(Resources=["*"], Conditions={"StringNotEquals": [BY_TAG]}), "failed"),
        (one(TABLE) | _selection(Resources=["*"], Conditions={"StringNotEquals": [BY_TAG]}), "passed"),
        (one(TABLE) | _selection(Resources=["*"], Conditions=GIVEN), "unknown"),
        (one(TABLE) | _selection(), "passed"),
        (one(TABLE) | {"Selection": {"Type": SELECTION, "Properties": {"BackupSelection": GIVEN}}}, "unknown"),
        (one(TABLE, Tags=NO_PHI), "not_inspected"),
        (one(GLOBAL, Replicas=REPLICAS) | _selection(ListOfTags=[BY_TAG]), "passed"),
        (one(GLOBAL, Replicas=[{"Region": "eu-west-1"}]) | _selection(ListOfTags=[BY_TAG]), "unknown"),
        (one("AWS::RDS::DBInstance"), "failed"),
        (one("AWS::RDS::DBInstance", DBClusterIdentifier="c"), "not_applicable"),
        (one("AWS::RDS::DBCluster") | _selection(Resources=["arn:aws:rds:*:*:cluster:*"]), "passed"),
        (one(NAMESPACE), "failed"),
        (one(NAMESPACE) | _selection(Resources=["arn:aws:redshift-serverless:*:*:namespace/*"]), "passed"),
        (one(NAMESPACE) | _selection(Resources=["arn:aws:redshift:*:*:cluster:*"]), "failed"),
        (one(NAMESPACE) | _selection(Resources=[{"Fn::GetAtt": ["Subject", "Namespace.NamespaceArn"]}]), "passed"),
        (one("AWS::EFS::FileSystem", BackupPolicy={"Status": "ENABLED"}), "passed"),
        (one("AWS::EFS::FileSystem", BackupPolicy={"Status": "DISABLED"}), "failed"),
        (one("AWS::EFS::FileSystem", BackupPolicy=GIVEN), "unknown"),
        (one("AWS::EFS::FileSystem"), "failed"),
        (one("AWS::EFS::FileSystem", AvailabilityZoneName="us-east-1a"), "passed"),
        (one("AWS::EFS::FileSystem", AvailabilityZoneName=GIVEN), "unknown"),
        (one("AWS::EFS::FileSystem", AvailabilityZoneName="us-east-1a", BackupPolicy={"Status": "DISABLED"}), "failed"),
        (one("AWS::EFS::FileSystem", FileSystemTags=DAILY) | _selection(ListOfTags=[BY_TAG]), "passed"),
        (one(BUCKET), "failed"),
        (one(BUCKET, ReplicationConfiguration=_replication("Enabled", "elsewhere")), "passed"),
        (one(BUCKET, ReplicationConfiguration=_replication("Disabled", "elsewhere")), "failed"),
        (one(BUCKET, ReplicationConfiguration=_replication(GIVEN, "elsewhere")), "unknown"),
        (one(BUCKET) | _source(ReplicationConfiguration=_replication("Enabled", ARN)), "not_applicable"),
        (one(BUCKET) | _source(LoggingConfiguration={"DestinationBucketName": {"Ref": "Subject"}}), "not_applicable"),
        (one(INSTANCE), "not_applicable"),
        (
            one(INSTANCE, BlockDeviceMappings=[{"DeviceName": "/dev/xvda", "Ebs": {"Encrypted": True}}]),
            "not_applicable",
        ),
        (
            one(INSTANCE, BlockDeviceMappings=[{"DeviceName": "/dev/sdf", "VirtualName": "ephemeral0"}]),
            "not_applicable",
        ),
        (one(INSTANCE, BlockDeviceMappings=DATA), "failed"),
        (one(INSTANCE, BlockDeviceMappings=[{"DeviceName": "/dev/sda1", "Ebs": {"VolumeType": "io1"}}]), "failed"),
        (one(INSTANCE, BlockDeviceMappings=[{"DeviceName": "/dev/sda1", "Ebs": KEPT}]), "failed"),
        (one(INSTANCE, BlockDeviceMappings=DATA, Tags=DAILY) | _selection(ListOfTags=[BY_TAG]), "passed"),
        (one(INSTANCE, BlockDeviceMappings=DATA) | _selection(ListOfTags=[BY_TAG]), "failed"),
        (one(INSTANCE, BlockDeviceMappings=DATA) | _selection(Resources=["arn:aws:ec2:*:*:instance/*"]), "passed"),
        (one(INSTANCE, BlockDeviceMappings=DATA) | _selection(Resources=["arn:aws:ec2:*:*:volume/*"]), "passed"),
        (one(INSTANCE, BlockDeviceMappings=DATA, Tags=DAILY) | SNAPSHOTS, "passed"),
        (one(INSTANCE, BlockDeviceMappings=DATA) | SNAPSHOTS, "failed"),
        (one(INSTANCE, BlockDeviceMappings=DATA, Tags=GIVEN) | SNAPSHOTS, "unknown"),
        (one("AWS::EC2::Volume", Tags=DAILY) | SNAPSHOTS, "passed"),
        (one(INSTANCE, UserData={"Fn::Base64": "yum update -y\nyum install -y mysql-server\n"}), "failed"),
        (one(INSTANCE, UserData={"Fn::Base64": "apt-get install -y nginx mysql-client"}), "not_applicable"),
        (one(INSTANCE, UserData={"Fn::Base64": "yum install -y mysql postgresql jq"}), "not_applicable"),
        (one(INSTANCE, UserData={"Fn::Base64": "apt-get install -y postgresql"}), "failed"),
        (one(INSTANCE, UserData={"Fn::Base64": "#yum install -y mysql-server"}), "not_applicable"),
        (one(INSTANCE, UserData={"Fn::Base64": "docker run -d -p 8042:8042 \\\n jodogne/orthanc:1.12"}), "failed"),
        (one(INSTANCE, UserData={"Fn::Base64": "docker run -d -v /srv:/var/lib/mysql mysql:8 mysqld"}), "failed"),
        (one(INSTANCE, UserData={"Fn::Base64": "docker run -d postgres:15"}), "failed"),
        # A client of a server that is elsewhere.
        (one(INSTANCE, UserData={"Fn::Base64": "docker run --rm postgres:15 psql -h db -f x.sql"}), "not_applicable"),
        (one(INSTANCE, UserData={"Fn::Base64": "docker run --rm mysql:8 mysqldump -h db visits"}), "not_applicable"),
        (one(INSTANCE, UserData={"Fn::Base64": "docker run mongo mongorestore --uri x"}), "not_applicable"),
        (one(INSTANCE, UserData={"Fn::Base64": {"Fn::Sub": "systemctl enable --now mariadb\n"}}), "failed"),
        (one(INSTANCE, LaunchTemplate={"LaunchTemplateId": {"Ref": "Made"}}) | _made(DATA), "failed"),
        (one(INSTANCE, LaunchTemplate={"LaunchTemplateId": {"Ref": "Made"}}) | _made([]), "not_applicable"),
        (_made(DATA), "not_inspected"),
        (one("AWS::Lambda::Function"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("store_backed_up", resources) == expected


def test_selection_in_another_stack() -> None:
    table = one(TABLE, TableName="records")
    arn = "arn:aws:dynamodb:us-east-1:111122223333:table/records"
    assert judged("store_backed_up", table, _selection(Resources=[arn])) == "passed"


@pytest.mark.parametrize(
    ("region", "account", "expected"),
    [
        ("us-east-1", "111122223333", "passed"),
        (None, None, "passed"),
        ("us-west-2", "111122223333", "failed"),
        ("us-east-1", "444455556666", "failed"),
    ],
)
def test_a_plan_selects_where_it_is(region: str | None, account: str | None, expected: str) -> None:
    app = App()
    data = app.add("data", {"Resources": one(TABLE)}, region="us-east-1", account="111122223333")
    app.add("recovery", {"Resources": _selection(Resources=["*"])}, region=region, account=account)
    assert rule("store_backed_up").check(data.resources["Subject"]).outcome == expected


@pytest.mark.parametrize(("pattern", "expected"), [("us-east-1", "passed"), ("eu-*", "failed")])
def test_a_pattern_names_regions(pattern: str, expected: str) -> None:
    app = App()
    arn = f"arn:aws:dynamodb:{pattern}:*:table/*"
    stack = app.add("data", {"Resources": one(TABLE) | _selection(Resources=[arn])}, region="us-east-1")
    assert rule("store_backed_up").check(stack.resources["Subject"]).outcome == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [({"Ref": "Primary"}, "not_applicable"), ("primary", "not_applicable"), ("elsewhere", "failed"), (GIVEN, "failed")],
)
def test_read_replica_of_a_database_of_the_app_is_no_store_of_its_own(source: Any, expected: str) -> None:
    primary = {"Type": "AWS::RDS::DBInstance", "Properties": {"DBInstanceIdentifier": "primary"}}
    stack = one("AWS::RDS::DBInstance", SourceDBInstanceIdentifier=source) | {"Primary": primary}
    assert judged("store_backed_up", stack) == expected


@pytest.mark.parametrize(
    ("store", "tags", "expected"),
    [
        (one(TABLE), {"backup": "daily"}, "passed"),
        (one(TABLE), {"backup": "never"}, "failed"),
        (one(TABLE), {"other": "daily"}, "failed"),
        (one(TABLE, Tags=[{"Key": "backup", "Value": "never"}]), {"backup": "daily"}, "failed"),
        # Whether replicas are tagged so is not documented.
        (one(GLOBAL, Replicas=[{"Region": {"Ref": "AWS::Region"}}]), {"backup": "daily"}, "unknown"),
        (one(GLOBAL, Replicas=[{"Region": {"Ref": "AWS::Region"}, **RECOVERED}]), {"other": "daily"}, "failed"),
    ],
)
def test_tags_of_the_stack(store: dict[str, Any], tags: dict[str, str], expected: str) -> None:
    app = App()
    template = app.add("t.json", {"Resources": store | _selection(ListOfTags=[BY_TAG])}, stack_tags=tags)
    assert rule("store_backed_up").check(template.resources["Subject"]).outcome == expected


@pytest.mark.parametrize(
    ("kind", "properties", "severity"),
    [
        ("AWS::EFS::FileSystem", {}, None),
        ("AWS::RDS::DBInstance", {"BackupRetentionPeriod": 7}, "warning"),
        ("AWS::Redshift::Cluster", {"AutomatedSnapshotRetentionPeriod": "35"}, "warning"),
        ("AWS::FSx::FileSystem", {"WindowsConfiguration": {"AutomaticBackupRetentionDays": 90}}, "warning"),
        ("AWS::DynamoDB::GlobalTable", {"Replicas": [RECOVERED]}, "warning"),
        ("AWS::DynamoDB::Table", RECOVERED, "warning"),
    ],
)
def test_beside_backups_of_its_own_a_plan_weighs_less(
    kind: str, properties: dict[str, Any], severity: str | None
) -> None:
    found = verdict("store_backed_up", one(kind, **properties))
    assert found is not None
    assert (found.outcome, found.severity) == ("failed", severity)


def test_a_web_site_is_built_again() -> None:
    site = one("AWS::S3::Bucket", WebsiteConfiguration={"IndexDocument": "index.html"})
    assert judged("store_backed_up", site) == "not_applicable"


@pytest.mark.parametrize(
    ("lifecycle", "expected"),
    [
        ({"Status": "Enabled", "ExpirationInDays": 14}, "not_applicable"),
        ({"Status": "Enabled", "ExpirationInDays": "7"}, "not_applicable"),
        ({"Status": "Enabled", "ExpirationInDays": 15}, "failed"),
        ({"Status": "Enabled", "ExpirationInDays": 30, "Id": "EmptyCache"}, "not_applicable"),
        ({"Status": "Enabled", "ExpirationInDays": 31, "Id": "EmptyCache"}, "failed"),
        ({"Status": "Enabled", "ExpirationInDays": GIVEN}, "failed"),
        ({"Status": "Disabled", "ExpirationInDays": 7}, "failed"),
        ({"Status": "Enabled", "ExpirationInDays": 7, "Prefix": "tmp/"}, "failed"),
        ({"Status": "Enabled", "ExpirationInDays": 7, "Prefix": GIVEN}, "failed"),
        ({"Status": "Enabled", "ExpirationInDays": 7, "TagFilters": [{"Key": "kind", "Value": "tmp"}]}, "failed"),
        ({"Status": "Enabled", "NoncurrentVersionExpirationInDays": 30}, "failed"),
        (GIVEN, "failed"),
    ],
)
def test_what_expires_sooner_than_backups_needs_none(lifecycle: Any, expected: str) -> None:
    resources = one("AWS::S3::Bucket", LifecycleConfiguration={"Rules": [lifecycle]})
    assert judged("store_backed_up", resources) == expected


CODE = {"S3Bucket": {"Ref": "Subject"}, "S3Key": "code.zip"}


@pytest.mark.parametrize(
    ("kind", "properties", "expected"),
    [
        ("AWS::Lambda::Function", {"Code": CODE}, "not_applicable"),
        ("AWS::Lambda::LayerVersion", {"Content": CODE}, "not_applicable"),
        ("AWS::ElasticBeanstalk::ApplicationVersion", {"SourceBundle": CODE}, "not_applicable"),
        ("AWS::Lambda::Function", {"Environment": {"Variables": {"BUCKET": {"Ref": "Subject"}}}}, "failed"),
    ],
)
def test_code_is_built_again(kind: str, properties: dict[str, Any], expected: str) -> None:
    resources = one("AWS::S3::Bucket") | {"Code": {"Type": kind, "Properties": properties}}
    assert judged("store_backed_up", resources) == expected


def test_a_bucket_that_tells_of_what_comes_is_for_more_than_code() -> None:
    told = {"LambdaConfigurations": [{"Event": "s3:ObjectCreated:*", "Function": "arn"}]}
    code = {"Code": {"Type": "AWS::Lambda::Function", "Properties": {"Code": CODE}}}
    assert judged("store_backed_up", one("AWS::S3::Bucket", NotificationConfiguration=told) | code) == "failed"


def test_an_instance_is_warned_of_and_told_why() -> None:
    found = verdict("store_backed_up", one(INSTANCE, BlockDeviceMappings=DATA))
    assert found is not None
    assert found.severity == "warning"
    assert found.message == "No backup selection of the app covers it, and it holds data: the volume /dev/sdf."


def _pipeline(path: str) -> dict[str, Any]:
    store = {"Type": "S3", "Location": {"Ref": "Subject"}}
    properties = {"ArtifactStore": store} if path == "one" else {"ArtifactStores": [{"ArtifactStore": store}]}
    return {"Pipeline": {"Type": "AWS::CodePipeline::Pipeline", "Properties": properties}}


@pytest.mark.parametrize("stores", ["one", "several"])
def test_what_a_pipeline_makes_again_needs_no_backup(stores: str) -> None:
    assert judged("store_backed_up", one("AWS::S3::Bucket") | _pipeline(stores)) == "not_applicable"


@pytest.mark.parametrize("resources", MADE_AGAIN)
def test_what_the_app_can_make_anew_weighs_less(resources: dict[str, Any]) -> None:
    found = verdict("store_backed_up", resources)
    assert found is not None
    assert (found.outcome, found.severity) == ("failed", "warning")


@pytest.mark.parametrize("resources", FILLED)
def test_what_deployments_alone_fill_needs_no_backup(resources: dict[str, Any]) -> None:
    modules = ("store_backed_up", "retained_on_delete", "bucket_encrypted_with_customer_key")
    assert [judged(module, resources) for module in modules] == ["not_applicable"] * len(modules)
    found = verdict("bucket_versioned", resources)
    assert found is not None
    assert (found.outcome, found.severity) == ("failed", "warning")


@pytest.mark.parametrize("resources", FILLED_BESIDE)
def test_what_somebody_else_may_fill_too_is_a_store(resources: dict[str, Any]) -> None:
    assert judged("store_backed_up", resources) == "failed"
    assert judged("bucket_encrypted_with_customer_key", resources) == "failed"


@pytest.mark.parametrize("resources", STORED)
def test_what_holds_more_than_that_is_told_once_as_an_error(resources: dict[str, Any]) -> None:
    found = [verdict(name, resources) for name in ("bucket_versioned", "store_backed_up")]
    assert [(one.outcome, one.severity) for one in found if one] == [("failed", None), ("failed", "warning")]


@pytest.mark.parametrize(
    ("properties", "severity", "versioned"),
    [
        ({"VersioningConfiguration": {"Status": "Enabled"}}, "warning", "passed"),
        ({"ObjectLockEnabled": True}, "warning", "passed"),
        # BucketVersioned says as an error that these keep none.
        ({"VersioningConfiguration": {"Status": "Suspended"}}, "warning", "failed"),
        ({}, "warning", "failed"),
        ({"VersioningConfiguration": {"Status": GIVEN}}, None, "unknown"),
    ],
)
def test_a_bucket_is_told_once_as_an_error(properties: dict[str, Any], severity: str | None, versioned: str) -> None:
    resources = one("AWS::S3::Bucket", **properties)
    found, kept = verdict("store_backed_up", resources), verdict("bucket_versioned", resources)
    assert found is not None
    assert kept is not None
    assert (found.outcome, found.severity) == ("failed", severity)
    assert (kept.outcome, kept.severity) == (versioned, None)


@pytest.mark.parametrize(
    ("kind", "properties", "severity"),
    [
        # DatabaseBackupsKept says as an error that these keep too few of their own.
        ("AWS::RDS::DBInstance", {"BackupRetentionPeriod": 1}, "warning"),
        ("AWS::RDS::DBCluster", {}, "warning"),
        ("AWS::Redshift::Cluster", {"AutomatedSnapshotRetentionPeriod": 0}, "warning"),
        ("AWS::RDS::DBInstance", {"BackupRetentionPeriod": 7}, "warning"),
        ("AWS::RDS::DBInstance", {"BackupRetentionPeriod": GIVEN}, None),
        ("AWS::EFS::FileSystem", {}, None),
    ],
)
def test_a_database_without_backups_is_told_once_as_an_error(
    kind: str, properties: dict[str, Any], severity: str | None
) -> None:
    resources = support.one(kind, **properties)
    found = verdict("store_backed_up", resources)
    assert found is not None
    assert found.outcome == "failed"
    assert found.severity == severity
    kept = verdict("database_backups_kept", resources)
    own = properties.get("BackupRetentionPeriod") != 7 and severity == "warning"
    assert (kept is not None and kept.outcome == "failed" and kept.severity is None) is own


SERVED = "#!/bin/bash\nyum install -y mongodb-org\nservice mongod start\n"


def _served(script: str = SERVED, **properties: Any) -> dict[str, Any]:
    return one(INSTANCE, UserData={"Fn::Base64": script}, **properties)


@pytest.mark.parametrize(
    ("resources", "severity"),
    [
        (_served(), None),
        (_served("docker run -d -v /data:/var/lib/mysql mysql:8.0\n"), None),
        (_served() | {"Site": {"Type": "AWS::S3::Bucket"}}, None),
        (_served("yum install -y elasticsearch\n"), "warning"),
        (_served(f"{SERVED}crontab /etc/nightly\n"), "warning"),
        (_served(f"{SERVED}mongodump --archive | aws s3 cp - s3://dumps/\n"), "warning"),
        (_served(f"mkfs -t xfs /dev/nvme1n1\n{SERVED}"), "warning"),
        (_served(BlockDeviceMappings=DATA), "warning"),
        (_served() | {"Other": {"Type": TABLE}}, "warning"),
        (_served() | {"Second": _served()["Subject"]}, "warning"),
    ],
)
def test_only_database_of_an_app_on_a_machine(resources: dict[str, Any], severity: str | None) -> None:
    found = verdict("store_backed_up", resources)
    assert (found.outcome.value, found.severity) == ("failed", severity)
