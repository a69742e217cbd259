"""What each rule says is to be done: the arguments exist, and doing it mends what fails and breaks nothing."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from typing import Any

import pytest

import hipaa_constructs
from hipaa_constructs._commands.nag import run_packs
from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.compliance.engine import all_rules, findings
from hipaa_constructs.compliance.fix import Choose, Fix
from hipaa_constructs.compliance.nag import HIPAA
from hipaa_constructs.compliance.rule import Rule
from tests.compliance.rules.cloudformation_schema import completed, mistakes
from tests.compliance.rules.examples import all_examples
from tests.compliance.rules.examples.example import ACCOUNT, KEY_ARN, SUBJECT, TOPIC_ARN, Example, Resources, entry
from tests.compliance.rules.examples.transit import CERTIFICATE
from tests.compliance.rules.test_examples import judged

FIXES = [
    pytest.param(rule, fix, id=f"{rule.name}-{number}") for rule in all_rules() for number, fix in enumerate(rule.fixes)
]
LINUX = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
WINDOWS = "/aws/service/ami-windows-latest/Windows_Server-2022-English-Full-Base"
BY_MACHINE = (
    f"on Graviton that of arm64; of Windows {WINDOWS}; "
    "of a vendor that vendor's newest, such as /aws/service/marketplace/<its product>/latest"
)
OF_ECS = "/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id"
NODE = "/aws/service/eks/optimized-ami/1.34/amazon-linux-2023/x86_64/standard/recommended/image_id"
OF_EKS = NODE.replace("1.34", "<version of the cluster>")
# What an author might choose, by the words in which it is asked for.
CHOSEN: dict[str, Any] = {
    "the newest runtime of the canary's language and library": "syn-nodejs-puppeteer-13.0",
    "the name of the metric that is meant": "ApproximateNumberOfMessagesVisible",
    f"{{{{resolve:ssm:{LINUX}}}}}, {BY_MACHINE}": f"{{{{resolve:ssm:{LINUX}}}}}",
    f"resolve:ssm:{LINUX}, {BY_MACHINE}": f"resolve:ssm:{LINUX}",
    f"{{{{resolve:ssm:{OF_ECS}}}}}, on Graviton that of arm64": f"{{{{resolve:ssm:{OF_ECS}}}}}",
    f"resolve:ssm:{OF_ECS}, on Graviton that of arm64": f"resolve:ssm:{OF_ECS}",
    f"{{{{resolve:ssm:{OF_EKS}}}}}, on Graviton that of arm64": f"{{{{resolve:ssm:{NODE}}}}}",
    f"resolve:ssm:{OF_EKS}, on Graviton that of arm64": f"resolve:ssm:{NODE}",
    "the newest image of its kind and processor, such as aws/codebuild/standard:7.0": "aws/codebuild/standard:7.0",
    "the type of Amazon Linux 2023 for its processor, such as AL2023_x86_64_STANDARD": "AL2023_x86_64_STANDARD",
    "ACTIVE_STANDBY_MULTI_AZ for ActiveMQ, CLUSTER_MULTI_AZ for RabbitMQ": "CLUSTER_MULTI_AZ",
    "an https:// address": "https://backend.example",
    "the attributes that users may change, without these": "email",
    "how many requests a second it has to bear": 100,
    "how many at once": 200,
    "an https:// or sftp:// address": "sftp://partner.example",
    "the ARN of a certificate in us-east-1": CERTIFICATE,
    "the ARN of a certificate of the database's authority": f"arn:aws:dms:us-east-1:{ACCOUNT}:cert:AUTHORITY",
    "the ARN of a certificate": CERTIFICATE,
    "the ARN of a customer key in that Region": KEY_ARN,
    "the ARN of a customer key in the replica's Region": KEY_ARN.replace("us-east-1", "us-west-2"),
    "the ARN of a customer key": KEY_ARN,
    "the ARN of a vault in another Region": f"arn:aws:backup:us-west-2:{ACCOUNT}:backup-vault:copies",
    "the ARN of a role that writes to CloudWatch Logs": f"arn:aws:iam::{ACCOUNT}:role/logs",
    "the id of the VPC": "vpc-12345678",
    "the S3 address of a zip file with certificates": "s3://certificates/nodes.zip",
    "the name of a log group": "sessions",
    "the name of a Glue security configuration": "encrypted",
    "the name of an Athena workgroup that encrypts results": "records",
    "the name of an EMR security configuration that encrypts": "encrypted",
    "the port on which instances speak TLS": "443",
    "a format that has $context.requestId and no body": "$context.requestId $context.httpMethod $context.status",
    "a dynamic reference such as {{resolve:secretsmanager:NAME:SecretString:KEY}}": (
        "{{resolve:secretsmanager:records:SecretString:password}}"
    ),
    "a narrow range": "10.0.0.0/16",
    "the ARN of a web ACL of scope CLOUDFRONT": (
        f"arn:aws:wafv2:us-east-1:{ACCOUNT}:global/webacl/edge/12345678-1234-1234-1234-123456789012"
    ),
    "an account, a role's ARN or a service": "999988887777",
    "the ARN of a role for this task": f"arn:aws:iam::{ACCOUNT}:role/intake",
    "the URL of a dead-letter queue": f"https://sqs.us-east-1.amazonaws.com/{ACCOUNT}/failed",
    "the ARN of a role that may send to it": f"arn:aws:iam::{ACCOUNT}:role/failed",
    "the ARN of a dead-letter queue": f"arn:aws:sqs:us-east-1:{ACCOUNT}:failed",
    "the ARN of a bucket, or of a dead-letter queue": f"arn:aws:sqs:us-east-1:{ACCOUNT}:failed",
    "the ARN of a topic that people read": TOPIC_ARN,
    "the policy of the other log groups": {"Name": "mask", "Version": "2021-06-01", "Statement": []},
    "the id of a guardrail": "a1b2c3d4e5f6",
    "the version of the guardrail": "1",
    "the ARN of the role that administers it": f"arn:aws:iam::{ACCOUNT}:role/search-admin",
    "the ARN of a role that monitoring.rds.amazonaws.com may assume": f"arn:aws:iam::{ACCOUNT}:role/monitoring",
    "a folder of its own": "/scans",
    "the ARN of a log group": f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:records",
    "the ARN of a topic that somebody is subscribed to": "arn:aws:sns:us-east-1:111122223333:on-call",
    "the s3:// address of a folder for logs": "s3://clinic-logs/emr/",
    "the address of whoever is on call": "on-call@clinic.example",
    "the domain name of a bucket for access logs": "access-logs.s3.amazonaws.com",
    "the https:// origin of a site": "https://portal.clinic.example",
    "the id of a user group": "app",
    "the id of an account": "999988887777",
    "the user's folder, such as /BUCKET/FOLDER": "/records/laboratory",
    "the id of a private subnet": {"Ref": "ChosenSubnet"},
    "the ids of private subnets": [{"Ref": "ChosenSubnet"}],
    "the id of a group of the directory or identity provider": "clinicians",
    "the ids of security groups": ["sg-12345678"],
    "the logs of the cluster's engine, which the finding names": ["audit", "error", "general", "slowquery"],
    "the logs of the instance's engine, which the finding names": ["postgresql", "upgrade"],
    "the name of an access control list of your own": "app",
    "the name of a bucket for access logs": "access-logs",
    "the name of a bucket that redshift.amazonaws.com may write to": "warehouse-logs",
    "the name of a log group with key and retention": "records",
}
# What cdk-nag says against a fix, and why it stands.
CONTRADICTED = {
    "AwsSolutions-ASC3": "It asks for what requests hold in the log of a GraphQL API; the rules here keep that out.",
    "AwsSolutions-KDS3": "It asks for AWS's own key, for the price; the rules here ask for a customer key.",
}
# What stands in the template for an author to choose.
STANDING: Resources = {
    "ChosenVpc": entry("AWS::EC2::VPC", {"CidrBlock": "10.1.0.0/16"}),
    "ChosenSubnet": entry("AWS::EC2::Subnet", {"VpcId": {"Ref": "ChosenVpc"}, "CidrBlock": "10.1.0.0/24"}),
}
# Subjects of which every rule says for every type what to do.
FINISHED = (
    "access",
    "detection",
    "encryption",
    "logging",
    "network",
    "organization",
    "recovery",
    "transit",
)
# Module names of aws-cdk-lib that are not the usual ones with aws_ before them.
MODULES = {"elb": "aws_elasticloadbalancing", "elbv2": "aws_elasticloadbalancingv2"}


def parsed(text: str) -> Iterator[ast.AST]:
    return ast.walk(ast.parse(re.sub(r"<[^<>]*>", "None", text), mode="eval"))


def called(function: ast.expr) -> Any:
    if isinstance(function, ast.Name):
        if function.id in ("cdk", "hipaa_constructs"):
            return importlib.import_module("aws_cdk" if function.id == "cdk" else function.id)
        return importlib.import_module("aws_cdk." + MODULES.get(function.id, f"aws_{function.id.rstrip('_')}"))
    assert isinstance(function, ast.Attribute)
    return getattr(called(function.value), function.attr)


def finished() -> Iterator[Rule]:
    for subject in FINISHED:
        folder = importlib.import_module(f"hipaa_constructs.compliance.rules.{subject}")
        for module in pkgutil.iter_modules(folder.__path__, f"{folder.__name__}."):
            yield importlib.import_module(module.name).RULE


@pytest.mark.parametrize("rule", list(finished()), ids=lambda rule: rule.name)
def test_every_type_has_a_fix(rule: Rule) -> None:
    fixes = {kind: rule.fix_of(kind) for kind in rule.resource_types}
    assert [kind for kind, fix in fixes.items() if fix is None or not fix.in_cloudformation()] == []
    # Arguments stand there, where they fit the type.
    assert not re.search(r"\w=\w|[a-z]_[a-z]|\w\(", rule.fix), rule.fix
    assert not any("classify(" in fix.in_cloudformation() for fix in fixes.values() if fix)


@pytest.mark.parametrize(("rule", "fix"), FIXES)
def test_arguments_exist_in_cdk(rule: Rule, fix: Fix) -> None:
    for text in fix.cdk:
        for node in parsed(text):
            # What is set past an L2's arguments is done in test_escape_hatches; its class is looked up here.
            if ".node" in ast.unparse(node):
                continue
            if isinstance(node, ast.Attribute):
                assert called(node) is not None
            if not isinstance(node, ast.Call):
                continue
            function = called(node.func)
            known = inspect.signature(function.__init__ if inspect.isclass(function) else function).parameters
            unknown = [keyword.arg for keyword in node.keywords if keyword.arg not in known]
            assert not unknown, f"{text}: {unknown}"


@pytest.mark.parametrize(("rule", "fix"), FIXES)
def test_constructs_are_public(rule: Rule, fix: Fix) -> None:
    assert [name for name in fix.constructs if name not in hipaa_constructs.__all__] == []


def choose(value: Any) -> Any:
    if isinstance(value, Choose):
        return CHOSEN[str(value)]
    if isinstance(value, dict):
        return {key: choose(item) for key, item in value.items()}
    return [choose(item) for item in value] if isinstance(value, (list, tuple)) else value


def mend(resources: Resources, fix: Fix) -> Resources:
    return {**resources, SUBJECT: choose(fix.apply(resources[SUBJECT]))}


def found(resources: Resources) -> set[tuple[str, str]]:
    app = App()
    app.add("Test.template.json", {"Resources": resources})
    return {(finding.rule_id, finding.resource_logical_id) for finding in findings(app)}


def failing(rule: Rule, fix: Fix) -> Iterator[tuple[Example, Resources]]:
    for example in all_examples().get(rule.name, ()):
        if fix is rule.fix_of(example.kind):
            for expected, resources in example.templates():
                if expected == "failed":
                    yield example, {**STANDING, **resources}


SETTING = [one for one in FIXES if one.values[1].properties or one.values[1].attributes]


@pytest.mark.parametrize(("rule", "fix"), SETTING)
def test_doing_it_mends_what_fails_and_breaks_nothing(rule: Rule, fix: Fix) -> None:
    for example, resources in failing(rule, fix):
        mended = mend(resources, fix)
        verdict = judged(rule, mended)
        assert verdict is not None
        # What has to stand beside it is not set by a value.
        assert fix.beside or fix.template or verdict.outcome == "passed", f"{example.kind}: {verdict}"
        before, after = ([*mistakes(example.kind, one[SUBJECT].get("Properties", {}))] for one in (resources, mended))
        assert after == before
        before_it = found(resources)
        new = found(mended) - before_it
        assert not new, f"{example.kind}: {new}"


def test_doing_all_at_once_brings_nothing_new() -> None:
    """What two rules say of one resource does not undo what a third one says."""
    new: list[str] = []
    several = 0
    for rule, example in ((name, one) for name, examples in all_examples().items() for one in examples):
        for resources in (whole for expected, whole in example.templates() if expected == "failed"):
            before = found({**STANDING, **resources})
            named = {rule_id for rule_id, logical_id in before if logical_id == SUBJECT}
            fixes = [fix for one in all_rules() if one.id in named and (fix := one.fix_of(example.kind)) is not None]
            setting = [fix for fix in fixes if fix.properties or fix.attributes]
            mended = {**STANDING, **resources}
            for fix in setting:
                mended = mend(mended, fix)
            several += len(setting) > 1
            new += [f"{rule}, {example.kind}: {one}" for one in found(mended) - before]
    assert new == []
    assert several > 100


def test_doing_it_brings_nothing_new_of_cdk_nag() -> None:
    app, names = App(), []
    for rule, fix in (one.values for one in SETTING):
        for example, resources in failing(rule, fix):
            names.append(f"{rule.name}, {example.kind}")
            for state, one in (("before", resources), ("after", mend(resources, fix))):
                whole = {
                    name: {**it, "Properties": completed(it["Type"], it.get("Properties", {}))}
                    for name, it in one.items()
                }
                app.add(f"{state} {names[-1]}", {"Resources": whole})
    said = {(finding.template, finding.rule_id, finding.message) for finding in run_packs(app, (HIPAA, "AwsSolutions"))}
    new = [
        f"{name}: {rule_id}"
        for name in names
        for template, rule_id, message in said
        if template == f"after {name}" and (f"before {name}", rule_id, message) not in said
    ]
    assert [one for one in new if one.split(": ")[1] not in CONTRADICTED] == []
    assert {one.split(": ")[1] for one in new} == {*CONTRADICTED}


def test_what_the_l2_does_by_itself_is_said_for_templates_alone() -> None:
    fix = Fix(
        properties={"Enabled": True}, template="A policy allows it.", cdk=("s3.Bucket()",), beside="Both need it."
    )
    assert fix.in_cloudformation() == "Set Enabled: true. A policy allows it. Both need it."
    assert fix.in_cdk() == "s3.Bucket(). Both need it."
    assert not fix.is_sure
