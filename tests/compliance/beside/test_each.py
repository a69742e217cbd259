"""What is told together stands at each resource for programs, and each by itself in a baseline."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from hipaa_constructs.cli import main
from hipaa_constructs.compliance.acknowledgements.acknowledgement import place_of
from hipaa_constructs.compliance.acknowledgements.baseline import Entry
from hipaa_constructs.compliance.acknowledgements.fingerprint import Fingerprints
from hipaa_constructs.compliance.assess import Assessment
from hipaa_constructs.compliance.rule import Debt
from tests.compliance.beside import test_networks as networks
from tests.compliance.beside import test_stores as stores
from tests.compliance.beside.support import TODAY, assessed, listed, name_of, told

DEBT = Debt(TODAY, "Records team", TODAY)


@pytest.mark.parametrize(
    ("resources", "rules", "everything"),
    [
        (
            networks.balanced(80),
            networks.CLEAR,
            {"LoadBalancerTlsRequired Listener", "SecurityGroupNotOpen Group"},
        ),
        (
            networks.public() | networks.MACHINE,
            networks.PLACES,
            {"WorkloadInPrivateSubnet Machine", "NoPublicAddress Subnet"},
        ),
    ],
)
def test_what_is_said_once_to_people_stands_at_each_resource(
    resources: dict[str, Any], rules: tuple[str, ...], everything: set[str]
) -> None:
    assessment = assessed(resources)
    assert listed(assessment, *rules) == everything
    assert len(told(assessment, *rules)) == 1


def test_a_finding_names_the_rules_whose_findings_it_tells() -> None:
    assessment = assessed(stores.database(BackupRetentionPeriod=1))
    (found,) = (one for one in assessment.open if name_of(one) == "DatabaseBackupsKept It")
    assert "HIPAA.Constructs-StoreBackedUp" in found.tells


def baseline_of(assessment: Assessment) -> list[Entry]:
    """Write down all that is found, as ``hipaa-constructs baseline`` does."""
    prints = Fingerprints(assessment.app)
    return [Entry(one.rule_id, place_of(one), prints.of(one), DEBT, "b.toml") for one in assessment.debts.matched.new]


def fresh(assessment: Assessment) -> set[str]:
    return {name_of(one) for one in assessment.failing}


RECOVERED = {"PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True}}


@pytest.mark.parametrize(
    ("before", "after", "mended"),
    [
        ({"It": stores.table()}, {"It": stores.table(**RECOVERED)}, {"PointInTimeRecovery It"}),
        (
            {"A": stores.table(), "B": stores.table()},
            {"A": stores.table(), "B": stores.table(**RECOVERED)},
            {"PointInTimeRecovery B"},
        ),
        (
            stores.database(BackupRetentionPeriod=1),
            stores.database(BackupRetentionPeriod=14),
            {"DatabaseBackupsKept It"},
        ),
    ],
)
def test_who_mends_a_part_of_what_is_known_brings_nothing_new(
    before: dict[str, Any], after: dict[str, Any], mended: set[str]
) -> None:
    known = baseline_of(assessed(before))
    assert not fresh(assessed(before, baseline=known))
    now = assessed(after, baseline=known)
    # What is mended is said of the baseline itself, and nothing else stands open.
    assert fresh(now) == {"BaselineUsed "}
    gone = {f"{entry.rule_id.rpartition('-')[2]} {entry.path.rpartition('/')[2]}" for entry in now.debts.matched.left}
    assert gone == mended


def test_what_is_new_is_not_hidden_in_what_is_known() -> None:
    resources = stores.database(BackupRetentionPeriod=1)
    known = [one for one in baseline_of(assessed(resources)) if not one.rule_id.endswith("StoreBackedUp")]
    assert fresh(assessed(resources, baseline=known)) == {"StoreBackedUp It"}


def test_what_is_new_elsewhere_is_not_hidden_in_what_is_known() -> None:
    resources = networks.balanced(80)
    everything = baseline_of(assessed(resources))
    known = [one for one in everything if not one.rule_id.endswith("SecurityGroupNotOpen")]
    now = assessed(resources, baseline=known)
    assert fresh(now) == {"SecurityGroupNotOpen Group"}
    shown = {name_of(one) for one in now.said_once(now.marked(now.open))}
    assert {"SecurityGroupNotOpen Group", "LoadBalancerTlsRequired Listener"} <= shown


@pytest.mark.parametrize(
    ("resources", "part"),
    [
        (networks.balanced(80), ("HIPAA.Constructs-SecurityGroupNotOpen", "Group")),
        (networks.public() | networks.MACHINE, ("HIPAA.Constructs-NoPublicAddress", "Subnet")),
    ],
)
def test_text_says_once_what_json_lists_at_each_resource(
    resources: dict[str, Any], part: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "t.yaml"
    file.write_text(yaml.safe_dump({"Resources": resources}))
    with pytest.raises(SystemExit):
        main(["check", str(file), "--format", "json"])
    output = capsys.readouterr()
    found = [(one["rule_id"], one["resource_logical_id"]) for one in json.loads(output.out)]
    assert part in found
    with pytest.raises(SystemExit):
        main(["check", str(file)])
    text = capsys.readouterr().out
    assert not re.search(rf"^  (error|warning) +{part[0]}\b", text, re.MULTILINE)
    assert f"Also: {part[0]}" in text
    # The counts are of what stands open, however often it is said.
    assert text.splitlines()[-1] == output.err.splitlines()[-1]
