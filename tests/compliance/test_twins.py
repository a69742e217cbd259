"""The map from cdk-nag's rules to those here: whole, and true of both."""

from __future__ import annotations

import re
import tarfile
from importlib import resources

import pytest

import hipaa_constructs
from hipaa_constructs.compliance import nag
from hipaa_constructs.compliance.controls import nag_rules, read
from hipaa_constructs.compliance.engine import all_rules
from hipaa_constructs.compliance.overruled import JUDGES
from hipaa_constructs.compliance.twins import fact_of, nag_twins, twin_of

DATA = read("nag_twins.json")
RULES = {rule.id: rule for rule in all_rules()}
# What a rule is called that the HIPAA pack calls by the name of its function.
_APPLIED = re.compile(r"applyRule\(\{(.*?)\}\);", re.DOTALL)
_FILES = {
    "HIPAA.Security": "hipaa-security",
    "NIST.800.53.R5": "nist-800-53-r5",
    "PCI.DSS.321": "pci-dss-321",
    "AwsSolutions": "aws-solutions",
    "Serverless": "serverless",
}


def functions(pack: str) -> dict[str, str]:
    """Return the function behind each rule of a pack, as cdk-nag's own code applies it."""
    (bundle,) = [one for one in resources.files("cdk_nag._jsii").iterdir() if one.name.endswith(".tgz")]
    with resources.as_file(bundle) as file, tarfile.open(file) as archive:
        member = archive.extractfile(f"package/lib/packs/{_FILES[pack]}.js")
        assert member is not None
        code = member.read().decode()
    found: dict[str, str] = {}
    for match in _APPLIED.finditer(code.partition("//# sourceMapping")[0]):
        function = re.search(r"rule: [\w.]*?(\w+),?\s", match[1] + " ")
        assert function is not None
        named = re.search(r"ruleSuffixOverride: '([^']+)'", match[1])
        found[f"{pack}-{named[1] if named else function[1]}"] = function[1]
    return found


def test_every_rule_of_the_pack_is_here_with_a_fix_of_ours() -> None:
    names = {rule.removeprefix("HIPAA.Security-") for rule in nag_rules()}
    assert len(names) == 90
    assert set(DATA["rules"]) == names
    for name in names:
        fix = nag_twins()[name].fix
        assert fix.endswith("."), name
        assert fix != nag.FIX


def test_fixes_name_what_this_package_has() -> None:
    named = {word for twin in nag_twins().values() for word in re.findall(r"\b([A-Z]\w+[a-z][A-Z]\w+)\b", twin.fix)}
    ours = {name for name in hipaa_constructs.__all__ if name in named}
    assert {"LeastPrivilegeRole", "EncryptedBucket", "PrivateVpc", "SslRds", "AuditTrail", "HttpsLoadBalancer"} <= ours
    assert "LeastPrivilegeRole" in nag_twins()["IAMNoInlinePolicy"].fix


def test_no_fix_suggests_a_cache() -> None:
    assert nag_twins()["APIGWCacheEnabledAndEncrypted"].fix.startswith("Do not cache")


@pytest.mark.parametrize("name", sorted(DATA["rules"]))
def test_rules_of_ours_exist_and_look_at_the_same_resources(name: str) -> None:
    twin, theirs = nag_twins()[name], nag_rules()[f"HIPAA.Security-{name}"].resource_types
    named = {kind: twin.own_of(kind) for kind in theirs}
    for kind, own in named.items():
        judged = twin.about[kind][1] if kind in twin.about else kind
        for rule in own:
            assert judged in RULES[rule].resource_types, (rule, kind)
    assert set(twin.own) <= {"*", *theirs}
    assert set(twin.about) <= set(theirs)


def test_rules_of_other_packs_name_rules_of_ours() -> None:
    for name in DATA["others"]:
        twin = nag_twins()[name]
        assert twin.own["*"] or twin.overruled, name
        assert set(twin.own["*"]) <= set(RULES)
        for path, kind in twin.about.values():
            assert path
            assert all(kind in RULES[rule].resource_types for rule in twin.own["*"]), name


ALONE = [rule for group in DATA["alone"] for rule in group["rules"]]


@pytest.mark.parametrize("pack", nag.PACKS)
def test_every_rule_has_a_twin_or_a_reason_for_none(pack: str) -> None:
    for rule in functions(pack):
        twin = twin_of(rule)
        has_one = twin is not None and any(twin.own.values())
        assert has_one != (fact_of(rule) in ALONE), rule


def test_what_has_no_twin_is_listed_once_by_its_name_with_a_reason() -> None:
    facts = {fact_of(rule) for pack in nag.PACKS for rule in functions(pack)}
    assert set(ALONE) <= facts
    assert len(ALONE) == len(set(ALONE))
    named = {word for group in DATA["alone"] for word in re.findall(r"\b(?:[A-Z][a-z]+){2,}\b", group["reason"])}
    ours = {rule.name for rule in all_rules()}
    assert named - ours == {"CloudFront", "MediaStore"}
    assert all(group["reason"].endswith(".") for group in DATA["alone"])


def test_what_overrules_is_a_rule_about_the_same_fact_or_a_judge_with_a_source() -> None:
    by = {(twin.name, one.by) for twin in nag_twins().values() for one in twin.overruled}
    for name, judge in by:
        twin = nag_twins()[name]
        own = {rule for rules in twin.own.values() for rule in rules}
        assert judge in JUDGES or f"HIPAA.Constructs-{judge}" in own, name
    assert set(JUDGES) <= {judge for _, judge in by}
    for twin in nag_twins().values():
        for one in twin.overruled:
            assert one.source.startswith("https://")
            assert one.reason.endswith(".")


@pytest.mark.parametrize("pack", nag.PACKS)
def test_the_same_check_is_the_same_fact_in_every_pack(pack: str) -> None:
    hipaa = {function: rule for rule, function in functions("HIPAA.Security").items()}
    assert len(hipaa) == 90
    for rule, function in functions(pack).items():
        if function in hipaa:
            assert fact_of(rule) == fact_of(hipaa[function]), rule


@pytest.mark.parametrize("pack", nag.PACKS)
def test_ids_that_are_mapped_exist(pack: str) -> None:
    aliases = {alias for entry in (*DATA["rules"].values(), *DATA["others"].values()) for alias in entry.get("ids", ())}
    aliases |= {name for name in DATA["others"] if "-" in name}
    assert {one for one in aliases if one.startswith(f"{pack}-")} <= set(functions(pack))


def test_packs_that_call_checks_by_cdk_nags_names_are_named() -> None:
    assert DATA["named"] == [*nag.ALIKE, nag.SERVERLESS]


@pytest.mark.parametrize(
    ("rule", "fact"),
    [
        ("HIPAA.Security-S3BucketLoggingEnabled", "S3BucketLoggingEnabled"),
        ("PCI.DSS.321-S3BucketLoggingEnabled", "S3BucketLoggingEnabled"),
        ("AwsSolutions-S1", "S3BucketLoggingEnabled"),
        ("HIPAA.Security-RDSLoggingEnabled[LogExport::audit]", "RDSLoggingEnabled[LogExport::audit]"),
        ("AwsSolutions-IAM5[Resource::*]", "AwsSolutions-IAM5[Resource::*]"),
        ("HIPAA.Constructs-KeyRotated", "HIPAA.Constructs-KeyRotated"),
        ("Of.Nobody-S3BucketLoggingEnabled", "Of.Nobody-S3BucketLoggingEnabled"),
    ],
)
def test_a_fact_goes_by_one_name(rule: str, fact: str) -> None:
    assert fact_of(rule) == fact


def test_what_is_no_rule_of_cdk_nags_has_no_twin() -> None:
    assert twin_of("HIPAA.Constructs-KeyRotated") is None
    assert twin_of("AwsSolutions-IAM4") is None
