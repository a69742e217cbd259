"""What was judged by hand on public templates holds: true findings are found, and what was noise or false is mended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from benchmarks import precision

FINDINGS = precision.judged()["findings"]
TEMPLATES = precision.judged()["templates"]
_PERMISSIVE = {"Apache-2.0", "MIT-0", "MIT", "BSD-3-Clause", "CC0-1.0"}


def _name(entry: Mapping[str, Any]) -> str:
    return f"{entry['rule']}-{entry['resource']}"


@pytest.mark.parametrize("entry", [one for one in FINDINGS if one["judged"] == "true"], ids=_name)
def test_a_true_finding_is_still_found_and_weighs_no_more_than_it_should(entry: Mapping[str, Any]) -> None:
    assert precision.weight_now(entry) == entry["weight"]


@pytest.mark.parametrize("entry", [one for one in FINDINGS if one["judged"] == "false"], ids=_name)
def test_a_false_finding_is_none_any_more(entry: Mapping[str, Any]) -> None:
    assert precision.weight_now(entry) == "none"


def test_noise_stays_under_its_target() -> None:
    outcomes = Counter(precision.outcome(entry, precision.weight_now(entry)) for entry in FINDINGS)
    said = outcomes.total() - outcomes["silent"]
    assert 100 * outcomes["noise"] / said <= precision.NOISE_TARGET


def test_the_list_is_broad_and_says_where_each_template_is_from() -> None:
    assert len(FINDINGS) >= 60
    assert len({entry["template"] for entry in FINDINGS}) >= 20
    assert {entry["template"] for entry in (*FINDINGS, *precision.judged()["gaps"])} == set(TEMPLATES)
    for source in TEMPLATES.values():
        assert source["licence"] in _PERMISSIVE
        assert source["repository"].startswith("https://github.com/")
        assert (len(source["commit"]), len(source["sha256"])) == (40, 64)
    for entry in FINDINGS:
        assert entry["judged"] in ("true", "noise", "false")
        assert entry["why"].endswith(".")


def test_public_templates_of_another_commit_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(precision.FOLDER, str(tmp_path))
    with pytest.raises(SystemExit, match="check out"):
        precision.measure()
