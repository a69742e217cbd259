"""The mutation harness on one small app: what it makes, what it notices, and that it can miss."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

pytest.importorskip("cfnlint")

from benchmarks.mutation import nag_judge
from benchmarks.mutation.mutant import Mutant
from benchmarks.mutation.neutral import why_neutral
from benchmarks.mutation.own_judge import OwnJudge
from benchmarks.mutations import likes

KEY = {"Fn::GetAtt": ["Key", "Arn"]}
ROOT = {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}}
LOGS = {"Service": {"Fn::Sub": "logs.${AWS::Region}.amazonaws.com"}}
KEEP = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
TEMPLATE: dict[str, Any] = {
    "Resources": {
        "Key": {
            "Type": "AWS::KMS::Key",
            **KEEP,
            "Properties": {
                "EnableKeyRotation": True,
                "KeyPolicy": {
                    "Statement": [
                        {"Sid": "Own", "Effect": "Allow", "Principal": ROOT, "Action": "kms:*", "Resource": "*"},
                        {
                            "Sid": "Logs",
                            "Effect": "Allow",
                            "Principal": LOGS,
                            "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
                            "Resource": "*",
                            "Condition": {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:*:*:*"}},
                        },
                    ]
                },
            },
        },
        "Log": {
            "Type": "AWS::Logs::LogGroup",
            **KEEP,
            "Properties": {"KmsKeyId": KEY, "RetentionInDays": 2557, "LogGroupName": "audit"},
        },
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"KmsMasterKeyId": KEY}},
        "QueuePolicy": {
            "Type": "AWS::SQS::QueuePolicy",
            "Properties": {
                "Queues": [{"Ref": "Queue"}],
                "PolicyDocument": {
                    "Statement": [
                        {
                            "Sid": "TlsOnly",
                            "Effect": "Deny",
                            "Principal": "*",
                            "Action": "sqs:*",
                            "Resource": {"Fn::GetAtt": ["Queue", "Arn"]},
                            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                        }
                    ]
                },
            },
        },
    }
}


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> OwnJudge:
    folder = tmp_path_factory.mktemp("mutations")
    (folder / "app.template.json").write_text(json.dumps(TEMPLATE), "utf-8")
    return OwnJudge(folder)


@pytest.fixture(scope="module")
def mutants() -> list[Mutant]:
    return [mutants[0] for mutants in likes(TEMPLATE)]


def _name(judge: OwnJudge) -> str:
    (name,) = judge.bodies
    return name


def test_the_template_itself_is_clean(judge: OwnJudge) -> None:
    assert judge.finds(_name(judge), TEMPLATE) == frozenset()


def test_every_kind_of_loss_is_made(mutants: list[Mutant]) -> None:
    assert {mutant.operator for mutant in mutants} == {
        "AWS-managed key",
        "allow deletion",
        "allow instead of deny",
        "delete resource",
        "drop condition",
        "drop denial",
        "narrow denial",
        "open policy",
        "remove",
        "shorten",
        "switch off",
        "widen actions",
    }


def test_mutants_differ_from_the_template_in_one_resource(mutants: list[Mutant]) -> None:
    original = json.dumps(TEMPLATE, sort_keys=True)
    for mutant in mutants:
        body = mutant.body(TEMPLATE)
        changed = {name for name in TEMPLATE["Resources"] if body["Resources"].get(name) != TEMPLATE["Resources"][name]}
        assert changed == {mutant.logical_id}, mutant
    assert json.dumps(TEMPLATE, sort_keys=True) == original


def test_every_mutant_is_caught_or_undoes_nothing(judge: OwnJudge, mutants: list[Mutant]) -> None:
    survivors = [
        str(mutant)
        for mutant in mutants
        if not judge.finds(_name(judge), mutant.body(TEMPLATE)) and why_neutral(mutant) is None
    ]
    assert survivors == []
    assert sum(why_neutral(mutant) is None for mutant in mutants) >= 20


def test_a_harmless_change_is_not_caught(judge: OwnJudge) -> None:
    body: Mapping[str, Any] = json.loads(json.dumps(TEMPLATE).replace('"audit"', '"other"'))
    assert judge.finds(_name(judge), body) == frozenset()


def test_deleting_a_resource_repairs_what_refers_to_it() -> None:
    template = {
        "Resources": {
            "Policy": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": {"Statement": []}}},
            "Role": {
                "Type": "AWS::IAM::Role",
                "DependsOn": ["Policy"],
                "Properties": {"ManagedPolicyArns": [{"Ref": "Policy"}], "AssumeRolePolicyDocument": {"Statement": []}},
            },
        },
        "Outputs": {"Arn": {"Value": {"Ref": "Policy"}}},
    }
    (deletion,) = [each for group in likes(template) for each in group if each.operator == "delete resource"]
    body = deletion.body(template)
    assert "Policy" not in json.dumps(body["Resources"]["Role"]["Properties"]["ManagedPolicyArns"])
    assert set(body["Resources"]) == {"Role"}
    assert body["Resources"]["Role"]["DependsOn"] == []
    assert body["Outputs"] == {}


def test_cdk_nag_is_asked_as_well() -> None:
    unencrypted = json.loads(json.dumps(TEMPLATE))
    del unencrypted["Resources"]["Log"]["Properties"]["KmsKeyId"]
    refused = {"Resources": {"Log": {"Type": "AWS::Logs::LogGroup", "Properties": {"KmsKeyId": {"Ref": "Missing"}}}}}
    before, after, none = nag_judge.judge([TEMPLATE, unencrypted, refused])
    assert before is not None
    assert after is not None
    assert after - before == {("HIPAA.Security-CloudWatchLogGroupEncrypted", "Log")}
    assert none is None
