"""The landing zone, deployed a second time: after a failure at any resource of any stack, and after a destroy."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import pytest

from tests.landing_zone.choices import CHOICES, chosen, keys
from tests.landing_zone.test_landing_zone import build
from tests.left_behind import Account, Stack, Template, fixed_and_kept

Zone = Callable[..., Sequence[Template]]

# What keeps its name after a failed creation, and why that is right. Nothing does.
AFTER_FAILURE: Mapping[str, str] = {}
# What keeps its name after a destroy whatever ``deployment`` says, and why.
AFTER_DESTROY = {
    "AWS::EC2::SnapshotBlockPublicAccess": "The account's setting has no name; the runbook says how to take it over.",
    "AWS::EC2::VPCBlockPublicAccessOptions": "The account's setting has no name; the runbook says how to take it over.",
}
# What ``deployment`` renames: another Region knows these names at synth.
RENAMED = {"AWS::Backup::BackupVault", "AWS::S3::Bucket", "AWS::S3::BucketPolicy"}


@pytest.fixture(scope="module")
def zone(tmp_path_factory: pytest.TempPathFactory) -> Zone:
    """Return what synthesizes the landing zone with a choice, once each."""
    made: dict[str, Sequence[Template]] = {}

    def templates(choice: str, **more: Any) -> Sequence[Template]:
        key = f"{choice} {more}"
        if key not in made:
            directory = tmp_path_factory.mktemp("zone")
            build(directory, **{**CHOICES[choice], **more}).synth()
            made[key] = Template.all_of(directory)
        return made[key]

    return templates


def test_every_key_is_chosen() -> None:
    set_ = {key for config in CHOICES.values() for key in chosen(config)}
    # The account is no choice: it has no default.
    assert {*keys()} - set_ == {"account"}, "choose a value of each other key in tests/landing_zone/choices.py"


def kinds(template: Template, names: Collection[str]) -> set[str]:
    return {template.resources[name]["Type"] for name in names}


@pytest.mark.parametrize("choice", CHOICES)
def test_nothing_keeps_a_fixed_name_after_a_failed_creation(choice: str, zone: Zone) -> None:
    found = [kinds(one, fixed_and_kept(one, after_failed_creation=True)) for one in zone(choice)]
    assert set().union(*found) <= AFTER_FAILURE.keys()


def test_no_reason_is_left_over(zone: Zone) -> None:
    templates = [one for choice in CHOICES for one in zone(choice)]
    for reasons, failed in ((AFTER_FAILURE, True), (AFTER_DESTROY, False)):
        found = [kinds(one, fixed_and_kept(one, after_failed_creation=failed)) for one in templates]
        assert reasons.keys() <= set().union(*found)
        assert all(reasons.values())


def failures(template: Template) -> list[tuple[Stack, Account]]:
    """Fail the stack's creation before each of its resources, and once after the last."""
    made = []
    for until in range(len(template.order) + 1):
        account = Account()
        made.append((account.create(template, until=until), account))
    return made


@pytest.mark.parametrize("choice", CHOICES)
def test_wherever_a_creation_fails_a_second_finds_no_name_taken(choice: str, zone: Zone) -> None:
    for template in zone(choice):
        for stack, account in failures(template):
            stack.roll_back()
            assert stack.keyless() == []
            account.create(template)


@pytest.mark.parametrize("choice", CHOICES)
def test_nor_does_it_if_buckets_have_got_files_meanwhile(choice: str, zone: Zone) -> None:
    """Access logs and first deliveries arrive within minutes; nothing writes to a replica, whose source comes later."""
    for template in zone(choice):
        filled = [
            name
            for name, one in template.resources.items()
            if one["Type"] == "AWS::S3::Bucket" and "BucketName" not in one["Properties"]
        ]
        for stack, account in failures(template):
            made = set(filled) & stack.made.keys()
            assert made <= set(stack.roll_back(filled=filled))
            assert stack.keyless() == []
            account.create(template)


def test_what_stops_a_rollback_is_what_the_runbook_unlocks(zone: Zone) -> None:
    stopped = {
        kind
        for template in zone("everything")
        for stack, _ in failures(template)
        for kind in kinds(template, stack.roll_back())
    }
    assert stopped == {"AWS::RDS::DBInstance", "AWS::ElasticLoadBalancingV2::LoadBalancer"}


def destroyed(templates: Sequence[Template]) -> Account:
    account = Account()
    stacks = [account.create(one) for one in templates]
    for stack in reversed(stacks):
        stack.delete()
    return account


@pytest.mark.parametrize("choice", CHOICES)
def test_after_a_destroy_another_deployment_finds_no_name_taken(choice: str, zone: Zone) -> None:
    account = destroyed(zone(choice))
    for template in zone(choice, deployment="b"):
        assert kinds(template, account.in_the_way(template)) <= AFTER_DESTROY.keys()


@pytest.mark.parametrize("choice", CHOICES)
def test_the_same_deployment_finds_just_those_names_taken_that_another_changes(choice: str, zone: Zone) -> None:
    account = destroyed(zone(choice))
    found = [kinds(one, account.in_the_way(one)) for one in zone(choice)]
    assert set().union(*found) - AFTER_DESTROY.keys() == RENAMED


def test_after_a_destroy_of_one_region_the_other_is_left_alone(zone: Zone) -> None:
    """What is destroyed and made again while the recovery Region stays needs no other deployment."""
    account = Account()
    stacks = {one.name: account.create(one) for one in zone("everything")}
    for name in ("Clinic-Edge", "Clinic-Data", "Clinic-Network"):
        stacks[name].delete()
        assert account.in_the_way(stacks[name].template) == set()
