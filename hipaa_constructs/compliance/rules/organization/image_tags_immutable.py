"""Tags of images stay with the image that they were given to.

A warning: what runs by a tag that was moved is not what was examined (Security Hub's ECR.2). Compliant:
``ImageTagMutability`` IMMUTABLE, also with tags that are left out of it. Non-compliant: MUTABLE, as by default, also
with tags that stay. Not applicable: nothing. Source:
docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html.
"""

from __future__ import annotations

from hipaa_constructs.compliance.facts.settings import Setting, one_of
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import Rule

_SETTING = Setting("ImageTagMutability", one_of("IMMUTABLE", "IMMUTABLE_WITH_EXCLUSION"), default="MUTABLE")

RULE = Rule(
    name="ImageTagsImmutable",
    severity="warning",
    resource_types=("AWS::ECR::Repository",),
    controls=("164.308(a)(5)(ii)(B)", "164.312(c)(1)"),
    fix="Let no tag be given to another image; push each build under a tag of its own.",
    fixes=(
        Fix(
            properties={_SETTING.path: "IMMUTABLE"},
            cdk=("ecr.Repository(image_tag_mutability=ecr.TagMutability.IMMUTABLE)",),
            constructs=("EncryptedImageRepository",),
        ),
    ),
    check=_SETTING.judge,
)
