from __future__ import annotations

import pytest

from hipaa_constructs.compliance.controls import read
from hipaa_constructs.compliance.facts.filter_patterns import takes_all_of

ROOT = '{$.userIdentity.type="Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType !="AwsServiceEvent"}'


@pytest.mark.parametrize(
    ("written", "wanted", "expected"),
    [
        (ROOT, ROOT, True),
        ('{ ($.userIdentity.type = Root) && ($.eventType != "AwsServiceEvent") && '
         "($.userIdentity.invokedBy  NOT  EXISTS) }", ROOT, True),
        ('{$.userIdentity.type = "Root"}', ROOT, True),
        ('{$.userIdentity.type = "Root" && $.sourceIPAddress = "10.0.0.1"}', ROOT, False),
        ('{$.userIdentity.type = "IAMUser"}', ROOT, False),
        ("{($.eventName=A) || ($.eventName=B) || ($.eventName=C)}", "{($.eventName=C) || ($.eventName=A)}", True),
        ("{($.eventName=A)}", "{($.eventName=C) || ($.eventName=A)}", False),
        ("{($.source=s) && (($.eventName=A) || ($.eventName=B))}", "{($.eventName=B) && ($.source=s)}", True),
        ('{$.errorCode="*Unauthorized*"}', '{$.errorCode="*UnauthorizedOperation"}', True),
        ('{$.errorCode="Unauthorized*"}', '{$.errorCode="*UnauthorizedOperation"}', False),
        ("{$.eventName != A}", "{$.eventName != B}", False),
        ("", ROOT, False),
        ("ERROR", ROOT, False),
        ("{$.a = b", "{$.a = b}", False),
        ("{($.a = b}", "{$.a = b}", False),
        ("{$.a = b) || }", "{$.a = b}", False),
    ],
)  # fmt: skip
def test_patterns_are_compared_by_what_they_take(written: str, wanted: str, expected: bool) -> None:
    assert takes_all_of(written, wanted) is expected


def test_every_pattern_of_the_catalogue_can_be_read_and_takes_what_it_says() -> None:
    patterns = [one["filter_pattern"] for one in read("metric_filters.json")["filters"]]
    for pattern in patterns:
        assert [other for other in patterns if takes_all_of(f"{pattern} ".replace("(", " ( "), other)] == [pattern]
