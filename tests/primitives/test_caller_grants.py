from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_kms as kms

from hipaa_constructs.primitives import caller_grants
from hipaa_constructs.testing import template_of


def test_macie_reads_by_a_role_that_need_not_exist_yet(stack: cdk.Stack) -> None:
    key = kms.Key(stack, "Key")
    for _ in range(2):
        caller_grants.let_macie_read(key)
    (resource,) = template_of(stack)["Resources"].values()
    (statement,) = (s for s in resource["Properties"]["KeyPolicy"]["Statement"] if "Sid" in s)
    # KMS refuses a policy whose principal does not exist; conditions may name anything.
    assert statement["Principal"] == {"AWS": "*"}
    assert statement["Action"] == "kms:Decrypt"
    conditions = statement["Condition"]["StringEquals"]
    assert conditions["kms:CallerAccount"] == "111122223333"
    assert conditions["aws:PrincipalArn"]["Fn::Join"][1][-1] == (
        ":iam::111122223333:role/aws-service-role/macie.amazonaws.com/AWSServiceRoleForAmazonMacie"
    )
