"""How the reviewed file of acknowledgements is read."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from hipaa_constructs.cloudformation.load.unusable import UnusableInput
from hipaa_constructs.compliance.acknowledgements.acknowledgement import Acknowledgement
from hipaa_constructs.compliance.acknowledgements.reviewed_file import read_file

ENTRY = """
[[acknowledgement]]
rule = "HIPAA.Security::HIPAA.Security-S3BucketLoggingEnabled"
path = "/Clinic/*/Logs"
reason = "The bucket receives the logs of all others."
approved_by = "privacy officer"
expires = 2027-06-30
ticket = "SEC-1"
compensating_control = "data events of the trail"
"""


def test_a_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    file.write_text(ENTRY + ENTRY.replace("2027-06-30", '"2027-07-01"'))
    first, second = read_file(file)
    assert first == Acknowledgement(
        rule_id="HIPAA.Security-S3BucketLoggingEnabled",
        reason="The bucket receives the logs of all others.",
        approved_by="privacy officer",
        expires=datetime.date(2027, 6, 30),
        ticket="SEC-1",
        compensating_control="data events of the trail",
        path="Clinic/*/Logs",
        origin="file",
        source=f"{file}, entry 1",
    )
    assert second.expires == datetime.date(2027, 7, 1)


def test_an_empty_file_acknowledges_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("# none yet\n")
    assert list(read_file(tmp_path / "a.toml")) == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[[acknowledgement]\n", "a.toml:1:"),
        ("x = 1", "the key 'x' is unknown"),
        ("acknowledgement = 3", "list of tables"),
        (ENTRY.replace("reason", "reasons"), "entry 1, 'reasons': the key is unknown; allowed are rule, path, reason"),
        (ENTRY.replace('ticket = "SEC-1"', "ticket = 1"), "entry 1, ticket: got 1; it takes text"),
        (ENTRY.replace("2027-06-30", '"soon"'), "entry 1, expires: got 'soon'; it takes a date"),
        (ENTRY.replace("expires = 2027-06-30\n", ""), "entry 1, expires: it is missing"),
        (ENTRY.replace("2027-06-30", "7"), "entry 1, expires: got 7"),
        (ENTRY.replace('rule = "HIPAA.Security::HIPAA.Security-S3BucketLoggingEnabled"\n', ""), "rule: it is missing"),
        (ENTRY.replace("/Clinic/*/Logs", " "), "path: it is empty"),
        (ENTRY + ENTRY.replace("approved_by", "approver"), "entry 2, 'approver'"),
    ],
)
def test_a_wrong_file_is_refused(tmp_path: Path, content: str, said: str) -> None:
    file = tmp_path / "a.toml"
    file.write_text(content)
    with pytest.raises(UnusableInput) as refused:
        read_file(file)
    assert said in str(refused.value)


@pytest.mark.parametrize("content", [b"\xff\xfe", None])
def test_an_unreadable_file_is_refused(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "a.toml").write_bytes(content)
    with pytest.raises(UnusableInput, match=r"a\.toml"):
        read_file(tmp_path / "a.toml")
