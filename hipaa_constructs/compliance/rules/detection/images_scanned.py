"""Images are scanned for known weaknesses when they arrive.

A warning, since the account's registry may scan all of them, which no template of a repository tells (Security Hub's
ECR.1). Compliant: ``ScanOnPush`` of the repository; or a scanning configuration of the registry in the app, with rules,
since that is what counts for all repositories. Non-compliant: neither. Not applicable: nothing. Source:
docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning.html.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import any_of, as_items, is_present, is_true
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import Rule, Verdict, judge

_PATH = "ImageScanningConfiguration.ScanOnPush"
_REGISTRY = "AWS::ECR::RegistryScanningConfiguration"


def check(resource: Resource) -> Verdict:
    registries = resource.template.app.of_type(_REGISTRY)
    here = [one for one in registries if one.template.region in (None, resource.template.region)]
    by_registry = any_of(is_present(rule) for one in here for rule in as_items(one.get("Rules")))
    return judge(
        any_of((is_true(resource.get(_PATH, False)), by_registry)),
        f"{_PATH} is not true, and the app has no scanning configuration of the registry.",
        unknown_message="Whether images are scanned is known only at deployment.",
    )


RULE = Rule(
    name="ImagesScanned",
    severity="warning",
    resource_types=("AWS::ECR::Repository",),
    controls=("164.308(a)(1)(ii)(A)", "164.308(a)(5)(ii)(B)"),
    fix="Scan images when they arrive, or have the registry scan them all.",
    fixes=(
        Fix(
            properties={_PATH: True},
            cdk=("ecr.Repository(image_scan_on_push=True)",),
            constructs=("EncryptedImageRepository",),
        ),
    ),
    check=check,
    needs="app",
)
