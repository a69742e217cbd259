"""Findings point at what they are about: the property, the list's item, the statement, the branch, or the resource."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from hipaa_constructs.cloudformation.load.assembly import load
from hipaa_constructs.compliance.engine import findings
from hipaa_constructs.compliance.locate import Locator
from hipaa_constructs.compliance.resource_types import types_as_of
from hipaa_constructs.compliance.rule import PREFIX
from hipaa_constructs.compliance.unread import unread

# Each template has a mark, <, behind what the finding of a rule points at.
CASES = {
    "a property": (
        "KeyRotated",
        """
        Key:
          Type: AWS::KMS::Key
          Properties:
            # Not now.
            EnableKeyRotation: false <
        """,
    ),
    "a property that is absent": (
        "KeyRotated",
        """
        Key: <
          Type: AWS::KMS::Key
          Properties: {KeySpec: SYMMETRIC_DEFAULT}
        """,
    ),
    "what an absent property would stand in": (
        "BucketEncryptedWithCustomerKey",
        """
        Records:
          Type: AWS::S3::Bucket
          Properties:
            BucketEncryption:
              ServerSideEncryptionConfiguration:
                - ServerSideEncryptionByDefault: <
                    SSEAlgorithm: aws:kms
        """,
    ),
    "one of several properties": (
        "SearchDomainTlsRequired",
        """
        Search:
          Type: AWS::OpenSearchService::Domain
          Properties:
            NodeToNodeEncryptionOptions: {Enabled: true}
            DomainEndpointOptions:
              EnforceHTTPS: true
              TLSSecurityPolicy: Policy-Min-TLS-1-0-2019-07 <
        """,
    ),
    "an item of a list": (
        "SecurityGroupNotOpen",
        """
        Group:
          Type: AWS::EC2::SecurityGroup
          Properties:
            SecurityGroupIngress:
              - {CidrIp: 10.0.0.0/8, IpProtocol: tcp, FromPort: 22, ToPort: 22}
              - CidrIp: 0.0.0.0/0
                IpProtocol: tcp <
                FromPort: 22
                ToPort: 22
        """,
    ),
    "an item behind one that may be left out": (
        "ApiExecutionLogged",
        """
        Stage:
          Type: AWS::ApiGateway::Stage
          Properties:
            MethodSettings:
              - !If [Live, {HttpMethod: GET, ResourcePath: /a, LoggingLevel: INFO}, !Ref AWS::NoValue]
              - HttpMethod: "*"
                ResourcePath: /*
                LoggingLevel: OFF <
        """,
    ),
    "a branch": (
        "KeyRotated",
        """
        Key:
          Type: AWS::KMS::Key
          Properties:
            EnableKeyRotation: !If [Live, true, false] <
        """,
    ),
    "within a branch": (
        "BucketEncryptedWithCustomerKey",
        """
        Records:
          Type: AWS::S3::Bucket
          Properties:
            BucketEncryption:
              Fn::If:
                - Live
                - ServerSideEncryptionConfiguration:
                    - ServerSideEncryptionByDefault: {SSEAlgorithm: aws:kms, KMSMasterKeyID: alias/records}
                - ServerSideEncryptionConfiguration:
                    - ServerSideEncryptionByDefault:
                        SSEAlgorithm: AES256 <
        """,
    ),
    "a value from a parameter": (
        "LogGroupRetention",
        """
        Logs:
          Type: AWS::Logs::LogGroup
          Properties:
            RetentionInDays: !Ref Days <
        """,
    ),
    "a value from a mapping": (
        "DatabaseProxyTlsRequired",
        """
        Proxy:
          Type: AWS::RDS::DBProxy
          Properties:
            RequireTLS: !FindInMap [Settings, test, Tls] <
        """,
    ),
    "a statement by its Sid": (
        "KeyPolicyNotPublic",
        """
        Key:
          Type: AWS::KMS::Key
          Properties:
            KeyPolicy:
              Statement:
                - {Sid: Admin, Effect: Allow, Principal: {AWS: arn:aws:iam::111122223333:root}, Action: "kms:*"}
                - Sid: Anyone <
                  Effect: Allow
                  Principal: "*"
                  Action: kms:Decrypt
                - {Sid: Other, Effect: Allow, Principal: {AWS: arn:aws:iam::111122223333:root}, Action: "kms:*"}
        """,
    ),
    "a policy that is text": (
        "ResourcePolicyNotPublic",
        """
        Policy:
          Type: AWS::Logs::ResourcePolicy
          Properties:
            PolicyName: p
            PolicyDocument: '{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "logs:PutLogEvents"}]}' <
        """,
    ),
    "an attribute beside the properties": (
        "RetainedOnDelete",
        """
        Key:
          Type: AWS::KMS::Key
          UpdateReplacePolicy: Retain
          DeletionPolicy: Delete <
        """,
    ),
    "the type": (
        "EligibleService",
        """
        Machine:
          Properties: {InstanceName: m}
          Type: AWS::Lightsail::Instance <
        """,
    ),
    "what another resource lacks": (
        "BucketTlsRequired",
        """
        Records: <
          Type: AWS::S3::Bucket
          Properties: {BucketName: records}
        """,
    ),
    "which group a database has": (
        "DatabaseTlsRequired",
        """
        Database:
          Type: AWS::RDS::DBInstance
          Properties:
            Engine: postgres
            EngineVersion: "16"
            DBParameterGroupName: !Ref Group <
        Group:
          Type: AWS::RDS::DBParameterGroup
          Properties: {Parameters: {rds.force_ssl: 0}}
        """,
    ),
}
CASES["a trust that a policy is read after"] = (
    "ServicesActForAccount",
    """
    Role:
      Type: AWS::IAM::Role
      Properties:
        AssumeRolePolicyDocument: <
          Statement:
            - Effect: Allow
              Principal: {Service: [appsync.amazonaws.com]}
              Action: [sts:AssumeRole]
        Policies:
          - PolicyName: p
            PolicyDocument:
              Statement:
                - Effect: Allow
                  Action: [dynamodb:GetItem]
                  Resource:
                    - Fn::GetAtt:
                        - Table
                        - Arn
    Table:
      Type: AWS::DynamoDB::Table
      Properties: {KeySchema: [{AttributeName: id, KeyType: HASH}]}
    """,
)
HEAD = """\
Parameters:
  Stage: {Type: String, Default: test}
  Days: {Type: Number, Default: 7}
Conditions:
  Live: !Equals [!Ref Stage, live]
Mappings:
  Settings: {test: {Tls: false}}
Resources:
"""


@pytest.mark.parametrize("case", CASES)
def test_a_finding_points_at(case: str, tmp_path: Path) -> None:
    name, resources = CASES[case]
    marked = HEAD + textwrap.indent(textwrap.dedent(resources.lstrip("\n")), "  ")
    file = tmp_path / "t.yaml"
    file.write_text(marked.replace(" <\n", "\n"))
    app = load([file])
    found = [one for one in Locator(app).located(findings(app)) if one.rule_id == PREFIX + name]
    (line,) = [number for number, text in enumerate(marked.splitlines(), 1) if text.endswith(" <")]
    assert [one.line for one in found] == [line], found
    text = marked.splitlines()[line - 1]
    assert found[0].column == len(text) - len(text.lstrip(" -")) + 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Resources:\n  Key: {Type: A::B}\n  Key: {Type: A::B}\n",
            [("The key 'Key' stands twice in one mapping; CloudFormation takes the last.", (3, 3))],
        ),
        (
            '{"Resources": {"Key": {"Type": "A::B", "Type": "A::C"}}}',
            [("The key 'Type' stands twice in one mapping; CloudFormation takes the last.", (1, 40))],
        ),
        (
            "Resources:\n  Key: {Type: A::B}\nTransform: Own\n",
            [("The macro Own rewrites the template at deployment: unseen by the rules.", (3, 1))],
        ),
        (
            "Resources:\n  Records:\n    Type: AWS::S3::Buket\n",
            [(f"CloudFormation has no type AWS::S3::Buket as of {types_as_of()}, so no rule knows it.", (3, 5))],
        ),
        (
            # A macro of one's own may make what CloudFormation has no type for.
            "Resources:\n  Object: {Type: AWS::S3::Object}\nTransform: Objects\n",
            [("The macro Objects rewrites the template at deployment: unseen by the rules.", (3, 1))],
        ),
        (
            # One of AWS's makes nothing else.
            "Resources:\n  Records:\n    Type: AWS::S3::Buket\nTransform: AWS::LanguageExtensions\n",
            [(f"CloudFormation has no type AWS::S3::Buket as of {types_as_of()}, so no rule knows it.", (3, 5))],
        ),
        (
            "Resources:\n  Key: {Type: A::B}\n  Odd: 1\n",
            [("The entry Odd of Resources is no resource with a Type, so it was not checked.", (3, 3))],
        ),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_what_is_odd_or_unseen_is_told_with_its_place(
    text: str, expected: list[tuple[str, tuple[int, int]]], encoding: str, tmp_path: Path
) -> None:
    (tmp_path / "t.template").write_bytes(text.encode(encoding))
    app = load([tmp_path])
    if encoding == "utf-16":
        expected = [("The file is UTF-16; CloudFormation reads UTF-8.", (1, 1)), *expected]
    found = Locator(app).located(unread(app))
    assert [(one.message, (one.line, one.column)) for one in found] == expected
    assert {(one.rule_id, one.severity) for one in found} == {(PREFIX + "TemplateReadable", "warning")}
    # What is deployed otherwise than it may have been meant is known.
    odd = [one.outcome == "failed" for one in found]
    assert odd == ["CloudFormation takes" in one.message or "CloudFormation reads" in one.message for one in found]


def test_what_is_odd_in_several_places_is_said_once(tmp_path: Path) -> None:
    twice = "    Condition: A\n    Condition: B\n"
    (tmp_path / "t.yaml").write_text(f"Resources:\n  One:\n    Type: A::B\n{twice}  Two:\n    Type: A::B\n{twice}")
    (found,) = (one for one in unread(load([tmp_path])) if one.outcome == "failed")
    first = "The key 'Condition' stands twice in one mapping; CloudFormation takes the last."
    assert (found.message, found.line) == (f"{first} So it does on line 9.", 5)


def test_of_what_stands_twice_the_last_counts(tmp_path: Path) -> None:
    (tmp_path / "t.json").write_text('{"Resources": {"Key": {"Type": "A::B", "Type": "A::C"}}}')
    (tmp_path / "u.yaml").write_text("Resources:\n  Key: {Type: A::B, Type: A::C}\n")
    assert [template.resources["Key"].type for template in load([tmp_path]).templates] == ["A::C", "A::C"]
