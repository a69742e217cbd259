from __future__ import annotations

from typing import Any

import pytest

from hipaa_constructs.database.db2_engine import Db2Engine


def test_names_follow_from_edition_and_version() -> None:
    engine = Db2Engine("ae", version="11.5.9.0.sb00063198.r1")
    assert engine.engine_type == "db2-ae"
    assert engine.parameter_group_family == "db2-ae-11.5"
    assert engine.engine_version.major_version == "11.5"
    assert engine.license_model == "marketplace-license"
    assert engine.licence_parameters == {}


@pytest.mark.parametrize(
    ("edition", "options", "message"),
    [
        ("ee", {"version": "11.5.9.0"}, "edition: got 'ee'; allowed are ae, se"),
        ("se", {"version": "11"}, "version: got '11'; it takes a full engine version"),
        ("se", {"version": "11.5.9.0", "ibm_customer_id": "1"}, "Pass both"),
        ("se", {"version": "11.5.9.0", "ibm_site_id": "1"}, "Pass both"),
        ("se", {"version": 11.5}, r"Db2Engine\(version=…\)"),
    ],
)
def test_refused(edition: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Db2Engine(edition, **options)
