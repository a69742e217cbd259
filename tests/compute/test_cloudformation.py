from __future__ import annotations

import http.client
import http.server
import json
import signal
import threading
import urllib.error
import urllib.request
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


class _Context:
    """What Lambda tells a function of itself."""

    def __init__(self, seconds: float = 300) -> None:
        self.seconds = seconds

    def get_remaining_time_in_millis(self) -> int:
        return int(self.seconds * 1000)


CONTEXT = _Context()


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
    custom_resource(lambda event: "thing-1")(_event(bucket), CONTEXT)
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
    custom_resource(_fail)(_event(bucket), CONTEXT)
    (answer,) = bucket.answers
    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith("RuntimeError: no such thing")
    assert len(json.dumps(answer)) < 4096


def test_a_failed_change_keeps_the_physical_id(bucket: Any) -> None:
    custom_resource(_fail)(_event(bucket, RequestType="Update", PhysicalResourceId="thing-1"), CONTEXT)
    assert bucket.answers[0]["PhysicalResourceId"] == "thing-1"


def test_a_failed_creation_gets_an_id_of_its_own(bucket: Any) -> None:
    custom_resource(_fail)(_event(bucket), CONTEXT)
    assert bucket.answers[0]["PhysicalResourceId"] == "request-1"


@pytest.mark.parametrize("request_type", ["Create", "Update"])
def test_what_takes_too_long_is_answered_before_lambda_ends_it(bucket: Any, request_type: str) -> None:
    def wait(event: Event) -> str:
        threading.Event().wait(30)
        return "thing-1"

    custom_resource(wait)(_event(bucket, RequestType=request_type), _Context(seconds=0.2))
    assert [(answer["Status"], answer["Reason"]) for answer in bucket.answers] == [
        ("FAILED", "OutOfTime: it took longer than the function may run")
    ]


def test_nothing_interrupts_what_comes_after(bucket: Any) -> None:
    before = signal.getsignal(signal.SIGALRM)
    custom_resource(lambda event: "thing-1")(_event(bucket), _Context(seconds=0.2))
    threading.Event().wait(0.3)
    assert signal.getsignal(signal.SIGALRM) is before
    assert [answer["Status"] for answer in bucket.answers] == ["SUCCESS"]


def _unreachable(event: Event) -> str:
    raise urllib.error.URLError("no such host")


def test_a_failure_of_urllib_in_the_handler_is_answered_as_well(bucket: Any) -> None:
    custom_resource(_unreachable)(_event(bucket), CONTEXT)
    assert [answer["Status"] for answer in bucket.answers] == ["FAILED"]


def test_a_deletion_changes_nothing_by_itself_and_succeeds(bucket: Any) -> None:
    custom_resource(_fail)(_event(bucket, RequestType="Delete", PhysicalResourceId="thing-1"), CONTEXT)
    assert [(answer["Status"], answer["PhysicalResourceId"]) for answer in bucket.answers] == [("SUCCESS", "thing-1")]


def test_a_deletion_removes_what_it_is_told_to(bucket: Any) -> None:
    removed: list[str] = []
    handle = custom_resource(_fail, lambda event: removed.append(event["PhysicalResourceId"]))
    handle(_event(bucket, RequestType="Delete", PhysicalResourceId="thing-1"), CONTEXT)
    assert removed == ["thing-1"]


def _wait(event: Event) -> None:
    threading.Event().wait(30)


@pytest.mark.parametrize("remove", [_fail, _unreachable, _wait])
def test_a_deletion_that_fails_does_not_hold_up_the_stack(bucket: Any, remove: Any) -> None:
    event = _event(bucket, RequestType="Delete", PhysicalResourceId="thing-1")
    custom_resource(_fail, remove)(event, _Context(seconds=0.2))
    assert [(answer["Status"], answer["PhysicalResourceId"]) for answer in bucket.answers] == [("SUCCESS", "thing-1")]


def test_a_failed_creation_can_be_deleted(bucket: Any) -> None:
    handle = custom_resource(_fail)
    handle(_event(bucket), CONTEXT)
    physical_id = bucket.answers[0]["PhysicalResourceId"]
    handle(_event(bucket, RequestType="Delete", RequestId="request-2", PhysicalResourceId=physical_id), CONTEXT)
    assert [(answer["Status"], answer["PhysicalResourceId"]) for answer in bucket.answers] == [
        ("FAILED", "request-1"),
        ("SUCCESS", "request-1"),
    ]


def test_an_answer_that_breaks_off_is_sent_again_and_says_the_same(
    bucket: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, broken = urllib.request.urlopen, iter([http.client.RemoteDisconnected("gone"), TimeoutError("slow")])

    def urlopen(*arguments: Any, **options: Any) -> Any:
        for error in broken:
            raise error
        return real(*arguments, **options)

    monkeypatch.setattr(cloudformation.urllib.request, "urlopen", urlopen)
    custom_resource(lambda event: "thing-1")(_event(bucket), CONTEXT)
    assert [answer["Status"] for answer in bucket.answers] == ["SUCCESS"]


def test_an_answer_is_sent_again(bucket: Any) -> None:
    bucket.refusals = 2
    custom_resource(lambda event: "thing-1")(_event(bucket), CONTEXT)
    assert [answer["Status"] for answer in bucket.answers] == ["SUCCESS"]


def test_an_answer_that_cannot_be_sent_fails_the_invocation(bucket: Any) -> None:
    bucket.refusals = 100
    with pytest.raises(urllib.error.URLError):
        custom_resource(lambda event: "thing-1")(_event(bucket), CONTEXT)
    assert bucket.answers == []
