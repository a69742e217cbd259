from __future__ import annotations

from typing import Any

from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.evidence.checks import Names
from hipaa_constructs.evidence.inventory import stores_of
from hipaa_constructs.evidence.model import Evidence, StoreEvidence

from .apps import arn, ref


def stores(**resources: Any) -> dict[str, StoreEvidence]:
    app = App()
    app.add("t.json", {"Resources": resources}, region="us-east-1")
    return {store.resource.logical_id: store for store in stores_of(app, Names(app))}


KEY = {"Type": "AWS::KMS::Key", "Properties": {}}


def table(**properties: Any) -> Any:
    return {"Type": "AWS::DynamoDB::Table", "Properties": properties}


def own_key(value: Any) -> Any:
    return {"SSESpecification": {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": value}}


def test_a_store_under_a_key_of_the_app() -> None:
    found = stores(Key=KEY, Table=table(**own_key({"Fn::GetAtt": ["Key", "Arn"]})))
    assert list(found) == ["Table"]
    assert (found["Table"].encryption, found["Table"].key) == ("customer_key", "t.json/Key")


def test_a_store_under_a_key_from_elsewhere() -> None:
    arn = "arn:aws:kms:us-east-1:111122223333:key/1234"
    assert stores(Table=table(**own_key(arn)))["Table"].key == arn


def test_a_store_under_aws_key() -> None:
    assert stores(Table=table())["Table"].encryption == "aws_key"


def test_a_store_whose_key_is_not_known() -> None:
    template = stores(Table=table(**own_key({"Fn::ImportValue": "elsewhere"})))
    assert (template["Table"].encryption, template["Table"].key) == ("unknown", "")


def test_a_store_in_clear() -> None:
    found = stores(Files={"Type": "AWS::EFS::FileSystem", "Properties": {"Encrypted": False}})
    assert found["Files"].encryption == "none"


def test_efs_backs_up_by_itself_what_lies_in_one_zone() -> None:
    off = {"BackupPolicy": {"Status": "DISABLED"}}
    kinds = {"Zonal": {}, "OneZone": {"AvailabilityZoneName": "us-east-1a"}}
    kinds["Off"] = {**kinds["OneZone"], **off}
    found = stores(**{name: {"Type": "AWS::EFS::FileSystem", "Properties": given} for name, given in kinds.items()})
    copied = {name for name, store in found.items() if "automatic backups of EFS" in str(store)}
    assert copied == {"OneZone"}


def test_backup_coverage() -> None:
    selection = {
        "Type": "AWS::Backup::BackupSelection",
        "Properties": {"BackupSelection": {"Resources": [{"Fn::GetAtt": ["Table", "Arn"]}]}},
    }
    found = stores(Table=table(), Other=table(), Selection=selection, Topic={"Type": "AWS::SNS::Topic"})
    assert found["Table"].backup == "selected"
    assert found["Other"].backup == "not_selected"
    assert found["Topic"].backup == "not_applicable"


def test_members_count_as_their_cluster_and_settings_as_no_store() -> None:
    found = stores(
        Cluster={"Type": "AWS::RDS::DBCluster", "Properties": {"StorageEncrypted": True}},
        Writer={"Type": "AWS::RDS::DBInstance", "Properties": {"DBClusterIdentifier": {"Ref": "Cluster"}}},
        Function={"Type": "AWS::Lambda::Function", "Properties": {}},
    )
    assert list(found) == ["Cluster"]


def test_a_cluster_with_a_name_of_its_own_is_a_store() -> None:
    named = {"StorageEncrypted": True, "DBClusterIdentifier": "records"}
    assert list(stores(Cluster={"Type": "AWS::RDS::DBCluster", "Properties": named})) == ["Cluster"]


def test_classification_of_a_real_app(clinic: Evidence) -> None:
    found = {str(store.resource): store.classification.value for store in clinic.inventory}
    assert found["Status/Notices/Resource"] == "NO_PHI"
    assert found["Clinic/Table/Resource"] == "PHI"
    assert found["Clinic/Nested/Scans/Resource"] == "PHI"


PLAN = {
    "Type": "AWS::Backup::BackupPlan",
    "Properties": {
        "BackupPlan": {
            "BackupPlanRule": [
                {
                    "RuleName": "Daily",
                    "TargetBackupVault": {"Ref": "Vault"},
                    "Lifecycle": {"DeleteAfterDays": 2557},
                    "CopyActions": [
                        {"DestinationBackupVaultArn": "arn:aws:backup:us-west-2:111122223333:backup-vault:Far"}
                    ],
                }
            ]
        }
    },
}
VAULT = {"Type": "AWS::Backup::BackupVault", "Properties": {"BackupVaultName": "near"}}


def selection(**body: Any) -> Any:
    properties = {"BackupPlanId": {"Ref": "Plan"}, "BackupSelection": body}
    return {"Type": "AWS::Backup::BackupSelection", "Properties": properties}


def bucket(**properties: Any) -> Any:
    return {"Type": "AWS::S3::Bucket", "Properties": properties}


def test_a_selection_is_told_also_where_no_rule_asks_for_one() -> None:
    """A bucket of logs is taken by a plan like any other, if a selection names it."""
    named = {"BucketName": {"Ref": "Logs"}, "LoggingConfiguration": {"DestinationBucketName": {"Ref": "Logs"}}}
    found = stores(
        Plan=PLAN,
        Vault=VAULT,
        Selection=selection(Resources=[{"Fn::GetAtt": ["Logs", "Arn"]}]),
        Logs=bucket(),
        Records=bucket(**named),
    )
    logs, records = found["Logs"], found["Records"]
    assert (logs.role, logs.backup, list(logs.plans)) == ("log", "selected", ["Plan in us-east-1"])
    assert list(logs.copies) == ["backups in vault Vault in us-east-1", "backups in vault Far in us-west-2"]
    assert list(logs.retention) == ["backups: 2,557 days", "copied backups: no end"]
    assert (records.backup, list(records.plans), list(records.copies)) == ("not_selected", [], [])


def test_a_replicated_bucket_is_in_no_plan_by_that() -> None:
    rule = {"Status": "Enabled", "Destination": {"Bucket": {"Fn::GetAtt": ["Replica", "Arn"]}}}
    found = stores(Records=bucket(ReplicationConfiguration={"Rules": [rule]}), Replica=bucket())
    records, replica = found["Records"], found["Replica"]
    assert (records.role, records.backup, list(records.copies)) == (
        "data",
        "not_selected",
        ["replica Replica in us-east-1"],
    )
    assert (replica.role, replica.backup, list(replica.copies)) == (
        "copy",
        "not_selected",
        ["copy of Records in us-east-1"],
    )


def test_a_selection_that_names_a_tag_may_or_may_not_take() -> None:
    body = {"ListOfTags": [{"ConditionType": "STRINGEQUALS", "ConditionKey": "keep", "ConditionValue": "yes"}]}
    tags = [{"Key": "keep", "Value": "yes"}]
    found = stores(
        Plan=PLAN,
        Vault=VAULT,
        Selection=selection(**body),
        Tagged=bucket(Tags=tags),
        Other=bucket(Tags=[{"Key": "keep", "Value": "no"}]),
        Unsaid=bucket(Tags=[{"Key": "keep", "Value": {"Fn::ImportValue": "keep"}}]),
    )
    assert {name: store.backup for name, store in found.items() if name != "Vault"} == {
        "Tagged": "selected",
        "Other": "not_selected",
        "Unsaid": "unknown",
    }
    assert list(found["Unsaid"].plans) == ["Plan in us-east-1, if the deployment's names or tags fit"]


def test_how_long_what_is_kept() -> None:
    lock = {"Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 30}}}
    expiring = {"Rules": [{"Status": "Enabled", "ExpirationInDays": 90}, {"Status": "Disabled", "ExpirationInDays": 1}]}
    found = stores(
        Log={"Type": "AWS::Logs::LogGroup", "Properties": {"RetentionInDays": 365}},
        Endless={"Type": "AWS::Logs::LogGroup"},
        Locked={**bucket(ObjectLockConfiguration=lock, LifecycleConfiguration=expiring), "DeletionPolicy": "Retain"},
        Database={"Type": "AWS::RDS::DBInstance", "Properties": {"BackupRetentionPeriod": 35}},
        Queue={"Type": "AWS::SQS::Queue"},
        Stream={"Type": "AWS::Kinesis::Stream", "Properties": {"RetentionPeriodHours": 30}},
    )
    assert {name: list(store.retention) for name, store in found.items()} == {
        "Log": ["kept: 365 days"],
        "Endless": ["kept without end"],
        "Locked": ["locked: 30 days (governance)", "objects expire after: 90 days", "stays when its stack goes"],
        "Database": ["own backups: 35 days"],
        "Queue": ["messages: 4 days"],
        "Stream": ["records: 30 hours"],
    }


def test_what_firehose_reads_from_a_stream_is_kept_there() -> None:
    def delivery(arn: Any) -> dict[str, Any]:
        source = {"KinesisStreamARN": arn, "RoleARN": "arn:aws:iam::111122223333:role/delivery"}
        properties = {"DeliveryStreamType": "KinesisStreamAsSource", "KinesisStreamSourceConfiguration": source}
        return {"Type": "AWS::KinesisFirehose::DeliveryStream", "Properties": properties}

    key = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    found = stores(
        Encrypted={
            "Type": "AWS::Kinesis::Stream",
            "Properties": {"StreamEncryption": {"EncryptionType": "KMS", "KeyId": key}},
        },
        Clear={"Type": "AWS::Kinesis::Stream"},
        OfEncrypted=delivery({"Fn::GetAtt": ["Encrypted", "Arn"]}),
        OfClear=delivery({"Fn::GetAtt": ["Clear", "Arn"]}),
        OfElsewhere=delivery("arn:aws:kinesis:us-east-1:111122223333:stream/elsewhere"),
        Direct={"Type": "AWS::KinesisFirehose::DeliveryStream"},
    )
    assert {name: (store.encryption, store.key) for name, store in found.items()} == {
        "Encrypted": ("customer_key", key),
        "Clear": ("none", ""),
        "OfEncrypted": ("customer_key", key),
        "OfClear": ("none", ""),
        "OfElsewhere": ("unknown", ""),
        "Direct": ("none", ""),
    }


def test_topics_of_alarms_and_dead_letters_are_notices_and_a_queue_of_ones_own_is_data() -> None:
    redrive = {"deadLetterTargetArn": {"Fn::GetAtt": ["Dead", "Arn"]}, "maxReceiveCount": 3}
    event = {
        "EventPattern": {"source": ["aws.backup"]},
        "Targets": [{"Arn": {"Fn::GetAtt": ["Told", "Arn"]}, "Id": "T"}],
    }
    own = {"EventPattern": {"source": ["clinic"]}, "Targets": [{"Arn": {"Fn::GetAtt": ["Mixed", "Arn"]}, "Id": "T"}]}
    also = {"EventPattern": {"source": ["aws.s3"]}, "Targets": [{"Arn": {"Fn::GetAtt": ["Mixed", "Arn"]}, "Id": "T"}]}
    found = stores(
        Alarm={"Type": "AWS::CloudWatch::Alarm", "Properties": {"AlarmActions": [{"Ref": "Topic"}]}},
        Topic={"Type": "AWS::SNS::Topic"},
        Messages={"Type": "AWS::SQS::Queue", "Properties": {"RedrivePolicy": redrive}},
        Dead={"Type": "AWS::SQS::Queue"},
        Rule={"Type": "AWS::Events::Rule", "Properties": event},
        Told={"Type": "AWS::SQS::Queue"},
        Own={"Type": "AWS::Events::Rule", "Properties": own},
        Also={"Type": "AWS::Events::Rule", "Properties": also},
        Mixed={"Type": "AWS::SQS::Queue"},
        Bus={"Type": "AWS::Events::EventBus", "Properties": {"DeadLetterConfig": {"Arn": arn("Undelivered")}}},
        Undelivered={"Type": "AWS::SQS::Queue"},
        Done={
            "Type": "AWS::Backup::ReportPlan",
            "Properties": {"ReportDeliveryChannel": {"S3BucketName": ref("Jobs")}},
        },
        Jobs={"Type": "AWS::S3::Bucket"},
    )
    assert {name: store.role for name, store in found.items()} == {
        "Topic": "notice",
        "Messages": "data",
        "Bus": "data",
        "Dead": "notice",
        "Told": "notice",
        "Mixed": "data",
        "Undelivered": "notice",
        "Jobs": "log",
    }


def test_settings_are_no_stores() -> None:
    found = stores(
        Default={"Type": "Custom::EbsEncryption", "Properties": {"KeyId": {"Fn::GetAtt": ["Key", "Arn"]}}},
        Storage={"Type": "AWS::Connect::InstanceStorageConfig"},
        Key=KEY,
    )
    assert found == {}


def test_why_a_store_is_classified_so(clinic: Evidence) -> None:
    found = {str(store.resource): store.classified_by for store in clinic.inventory}
    assert found["Status/Notices/Resource"] == "by Status"
    assert found["Clinic/Table/Resource"] == "taken for PHI, since nobody classified it"
    tags = [{"Key": "hipaa:data-classification", "Value": "NO_PHI"}]
    assert stores(Tagged=bucket(Tags=tags))["Tagged"].classified_by == "by its tag"
    said = {"classification": "NO_PHI", "reason": "Opening hours.", "approved_by": "Dana Cole", "expires": "2020-01-31"}
    ended = {**bucket(), "Metadata": {"hipaa-constructs:data-classification": said}}
    assert stores(Ended=ended)["Ended"].classified_by == "taken for PHI, since what classified it ended on 2020-01-31"
