"""What lets whoever holds a policy give itself any right, which GrantsBounded asks."""

from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, one, to_do, verdict

RULE = "grants_bounded"
ROLES = "arn:aws:iam::111122223333:role/"
USERS, GROUPS = "arn:aws:iam::111122223333:user/", "arn:aws:iam::111122223333:group/"
POLICIES = "arn:aws:iam::111122223333:policy/"
CLINIC = f"{ROLES}clinic-*"
GIVES = ["iam:PutRolePolicy", "iam:AttachRolePolicy"]
BOUNDARY = f"{POLICIES}edge"
BOUNDED = {"StringEquals": {"iam:PermissionsBoundary": BOUNDARY}}


def _allow(actions: Any, resources: Any = CLINIC, Effect: str = "Allow", **more: Any) -> dict[str, Any]:
    return {"Effect": Effect, "Action": actions, "Resource": resources, **more}


def _deny(actions: Any, resources: Any = "*", **more: Any) -> dict[str, Any]:
    return _allow(actions, resources, Effect="Deny", **more)


def _policy(*statements: dict[str, Any], **properties: Any) -> dict[str, Any]:
    return one("AWS::IAM::ManagedPolicy", PolicyDocument={"Statement": list(statements)}, **properties)


def _role(*statements: dict[str, Any], **properties: Any) -> dict[str, Any]:
    policy = {"PolicyName": "p", "PolicyDocument": {"Statement": list(statements)}}
    return one("AWS::IAM::Role", Policies=[policy], **properties)


def _weight(resources: dict[str, Any]) -> str:
    found = verdict(RULE, resources)
    assert found is not None
    return found.severity or "error" if found.outcome == "failed" else found.outcome


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([_allow(["iam:CreateRole", *GIVES])], "error"),
        ([_allow(["iam:CreateRole", "iam:AttachRolePolicy"])], "error"),
        ([_allow(["iam:Create*", "iam:Put*"])], "error"),
        ([_allow("iam:CreateRole", "*"), _allow("iam:PutRolePolicy")], "error"),
        ([_allow("iam:CreateRole", f"{ROLES}clinic-app-*"), _allow("iam:PutRolePolicy", f"{ROLES}*-app-1*")], "error"),
        ([_allow("iam:CreateRole", f"{ROLES}office-*"), _allow("iam:PutRolePolicy")], "passed"),
        ([_allow(GIVES)], "passed"),
        ([_allow("iam:CreateRole")], "passed"),
        # One role by its name.
        ([_allow(["iam:CreateRole", *GIVES], f"{ROLES}clinic-app")], "passed"),
        ([_allow(["iam:CreateRole", *GIVES], f"{ROLES}aws-service-role/ecs.amazonaws.com/AWS*")], "passed"),
        ([_allow(["iam:CreateRole", *GIVES], "arn:aws:iam::aws:role/clinic-*")], "passed"),
        # It hands on what there is.
        ([_allow(["iam:PassRole", *GIVES])], "warning"),
        ([_allow(["iam:UpdateAssumeRolePolicy", "iam:PutRolePolicy"])], "warning"),
        ([_allow("iam:PassRole", f"{ROLES}office-*"), _allow(GIVES)], "passed"),
        # Boundaries.
        ([_allow(["iam:CreateRole", *GIVES], Condition=BOUNDED)], "passed"),
        ([_allow("iam:CreateRole", Condition=BOUNDED), _allow(GIVES)], "passed"),
        ([_allow("iam:CreateRole"), _allow(GIVES, Condition=BOUNDED)], "passed"),
        ([_allow(["iam:CreateRole", *GIVES], Condition={"Null": {"iam:PermissionsBoundary": "false"}})], "passed"),
        ([_allow(["iam:CreateRole", *GIVES], Condition={"Null": {"iam:PermissionsBoundary": "true"}})], "error"),
        (
            [_allow(["iam:CreateRole", *GIVES], Condition={"StringEqualsIfExists": BOUNDED["StringEquals"]})],
            "error",
        ),
        (
            [_allow(["iam:CreateRole", *GIVES], Condition={"StringNotEquals": BOUNDED["StringEquals"]})],
            "error",
        ),
        (
            [_allow(["iam:CreateRole", *GIVES], Condition=BOUNDED), _allow("iam:DeleteRolePermissionsBoundary")],
            "error",
        ),
        (
            [_allow(["iam:CreateRole", "iam:PutRolePermissionsBoundary", *GIVES], Condition=BOUNDED)],
            "passed",
        ),
        (
            [
                _allow(["iam:CreateRole", *GIVES], Condition=BOUNDED),
                _allow("iam:DeleteRolePermissionsBoundary"),
                _deny("iam:DeleteRolePermissionsBoundary"),
            ],
            "passed",
        ),
        # What else has to hold.
        (
            [_allow(["iam:CreateRole", *GIVES], Condition={"StringEquals": {"aws:RequestedRegion": "eu-west-1"}})],
            "warning",
        ),
        ([_allow(["iam:CreateRole", *GIVES], Condition={"StringEquals": {"iam:ResourceTag/of": "us"}})], "passed"),
        ([_allow(["iam:CreateRole", *GIVES], Condition=GIVEN)], "unknown"),
        ([_allow(["iam:CreateRole", *GIVES], GIVEN)], "passed"),
        # Deny.
        ([_allow(["iam:CreateRole", *GIVES]), _deny(GIVES)], "passed"),
        ([_allow(["iam:CreateRole", *GIVES]), _deny("iam:CreateRole", CLINIC)], "passed"),
        ([_allow(["iam:CreateRole", *GIVES]), _deny("iam:PutRolePolicy")], "error"),
        ([_allow(["iam:CreateRole", *GIVES]), _deny(GIVES, f"{ROLES}clinic-admin*")], "error"),
        (
            [
                _allow(["iam:CreateRole", *GIVES]),
                _deny(["iam:CreateRole", *GIVES], Condition={"StringNotEquals": BOUNDED["StringEquals"]}),
            ],
            "passed",
        ),
        ([_allow(["iam:CreateRole", *GIVES]), _deny(GIVES, Condition=BOUNDED)], "error"),
        (
            [
                _allow(["iam:CreateRole", *GIVES]),
                _deny("iam:CreateRole", Condition={"Null": {"iam:PermissionsBoundary": "true"}}),
            ],
            "passed",
        ),
        ([_allow(["iam:CreateRole", *GIVES]), _deny(GIVES, Condition=GIVEN)], "unknown"),
        (
            [
                _allow(["iam:CreateRole", *GIVES]),
                {"Effect": "Deny", "Action": GIVES, "NotResource": f"{ROLES}office-*"},
            ],
            "passed",
        ),
    ],
)
def test_who_makes_roles_gives_them_no_right_it_likes(statements: list[dict[str, Any]], expected: str) -> None:
    assert _weight(_policy(*statements)) == expected


_ATTACHES = ["iam:CreateRole", "iam:AttachRolePolicy"]


@pytest.mark.parametrize(
    ("policies", "more", "expected"),
    [
        (f"{POLICIES}clinic-*", [], "passed"),
        ("arn:aws:iam::aws:policy/service-role/*", [], "passed"),
        ("arn:aws:iam::aws:policy/*", [], "error"),
        ("arn:aws:iam::aws:policy/AdministratorAccess", [], "error"),
        ("*", [], "error"),
        # It writes them itself.
        (f"{POLICIES}clinic-*", [_allow("iam:CreatePolicy", f"{POLICIES}clinic-*")], "error"),
        (f"{POLICIES}clinic-*", [_allow("iam:CreatePolicy", f"{POLICIES}office-*")], "passed"),
        ("arn:aws:iam::aws:policy/service-role/*", [_allow("iam:CreatePolicy", f"{POLICIES}*")], "passed"),
        # Without the key, the condition is not met.
        (f"{POLICIES}clinic-*", [_allow("iam:PutRolePolicy", Condition={"ArnLike": {"iam:PolicyARN": "*"}})], "passed"),
    ],
)
def test_policies_that_are_attached_are_named(policies: str, more: list[dict[str, Any]], expected: str) -> None:
    attaches = _allow(_ATTACHES[1], Condition={"ArnLike": {"iam:PolicyARN": policies}})
    assert _weight(_policy(_allow(_ATTACHES[0]), attaches, *more)) == expected


STACK = {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/${AWS::StackName}-*"}
TEAM = {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:role/${Given}-*"}


@pytest.mark.parametrize(
    ("statement", "properties", "expected"),
    [
        (_allow(GIVES), {"RoleName": "clinic-builds"}, "error"),
        (_allow(GIVES), {"RoleName": "office-builds"}, "passed"),
        (_allow(GIVES), {"RoleName": GIVEN}, "passed"),
        (_allow(GIVES), {"RoleName": "clinic-builds", "Path": "/of-services/"}, "passed"),
        (_allow(GIVES, f"{ROLES}of-services/*"), {"RoleName": "builds", "Path": "/of-services/"}, "error"),
        (_allow(GIVES, f"{ROLES}clinic-builds"), {"RoleName": "clinic-builds"}, "error"),
        (_allow(GIVES, STACK), {}, "error"),
        (_allow(GIVES, STACK), {"RoleName": "builds"}, "passed"),
        (_allow(GIVES, TEAM), {"RoleName": {"Fn::Sub": "${Given}-builds"}}, "error"),
        (_allow(GIVES, TEAM), {"RoleName": {"Fn::Sub": "a-${Given}-builds"}}, "passed"),
        (_allow(GIVES, Condition=BOUNDED), {"RoleName": "clinic-builds"}, "passed"),
        (_allow(GIVES), {"RoleName": "clinic-builds", "PermissionsBoundary": BOUNDARY}, "passed"),
        (_allow(["iam:CreateRole", *GIVES]), {"PermissionsBoundary": BOUNDARY}, "passed"),
    ],
)
def test_a_role_changes_no_rights_of_its_own(statement: Any, properties: dict[str, Any], expected: str) -> None:
    assert _weight(_role(statement, **properties)) == expected


@pytest.mark.parametrize(
    ("bounding", "expected"),
    [
        ([_allow("*", "*")], "error"),
        ([_allow(["iam:CreateRole", "s3:GetObject"], "*")], "passed"),
        ([_allow("*", "*"), _deny("iam:CreateRole", Condition={"Null": {"iam:PermissionsBoundary": True}})], "passed"),
    ],
)
def test_the_boundary_of_a_role_holds_what_it_makes(bounding: list[dict[str, Any]], expected: str) -> None:
    edge = {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": {"Statement": bounding}}}
    role = _role(_allow(["iam:CreateRole", *GIVES]), PermissionsBoundary={"Ref": "Edge"})
    assert _weight(role | {"Edge": edge}) == expected


def test_rights_of_one_role_may_stand_in_several_policies() -> None:
    def also(*statements: dict[str, Any]) -> dict[str, Any]:
        document = {"Statement": [*statements]}
        return {
            "Type": "AWS::IAM::Policy",
            "Properties": {"Roles": [{"Ref": "Builds"}], "PolicyDocument": document},
        }

    builds = {"Type": "AWS::IAM::Role", "Properties": {}}
    gives = one("AWS::IAM::Policy", Roles=[{"Ref": "Builds"}], PolicyDocument={"Statement": [_allow(GIVES)]})
    makes = _allow("iam:CreateRole")
    assert _weight(gives | {"Builds": builds, "Also": also(makes)}) == "error"
    assert _weight(gives | {"Builds": builds}) == "passed"
    assert _weight(gives | {"Builds": builds, "Also": also(makes, _deny(GIVES))}) == "passed"


def test_a_policy_of_a_role_names_that_role_by_its_arn() -> None:
    own = _allow(GIVES, {"Fn::GetAtt": ["Builds", "Arn"]})
    roles = {"Builds": {"Type": "AWS::IAM::Role"}, "Other": {"Type": "AWS::IAM::Role"}}
    for holder, expected in (("Builds", "error"), ("Other", "passed")):
        policy = one("AWS::IAM::Policy", Roles=[{"Ref": holder}], PolicyDocument={"Statement": [own]})
        assert _weight(policy | roles) == expected


_KEYS = ["iam:CreateAccessKey", "iam:PutUserPolicy"]


@pytest.mark.parametrize(
    ("actions", "resources", "expected"),
    [
        (["iam:CreateUser", *_KEYS], f"{USERS}clinic-*", "error"),
        (_KEYS, f"{USERS}clinic-*", "warning"),
        (["iam:CreateUser", "iam:PutUserPolicy"], f"{USERS}clinic-*", "passed"),
        (["iam:CreateUser", *_KEYS], f"{USERS}clinic-mail", "passed"),
        ("iam:AttachUserPolicy", {"Fn::Sub": "arn:aws:iam::*:user/${!aws:username}"}, "error"),
        ("iam:CreateAccessKey", {"Fn::Sub": "arn:aws:iam::*:user/${!aws:username}"}, "passed"),
        (["iam:CreateGroup", "iam:PutGroupPolicy", "iam:AddUserToGroup"], f"{GROUPS}clinic-*", "error"),
        (["iam:PutGroupPolicy", "iam:AddUserToGroup"], f"{GROUPS}clinic-*", "warning"),
        (["iam:CreateGroup", "iam:PutGroupPolicy"], f"{GROUPS}clinic-*", "passed"),
        ("iam:CreatePolicyVersion", f"{POLICIES}clinic-*", "error"),
        ("iam:CreatePolicyVersion", f"{POLICIES}office-*", "passed"),
    ],
)
def test_users_groups_and_policies_are_the_same(actions: Any, resources: Any, expected: str) -> None:
    assert _weight(_policy(_allow(actions, resources), ManagedPolicyName="clinic-people")) == expected


def test_a_boundary_grants_nothing() -> None:
    bounds = {"Type": "AWS::IAM::Role", "Properties": {"PermissionsBoundary": {"Ref": "Subject"}}}
    assert _weight(_policy(_allow(["iam:CreateRole", *GIVES])) | {"Role": bounds}) == "not_applicable"


def test_what_it_says_and_what_is_to_be_done() -> None:
    role = _role(_allow(["iam:CreateRole", "iam:PutRolePolicy"], [CLINIC, f"{ROLES}office-*"]))
    found = verdict(RULE, role)
    assert found is not None
    assert found.message == (
        f"Statement 1 allows iam:PutRolePolicy on {CLINIC}, {ROLES}office-*, where iam:CreateRole makes more for "
        "whoever it likes, so that its holder has any right that it likes."
    )
    done = to_do(RULE, role)
    assert done.startswith("In Policies[].PolicyDocument, what makes roles or users")
    assert "iam:PermissionsBoundary" in done
    assert "in place of wildcards" not in done
    assert 'conditions={"StringEquals": {"iam:PermissionsBoundary": ' in to_do(RULE, role, in_cdk=True)
    both = to_do(RULE, _role(_allow(["iam:CreateRole", "iam:PutRolePolicy"]), _allow("s3:*", "*")))
    assert "in place of wildcards" in both
    assert "iam:PermissionsBoundary" in both
    assert "iam:PermissionsBoundary" not in to_do(RULE, _role(_allow("s3:*", "*")))
    own = _policy(_allow("iam:CreatePolicyVersion", f"{POLICIES}own"), ManagedPolicyName="own")
    assert "none of them one by which it has its own rights" in to_do(RULE, own)
