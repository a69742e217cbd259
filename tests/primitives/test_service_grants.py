from __future__ import annotations

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk.assertions import Annotations, Match

from hipaa_constructs.primitives import service_grants
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole
from hipaa_constructs.storage.encrypted_bucket import EncryptedBucket
from hipaa_constructs.testing import template_of
from tests.storage.plans import RecordingPlan

IMPORTED = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"


def test_an_imported_key_gets_a_warning_that_names_the_statement(stack: cdk.Stack) -> None:
    key = kms.Key.from_key_arn(stack, "Key", IMPORTED)
    grant = service_grants.grant_service(key, "sns.amazonaws.com")
    assert not grant.success
    Annotations.from_stack(stack).has_warning(
        "/Clinic/Key",
        Match.string_like_regexp(
            r'has the statement \{"Action": \["kms:Decrypt", .*"aws:SourceAccount": "111122223333"'
        ),
    )


def test_a_service_gets_only_the_actions_asked_for(stack: cdk.Stack) -> None:
    key = kms.Key(stack, "Key")
    service_grants.grant_service(key, "sns.amazonaws.com", actions=("kms:Decrypt",))
    (resource,) = template_of(stack)["Resources"].values()
    assert resource["Properties"]["KeyPolicy"]["Statement"][-1]["Action"] == "kms:Decrypt"


def test_cloudfront_may_decrypt_for_distributions_of_the_account(stack: cdk.Stack) -> None:
    service_grants.grant_cloudfront(kms.Key(stack, "Key"))
    (resource,) = template_of(stack)["Resources"].values()
    statement = resource["Properties"]["KeyPolicy"]["Statement"][-1]
    assert statement["Principal"] == {"Service": "cloudfront.amazonaws.com"}
    assert statement["Action"] == "kms:Decrypt"
    arn = statement["Condition"]["ArnLike"]["aws:SourceArn"]["Fn::Join"][1]
    assert arn[-1] == ":cloudfront::111122223333:distribution/*"


@pytest.mark.parametrize("region", ["us-gov-west-1", None])
def test_logs_principal_follows_the_region(app: cdk.App, region: str | None) -> None:
    stack = cdk.Stack(app, "Elsewhere", env=cdk.Environment(region=region))
    service_grants.grant_cloudwatch_logs(kms.Key(stack, "Key"))
    (resource,) = template_of(stack)["Resources"].values()
    service = resource["Properties"]["KeyPolicy"]["Statement"][-1]["Principal"]["Service"]
    unknown = {"Fn::Join": ["", ["logs.", {"Ref": "AWS::Region"}, ".amazonaws.com"]]}
    assert service == (f"logs.{region}.amazonaws.com" if region else unknown)


def test_a_queue_takes_messages_under_the_key_for_this_account_alone(stack: cdk.Stack) -> None:
    service_grants.grant_queue_sender(kms.Key(stack, "Key"), "events.amazonaws.com", stack=stack)
    (resource,) = template_of(stack)["Resources"].values()
    statement = resource["Properties"]["KeyPolicy"]["Statement"][-1]
    assert statement["Action"] == ["kms:Decrypt", "kms:GenerateDataKey"]
    (queues,) = statement["Condition"]["ArnLike"].values()
    assert queues["Fn::Join"][1][-1] == ":sqs:us-east-1:111122223333:*"


def warnings(key: kms.IKey) -> list[str]:
    return [str(entry.data) for entry in key.node.metadata if entry.type == "aws:cdk:warning"]


def test_each_principal_s_warning_is_acknowledged_by_itself(stack: cdk.Stack) -> None:
    key = kms.Key.from_key_arn(stack, "Key", IMPORTED)
    for service in ("s3", "sns"):
        service_grants.grant_service(key, f"{service}.amazonaws.com")
    service_grants.grant_cloudwatch_logs(key)
    cdk.Annotations.of(key).acknowledge_warning("hipaa-constructs:imported-key-policy:s3", "It is there.")
    shown = warnings(key)
    assert [text.rpartition("ack: ")[2] for text in shown] == [
        "hipaa-constructs:imported-key-policy:sns]",
        "hipaa-constructs:imported-key-policy:logs]",
    ]


def test_a_grant_to_another_account_shows_what_an_imported_key_lacks(stack: cdk.Stack) -> None:
    key = kms.Key.from_key_arn(stack, "Key", IMPORTED)
    bucket = EncryptedBucket(stack, "Records", encryption_key=key, backup_plan=RecordingPlan())
    bucket.grant_read(LeastPrivilegeRole(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com")))
    (macie,) = warnings(key)
    assert '"Sid": "MacieOfThisAccount"' in macie
    bucket.grant_read(iam.AccountPrincipal("999988887777"))
    (shown,) = [text for text in warnings(key) if text != macie]
    assert '"Principal": {"AWS": "arn:${AWS::Partition}:iam::999988887777:root"}' in shown
    assert '"Action": "kms:Decrypt"' in shown
