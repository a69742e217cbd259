"""What meters, free types, choices and units have to say of each other."""

from __future__ import annotations

import pytest

from hipaa_constructs.compliance.controls import controls, read
from hipaa_constructs.cost.choices import CHOICES
from hipaa_constructs.cost.instance_sizes import vcpus
from hipaa_constructs.cost.items import UntoldError
from hipaa_constructs.cost.meters import FAMILIES, METERS, reason_of, unit_of
from hipaa_constructs.cost.meters.free import FREE


def test_what_constructs_make_is_measured_or_known_to_be_free() -> None:
    unknown = {kind for kind in read("regions.json")["types"] if kind not in METERS and reason_of(kind) is None}
    # Only deployment tells how much these do, and no source was found for their prices: an estimate lists them.
    assert unknown == {
        "AWS::AuditManager::Assessment",
        "AWS::Route53Profiles::Profile",
        "AWS::Route53Profiles::ProfileAssociation",
    }
    assert not set(FREE) & set(METERS)
    assert sum(len(family.meters) for family in FAMILIES.values()) == len(METERS)


def test_a_type_that_nobody_named_is_not_free() -> None:
    assert reason_of("AWS::IAM::Anything") == "identities and policies cost nothing"
    assert reason_of("AWS::MSK::Cluster") is None
    assert reason_of("AWS::RDS::Anything") is None


def test_choices_name_controls_that_there_are() -> None:
    for name, choice in CHOICES.items():
        assert set(choice.controls) <= set(controls()), name
        assert choice.title
        assert choice.less
        assert choice.decides
    assert {family.choice for family in FAMILIES.values()} <= set(CHOICES)


def test_an_id_has_one_unit() -> None:
    units: dict[str, str] = {}
    for family in FAMILIES.values():
        for price, unit in family.units.items():
            assert units.setdefault(price, unit) == unit, price
    assert unit_of("rds.instance_hour.postgres.db_m6g_large.multi_az") == "instance-hour"
    assert unit_of("opensearch.gp3_gb_month") == "GB-month"
    with pytest.raises(KeyError):
        unit_of("rds.instance_hour.")


@pytest.mark.parametrize(
    ("name", "count"),
    [("db.m6g.large", 2), ("db.r6g.xlarge", 4), ("m7i.2xlarge", 8), ("db.t4g.medium", 2), ("r6g.medium", 1)],
)
def test_vcpus_follow_from_the_size(name: str, count: int) -> None:
    assert vcpus(name) == count


def test_a_size_that_nobody_knows_has_no_vcpus() -> None:
    with pytest.raises(UntoldError, match=r"db\.x2\.metal"):
        vcpus("db.x2.metal")
