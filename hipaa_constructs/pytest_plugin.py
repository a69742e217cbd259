"""The pytest plugin, which pytest loads by itself: fixtures around ``hipaa_constructs.testing``.

pytest loads it at each start, also where no test asks for it, so aws_cdk is imported by the fixtures only::

    def test_records_are_compliant(hipaa, hipaa_app):
        ClinicStack(hipaa_app, "Clinic")
        hipaa.assert_no_findings(hipaa_app)
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest

if TYPE_CHECKING:
    import aws_cdk as cdk

Normalizer: TypeAlias = "Callable[[cdk.Stack | Mapping[str, Any]], dict[str, Any]]"

# To the id of a function's version and of a REST API's deployment CDK adds an MD5 of what is in it, so that a change
# makes a new one. The eight signs before it are of the construct's path.
_CONTENT = re.compile(r"\b(\w+[0-9A-F]{8})[0-9a-f]{32}\b")


@pytest.fixture
def hipaa() -> ModuleType:
    """The functions of ``hipaa_constructs.testing``: ``assert_no_findings``, ``assert_finding``, ``findings``…"""
    from hipaa_constructs import testing

    return testing


@pytest.fixture
def hipaa_app(tmp_path: Path) -> cdk.App:
    """A CDK app that writes into the test's ``tmp_path``.

    It is without CDK's own schema check, which is most of a small app's synth time, and without CDK's statistics.
    """
    import aws_cdk as cdk

    return cdk.App(
        outdir=str(tmp_path / "cdk.out"), builtin_cloud_formation_validation=False, analytics_reporting=False
    )


@pytest.fixture
def hipaa_template(hipaa: ModuleType) -> Normalizer:
    """A function that returns the template of a stack as a snapshot should hold it.

    It takes a stack, which it synthesizes, or a template. What changes without meaning is taken out: hashes of assets,
    what is in a function's version or an API's deployment as part of its logical id, the check of the bootstrap
    version, CDK's statistics. The rest of logical ids stays: where one changes, CloudFormation replaces the resource.
    """

    def normalized(given: cdk.Stack | Mapping[str, Any]) -> dict[str, Any]:
        template = hipaa.normalize(dict(given)) if isinstance(given, Mapping) else hipaa.template_of(given)
        normal: dict[str, Any] = json.loads(_CONTENT.sub(r"\1<content>", json.dumps(template)))
        normal.get("Resources", {}).pop("CDKMetadata", None)
        normal.get("Conditions", {}).pop("CDKMetadataAvailable", None)
        return {key: value for key, value in normal.items() if value}

    return normalized
