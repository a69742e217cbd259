"""What lines come to: tiers, sums, years; what has no price, and what nobody measures."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.cost.amounts import AMOUNTS, MOST, SCALES
from hipaa_constructs.cost.choices import CHOICES
from hipaa_constructs.cost.document import money
from hipaa_constructs.cost.estimate import estimate
from hipaa_constructs.cost.figures import Estimate
from hipaa_constructs.cost.items import UntoldError
from hipaa_constructs.cost.meters import METERS, unit_of
from hipaa_constructs.cost.services import service_of
from hipaa_constructs.cost.usage import Usage
from tests.cost.stand_in import TODAY, StandInBook, add, app_of, items_of, priced, usage_of

D = Decimal
QUEUE = "AWS::SQS::Queue"


def estimated(app: App, book: StandInBook | None = None, usage: Usage | None = None, **options: Any) -> Estimate:
    return estimate(app, book or StandInBook(), usage or usage_of(), today=TODAY, **options)


@cache
def whole() -> App:
    """Return an app with one of everything that is measured, in two Regions, as far as nothing has to be given."""
    given: Mapping[str, dict[str, Any]] = {
        "AWS::RDS::DBInstance": {"DBInstanceClass": "db.m6g.large", "Engine": "postgres", "AllocatedStorage": 20},
        "AWS::GuardDuty::Detector": {"Features": [{"Name": "S3_DATA_EVENTS"}, {"Name": "RUNTIME_MONITORING"}]},
        "AWS::S3::Bucket": {"VersioningConfiguration": {"Status": "Enabled"}},
        "AWS::EFS::FileSystem": {"ThroughputMode": "elastic"},
        "Custom::Inspector": {"ResourceTypes": ["EC2", "ECR", "LAMBDA"]},
        "AWS::EC2::VPCEndpoint": {"VpcEndpointType": "Interface"},
        "AWS::AccessAnalyzer::Analyzer": {"Type": "ACCOUNT_UNUSED_ACCESS"},
    }
    everything = {f"R{number}": (kind, given.get(kind, {})) for number, kind in enumerate(METERS)}
    app = app_of(everything, region="us-east-1", account="1")
    # A plan that takes the stores there.
    plan = {"BackupPlan": {"BackupPlanRule": [{"ScheduleExpression": "rate(1 day)"}]}}
    selection = {"BackupPlanId": {"Ref": "Plan"}, "BackupSelection": {"SelectionName": "all"}}
    resources = {"Plan": ("AWS::Backup::BackupPlan", plan), "All": ("AWS::Backup::BackupSelection", selection)}
    add(app, "plan.json", resources, region="us-east-1", account="1")
    add(app, "west.json", {name: everything[name] for name in list(everything)[::3]}, region="us-west-2", account="1")
    return app


def test_tiers_are_those_of_all_that_a_region_of_an_account_uses() -> None:
    tiered = StandInBook({"sqs.requests": priced([(100, "0"), (None, "2")])})
    app = App()
    for name, where in {
        "a": {"region": "us-east-1", "account": "1"},
        "b": {"region": "us-east-1", "account": "1"},
        "c": {"region": "us-west-2", "account": "1"},
        "d": {"region": "us-east-1", "account": "2"},
    }.items():
        add(app, f"{name}.json", {"Queue": QUEUE}, **where)
    found = estimated(app, tiered, usage_of(messaging__queue_requests=320))
    # 80 each: two together pass the free 100, and one alone does not.
    assert {name: one.usd for name, one in found.by_stack.items()} == {
        "a.json": 60,
        "b.json": 60,
        "c.json": 0,
        "d.json": 0,
    }
    assert found.total.usd == 120


def test_a_line_without_a_price_is_no_zero() -> None:
    book = StandInBook({"kms.key_month": None})
    found = estimated(app_of({"Key": "AWS::KMS::Key"}), book, usage_of(keys__requests=5))
    (key, requests) = found.lines
    assert (key.usd, key.quantity, key.unit) == (None, 1, "key-month")
    assert requests.usd == 5
    assert (found.total.usd, found.total.unpriced) == (5, 1)
    # None of something costs nothing at whatever price.
    nothing = estimated(app_of({"Queue": QUEUE}), StandInBook(flat=None))
    assert [line.usd for line in nothing.lines] == [0]


def test_what_nobody_measures_is_said() -> None:
    app = app_of({"Broker": "AWS::AmazonMQ::Broker", "Role": "AWS::IAM::Role", "More": "AWS::IAM::Role"})
    found = estimated(app)
    assert [(one.resource, one.type) for one in found.not_priced] == [("Broker", "AWS::AmazonMQ::Broker")]
    assert found.free == {"identities and policies cost nothing": {"AWS::IAM::Role": 2}}
    told = estimated(app_of({"Db": ("AWS::RDS::DBInstance", {"DBInstanceClass": {"Fn::ImportValue": "c"}})}))
    assert "only deployment tells DBInstanceClass" in told.not_priced[0].reason


def test_a_stack_without_a_region_takes_the_one_that_is_assumed() -> None:
    app = app_of({"Queue": QUEUE})
    add(app, "west.json", {"Queue": QUEUE}, region="us-west-2")
    found = estimated(app, region="eu-central-1")
    assert sorted(line.region for line in found.lines) == ["eu-central-1", "us-west-2"]
    assert found.assumed == ["stack.json"]


def test_prices_of_elsewhere_and_of_long_ago_are_marked() -> None:
    old = priced([(None, "1")], nearest=True, priced_region="us-west-2", read=datetime.date(2026, 5, 31))
    found = estimated(app_of({"Queue": QUEUE, "Key": "AWS::KMS::Key"}), StandInBook({"sqs.requests": old}))
    assert [line.priced_region for line in found.lines if line.price == "sqs.requests"] == ["us-west-2"]
    assert [(one.price, one.read) for one in found.aged] == [("sqs.requests", old.read)]
    assert found.as_of == old.read
    fresh = priced([(None, "1")], read=datetime.date(2026, 6, 1))
    assert not estimated(app_of({"Queue": QUEUE}), StandInBook({"sqs.requests": fresh})).aged


def test_fixed_is_what_no_use_changes() -> None:
    found = estimated(app_of({"Nat": "AWS::EC2::NatGateway"}), usage=usage_of(network__nat_gb=5))
    assert (found.total.fixed, found.total.usage) == (1460, 5)
    assert {key: one.usd for key, one in found.rests.items()} == {"network.nat_gb": 5}


def test_years_grow_by_choice() -> None:
    key = ("AWS::KMS::Key", {"EnableKeyRotation": True})
    found = estimated(
        app_of({"Key": key, "Queue": QUEUE}), usage=usage_of(messaging__queue_requests=100, growth__activity_percent=10)
    )
    assert found.years["keys"] == [1, 2, 3, 3, 3, 3, 3]
    assert found.years["messaging"][:3] == [100, 110, 121]
    assert found.all_years[2] == 124


@pytest.mark.parametrize("scale", SCALES)
def test_all_sums_are_of_the_same_lines(scale: str) -> None:
    found = estimated(whole(), usage=Usage.at(scale))
    total = found.total.usd
    assert total == sum(line.usd for line in found.lines if line.usd is not None)
    for sums in (found.by_stack, found.by_service, found.by_resource, found.by_choice):
        assert sum(one.usd for one in sums.values()) == total
    assert found.all_years[0] == total
    assert all(line.usd is not None and line.usd >= 0 and line.quantity >= 0 for line in found.lines)
    assert {line.choice for line in found.lines} <= set(CHOICES)


def test_every_item_has_a_unit_a_service_and_keys_that_there_are() -> None:
    for resource in whole().of_type("*"):
        if resource.type in METERS:
            try:
                for item in items_of(resource, Usage.at("10k")):
                    assert unit_of(item.price)
                    assert service_of(item.price)
                    assert set(item.rests) <= set(AMOUNTS)
                    assert item.why
            except UntoldError:
                continue


@settings(max_examples=30, deadline=None)
@given(st.sampled_from([key for key in AMOUNTS if key != "storage.object_mb"]), st.integers(1, 1000), st.integers(1, 7))
def test_more_use_never_costs_less(key: str, more: int, year: int) -> None:
    """By whatever price without discount: of larger objects there are fewer, so their size alone may cost less."""
    app, usage = whole(), Usage.at("startup")
    used = Usage("startup", {**usage.amounts, key: usage.amounts[key] + more})
    assert cost(app, used, year) >= cost(app, usage, year) - D("1e-6")


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(sorted(AMOUNTS)), st.integers(1, 1000))
def test_a_line_changes_only_by_what_it_says_it_rests_on(key: str, more: int) -> None:
    usage = Usage.at("startup")
    changed = Usage("startup", {**usage.amounts, key: usage.amounts[key] + more})
    before, after = (estimated(whole(), usage=one).lines for one in (usage, changed))
    for one, other in zip(before, after, strict=True):
        assert one.price == other.price
        assert key in one.rests or one.quantity == other.quantity, (one.price, one.resource)


def cost(app: App, usage: Usage, year: int) -> Decimal:
    return estimated(app, usage=usage).all_years[year - 1]


def test_adding_a_stack_adds_what_it_costs() -> None:
    one = {"Key": "AWS::KMS::Key", "Nat": "AWS::EC2::NatGateway"}
    other = {"Balancer": ("AWS::ElasticLoadBalancingV2::LoadBalancer", {"Scheme": "internal"})}
    both = app_of(one)
    add(both, "other.json", other)
    separate = [estimated(app_of(resources)).total.usd for resources in (one, other)]
    assert estimated(both).total.usd == sum(separate)


def test_the_most_of_everything_is_estimated() -> None:
    most = Usage("startup", dict.fromkeys(AMOUNTS, MOST))
    found = estimated(whole(), StandInBook(), most)
    assert found.total.usd > MOST
    assert found.all_years[-1] > found.all_years[0]
    assert money(found.total.usd).endswith(".00")


@pytest.mark.parametrize("size", ["1e99999", "1e16", "-1", "NaN"])
def test_what_is_no_amount_is_not_measured(size: str) -> None:
    found = estimated(app_of({"Volume": ("AWS::EC2::Volume", {"Size": size})}))
    assert [one.reason for one in found.not_priced] == [
        f"Size is no amount: {size}; what follows from that is not in the sums"
    ]


def test_what_a_condition_leaves_out_by_default_costs_nothing_and_shares_nothing() -> None:
    app = App()
    open_, closed = {"Ref": "Open"}, {"Ref": "Closed"}
    body = {
        "Parameters": {
            "Closed": {"Type": "String", "Default": "no"},
            "Open": {"Type": "String", "AllowedValues": ["yes", "no"]},
        },
        "Conditions": {
            "Closed": {"Fn::Equals": [closed, "yes"]},
            "Open": {"Fn::Equals": [open_, "yes"]},
        },
        "Resources": {
            "There": {"Type": QUEUE},
            "Left": {"Type": QUEUE, "Condition": "Closed"},
            "Asked": {"Type": QUEUE, "Condition": "Open"},
            "Volume": {
                "Type": "AWS::EC2::Volume",
                "Properties": {"Size": {"Fn::If": ["Closed", 100, 10]}, "VolumeType": "gp3"},
            },
            "Unknown": {"Type": "AWS::EC2::Volume", "Properties": {"Size": {"Fn::If": ["Open", 100, 10]}}},
        },
    }
    app.add("stack.json", body)
    found = estimated(app, usage=usage_of(messaging__queue_requests=10))
    assert {line.resource: line.usd for line in found.lines} == {"There": 5, "Asked": 5, "Volume": 10}
    assert [(one.resource, one.reason) for one in found.not_priced] == [
        ("Unknown", "only deployment tells Size; what follows from that is not in the sums")
    ]
    assert found.free == {"a condition leaves it out, by the defaults of parameters": {QUEUE: 1}}


def test_what_no_template_at_hand_shows_is_not_counted_as_nothing() -> None:
    app = App()
    stack = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "https://example.com/a.json"}}
    app.add("stack.json", {"Resources": {"Nested": stack, "Fn::Transform": {"Name": "Macro"}}})
    found = estimated(app)
    assert [(one.resource, one.reason) for one in found.not_priced] == [
        ("Nested", "its template is not at hand, so what it makes is not in the sums"),
        ("Fn::Transform", "only deployment tells what it is"),
    ]
    assert found.free == {}


def test_what_is_free_is_free_once_in_an_account() -> None:
    price = dataclasses.replace(priced([(100, "0"), (None, "2")]), free=D(100))
    app = App()
    for name, region, account in (("a", "us-east-1", "1"), ("b", "us-west-2", "1"), ("c", "us-east-1", "2")):
        add(app, f"{name}.json", {"Queue": QUEUE}, region=region, account=account)
    found = estimated(app, StandInBook({"sqs.requests": price}), usage_of(messaging__queue_requests=240))
    # 80 each: the first takes 80 of the account's 100, the second what is left.
    assert {name: one.usd for name, one in found.by_stack.items()} == {"b.json": 120, "a.json": 0, "c.json": 0}


def test_a_larger_app_takes_no_more_than_its_size() -> None:
    """What is counted of the whole app is counted once, not again for each resource."""
    kinds = ("AWS::S3::Bucket", QUEUE, "AWS::KMS::Key", "AWS::Logs::LogGroup")

    def asked(number: int) -> int:
        app = app_of({f"{kind.split('::')[1]}{one}": kind for kind in kinds for one in range(number)})
        calls = 0
        of_type = app.of_type

        def counting(*types: str) -> Iterator[Resource]:
            nonlocal calls
            for resource in of_type(*types):
                calls += 1
                yield resource

        app.of_type = counting  # type: ignore[method-assign]
        estimated(app)
        return calls

    assert asked(40) <= 4 * asked(10)
