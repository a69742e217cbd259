"""What an example is, and what many examples need."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hipaa_constructs.iam.grants import IDENTITY_TYPES

Properties = Mapping[str, Any]
Resources = dict[str, Any]

# The resource that a rule judges.
SUBJECT = "Subject"
ACCOUNT = "111122223333"
KEY_ARN = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
TOPIC_ARN = f"arn:aws:sns:us-east-1:{ACCOUNT}:alerts"
THIS = {"Ref": SUBJECT}


@dataclass(frozen=True)
class Never:
    """No resource of the type can be judged so, and why."""

    why: str


@dataclass(frozen=True)
class Example:
    """A type's properties that a rule passes, and those that it fails.

    ``beside`` are resources that both need; ``passes_beside`` and ``fails_beside`` stand in one template alone.
    ``passes_with`` and ``fails_with`` are what stands beside ``Properties``, such as a deletion policy.
    """

    kind: str
    passes: Properties | Never
    fails: Properties | Never
    beside: Resources = field(default_factory=dict)
    passes_beside: Resources = field(default_factory=dict)
    fails_beside: Resources = field(default_factory=dict)
    passes_with: Mapping[str, Any] = field(default_factory=dict)
    fails_with: Mapping[str, Any] = field(default_factory=dict)

    def templates(self) -> Iterator[tuple[str, Resources]]:
        """Yield the outcome that is to be, and the resources of a template that comes to it."""
        sides = (
            ("passed", self.passes, self.passes_beside, self.passes_with),
            ("failed", self.fails, self.fails_beside, self.fails_with),
        )
        for outcome, properties, beside, attributes in sides:
            if not isinstance(properties, Never):
                yield outcome, {SUBJECT: entry(self.kind, properties, **attributes), **self.beside, **beside}


def entry(kind: str, properties: Properties | None = None, **attributes: Any) -> Properties:
    """Return a resource as it stands in a template."""
    return {"Type": kind, **({"Properties": properties} if properties else {}), **attributes}


def allow(action: Any, resource: Any = "*", **more: Any) -> Properties:
    """Return a statement that allows."""
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: Any, resource: Any = "*", **more: Any) -> Properties:
    """Return a statement that denies."""
    return {"Effect": "Deny", "Action": action, "Resource": resource, **more}


def policy(*statements: Properties) -> Properties:
    """Return a policy document."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def trust(principal: Any, action: Any = "sts:AssumeRole", **more: Any) -> Properties:
    """Return a role's trust policy."""
    return policy({"Effect": "Allow", "Principal": principal, "Action": action, **more})


def identity(kind: str, document: Properties) -> Properties:
    """Return the properties of an identity, or of a policy that is given to one."""
    inline = [{"PolicyName": "records", "PolicyDocument": document}]
    holders: Mapping[str, Properties] = {
        "AWS::IAM::Group": {"Policies": inline},
        "AWS::IAM::GroupPolicy": {"GroupName": "clinicians", "PolicyName": "records", "PolicyDocument": document},
        "AWS::IAM::ManagedPolicy": {"Roles": ["intake"], "PolicyDocument": document},
        "AWS::IAM::Policy": {"Roles": ["intake"], "PolicyName": "records", "PolicyDocument": document},
        "AWS::IAM::Role": {
            "AssumeRolePolicyDocument": trust({"Service": "lambda.amazonaws.com"}),
            "Policies": inline,
        },
        "AWS::IAM::RolePolicy": {"RoleName": "intake", "PolicyName": "records", "PolicyDocument": document},
        "AWS::IAM::User": {"Policies": inline},
        "AWS::IAM::UserPolicy": {"UserName": "robot", "PolicyName": "records", "PolicyDocument": document},
        "AWS::SSO::PermissionSet": {"Name": "Clinician", "InlinePolicy": document},
    }
    return holders[kind]


def identities(passes: Properties, fails: Properties) -> Sequence[Example]:
    """Return an example for each type of identity and its policies: a statement that is fine, and one that is not."""
    return [
        Example(kind, identity(kind, policy(passes)), identity(kind, policy(fails))) for kind in sorted(IDENTITY_TYPES)
    ]


def beanstalk(passes: Sequence[tuple[str, str, str]], fails: Sequence[tuple[str, str, str]]) -> Sequence[Example]:
    """Return examples for Elastic Beanstalk: options (namespace, name, value) that are fine, and some that are not."""
    sides = [
        {"OptionSettings": [{"Namespace": space, "OptionName": name, "Value": value} for space, name, value in side]}
        for side in (passes, fails)
    ]
    return [
        Example(kind, {"ApplicationName": "portal", **sides[0]}, {"ApplicationName": "portal", **sides[1]})
        for kind in ("AWS::ElasticBeanstalk::ConfigurationTemplate", "AWS::ElasticBeanstalk::Environment")
    ]
