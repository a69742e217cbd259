"""Where the function gets the template: from S3 over HTTPS, and from nobody else."""

from __future__ import annotations

import urllib.error

import pytest

from hipaa_constructs.hook import payload
from hipaa_constructs.hook.payload import UnusablePayload, require_bucket, template_at
from tests.hook.requests import URL, Bucket, laid_down, template


@pytest.mark.parametrize(
    "url",
    [
        URL,
        "https://bucket.s3.amazonaws.com/key",
        "https://s3.eu-central-1.amazonaws.com/bucket/key",
        "https://s3-us-west-2.amazonaws.com/bucket/key",
        "https://a.b-c.s3.dualstack.us-east-2.amazonaws.com/key",
        "https://bucket.s3-fips.us-gov-west-1.amazonaws.com/key",
        "https://bucket.s3.cn-north-1.amazonaws.com.cn/key",
        "https://bucket.s3.eusc-de-east-1.amazonaws.eu/key",
    ],
)
def test_s3_is_asked(url: str) -> None:
    require_bucket(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://bucket.s3.us-east-1.amazonaws.com/key",
        "file:///etc/passwd",
        "https://169.254.169.254/latest/meta-data",
        "https://s3.us-east-1.amazonaws.com.example.org/key",
        "https://bucket.s3.us-east-1.amazonaws.com@example.org/key",
        "https://example.org/https://bucket.s3.us-east-1.amazonaws.com",
        "https://bucket.s3.us-east-1.amazonaws.com:8443/key",
        "https://s3.execute-api.us-east-1.amazonaws.com/key",
        "https://xs3.us-east-1.amazonaws.com/key",
        "https://[::1",
        "",
    ],
)
def test_nobody_else_is(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    bucket = laid_down(monkeypatch, template("{}"))
    with pytest.raises(UnusablePayload, match=r"no HTTPS URL of Amazon S3"):
        template_at(url)
    assert not bucket.asked


def test_the_template_comes_as_it_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    laid_down(monkeypatch, template("Resources: {} # é", changedResources=[]))
    assert template_at(URL) == "Resources: {} # é"


@pytest.mark.parametrize(
    ("content", "status", "said"),
    [
        (b"", 403, "S3 answered with 403"),
        (b"<html>", 200, "names no template"),
        (b"[]", 200, "names no template"),
        (b'{"template": 7}', 200, "names no template"),
        (b"[" * 100_000, 200, "names no template"),
    ],
)
def test_what_is_no_payload_is_said(content: bytes, status: int, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    laid_down(monkeypatch, content, status=status)
    with pytest.raises(UnusablePayload, match=said):
        template_at(URL)


def test_redirects_are_not_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    bucket = laid_down(monkeypatch, b"", status=302, headers={"Location": "https://169.254.169.254/"})
    with pytest.raises(UnusablePayload, match="redirects"):
        template_at(URL)
    assert bucket.asked == [URL]


def test_no_more_is_read_than_a_payload_can_have(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(payload, "_MOST_BYTES", 100)
    laid_down(monkeypatch, template("x" * 100))
    with pytest.raises(UnusablePayload, match="larger than 100 bytes"):
        template_at(URL)


def test_a_network_that_fails_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    laid_down(monkeypatch, b"")

    def fails(*_: object) -> None:
        raise urllib.error.URLError(TimeoutError())

    monkeypatch.setattr(Bucket, "https_open", fails)
    with pytest.raises(UnusablePayload, match="could not be read"):
        template_at(URL)
