from __future__ import annotations

import http.server
import json
import threading
import urllib.error
from collections.abc import Iterator
from typing import Any

import pytest

from hipaa_constructs.compute.provider_code.handlers import cloudformation
from hipaa_constructs.compute.provider_code.handlers.cloudformation import Event, custom_resource


class _ResponseBucket(http.server.BaseHTTPRequestHandler):
    """Takes what is put, and fails the first ``refusals`` requests."""

    answers: list[dict[str, Any]]
    content_types: list[str | None]
    refusals: int

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if type(self).refusals:
            type(self).refusals -= 1
            self.send_response(503)
        else:
            type(self).answers.append(json.loads(body))
            type(self).content_types.append(self.headers["Content-Type"])
            self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[_ResponseBucket]]:
    monkeypatch.setattr(cloudformation.time, "sleep", lambda seconds: None)
    handler = type("Bucket", (_ResponseBucket,), {"answers": [], "content_types": [], "refusals": 0})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        handler.url = f"http://127.0.0.1:{server.server_port}/signed?x=1"
        yield handler
        server.shutdown()
        thread.join()


def _event(bucket: Any, **changes: str) -> Event:
    return {
        "RequestType": "Create",
        "ResponseURL": bucket.url,
        "StackId": "arn:aws:cloudformation:us-east-1:111122223333:stack/Clinic/1",
        "RequestId": "request-1",
        "LogicalResourceId": "Thing",
        **changes,
    }


def test_success_is_answered_with_the_id(bucket: Any) -> None:
    custom_resource(lambda event: "thing-1")(_event(bucket), None)
    assert bucket.answers == [
        {
            "Status": "SUCCESS",
            "Reason": "",
            "PhysicalResourceId": "thing-1",
            "StackId": "arn:aws:cloudformation:us-east-1:111122223333:stack/Clinic/1",
            "RequestId": "request-1",
            "LogicalResourceId": "Thing",
        }
    ]
    assert bucket.content_types == [""]


def _fail(event: Event) -> str:
    raise RuntimeError("no such thing" + "!" * 9_000)


def test_failure_is_answered_with_its_reason_within_the_size_limit(bucket: Any) -> None:
    custom_resource(_fail)(_event(bucket), None)
    (answer,) = bucket.answers
    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith("RuntimeError: no such thing")
    assert len(json.dumps(answer)) < 4096


def test_a_failed_change_keeps_the_physical_id(bucket: Any) -> None:
    custom_resource(_fail)(_event(bucket, RequestType="Update", PhysicalResourceId="thing-1"), None)
    assert bucket.answers[0]["PhysicalResourceId"] == "thing-1"


def test_a_failed_creation_gets_an_id_of_its_own(bucket: Any) -> None:
    custom_resource(_fail)(_event(bucket), None)
    assert bucket.answers[0]["PhysicalResourceId"] == "request-1"


def test_an_answer_is_sent_again(bucket: Any) -> None:
    bucket.refusals = 2
    custom_resource(lambda event: "thing-1")(_event(bucket), None)
    assert [answer["Status"] for answer in bucket.answers] == ["SUCCESS"]


def test_an_answer_that_cannot_be_sent_fails_the_invocation(bucket: Any) -> None:
    bucket.refusals = 100
    with pytest.raises(urllib.error.URLError):
        custom_resource(lambda event: "thing-1")(_event(bucket), None)
    assert bucket.answers == []
