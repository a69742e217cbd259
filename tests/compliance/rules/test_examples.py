"""Each rule on each of its types: what it passes, what it fails, and that CloudFormation knows what both name."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

import pytest

from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.compliance.engine import all_rules, evaluate
from hipaa_constructs.compliance.rule import Rule, Verdict
from tests.compliance.rules.cloudformation_schema import mistakes, takes
from tests.compliance.rules.examples import all_examples
from tests.compliance.rules.examples.example import SUBJECT, Example, Never, Resources
from tests.compliance.rules.reads import Reads
from tests.compliance.rules.support import GIVEN

# EligibleService asks of every type whether its service is on a list; its own test goes through the list.
RULES = [rule for rule in all_rules() if "*" not in rule.resource_types]
# What a rule says of a property that only deployment knows, other than that it cannot know, and why.
SETTLED: dict[tuple[str, str], tuple[str, str]] = {
    ("AlarmMetricExists", "Namespace"): ("not_applicable", "What only deployment names is mostly an app's own."),
    ("AlarmDelivered", "KmsMasterKeyId"): ("passed", "The rule judges keys of the app alone."),
    ("ContainersUnprivileged", "Source"): ("not_applicable", "The buildspec may use Docker."),
    ("MachineImagesRenewed", "ImageId"): ("passed", "Whoever deploys it fills in the image."),
    ("MachineImagesRenewed", "LaunchTemplateData"): ("not_applicable", "It stands nowhere in the template."),
    ("MachineImagesRenewed", "SpotFleetRequestConfigData"): ("not_applicable", "It stands nowhere in the template."),
    ("FetchedCodePinned", "Code"): ("not_applicable", "It stands nowhere in the template."),
    ("FetchedCodePinned", "Role"): ("not_applicable", "What the role may do stands nowhere in the template."),
    ("FunctionLogsKept", "LoggingConfig"): ("passed", "Somebody chose the log group."),
    ("PlatformSupported", "ImageId"): ("not_applicable", "An image's id does not tell what it is."),
    ("PlatformSupported", "LaunchTemplateData"): ("not_applicable", "An image's id does not tell what it is."),
    ("PlatformSupported", "SpotFleetRequestConfigData"): ("not_applicable", "An image's id does not tell what it is."),
    ("MultiAz", "MaxSize"): ("passed", "Where nothing scales, the smallest number decides."),
    ("OriginsNamed", "Body"): ("not_applicable", "ApiAuthorized says that it cannot be read."),
    ("PoolIdentitiesKeptApart", "AssumeRolePolicyDocument"): ("not_applicable", "TrustPolicyNotOpen says so."),
    ("RoleTrustsOneService", "AssumeRolePolicyDocument"): ("not_applicable", "TrustPolicyNotOpen says so."),
    **{
        ("UserHasNoStandingCredentials", name): ("not_applicable", "ResourcePolicyActionsNamed says so.")
        for name in ("KeyPolicy", "PolicyDocument", "ResourcePolicy")
    },
    **{
        (rule, name): ("not_applicable", "GrantsBounded says that it cannot be read.")
        for rule in (
            "AuditNotSwitchedOff",
            "DataGrantsNameResources",
            "FunctionNetworkRightsClosed",
            "ModelAccessNamed",
            "ModelsGuarded",
            "PoolIdentitiesKeptApart",
            "ServiceLinkedRolesNamed",
            "TagsProtected",
        )
        for name in ("InlinePolicy", "Policies", "PolicyDocument")
    },
    **{
        ("PolicyWithinQuota", name): ("not_applicable", "AWS refuses what is too long, and nothing else is asked.")
        for name in (
            "AccessPolicies",
            "AccessPolicy",
            "Content",
            "FileSystemPolicy",
            "InlinePolicy",
            "KeyPolicy",
            "Policies",
            "Policy",
            "PolicyDocument",
            "RepositoryPolicyText",
            "ResourcePolicy",
        )
    },
    ("PolicyWithinQuota", "AssumeRolePolicyDocument"): ("not_applicable", "TrustPolicyNotOpen says so."),
    **{
        ("ResourceWithinQuota", name): ("not_applicable", "AWS refuses what is too large, and nothing else is asked.")
        for name in ("DefinitionString", "Environment", "ManagedPolicyArns", "TemplateBody")
    },
    ("JobDataEncrypted", "WorkGroup"): ("passed", "Somebody chose the workgroup."),
    ("LoadBalancerTlsRequired", "DefaultActions"): ("passed", "The protocol decides."),
    ("LoadBalancerTlsRequired", "Port"): ("passed", "The protocol decides."),
    ("SecurityGroupChainClosed", "SourceSecurityGroupId"): ("passed", "A group outside of the app counts as closed."),
    **{
        ("SecurityGroupPortsNamed", name): ("passed", "What may be all ports is said where a range is open.")
        for name in ("FromPort", "IpProtocol", "ToPort")
    },
    ("SecurityGroupPortsNamed", "CidrIp"): ("passed", "SecurityGroupNotOpen says that it is not known."),
    ("SecurityGroupPortsNamed", "SecurityGroupIngress"): ("passed", "SecurityGroupNotOpen says so."),
    ("SecurityGroupPortsNamed", "SourceSecurityGroupId"): ("failed", "All ports are too many for any other group."),
    ("SendersLetIn", "QueueName"): ("passed", "What the queue is called decides nothing."),
    ("SendersLetIn", "TopicName"): ("passed", "What the topic is called decides nothing."),
    ("SendersMayUseKey", "KMSKeyId"): ("not_applicable", "The rule judges keys of the app alone."),
    ("SendersMayUseKey", "KmsKeyId"): ("not_applicable", "The rule judges keys of the app alone."),
    ("SendersMayUseKey", "KmsMasterKeyId"): ("not_applicable", "What a key of another template allows is said there."),
    ("StoreEncryptedWithCustomerKey", "KMSEncrypted"): ("passed", "A file share takes a key only if it is true."),
    ("SubscriptionTlsRequired", "Endpoint"): ("passed", "The protocol decides."),
    ("TasksIsolated", "TaskRoleArn"): ("passed", "Somebody chose the role."),
}
# What these look for stands in the template, or is no fault.
OF_THE_TEMPLATE = (
    "ConnectionStringTlsRequired",
    "FetchedCodePinned",
    "FunctionEventsNotLogged",
    "MachinesLogged",
    "NoLiteralSecrets",
    "NoSecretsInEnvironment",
    "StartupScriptsProtectData",
)
# Names that a rule asks of resources that do not have them, since it reads several types alike.
READ_ALIKE: dict[str, set[str]] = {
    "ApiCacheEncrypted": {"CachingEnabled", "HttpMethod", "ResourcePath"},
    "ApiThrottled": {"HttpMethod", "ResourcePath", "ThrottlingRateLimit"},
    "BucketPolicyRetained": {"Tags"},
    "CachedResponsesKeptApart": {"CacheTtlInSeconds", "CachingEnabled", "HttpMethod", "ResourcePath"},
    "ConnectionStringTlsRequired": {"Name", "OptionName"},
    "EgressLimited": {"CIDRIP"},
    "InstanceMetadataV2": {"MixedInstancesPolicy"},
    # The schema says by oneOf what a node's configuration is.
    "ModelsGuarded": {"KnowledgeBase", "Prompt"},
    "MultiAz": {"MultiAZWithStandbyEnabled"},
    "NoSecretsInEnvironment": {"Name", "OptionName", "Type"},
    "QueuePolicyRetained": {"Tags"},
    "SecurityGroupChainClosed": {"CIDRIP"},
    "SecurityGroupNotOpen": {"CIDRIP", "CidrIp", "CidrIpv6", "FromPort", "IpProtocol", "SourcePrefixListId", "ToPort"},
    "SecurityGroupPortsNamed": {"CIDRIP"},
    "TagsProtected": {"Groups", "Users"},
    "VolumeEncrypted": {"DeviceName", "Ebs", "ManagedEBSVolume", "Name"},
    "VolumeEncryptedWithCustomerKey": {"DeviceName", "Ebs", "ManagedEBSVolume", "Name"},
    # As WAF's own API writes it.
    "WafLogsRedacted": {"name"},
}
# How tags are called where they are not called Tags.
TAGS = {"BackupPlanTags", "BackupVaultTags", "FileSystemTags", "HostedZoneTags", "TagList"}


def by_name(rule: Rule) -> str:
    return rule.name


def judged(rule: Rule, resources: Resources, **sections: Any) -> Verdict | None:
    app = App()
    # What is supported on this day will be so no more one day.
    app.today = datetime.date(2026, 11, 28)
    app.add("Test.template.json", {"Resources": resources, "Parameters": {"Given": {"Type": "String"}}, **sections})
    return next(
        (result.verdict for result in evaluate(app, [rule]) if result.resource.logical_id == SUBJECT),
        None,
    )


def test_every_rule_has_examples_of_every_type() -> None:
    wanted = {(rule.name, kind) for rule in RULES for kind in rule.resource_types}
    found = [(name, example.kind) for name, examples in all_examples().items() for example in examples]
    assert sorted(wanted - set(found)) == [], "add them to tests/compliance/rules/examples"
    assert sorted(set(found) - wanted) == [], "no rule judges these"
    assert len(found) == len(set(found))


@pytest.mark.parametrize("rule", RULES, ids=by_name)
def test_a_rule_tells_what_complies_from_what_does_not(rule: Rule) -> None:
    wrong = []
    for example in all_examples()[rule.name]:
        for expected, resources in example.templates():
            verdict = judged(rule, resources)
            if verdict is None or verdict.outcome != expected:
                wrong.append(f"{example.kind}: {expected} was expected, not {verdict}")
    assert not wrong


@pytest.mark.parametrize("rule", RULES, ids=by_name)
def test_a_rule_says_what_has_to_be_at_hand(rule: Rule) -> None:
    """A compliant resource without its template, as Cloud Control makes it, is failed by no rule that needs no more."""
    failed = [
        example.kind
        for example in all_examples()[rule.name]
        for expected, resources in example.templates()
        if expected == "passed"
        and (verdict := judged(rule, {SUBJECT: _as_named_from_outside(resources[SUBJECT])}))
        and verdict.outcome == "failed"
    ]
    assert not failed or rule.needs != "resource", f"needs= has to say more: {failed}"
    assert failed or rule.needs != "template", "it needs no more than the resource"


def _as_named_from_outside(written: Any) -> Any:
    """Return a resource that names others of its template as a request for it alone does: by their names."""
    if isinstance(written, dict):
        reference = written.get("Ref") or written.get("Fn::GetAtt")
        if len(written) == 1 and reference and reference != SUBJECT and not str(reference).startswith("AWS::"):
            return f"live-{reference if isinstance(reference, str) else reference[0]}".lower()
        return {key: _as_named_from_outside(value) for key, value in written.items()}
    return [_as_named_from_outside(item) for item in written] if isinstance(written, list) else written


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.name not in OF_THE_TEMPLATE], ids=by_name)
def test_what_only_deployment_knows_is_unknown(rule: Rule) -> None:
    wrong = []
    for example in all_examples()[rule.name]:
        for name, resources in _with_given(example):
            expected, _ = SETTLED.get((rule.name, name), ("unknown", ""))
            verdict = judged(rule, resources)
            if verdict is None or verdict.outcome != expected:
                wrong.append(f"{example.kind}.{name}: {expected} was expected, not {verdict}")
    assert not wrong


@pytest.mark.parametrize("name", OF_THE_TEMPLATE)
def test_what_only_deployment_knows_is_not_written_in_the_template(name: str) -> None:
    (rule,) = (found for found in RULES if found.name == name)
    # Where others may read it, what is hidden elsewhere stands in clear: NoSecretsInEnvironment has a test of that, and
    # NoLiteralSecrets one of Parameter Store.
    verdicts = [
        judged(rule, resources, Parameters={"Given": {"Type": "String", "NoEcho": hides}})
        for example in all_examples()[name]
        for hides in [name == "NoLiteralSecrets" and example.kind != "AWS::SSM::Parameter"]
        for _, resources in _with_given(example)
    ]
    assert verdicts
    assert all(verdict and verdict.outcome in ("passed", "not_applicable") for verdict in verdicts)


def test_rules_ask_for_properties_that_there_are() -> None:
    strange = []
    for rule in RULES:
        with pytest.MonkeyPatch.context() as patch:
            reads = Reads(patch)
            for example in all_examples()[rule.name]:
                for _, resources in example.templates():
                    judged(rule, resources)
        known = TAGS | READ_ALIKE.get(rule.name, set())
        strange += [
            f"{rule.name}: {path} of {', '.join(sorted(kinds))}"
            for path, kinds in reads.by_path.items()
            if not known & set(path.split(".")) and not any(takes(kind, path) for kind in kinds)
        ]
    assert not strange


@pytest.mark.parametrize(
    ("kind", "path", "expected"),
    [
        ("AWS::S3::Bucket", "VersioningConfiguration.Status", True),
        ("AWS::S3::Bucket", "VersioningConfiguration.State", False),
        ("AWS::S3::Bucket", "Versioning", False),
        ("AWS::RDS::DBProxy", "VpcSubnetIds[]", True),
        ("AWS::EC2::Instance", "BlockDeviceMappings[].Ebs.Encrypted", True),
        (
            "AWS::EC2::SpotFleet",
            "SpotFleetRequestConfigData.LaunchSpecifications.BlockDeviceMappings.Ebs.KmsKeyId",
            False,
        ),
        ("AWS::SQS::QueuePolicy", "PolicyDocument.Statement", True),
    ],
)
def test_a_misspelt_path_is_seen(kind: str, path: str, expected: bool) -> None:
    assert takes(kind, path) is expected


@pytest.mark.parametrize(
    ("properties", "said"),
    [
        ({"EnableKeyRotations": True}, "Additional properties are not allowed"),
        ({"EnableKeyRotation": 5}, "is not of type"),
        ({"KeySpec": "RSA_1024"}, "is not one of"),
    ],
)
def test_a_mistaken_example_is_seen(properties: dict[str, Any], said: str) -> None:
    assert said in "".join(mistakes("AWS::KMS::Key", properties))


def test_examples_are_what_cloudformation_takes() -> None:
    wrong = [
        f"{name}, {example.kind}, {logical_id}: {mistake}"
        for name, examples in all_examples().items()
        for example in examples
        for _, resources in example.templates()
        for logical_id, resource in resources.items()
        for mistake in mistakes(resource["Type"], resource.get("Properties", {}))
    ]
    assert not wrong


def _with_given(example: Example) -> Iterator[tuple[str, Resources]]:
    """Yield the compliant resource with each property that its counterpart sets otherwise given at deployment."""
    if isinstance(example.passes, Never) or isinstance(example.fails, Never):
        return
    for name, value in example.passes.items():
        if example.fails.get(name) not in (None, value):
            resources = dict(next(template for outcome, template in example.templates() if outcome == "passed"))
            subject = dict(resources[SUBJECT])
            subject["Properties"] = {**subject["Properties"], name: GIVEN}
            yield name, {**resources, SUBJECT: subject}
