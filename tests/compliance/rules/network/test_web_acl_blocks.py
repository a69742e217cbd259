from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, SEVERAL, judged, one, verdict

ACL = "AWS::WAFv2::WebACL"
COUNTED, OWN = {"OverrideAction": {"Count": {}}}, {"OverrideAction": {"None": {}}}


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([{"Action": {"Block": {}}}], "passed"),
        ([COUNTED, {"Action": {"Captcha": {}}}], "passed"),
        ([{"Action": {"Challenge": {}}}], "passed"),
        ([COUNTED, OWN], "passed"),
        ([COUNTED, COUNTED], "failed"),
        ([{"Action": {"Count": {}}}, {"Action": {"Allow": {}}}], "failed"),
        ([], "failed"),
        (None, "failed"),
        ([{"Action": GIVEN}], "unknown"),
        ([COUNTED, GIVEN], "unknown"),
        (GIVEN, "unknown"),
        (SEVERAL, "unknown"),
    ],
)
def test_one_rule_has_to_stop_a_request(rules: Any, expected: str) -> None:
    named = {} if rules is None else {"Rules": rules}
    assert judged("web_acl_blocks", one(ACL, DefaultAction={"Allow": {}}, **named)) == expected
    assert judged("web_acl_blocks", one(ACL, DefaultAction={"Block": {}}, **named)) == "passed"


def test_it_says_whether_there_are_rules() -> None:
    for rules, said in (([COUNTED], "None of Rules blocks"), ([], "Rules is empty")):
        found = verdict("web_acl_blocks", one(ACL, DefaultAction={"Allow": {}}, Rules=rules))
        assert found is not None
        assert found.message == f"{said}, and DefaultAction lets everything through."
