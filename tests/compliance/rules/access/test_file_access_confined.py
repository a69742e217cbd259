from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one

TASK, JOB, POINT = "AWS::ECS::TaskDefinition", "AWS::Batch::JobDefinition", "AWS::EFS::AccessPoint"
FILES = {"FilesystemId": "fs-12345678"}
USER = {"Uid": "1000", "Gid": "1000"}


def _task(**settings: Any) -> dict[str, Any]:
    return one(TASK, Volumes=[{"Name": "scans", "EFSVolumeConfiguration": {**FILES, **settings}}])


def _job(holder: str, **settings: Any) -> dict[str, Any]:
    volumes = [{"Name": "scans", "EfsVolumeConfiguration": {"FileSystemId": "fs-12345678", **settings}}]
    if holder == "EcsProperties":
        return one(JOB, EcsProperties={"TaskProperties": [{"Volumes": volumes}]})
    return one(JOB, **{holder: {"Volumes": volumes}})


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_task(), "failed"),
        (_task(AuthorizationConfig={"IAM": "DISABLED"}), "failed"),
        (_task(AuthorizationConfig={"IAM": "ENABLED"}), "passed"),
        (_task(AuthorizationConfig={"AccessPointId": {"Ref": "Point"}}), "passed"),
        (_task(AuthorizationConfig={"AccessPointId": GIVEN}), "passed"),
        (_task(AuthorizationConfig={"AccessPointId": {"Fn::ImportValue": "scans-point"}}), "passed"),
        (_task(AuthorizationConfig={"AccessPointId": {"Ref": "AWS::NoValue"}}), "failed"),
        (_task(AuthorizationConfig={"AccessPointId": ""}), "failed"),
        (_task(AuthorizationConfig={"IAM": GIVEN}), "unknown"),
        (_task(AuthorizationConfig=GIVEN), "unknown"),
        (one(TASK, Volumes=[{"Name": "scratch"}]), "not_applicable"),
        (_job("ContainerProperties"), "failed"),
        (_job("ContainerProperties", AuthorizationConfig={"Iam": "ENABLED"}), "passed"),
        (_job("EcsProperties"), "failed"),
        (_job("EcsProperties", AuthorizationConfig={"AccessPointId": "fsap-12345678"}), "passed"),
        (one(POINT), "failed"),
        (one(POINT, PosixUser=USER), "failed"),
        (one(POINT, PosixUser=USER, RootDirectory={"Path": "/"}), "failed"),
        (one(POINT, RootDirectory={"Path": "/scans"}), "failed"),
        (one(POINT, PosixUser=USER, RootDirectory={"Path": "/scans"}), "passed"),
        (one(POINT, PosixUser=USER, RootDirectory={"Path": GIVEN}), "unknown"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    resources = {**resources, "Point": {"Type": POINT}}
    assert judged("file_access_confined", resources) == expected


ALLOW = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "elasticfilesystem:Client*"}
DENY = {
    "Effect": "Deny",
    "Principal": {"AWS": "*"},
    "Action": "*",
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}
ROLE = {"AWS": "arn:aws:iam::111122223333:role/web"}


@pytest.mark.parametrize(
    ("statements", "config", "expected"),
    [
        ([DENY], {"AccessPointId": "fsap-12345678"}, "failed"),
        ([DENY], {"IAM": "ENABLED"}, "passed"),
        ([DENY], {"AccessPointId": "fsap-12345678", "IAM": GIVEN}, "passed"),
        ([ALLOW, DENY], {"AccessPointId": "fsap-12345678"}, "passed"),
        ([{**ALLOW, "Principal": ROLE}, DENY], {"AccessPointId": "fsap-12345678"}, "failed"),
        ([{**ALLOW, "Principal": GIVEN}, DENY], {"AccessPointId": "fsap-12345678"}, "passed"),
        # What CDK writes for allow_anonymous_access=False.
        (
            [{**ALLOW, "Action": ["elasticfilesystem:ClientWrite", "elasticfilesystem:ClientRootAccess"]}, DENY],
            {"AccessPointId": "fsap-12345678"},
            "failed",
        ),
        (None, {"AccessPointId": "fsap-12345678"}, "passed"),
        (GIVEN, {"AccessPointId": "fsap-12345678"}, "passed"),
    ],
)
def test_a_mount_without_iam_that_the_policy_refuses(statements: Any, config: dict[str, Any], expected: str) -> None:
    policy = {"Statement": statements} if isinstance(statements, list) else statements
    files = {"Type": "AWS::EFS::FileSystem", "Properties": {"FileSystemPolicy": policy} if policy else {}}
    task = _task(FilesystemId={"Ref": "Files"}, AuthorizationConfig=config)
    assert judged("file_access_confined", {**task, "Files": files}) == expected
