"""What resources are billed for that look at each other: shares, logs, lifecycles, replicas, clusters, backups."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from hipaa_constructs.cost.purposes import purpose_of
from tests.cost.stand_in import add, app_of, items_of, quantities, usage_of

D = Decimal
BUCKET, GROUP, TRAIL = "AWS::S3::Bucket", "AWS::Logs::LogGroup", "AWS::CloudTrail::Trail"


def ref(name: str) -> dict[str, str]:
    return {"Ref": name}


def arn(name: str) -> dict[str, list[str]]:
    return {"Fn::GetAtt": [name, "Arn"]}


def lifecycle(**rule: Any) -> dict[str, Any]:
    return {"LifecycleConfiguration": {"Rules": [{"Status": "Enabled", **rule}]}}


def test_a_usage_is_shared_evenly_and_wholly() -> None:
    app = app_of(dict.fromkeys("ABC", "AWS::SQS::Queue"))
    add(app, "other.json", {"D": "AWS::SQS::Queue"})
    usage = usage_of(messaging__queue_requests=1000)
    assert [quantities(app, name, usage) for name in "ABCD"] == [{"sqs.requests": 250}] * 4


def test_logs_are_billed_by_who_writes_them() -> None:
    app = app_of(
        {
            "Trail": (TRAIL, {"CloudWatchLogsLogGroupArn": arn("TrailLog"), "S3BucketName": ref("Trails")}),
            "Flow": ("AWS::EC2::FlowLog", {"LogDestination": arn("FlowLog")}),
            "TrailLog": (GROUP, {"RetentionInDays": 365}),
            "FlowLog": (GROUP, {"RetentionInDays": 73}),
            "App": (GROUP, {"DataProtectionPolicy": {"Name": "mask"}}),
            "Trails": BUCKET,
            "Data": BUCKET,
        }
    )
    usage = usage_of(
        audit__management_events=2_000_000, audit__data_events=8_000_000, audit__event_kb="1.5",
        network__flow_log_gb=10, logs__application_gb=4, logs__compressed_percent=20,
    )  # fmt: skip
    assert quantities(app, "TrailLog", usage) == {"logs.ingested_gb": 3, "logs.stored_gb_month": D("7.2")}
    # A month's 10 GB are 120 a year, of which 73 days are kept.
    assert quantities(app, "FlowLog", usage) == {"logs.vended_gb": 10, "logs.stored_gb_month": D("4.8")}
    app_log = {"logs.ingested_gb": 4, "logs.data_protection_gb": 4, "logs.stored_gb_month": D("9.6")}
    assert quantities(app, "App", usage) == app_log
    assert quantities(app, "App", usage, year=2)["logs.stored_gb_month"] == D("19.2")
    # The trail records management events alone, so its bucket holds no others.
    assert quantities(app, "Trails", usage)["s3.standard_gb_month"] == D("7.2")
    assert [purpose_of(one) for one in app.of_type(BUCKET)] == ["trail", ""]


def test_logs_that_services_deliver_to_a_bucket_pay_the_delivery_uncompressed() -> None:
    app = app_of(
        {
            "Flow": ("AWS::EC2::FlowLog", {"LogDestination": arn("Logs")}),
            "Logs": (BUCKET, {"ReplicationConfiguration": {"Rules": [{"Destination": {"Bucket": arn("Copy")}}]}}),
            "Copy": BUCKET,
        }
    )
    usage = usage_of(network__flow_log_gb=10, logs__compressed_percent=20)
    found = quantities(app, "Logs", usage)
    assert (found["logs.vended_to_s3_gb"], found["s3.standard_gb_month"]) == (10, 24)
    assert "logs.vended_to_s3_gb" not in quantities(app, "Copy", usage)


def test_an_endpoint_of_an_unknown_kind_keeps_nothing_from_the_others() -> None:
    subnets = {"SubnetIds": ["a", "b", "c"]}
    app = app_of(
        {
            "Known": ("AWS::EC2::VPCEndpoint", {"VpcEndpointType": "Interface", **subnets}),
            "Unknown": ("AWS::EC2::VPCEndpoint", {"VpcEndpointType": {"Fn::ImportValue": "Kind"}, **subnets}),
        }
    )
    found = quantities(app, "Known", usage_of(network__endpoint_gb=9))
    assert found == {"vpc.interface_endpoint_hour": 3 * 730, "vpc.interface_endpoint_gb": 9}


def test_trails_pay_for_a_second_copy_and_for_data() -> None:
    selectors = {"EventSelectors": [{"IncludeManagementEvents": False, "DataResources": [{"Type": "AWS::S3::Object"}]}]}
    advanced = {
        "AdvancedEventSelectors": [{"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Data"]}]}],
        "InsightSelectors": [{"InsightType": "ApiCallRateInsight"}, {"InsightType": "ApiErrorRateInsight"}],
    }
    app = app_of({"First": TRAIL, "Second": TRAIL, "Data": (TRAIL, selectors), "More": (TRAIL, advanced)})
    usage = usage_of(audit__management_events=100, audit__data_events=60)
    assert quantities(app, "First", usage) == {}
    assert quantities(app, "Second", usage) == {"cloudtrail.management_event_copy": 100}
    assert quantities(app, "Data", usage) == {"cloudtrail.data_event": 30}
    assert quantities(app, "More", usage) == {"cloudtrail.data_event": 30, "cloudtrail.insights_event": 200}


def test_objects_lie_in_the_classes_of_the_lifecycle() -> None:
    rule = lifecycle(
        Transitions=[
            {"StorageClass": "GLACIER_IR", "TransitionInDays": 146},
            {"StorageClass": "STANDARD_IA", "TransitionInDays": 73},
        ],
        NoncurrentVersionTransitions=[{"StorageClass": "GLACIER", "TransitionInDays": 73}],
        NoncurrentVersionExpiration={"NoncurrentDays": 219},
    )
    app = app_of({"Data": (BUCKET, {**rule, "VersioningConfiguration": {"Status": "Enabled"}})})
    usage = usage_of(
        storage__gb=1000, growth__data_percent=50, storage__replaced_percent=10, storage__object_mb=2,
        storage__put_requests=7, storage__get_requests=9,
    )  # fmt: skip
    assert quantities(app, "Data", usage) == {
        # 200 of the current objects, and of the 1,200 older versions a year those of 73 days.
        "s3.standard_gb_month": 200 + 240,
        "s3.standard_ia_gb_month": 200,
        "s3.glacier_ir_gb_month": 600,
        "s3.glacier_gb_month": 480,
        "s3.transition_standard_ia": D(1000) / 12 * 1000 / 2,
        "s3.transition_glacier_ir": D(1000) / 12 * 1000 / 2,
        "s3.put_requests": 7,
        "s3.get_requests": 9,
    }
    second = quantities(app, "Data", usage, year=2)
    # 500 came in in the second year; all of the first lies in the coldest class.
    assert (second["s3.standard_ia_gb_month"], second["s3.glacier_ir_gb_month"]) == (100, 1000 + 300)


def test_rules_for_a_part_of_a_bucket_or_disabled_ones_move_nothing() -> None:
    step = [{"StorageClass": "GLACIER", "TransitionInDays": 1}]
    for rule in ({"Prefix": "a", "Transitions": step}, {"Status": "Disabled", "Transitions": step}):
        app = app_of({"Data": (BUCKET, lifecycle(**rule))})
        assert quantities(app, "Data", usage_of(storage__gb=10)) == {"s3.standard_gb_month": 10}


def test_data_leaves_by_a_vpc_or_by_cloudfront() -> None:
    app = app_of({"Vpc": "AWS::EC2::VPC", "Site": "AWS::CloudFront::Distribution"})
    usage = usage_of(network__out_gb=10)
    assert quantities(app, "Vpc", usage) == {"transfer.internet_out_gb": 5}
    assert quantities(app, "Site", usage) == {"cloudfront.out_gb": 5}


def test_a_replica_holds_what_its_source_holds_and_the_source_pays_the_way() -> None:
    destination = {"Destination": {"Bucket": "arn:aws:s3:::copy"}, "Status": "Enabled"}
    source = (BUCKET, {"ReplicationConfiguration": {"Rules": [destination]}})
    app = app_of({"Source": source, "Other": BUCKET}, region="us-east-1")
    add(app, "west.json", {"Copy": (BUCKET, {"BucketName": "copy"})}, region="us-west-2")
    usage = usage_of(storage__gb=240, storage__put_requests=10, storage__get_requests=6)
    assert quantities(app, "Copy", usage) == {"s3.standard_gb_month": 120, "s3.put_requests": 5}
    assert quantities(app, "Source", usage) == {
        "s3.standard_gb_month": 120, "s3.put_requests": 5, "s3.get_requests": 3, "transfer.between_regions_gb": 10,
    }  # fmt: skip


def test_a_cluster_has_the_storage_and_its_members_the_hours() -> None:
    app = app_of(
        {
            "Cluster": ("AWS::RDS::DBCluster", {"Engine": "aurora-postgresql", "BackupRetentionPeriod": 35}),
            "Writer": (
                "AWS::RDS::DBInstance",
                {"DBClusterIdentifier": ref("Cluster"), "DBInstanceClass": "db.r6g.xlarge"},
            ),
            "Reader": (
                "AWS::RDS::DBInstance",
                {"DBClusterIdentifier": ref("Cluster"), "DBInstanceClass": "db.serverless"},
            ),
            "Proxy": "AWS::RDS::DBProxy",
            "Targets": (
                "AWS::RDS::DBProxyTargetGroup",
                {"DBProxyName": ref("Proxy"), "DBClusterIdentifiers": [ref("Cluster")]},
            ),
        }
    )
    usage = usage_of(
        databases__gb=100, databases__io_requests=5, databases__serverless_units=2, backup__change_percent=1
    )
    assert quantities(app, "Cluster", usage) == {
        "aurora.gb_month": 100, "aurora.io_requests": 5, "aurora.backup_gb_month": 34,
    }  # fmt: skip
    assert quantities(app, "Writer", usage) == {"aurora.instance_hour.postgres.db_r6g_xlarge": 730}
    assert quantities(app, "Reader", usage) == {"aurora.acu_hour": 1460}
    assert quantities(app, "Proxy", usage) == {"rds.proxy_vcpu_hour": 4 * 730}


def test_tasks_and_instances_run_as_often_as_the_usage_says() -> None:
    data = {
        "InstanceType": "m7i.large",
        "Monitoring": {"Enabled": True},
        "BlockDeviceMappings": [{"Ebs": {"VolumeSize": 30, "VolumeType": "gp3"}}],
    }
    app = app_of(
        {
            "Task": (
                "AWS::ECS::TaskDefinition",
                {"Cpu": "512", "Memory": "2048", "EphemeralStorage": {"SizeInGiB": 30}},
            ),
            "Service": ("AWS::ECS::Service", {"TaskDefinition": ref("Task"), "DesiredCount": 2}),
            "OnInstances": ("AWS::ECS::Service", {"TaskDefinition": ref("Task"), "LaunchType": "EC2"}),
            "Template": ("AWS::EC2::LaunchTemplate", {"LaunchTemplateData": data}),
            "Group": (
                "AWS::AutoScaling::AutoScalingGroup",
                {"MinSize": "2", "LaunchTemplate": {"LaunchTemplateId": ref("Template")}},
            ),
            "Nodes": (
                "AWS::EKS::Nodegroup",
                {
                    "InstanceTypes": ["m6i.large"],
                    "ScalingConfig": {"DesiredSize": 3},
                    "LaunchTemplate": {"Id": ref("Template")},
                },
            ),
        }
    )
    usage = usage_of(compute__scale_out=3)
    hours = 2 * 3 * 730
    assert quantities(app, "Service", usage) == {
        "fargate.vcpu_hour": D("0.5") * hours, "fargate.gb_hour": 2 * hours, "fargate.storage_gb_hour": 10 * hours,
    }  # fmt: skip
    assert quantities(app, "OnInstances", usage) == {}
    assert quantities(app, "Group", usage) == {
        "ec2.instance_hour.m7i_large": hours, "ebs.gp3_gb_month": 180, "cloudwatch.custom_metric_month": 42,
    }  # fmt: skip
    assert quantities(app, "Nodes", usage)["ec2.instance_hour.m6i_large"] == 9 * 730


def backups(store: Any, **rule: Any) -> dict[str, Any]:
    plan = {"BackupPlan": {"BackupPlanRule": [{"ScheduleExpression": "cron(0 5 * * ? *)", **rule}]}}
    selection = {"BackupPlanId": ref("Plan"), "BackupSelection": {"Resources": [arn("Store")]}}
    return {
        "Plan": ("AWS::Backup::BackupPlan", plan),
        "Selection": ("AWS::Backup::BackupSelection", selection),
        "Store": store,
    }


def test_backups_grow_with_what_changes_until_they_end() -> None:
    store = ("AWS::EFS::FileSystem", {})
    app = app_of(backups(store, Lifecycle={"DeleteAfterDays": 730}))
    usage = usage_of(databases__file_gb=100, backup__change_percent=1)
    kept = [quantities(app, "Plan", usage, year)["backup.efs_gb_month"] for year in (1, 2, 3, 7)]
    assert kept == [100 + 365, 100 + 730, 100 + 730, 100 + 730]


def test_a_table_is_kept_whole_each_time_and_copies_move_it_each_time() -> None:
    copy = {"DestinationBackupVaultArn": "arn", "Lifecycle": {"DeleteAfterDays": 10}}
    app = app_of(backups(("AWS::DynamoDB::Table", {}), Lifecycle={"DeleteAfterDays": 30}, CopyActions=[copy]))
    usage = usage_of(databases__table_gb=2)
    assert quantities(app, "Plan", usage) == {
        # That of each of 30 days here, and of 10 days elsewhere.
        "backup.dynamodb_gb_month": 2 * 30 + 2 * 10,
        "backup.cross_region_gb": D(2 * 365) / 12,
    }


@pytest.mark.parametrize(
    ("kind", "properties", "price"),
    [
        ("AWS::RDS::DBCluster", {"Engine": "aurora-postgresql"}, "aurora.backup_gb_month"),
        ("AWS::DocDB::DBCluster", {}, "docdb.backup_gb_month"),
        ("AWS::Neptune::DBCluster", {}, "neptune.backup_gb_month"),
    ],
)
def test_snapshots_of_clusters_are_whole_and_free_within_their_own_retention(
    kind: str, properties: dict[str, Any], price: str
) -> None:
    store = (kind, {**properties, "BackupRetentionPeriod": 35})
    usage = usage_of(databases__gb=2)
    app = app_of(backups(store, Lifecycle={"DeleteAfterDays": 100}))
    assert quantities(app, "Plan", usage) == {price: 2 * (100 - 35)}
    short = app_of(backups(store, Lifecycle={"DeleteAfterDays": 30}))
    assert quantities(short, "Plan", usage) == {}
    years = app_of(backups(store, Lifecycle={"DeleteAfterDays": 400}))
    assert quantities(years, "Plan", usage, 2) == {price: 2 * (400 - 35)}
    # A copy has no backups of its own beside it.
    copy = {"DestinationBackupVaultArn": "arn", "Lifecycle": {"DeleteAfterDays": 10}}
    copied = app_of(backups(store, Lifecycle={"DeleteAfterDays": 30}, CopyActions=[copy]))
    assert quantities(copied, "Plan", usage) == {price: 2 * 10, "backup.cross_region_gb": D(2 * 365) / 12}


def test_snapshots_of_clusters_that_are_not_auroras_hold_what_changed() -> None:
    store = ("AWS::RDS::DBCluster", {"Engine": "postgres", "DBClusterInstanceClass": "db.m6gd.large"})
    app = app_of(backups(store, Lifecycle={"DeleteAfterDays": 100}))
    usage = usage_of(databases__gb=2, backup__change_percent=1)
    assert quantities(app, "Plan", usage) == {"backup.rds_gb_month": 2 + 2}


def test_copies_of_continuous_backups_are_taken_as_scheduled() -> None:
    copy = {"DestinationBackupVaultArn": "arn", "Lifecycle": {"DeleteAfterDays": 10}}
    store = ("AWS::RDS::DBCluster", {"Engine": "aurora-mysql"})
    rule = {"EnableContinuousBackup": True, "Lifecycle": {"DeleteAfterDays": 35}, "CopyActions": [copy]}
    assert quantities(app_of(backups(store, **rule)), "Plan", usage_of(databases__gb=2)) == {
        "aurora.backup_gb_month": 2 * 10,
        "backup.cross_region_gb": D(2 * 365) / 12,
    }


def test_copies_of_files_move_what_is_new_and_what_changed() -> None:
    copy = {"DestinationBackupVaultArn": "arn"}
    app = app_of(backups(("AWS::EFS::FileSystem", {}), CopyActions=[copy]))
    usage = usage_of(databases__file_gb=120, growth__data_percent=50)
    moved = [quantities(app, "Plan", usage, year)["backup.cross_region_gb"] for year in (1, 2)]
    assert moved == [10, 5]


def test_a_plan_that_takes_nothing_keeps_nothing() -> None:
    resources = backups(("AWS::EFS::FileSystem", {}))
    del resources["Selection"]
    assert quantities(app_of(resources), "Plan", usage_of(databases__file_gb=100)) == {}


def test_restore_tests_restore_a_point_of_each_store_of_a_tested_type() -> None:
    resources = {
        **backups(("AWS::EFS::FileSystem", {})),
        "Tests": ("AWS::Backup::RestoreTestingPlan", {"ScheduleExpression": "cron(0 7 1 1,4,7,10 ? *)"}),
        "Tested": (
            "AWS::Backup::RestoreTestingSelection",
            {"RestoreTestingPlanName": ref("Tests"), "ProtectedResourceType": "EFS"},
        ),
        "Audit": ("AWS::Backup::Framework", {"FrameworkControls": [{"ControlName": "A"}, {"ControlName": "B"}]}),
    }
    app = app_of(resources)
    usage = usage_of(databases__file_gb=120, backup__restored_percent=50)
    found = quantities(app, "Tests", usage)
    assert found["backup.restore_gb.efs"] == 20
    assert found["backup.restore_test"] == D(4) / 12
    assert quantities(app, "Audit", usage) == {"backup.audit_evaluation": 2 * D(365) / 12}


@pytest.mark.parametrize(("region", "buckets"), [("us-east-1", 2), ("us-west-2", 1)])
def test_what_watches_an_account_counts_what_is_in_its_region(region: str, buckets: int) -> None:
    app = app_of({"A": BUCKET, "B": BUCKET, "Role": "AWS::IAM::Role"}, region="us-east-1", account="1")
    add(app, "w.json", {"C": BUCKET}, region="us-west-2", account="1")
    add(app, "m.json", {"Macie": "AWS::Macie::Session"}, region=region, account="1")
    unused = ("AWS::AccessAnalyzer::Analyzer", {"Type": "ACCOUNT_UNUSED_ACCESS"})
    add(
        app,
        "a.json",
        {"Unused": unused, "External": ("AWS::AccessAnalyzer::Analyzer", {"Type": "ACCOUNT"})},
        account="1",
    )
    add(app, "o.json", {"Elsewhere": "AWS::IAM::Role"}, account="2")
    assert quantities(app, "Macie") == {"macie.bucket_month": buckets}
    identities = usage_of(security__identities=5)
    assert quantities(app, "Unused", identities) == {"accessanalyzer.unused_identity_month": 6}
    assert quantities(app, "External", identities) == {}


def test_the_address_of_a_gateway_is_billed_once() -> None:
    gateway = ("AWS::EC2::NatGateway", {"AllocationId": {"Fn::GetAtt": ["Its", "AllocationId"]}})
    app = app_of({"Nat": gateway, "Its": "AWS::EC2::EIP", "Other": "AWS::EC2::EIP"})
    assert quantities(app, "Nat") == {"vpc.nat_gateway_hour": 730, "vpc.public_ipv4_hour": 730}
    assert quantities(app, "Its") == {}
    assert quantities(app, "Other") == {"vpc.public_ipv4_hour": 730}


def test_a_copy_of_logs_holds_what_the_logs_hold() -> None:
    destination = {"Destination": {"Bucket": "arn:aws:s3:::copy"}, "Status": "Enabled"}
    logs = (BUCKET, {"ReplicationConfiguration": {"Rules": [destination]}})
    app = app_of({"Trail": (TRAIL, {"S3BucketName": ref("Logs")}), "Logs": logs}, region="us-east-1")
    add(app, "west.json", {"Copy": (BUCKET, {"BucketName": "copy"})}, region="us-west-2")
    usage = usage_of(audit__management_events=1_000_000, audit__event_kb=2, logs__compressed_percent=50, storage__gb=99)
    logged = {"s3.standard_gb_month": 12, "s3.put_requests": 1000}
    assert quantities(app, "Logs", usage) == {**logged, "transfer.between_regions_gb": 1}
    assert quantities(app, "Copy", usage) == logged


def test_a_copy_is_billed_where_its_vault_is() -> None:
    copy = {"DestinationBackupVaultArn": "arn:aws:backup:us-west-2:1:backup-vault:Vault"}
    app = app_of(backups(("AWS::EFS::FileSystem", {}), CopyActions=[copy]), region="us-east-1")
    (plan,) = app.of_type("AWS::Backup::BackupPlan")
    regions = [(item.price, item.region) for item in items_of(plan, usage_of(databases__file_gb=1))]
    assert regions == [
        ("backup.efs_gb_month", ""), ("backup.efs_gb_month", "us-west-2"), ("backup.cross_region_gb", ""),
    ]  # fmt: skip
