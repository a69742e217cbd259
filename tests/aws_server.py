"""A moto server behind a real connection; what moto lacks is answered here, and permissions can be taken away."""

from __future__ import annotations

import io
import json
import re
import threading
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

Environ = dict[str, Any]
Start = Callable[..., Any]


class _Silent(WSGIRequestHandler):
    def log(self, *_: object) -> None:
        pass


class AwsServer:
    """moto, with ``answers`` by (service, action) in its place, and ``denied`` services or actions refused.

    An answer by (service, action, Region) goes for that Region alone; ``errors`` are codes and messages by service and
    action, of services that speak JSON.
    """

    def __init__(self) -> None:
        self.answers: dict[tuple[str, ...], Any] = {}
        self.errors: dict[tuple[str, str], tuple[str, str]] = {}
        self.denied: set[str] = set()
        self.asked: list[tuple[str, str]] = []
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._server = make_server("127.0.0.1", 0, self._answer, threaded=True, request_handler=_Silent)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _answer(self, environ: Environ, start: Start) -> Iterable[bytes]:
        service, region, action = _request(environ)
        self.asked.append((service, action))
        if service in self.denied or action in self.denied:
            return _send(start, 403, *_denial(service))
        if (service, action) in self.errors:
            code, message = self.errors[service, action]
            return _send(start, 400, "application/json", json.dumps({"__type": code, "message": message}), code=code)
        answer = self.answers.get((service, action, region), self.answers.get((service, action)))
        if answer is not None:
            body = answer if isinstance(answer, str) else json.dumps(answer)
            return _send(start, 200, "text/xml" if isinstance(answer, str) else "application/json", body)
        answered: Iterable[bytes] = self._moto(environ, start)
        return answered


def _request(environ: Environ) -> tuple[str, str, str]:
    """Read service, Region and action; REST services are named by method and path."""
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(body)
    scope = re.search(r"Credential=[^/]+/\d+/([^/]+)/([^/]+)/", environ.get("HTTP_AUTHORIZATION", ""))
    region, service = scope.groups() if scope else ("", "")
    target = environ.get("HTTP_X_AMZ_TARGET", "")
    if target:
        return service, region, target.rpartition(".")[2]
    if "x-www-form-urlencoded" in environ.get("CONTENT_TYPE", ""):
        return service, region, parse_qs(body.decode()).get("Action", [""])[0]
    query = environ.get("QUERY_STRING", "")
    # A query without a value, such as S3's ?versioning, is part of what is asked.
    return (
        service,
        region,
        f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}{f'?{query}' if query and '=' not in query else ''}",
    )


def _denial(service: str) -> tuple[str, str]:
    """Refuse in the words of the service's protocol."""
    if service == "ec2":
        error = "<Error><Code>UnauthorizedOperation</Code><Message>no</Message></Error>"
        return "text/xml", f"<Response><Errors>{error}</Errors><RequestID>1</RequestID></Response>"
    if service in ("cloudformation", "iam", "sns"):
        error = "<Error><Type>Sender</Type><Code>AccessDenied</Code><Message>no</Message></Error>"
        return "text/xml", f"<ErrorResponse>{error}<RequestId>1</RequestId></ErrorResponse>"
    if service == "s3":
        return "application/xml", "<Error><Code>AccessDenied</Code><Message>no</Message></Error>"
    return "application/json", '{"__type": "AccessDeniedException", "message": "no"}'


def _send(start: Start, status: int, kind: str, body: str, code: str = "AccessDeniedException") -> Iterable[bytes]:
    headers = [("Content-Type", kind)]
    if status >= 400 and kind == "application/json":
        headers.append(("x-amzn-ErrorType", code))
    start(f"{status} -", headers)
    return [body.encode()]
