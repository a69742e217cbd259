from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, verdict

CREDENTIAL, PIPELINE = "AWS::CodeBuild::SourceCredential", "AWS::CodePipeline::Pipeline"


def _source(owner: Any, provider: Any) -> list[dict[str, Any]]:
    return [{"Name": "Source", "Actions": [{"ActionTypeId": {"Owner": owner, "Provider": provider}}]}]


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one(PIPELINE, Stages=_source("ThirdParty", "GitHub")), "failed"),
        (one(PIPELINE, Stages=_source("AWS", "CodeStarSourceConnection")), "passed"),
        (one(PIPELINE, Stages=_source("AWS", "S3")), "passed"),
        (one(PIPELINE, Stages=_source("ThirdParty", "Jenkins")), "passed"),
        (one(PIPELINE, Stages=_source("ThirdParty", GIVEN)), "unknown"),
        (one(PIPELINE, Stages=_source("AWS", GIVEN)), "passed"),
        (one(PIPELINE, Stages=GIVEN), "unknown"),
        (one(PIPELINE), "passed"),
        (one(CREDENTIAL, AuthType="PERSONAL_ACCESS_TOKEN"), "failed"),
        (one(CREDENTIAL, AuthType="BASIC_AUTH"), "failed"),
        (one(CREDENTIAL, AuthType="CODECONNECTIONS"), "passed"),
        (one(CREDENTIAL, AuthType="SECRETS_MANAGER"), "passed"),
        (one(CREDENTIAL, AuthType="OAUTH"), "passed"),
        (one(CREDENTIAL, AuthType=GIVEN), "unknown"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("repositories_connected", resources) == expected


def test_message_names_the_action() -> None:
    found = verdict("repositories_connected", one(PIPELINE, Stages=_source("ThirdParty", "GitHub")))
    assert found is not None
    assert found.message == (
        "Stages.Actions.ActionTypeId.Provider is GitHub, by a person's token in place of a connection."
    )
