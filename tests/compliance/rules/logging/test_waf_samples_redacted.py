from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, outcome, to_do, verdict

ON = {"SampledRequestsEnabled": True}
OFF = {"SampledRequestsEnabled": False}
BOTH = {"FieldType": "SINGLE_HEADER", "FieldKeys": ["Authorization", "COOKIE"]}
QUERY = {"FieldType": "QUERY_STRING"}
AUTHORIZATION = {"FieldType": "SINGLE_HEADER", "FieldKeys": ["authorization"]}


def _web_acl(*fields: Any, visibility: Any = ON, rules: Any = (), query: Any = (QUERY,)) -> dict[str, Any]:
    properties: dict[str, Any] = {"VisibilityConfig": visibility, "Rules": rules}
    if fields:
        protections = [{"Action": "HASH", "Field": field} for field in (*fields, *query)]
        properties["DataProtectionConfig"] = {"DataProtections": protections}
    return one("AWS::WAFv2::WebACL", **properties)


def _rules(*visibility: Any) -> list[dict[str, Any]]:
    return [{"Name": f"Rule{number}", "VisibilityConfig": one} for number, one in enumerate(visibility)]


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_web_acl(), "failed"),
        (_web_acl(visibility={"SampledRequestsEnabled": "true"}), "failed"),
        (_web_acl(visibility=OFF), "not_applicable"),
        (_web_acl(visibility=OFF, rules=_rules(OFF, OFF)), "not_applicable"),
        (_web_acl(visibility=OFF, rules=_rules(OFF, ON)), "failed"),
        (_web_acl(visibility={"SampledRequestsEnabled": GIVEN}), "unknown"),
        (_web_acl(visibility={"SampledRequestsEnabled": GIVEN}, rules=_rules(ON)), "failed"),
        (_web_acl(visibility=OFF, rules=GIVEN), "unknown"),
        (_web_acl(BOTH, visibility=GIVEN), "passed"),
        (_web_acl(BOTH), "passed"),
        (_web_acl(BOTH, query=()), "failed"),
        (_web_acl({"FieldType": "SINGLE_HEADER"}), "unknown"),
        (_web_acl({"FieldType": "SINGLE_HEADER", "FieldKeys": []}), "unknown"),
        (_web_acl(BOTH, {"FieldType": "SINGLE_HEADER"}), "passed"),
        (_web_acl(AUTHORIZATION), "failed"),
        (_web_acl(AUTHORIZATION, {"FieldType": "SINGLE_COOKIE"}), "unknown"),
        (_web_acl(AUTHORIZATION, {"FieldType": "SINGLE_COOKIE", "FieldKeys": ["session"]}), "failed"),
        (_web_acl({"FieldType": "BODY"}, {"FieldType": "QUERY_STRING"}), "failed"),
        (_web_acl(AUTHORIZATION, GIVEN), "unknown"),
        (_web_acl({"FieldType": "SINGLE_HEADER", "FieldKeys": GIVEN}), "unknown"),
        (_web_acl({"FieldType": ["BODY"], "FieldKeys": {"a": 1}}), "unknown"),
        (_web_acl("BODY", 7, None), "failed"),
        (_web_acl(visibility="on", rules={"a": [1]}), "not_applicable"),
        (one("AWS::WAFv2::WebACL"), "not_applicable"),
        (one("AWS::WAFv2::LoggingConfiguration"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("waf_samples_redacted", resources) == expected


def test_redaction_of_logs_does_not_reach_samples() -> None:
    fields = [{"SingleHeader": {"Name": name}} for name in ("authorization", "cookie")]
    properties = {"ResourceArn": {"Fn::GetAtt": ["Subject", "Arn"]}, "RedactedFields": fields}
    logging = {"Logging": {"Type": "AWS::WAFv2::LoggingConfiguration", "Properties": properties}}
    assert judged("waf_samples_redacted", _web_acl() | logging) == "failed"


def test_says_which_headers_are_kept() -> None:
    found = verdict("waf_samples_redacted", _web_acl(AUTHORIZATION))
    assert found is not None
    assert found.message == "Sampled requests hold the cookie header."


def test_a_web_acl_that_the_app_attaches_to_nothing_has_no_samples() -> None:
    balancer = {"Portal": {"Type": "AWS::ElasticLoadBalancingV2::LoadBalancer"}}
    arn = {"Fn::GetAtt": ["Subject", "Arn"]}
    association = {"Association": {"Type": "AWS::WAFv2::WebACLAssociation", "Properties": {"WebACLArn": arn}}}
    assert judged("waf_samples_redacted", _web_acl() | balancer) == "not_applicable"
    assert judged("waf_samples_redacted", _web_acl() | balancer | association) == "failed"
    shown = {"Arn": {"Value": arn}}
    assert outcome("waf_samples_redacted", _web_acl() | balancer, Outputs=shown) == "failed"


def test_what_is_protected_stays_so() -> None:
    own = {"Action": "HASH", "Field": {"FieldType": "BODY"}}
    metrics = {"SampledRequestsEnabled": True}
    acl = one("AWS::WAFv2::WebACL", VisibilityConfig=metrics, DataProtectionConfig={"DataProtections": [own]})
    said = to_do("waf_samples_redacted", acl)
    assert "DataProtections: [{Action: HASH, Field: {FieldType: BODY}}, {Action: SUBSTITUTION, " in said
