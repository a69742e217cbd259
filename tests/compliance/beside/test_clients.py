"""A file system that takes clients without TLS, and what mounts it so, are one finding."""

from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.beside.support import assessed, failed, fix_of, told

RULES = ("FileSystemTlsRequired", "FileMountTlsRequired")
OPEN = "FileSystemPolicy is not set, so clients without TLS are accepted."
DENIED = {
    "Statement": {
        "Effect": "Deny",
        "Principal": {"AWS": "*"},
        "Action": "*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
}


def system(**properties: Any) -> dict[str, Any]:
    return {"Type": "AWS::EFS::FileSystem", "Properties": properties}


def task(*names: Any, **more: Any) -> dict[str, Any]:
    volumes = [{"Name": str(one), "EFSVolumeConfiguration": {"FilesystemId": one, **more}} for one in names]
    return {"Type": "AWS::ECS::TaskDefinition", "Properties": {"Volumes": volumes}}


def job(name: str) -> dict[str, Any]:
    volumes = [{"Name": name, "EfsVolumeConfiguration": {"FileSystemId": {"Ref": name}}}]
    properties = {"Type": "container", "ContainerProperties": {"Image": "i", "Volumes": volumes}}
    return {"Type": "AWS::Batch::JobDefinition", "Properties": properties}


def location(name: str) -> dict[str, Any]:
    properties = {"EfsFilesystemArn": {"Fn::GetAtt": [name, "Arn"]}, "Ec2Config": {}}
    return {"Type": "AWS::DataSync::LocationEFS", "Properties": properties}


@pytest.mark.parametrize("client", [task({"Ref": "Files"}), job("Files"), location("Files")])
def test_what_mounts_a_file_system_in_clear_is_told_with_it(client: dict[str, Any]) -> None:
    found = assessed({"Files": system(), "Client": client})
    (name,) = (opened := told(found, *RULES))
    assert name == "FileSystemTlsRequired Files"
    assert opened[name].startswith(f"{OPEN} Client uses it without: ")
    assert failed(found, *RULES) == {"FileSystemTlsRequired Files", "FileMountTlsRequired Client"}
    assert "TransitEncryption: " in fix_of(found, name)
    assert "aws:SecureTransport" in fix_of(found, name)


def test_each_of_two_clients_is_told() -> None:
    found = told(assessed({"Files": system(), "A": task({"Ref": "Files"}), "B": job("Files")}), *RULES)
    (message,) = found.values()
    assert "A uses it without" in message
    assert "B uses it without" in message


def test_a_client_of_another_file_system_too_is_told_by_itself() -> None:
    clients = {"A": task({"Ref": "Files"}, "fs-1"), "B": task({"Ref": "Files"}, {"Ref": "Closed"})}
    found = told(assessed({"Files": system(), "Closed": system(FileSystemPolicy=DENIED), **clients}), *RULES)
    assert set(found) == {"FileSystemTlsRequired Files", "FileMountTlsRequired A", "FileMountTlsRequired B"}
    assert found["FileSystemTlsRequired Files"] == OPEN


def test_a_client_with_tls_is_not_told() -> None:
    found = told(assessed({"Files": system(), "A": task({"Ref": "Files"}, TransitEncryption="ENABLED")}), *RULES)
    assert found == {"FileSystemTlsRequired Files": OPEN}


def test_who_accepts_one_is_told_of_the_other() -> None:
    resources = {"Files": system(), "A": task({"Ref": "Files"})}
    assert list(told(assessed(resources, "FileSystemTlsRequired Files"), *RULES)) == ["FileMountTlsRequired A"]
    found = told(assessed(resources, "FileMountTlsRequired A"), *RULES)
    assert found == {"FileSystemTlsRequired Files": OPEN}
