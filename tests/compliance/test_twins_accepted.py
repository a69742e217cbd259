"""For every rule of the HIPAA pack with a twin here: both found is one finding, and one acknowledgement accepts both.

All through ``app.synth()``, on the examples of the twins: one stack an example, in one app.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import cloudformation_include
from constructs import IConstruct

from hipaa_constructs import acknowledge, enforce_hipaa
from hipaa_constructs.compliance import nag
from hipaa_constructs.compliance.controls import nag_rules, read
from hipaa_constructs.compliance.twins import nag_twins
from hipaa_constructs.testing import Finding, findings
from tests.compliance.rules.cloudformation_schema import completed
from tests.compliance.rules.examples import all_examples
from tests.compliance.rules.examples.example import SUBJECT, Resources, entry, policy

RULES = {f"{nag.HIPAA}-{name}": nag_twins()[name] for name in read("nag_twins.json")["rules"]}
# A rule of cdk-nag's and its twin, by their ids.
Pair = tuple[str, str]
PAIRS: set[Pair] = {(rule, own) for rule, twin in RULES.items() for ids in twin.own.values() for own in ids}
# Where cdk-nag fails what the twin, which fails shorter ones, passes: it is overruled then, and never found by both.
APART = {("HIPAA.Security-CloudWatchLogGroupRetentionPeriod", "HIPAA.Constructs-LogGroupRetention")}
# Where the examples of the twin are none that cdk-nag fails.
MORE: Sequence[Resources] = [
    {
        SUBJECT: entry(
            "AWS::CodeBuild::Project",
            {"Environment": {"EnvironmentVariables": [{"Name": "AWS_ACCESS_KEY_ID", "Value": "AKIAIOSFODNN7REALKEY"}]}},
        )
    },
    {
        SUBJECT: entry(
            "AWS::EC2::SecurityGroup",
            {"SecurityGroupIngress": [{"IpProtocol": "tcp", "FromPort": 3306, "ToPort": 3306, "CidrIp": "0.0.0.0/0"}]},
        )
    },
    {
        SUBJECT: entry(
            "AWS::ElasticLoadBalancing::LoadBalancer",
            {
                "Listeners": [
                    {"LoadBalancerPort": "443", "InstancePort": "80", "Protocol": "HTTPS", "InstanceProtocol": "HTTP"}
                ]
            },
        )
    },
    # cdk-nag reads a policy as text, in the order in which CDK writes a statement.
    *(
        {SUBJECT: entry("AWS::IAM::ManagedPolicy", {"PolicyDocument": policy(statement)})}
        for statement in (
            {"Action": "*", "Effect": "Allow", "Resource": "*"},
            {"Action": "s3:*", "Effect": "Allow", "Resource": "*"},
        )
    ),
    {SUBJECT: entry("AWS::Redshift::Cluster", {"AutomatedSnapshotRetentionPeriod": 0})},
]


def failing() -> Iterator[Resources]:
    for own in sorted({own.partition("-")[2] for _, own in PAIRS}):
        for example in all_examples().get(own, ()):
            yield from (resources for expected, resources in example.templates() if expected == "failed")
    yield from MORE


def app_of(templates: Mapping[str, Resources], folder: Path) -> cdk.App:
    app = cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False)
    for name, resources in templates.items():
        whole = {
            key: {**it, "Properties": completed(it["Type"], it.get("Properties", {}))} for key, it in resources.items()
        }
        file = folder / f"{name}.json"
        file.write_text(json.dumps({"Resources": whole}))
        cloudformation_include.CfnInclude(cdk.Stack(app, name), "T", template_file=str(file))
    return app


def construct_at(app: cdk.App, path: str) -> IConstruct:
    node: IConstruct = app
    for name in path.split("/"):
        node = node.node.find_child(name)
    return node


def pairs_of(finding: Finding) -> set[Pair]:
    return {(also.partition("[")[0], finding.rule_id) for also in finding.also} & PAIRS


class Found:
    """For each pair, a finding of both, and the template it is of."""

    def __init__(self, folder: Path) -> None:
        templates = {f"T{number}": resources for number, resources in enumerate(failing())}
        self.every = findings(app_of(templates, folder))
        self.by_pair: dict[Pair, Finding] = {}
        for finding in self.every:
            for pair in pairs_of(finding):
                self.by_pair.setdefault(pair, finding)
        self.templates = {
            name: templates[name]
            for name in sorted({one.construct_path.partition("/")[0] for one in self.by_pair.values()})
        }


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Found:
    return Found(tmp_path_factory.mktemp("found"))


def test_each_pair_is_found_as_one(found: Found) -> None:
    assert set(found.by_pair) == PAIRS - APART


def test_rules_without_a_twin_are_found_with_a_fix_of_ours(found: Found) -> None:
    for rule in nag_rules():
        told = nag.as_finding(rule, severity="error", message="", resource=None, construct_path="")
        assert told.fix == RULES[rule].fix != nag.FIX
    assert all(one.fix for one in found.every)


@pytest.mark.parametrize("by", ["the rule here", "cdk-nag's"])
@pytest.mark.parametrize("where", ["in code", "in the file"])
def test_one_acknowledgement_accepts_both(found: Found, tmp_path: Path, by: str, where: str) -> None:
    app = app_of(found.templates, tmp_path)
    ends = datetime.date.today() + datetime.timedelta(days=200)
    given: dict[str, Any] = {"reason": "It holds the timetable of the canteen alone.", "approved_by": "officer"}
    wanted = {
        # What is several findings to cdk-nag is accepted by all of their ids, each with its detail.
        (rule, one.construct_path)
        for one in found.by_pair.values()
        for rule in ([one.rule_id] if by == "the rule here" else one.also)
    }
    written = tmp_path / "accepted.toml"
    for rule, path in sorted(wanted):
        if where == "in code":
            acknowledge(construct_at(app, path), rule, expires=ends, **given)
        else:
            with written.open("a") as file:
                lines = {"rule": rule, "path": path, **given}
                file.write("[[acknowledgement]]\n" + "".join(f'{name} = "{value}"\n' for name, value in lines.items()))
                file.write(f"expires = {ends}\n")
    enforce_hipaa(app, acknowledgements_file=str(written))
    left = findings(app)
    open_pairs = {(pair, one.construct_path) for one in left for pair in pairs_of(one)}
    asked = {(pair, one.construct_path) for pair, one in found.by_pair.items()}
    assert not open_pairs & asked
    # Nor is what was accepted told once more under the other id, and each of them was of use.
    both = {(rule, path) for pair, path in asked for rule in pair}
    assert not {(one.rule_id.partition("[")[0], one.construct_path) for one in left} & both
    assert not [one for one in left if one.rule_id.startswith("HIPAA.Constructs-Acknowledgement")]
