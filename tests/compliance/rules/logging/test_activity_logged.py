from __future__ import annotations

import json
from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, to_do

BUILD, TASK, FILES = "AWS::CodeBuild::Project", "AWS::DMS::ReplicationTask", "AWS::FSx::FileSystem"
CONTACTS, CONNECTOR = "AWS::Connect::Instance", "AWS::KafkaConnect::Connector"
OFF = {"CloudWatchLogs": {"Status": "DISABLED"}}


def _task(logging: Any) -> dict[str, Any]:
    return one(TASK, ReplicationTaskSettings=json.dumps({"Logging": {"EnableLogging": logging}}))


def _shares(**audit: Any) -> dict[str, Any]:
    return one(FILES, FileSystemType="WINDOWS", WindowsConfiguration={"AuditLogConfiguration": audit})


def _connector(**workers: Any) -> dict[str, Any]:
    return one(CONNECTOR, LogDelivery={"WorkerLogDelivery": workers})


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one(BUILD), "passed"),
        (one(BUILD, LogsConfig=OFF), "failed"),
        (one(BUILD, LogsConfig={**OFF, "S3Logs": {"Status": "ENABLED"}}), "passed"),
        (one(BUILD, LogsConfig={"CloudWatchLogs": {"Status": GIVEN}}), "unknown"),
        (one(TASK), "failed"),
        (_task(True), "passed"),
        (_task(False), "failed"),
        (one(TASK, ReplicationTaskSettings=GIVEN), "unknown"),
        (one(FILES, FileSystemType="WINDOWS"), "failed"),
        (one(FILES, FileSystemType="LUSTRE"), "not_applicable"),
        (_shares(FileAccessAuditLogLevel="DISABLED", FileShareAccessAuditLogLevel="DISABLED"), "failed"),
        (_shares(FileAccessAuditLogLevel="SUCCESS_ONLY", FileShareAccessAuditLogLevel="DISABLED"), "passed"),
        (_shares(FileAccessAuditLogLevel=GIVEN, FileShareAccessAuditLogLevel="DISABLED"), "unknown"),
        (one(CONTACTS), "failed"),
        (one(CONTACTS, Attributes={"ContactflowLogs": True}), "passed"),
        (one(CONTACTS, Attributes={"ContactflowLogs": GIVEN}), "unknown"),
        (one(CONNECTOR), "failed"),
        (_connector(S3={"Enabled": True, "Bucket": "logs"}), "passed"),
        (_connector(Firehose={"Enabled": False}), "failed"),
        (_connector(Firehose={"Enabled": GIVEN}), "unknown"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("activity_logged", resources) == expected


@pytest.mark.parametrize(("throughput", "told"), [(8, True), ("16", True), (32, False), (GIVEN, False), (None, False)])
def test_a_slow_file_system_has_to_be_faster_to_audit(throughput: Any, told: bool) -> None:
    windows = {"ThroughputCapacity": throughput} if throughput is not None else {}
    files = one("AWS::FSx::FileSystem", FileSystemType="WINDOWS", WindowsConfiguration=windows)
    assert ("WindowsConfiguration.ThroughputCapacity: 32" in to_do("activity_logged", files)) is told
