from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, to_do, verdict

LOGGING = "AWS::WAFv2::LoggingConfiguration"
AUTHORIZATION = {"SingleHeader": {"Name": "Authorization"}}
COOKIE = {"SingleHeader": {"Name": "cookie"}}
QUERY: dict[str, Any] = {"QueryString": {}}
ALL = [AUTHORIZATION, COOKIE, QUERY]
QUERY_FIELD = {"FieldType": "QUERY_STRING"}
ACL = {"Fn::GetAtt": ["Acl", "Arn"]}


def acl(*fields: dict[str, Any]) -> dict[str, Any]:
    protections = [{"Action": "SUBSTITUTION", "Field": field} for field in fields]
    config = {"DataProtections": protections}
    return {"Acl": {"Type": "AWS::WAFv2::WebACL", "Properties": {"DataProtectionConfig": config}}}


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({}, "failed"),
        ({"RedactedFields": []}, "failed"),
        ({"RedactedFields": ALL}, "passed"),
        ({"RedactedFields": [AUTHORIZATION, COOKIE]}, "failed"),
        ({"RedactedFields": [AUTHORIZATION, COOKIE, {"QueryString": GIVEN}]}, "unknown"),
        ({"RedactedFields": [{"SingleHeader": {"name": "authorization"}}, COOKIE, {"QueryString": {}}]}, "passed"),
        ({"RedactedFields": [AUTHORIZATION]}, "failed"),
        ({"RedactedFields": [{"QueryString": {}}, {"Method": {}}]}, "failed"),
        ({"RedactedFields": GIVEN}, "unknown"),
        ({"RedactedFields": [AUTHORIZATION, {"SingleHeader": {"Name": GIVEN}}]}, "unknown"),
        ({"RedactedFields": [AUTHORIZATION, {"SingleHeader": GIVEN}]}, "unknown"),
        ({"RedactedFields": [*ALL, {"SingleHeader": GIVEN}]}, "passed"),
    ],
)
def test_redacted_fields(properties: dict[str, Any], expected: str) -> None:
    assert judged("waf_logs_redacted", one(LOGGING, ResourceArn="arn:aws:wafv2:acl", **properties)) == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ([], "failed"),
        ([{"FieldType": "SINGLE_HEADER", "FieldKeys": ["Authorization", "Cookie"]}, QUERY_FIELD], "passed"),
        ([{"FieldType": "SINGLE_HEADER", "FieldKeys": ["Authorization", "Cookie"]}], "failed"),
        ([{"FieldType": "SINGLE_HEADER"}, QUERY_FIELD], "unknown"),
        (
            [
                {"FieldType": "SINGLE_HEADER", "FieldKeys": ["authorization"]},
                {"FieldType": "SINGLE_COOKIE"},
                QUERY_FIELD,
            ],
            "unknown",
        ),
        (
            [
                {"FieldType": "SINGLE_HEADER", "FieldKeys": ["authorization"]},
                {"FieldType": "SINGLE_COOKIE", "FieldKeys": ["session"]},
            ],
            "failed",
        ),
        ([{"FieldType": "BODY"}], "failed"),
        ([{"FieldType": GIVEN}], "unknown"),
        ([{"FieldType": "SINGLE_HEADER", "FieldKeys": GIVEN}], "unknown"),
    ],
)
def test_data_protection_of_the_web_acl(fields: list[dict[str, Any]], expected: str) -> None:
    assert judged("waf_logs_redacted", one(LOGGING, ResourceArn=ACL) | acl(*fields)) == expected


def test_redaction_and_protection_add_up() -> None:
    resources = one(LOGGING, ResourceArn=ACL, RedactedFields=[COOKIE, QUERY])
    protected = acl({"FieldType": "SINGLE_HEADER", "FieldKeys": ["authorization"]})
    assert judged("waf_logs_redacted", resources | protected) == "passed"
    unknown = {"Acl": {"Type": "AWS::WAFv2::WebACL", "Properties": {"DataProtectionConfig": GIVEN}}}
    assert judged("waf_logs_redacted", resources | unknown) == "unknown"
    assert judged("waf_logs_redacted", one(LOGGING, ResourceArn=ACL, RedactedFields=ALL) | unknown) == "passed"


def test_says_which_headers_are_logged() -> None:
    found = verdict("waf_logs_redacted", one(LOGGING, RedactedFields=[AUTHORIZATION]))
    assert found is not None
    assert found.message == "The logs hold the cookie header of each request."


def test_query_strings_weigh_less_than_credentials() -> None:
    found = verdict("waf_logs_redacted", one(LOGGING, RedactedFields=[AUTHORIZATION, COOKIE]))
    assert found is not None
    assert (found.message, found.severity) == ("The logs hold the query string of each request.", "warning")


def test_leaves_other_types_alone() -> None:
    assert judged("waf_logs_redacted", one("AWS::WAFv2::WebACL")) == "not_inspected"


def test_what_is_redacted_stays_so() -> None:
    fields = [{"SingleHeader": {"Name": "password"}}, {"SingleHeader": {"Name": "Cookie"}}, {"UriPath": {}}]
    said = to_do("waf_logs_redacted", one(LOGGING, RedactedFields=fields))
    assert said.startswith(
        "Set RedactedFields: [{SingleHeader: {Name: password}}, {SingleHeader: {Name: Cookie}}, {UriPath: {}}, "
        "{SingleHeader: {Name: authorization}}, {QueryString: {}}]."
    )
    for given in ({}, {"RedactedFields": GIVEN}):
        said = to_do("waf_logs_redacted", one(LOGGING, **given))
        assert said.startswith("Set RedactedFields: [{SingleHeader: {Name: authorization}}, {SingleHeader: {Name: cook")
