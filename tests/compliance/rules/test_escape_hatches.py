"""What fixes set in CDK past an L2's arguments, done on the smallest of its kind."""

from __future__ import annotations

import json
import re
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_cognito as cognito

from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.compliance.engine import all_rules
from hipaa_constructs.compliance.fix import overridden
from tests.compliance.rules.examples.example import KEY_ARN
from tests.compliance.rules.l2 import ENV
from tests.compliance.rules.support import rule

SET = re.compile(r"(\w+\.\w+)\.node\.default_child\.add_property_override\((.*?)\)(?= and |$)")
CHOSEN = {"the ARN of a customer key": KEY_ARN}
MODULES = {"EndpointTlsMinimum": "endpoint_tls_minimum"}
MODULES["StoreEncryptedWithCustomerKey"] = "store_encrypted_with_customer_key"
TEXTS = sorted({(one.name, text) for one in all_rules() for fix in one.fixes for text in fix.cdk if SET.search(text)})


def _made(stack: cdk.Stack, name: str, *, edge: bool) -> cdk.Resource:
    if name == "cognito.UserPool":
        return cognito.UserPool(stack, "It")
    kind = apigateway.EndpointType.EDGE if edge else apigateway.EndpointType.REGIONAL
    api = apigateway.RestApi(stack, "It", cloud_watch_role=False, endpoint_types=[kind])
    api.root.add_method("GET", apigateway.MockIntegration())
    return api


def _outcome(name: str, made: str, text: str, folder: Path, *, edge: bool) -> str:
    app = cdk.App(outdir=str(folder), analytics_reporting=False)
    stack = cdk.Stack(app, "Clinic", env=ENV)
    resource = _made(stack, made, edge=edge).node.default_child
    assert isinstance(resource, cdk.CfnResource)
    for _, arguments in SET.findall(text):
        written = re.sub(r"<([^<>]*)>", lambda found: json.dumps(CHOSEN[found[1]]), arguments)
        resource.add_property_override(*json.loads(f"[{written}]"))
    template = json.loads(Path(app.synth().get_stack_by_name("Clinic").template_full_path).read_text())
    read = App()
    read.add("Clinic.template.json", template)
    found = read.resources[resource.cfn_resource_type][0]
    return rule(MODULES[name]).check(found).outcome.value


@pytest.mark.parametrize(("name", "text"), TEXTS)
def test_it_mends_what_the_class_makes(name: str, text: str, tmp_path: Path) -> None:
    ((made, _), *_) = SET.findall(text)
    edge = "_EDGE" in text
    assert _outcome(name, made, "", tmp_path / "before", edge=edge) == "failed"
    assert _outcome(name, made, text, tmp_path / "after", edge=edge) == "passed"


def test_both_are_there() -> None:
    assert {name for name, _ in TEXTS} == set(MODULES)


def test_what_is_written() -> None:
    said = overridden("a.B", {"C.D": True, "E": [{"F": "g"}]})
    assert said == (
        'a.B.node.default_child.add_property_override("C.D", True) and '
        'a.B.node.default_child.add_property_override("E", [{"F": "g"}])'
    )
