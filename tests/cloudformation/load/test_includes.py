"""What a template includes from files beside it stands in it before it is packaged."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hipaa_constructs.cloudformation.load.assembly import load
from hipaa_constructs.compliance.engine import findings
from hipaa_constructs.compliance.rules.access.api_authorized import RULE as API_AUTHORIZED

OPEN = {"openapi": "3.0.1", "paths": {"/patients": {"get": {"responses": {}}}}}
CLOSED = {"openapi": "3.0.1", "paths": {"/patients": {"get": {"security": [{"iam": []}], "responses": {}}}}}
SAM = "AWS::Serverless-2016-10-31"


def include(location: Any) -> dict[str, Any]:
    return {"Fn::Transform": {"Name": "AWS::Include", "Parameters": {"Location": location}}}


def api(kind: str, **properties: Any) -> dict[str, Any]:
    sam = {"Transform": SAM} if kind.startswith("AWS::Serverless") else {}
    return {**sam, "Resources": {"Api": {"Type": kind, "Properties": properties}}}


WRITTEN = [
    api("AWS::ApiGateway::RestApi", Body=include("api/spec.json")),
    api("AWS::ApiGateway::RestApi", Body={"openapi": "3.0.1", **include("./api/spec.json")}),
    api("AWS::ApiGateway::RestApi", BodyS3Location="api/spec.json"),
    api("AWS::Serverless::Api", StageName="live", DefinitionBody=include("api/spec.json")),
    api("AWS::Serverless::Api", StageName="live", DefinitionUri="api/spec.json"),
    api("AWS::Serverless::HttpApi", DefinitionUri="file://api/spec.json"),
]


def written(folder: Path, body: Any, spec: Any) -> Path:
    (folder / "api").mkdir()
    (folder / "api" / "spec.json").write_text(spec if isinstance(spec, str) else json.dumps(spec))
    (folder / "main.json").write_text(json.dumps(body))
    return folder / "main.json"


@pytest.mark.parametrize("body", WRITTEN)
def test_a_definition_beside_the_template_is_read(tmp_path: Path, body: Any) -> None:
    app = load([written(tmp_path, body, CLOSED)])
    assert findings(app, [API_AUTHORIZED]) == []
    assert app.beside == [(tmp_path / "api" / "spec.json").as_posix()]
    (tmp_path / "api" / "spec.json").write_text(json.dumps(OPEN))
    (finding,) = findings(load([tmp_path / "main.json"]), [API_AUTHORIZED])
    assert (finding.outcome, finding.message) == ("failed", "GET /patients in Body has no security.")


@pytest.mark.parametrize(
    "location", ["s3://bucket/spec.json", {"Fn::Sub": "s3://${AWS::Region}/spec.json"}, "spec.json", "../spec.json", 3]
)
def test_what_is_elsewhere_stays_unread(tmp_path: Path, location: Any) -> None:
    # Temporary folders may themselves lie in a repository, which would be what the template is in.
    folder = tmp_path / "apps"
    (folder / ".git").mkdir(parents=True)
    (tmp_path / "spec.json").write_text(json.dumps(OPEN))
    app = load([written(folder, api("AWS::ApiGateway::RestApi", Body=include(location)), OPEN)])
    (finding,) = findings(app, [API_AUTHORIZED])
    assert (finding.outcome, app.beside) == ("unknown", [])


@pytest.mark.parametrize("spec", ["[1]", "{", "", "text"])
def test_what_is_no_mapping_stays_unread(tmp_path: Path, spec: str) -> None:
    (finding,) = findings(load([written(tmp_path, WRITTEN[0], spec)]), [API_AUTHORIZED])
    assert finding.outcome == "unknown"


def test_other_macros_and_what_stands_beside_them_stay(tmp_path: Path) -> None:
    other = {"Fn::Transform": {"Name": "Mine", "Parameters": {"Location": "api/spec.json"}}, "a": include("none.json")}
    app = load([written(tmp_path, api("AWS::ApiGateway::RestApi", Body=other), OPEN)])
    assert app.templates[0].body["Resources"]["Api"]["Properties"]["Body"] == other
    assert app.beside == []


def test_an_included_resource_is_judged(tmp_path: Path) -> None:
    resource = {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Body": OPEN}}
    app = load([written(tmp_path, {"Resources": {"Api": include("api/spec.json")}}, resource)])
    (finding,) = findings(app, [API_AUTHORIZED])
    assert finding.resource_logical_id == "Api"
