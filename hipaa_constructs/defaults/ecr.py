"""Amazon ECR: the stack's key, for repositories that are new, scans, and tags that stay with their images."""

from __future__ import annotations

from aws_cdk import aws_ecr as ecr

from hipaa_constructs.defaults.raw import Raw, RawSetting
from hipaa_constructs.defaults.service import Service
from hipaa_constructs.defaults.setting import Plain, Setting, under_key

_WHY = "Images are under the stack's key."
_SCANNED = "Known vulnerabilities are found when an image comes in."

SERVICE = Service(
    plain=[
        Plain(
            construct=ecr.Repository,
            props=ecr.RepositoryProps,
            resource_type="AWS::ECR::Repository",
            migration="Make a second repository, push the images there, and have tasks take them from it.",
            settings=[
                *under_key(["EncryptionConfiguration"], lambda: ecr.RepositoryEncryption.KMS, _WHY),
                Setting(
                    argument="image_scan_on_push",
                    properties=["ImageScanningConfiguration"],
                    value=lambda made: True,
                    why=_SCANNED,
                ),
                Setting(
                    argument="image_tag_mutability",
                    properties=["ImageTagMutability"],
                    value=lambda made: ecr.TagMutability.IMMUTABLE,
                    unless=["image_tag_mutability_exclusion_filters"],
                    why="A tag that was given is not given to another image: each build is pushed under its own.",
                ),
            ],
        )
    ],
    raw=[
        Raw(
            construct=ecr.CfnRepository,
            resource_type="AWS::ECR::Repository",
            settings=[
                RawSetting(
                    attribute="image_scanning_configuration",
                    property="ImageScanningConfiguration",
                    value=lambda session, repository: ecr.CfnRepository.ImageScanningConfigurationProperty(
                        scan_on_push=True
                    ),
                    why=_SCANNED,
                )
            ],
        )
    ],
)
