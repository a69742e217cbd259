from __future__ import annotations

from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from hipaa_constructs._arguments import checked_arguments, is_token, refuse
from hipaa_constructs._constants import anyone, minutes
from hipaa_constructs._stacks import region_of, stack_of
from hipaa_constructs.compliance.acknowledge import acknowledge_limitation
from hipaa_constructs.compliance.classify import leave_out_of_backups
from hipaa_constructs.compliance.packs import in_every_pack
from hipaa_constructs.compute.provider_function import ProviderFunction
from hipaa_constructs.guardrails.requirements import require_organization
from hipaa_constructs.primitives.backup_protocol import ProtectsData
from hipaa_constructs.primitives.via_service import via_service
from hipaa_constructs.storage.encrypted_bucket import EncryptedBucket

_MINUTES = minutes(5)
_PACKAGES = "docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-lambda-function-code.html"


class OrganizationAssets(Construct):
    """A bucket of code, in one Region, that every account of an organization may read and nobody else outside of it.

    What an ``OrganizationStackSet`` deploys takes its code from there: a stack set's template knows no assets, since
    CDK's own are in a bucket that only its account reads, and a function's code has to lie in the function's Region.

    - Files come from CDK's assets, by a function at deployment, under keys with the hash of their content. None is
      overwritten, and none goes: accounts that join later are made of them.
    - Accounts of the organization, told by ``aws:PrincipalOrgID``, get objects and decrypt them through S3. They list
      nothing.
    - Make one in a stack of each Region. They are of one account, and their names end in ``-`` and the Region.

    Meets 164.312(a)(1) access control, 164.312(a)(2)(iv) encryption and decryption and 164.312(e)(1) transmission
    security.

    :param organization_id: whose accounts read, like ``o-a1b2c3d4e5``.
    :param bucket_name: the name by which other accounts know the bucket, ending in ``-`` and the stack's Region. The
        bucket outlives its stack.
    :param encryption_key: for the bucket; the organization may decrypt with it. Default: a ``KmsRotatedKey`` of its
        own.
    :param reserve_concurrency: whether the function has executions of its own; see ``ProviderFunction``.
        Default: it has two.
    :raises ValueError: no organization's id, a stack that states no Region, or a name that does not end in it.
    """

    @checked_arguments
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        organization_id: str,
        bucket_name: str,
        encryption_key: kms.IKey | None = None,
        reserve_concurrency: bool = True,
    ) -> None:
        require_organization(organization_id)
        region = region_of(scope)
        _require_name(bucket_name, region)
        super().__init__(scope, construct_id)

        self._name = bucket_name
        self._region = region
        self._bucket = _Code(self, "Bucket", bucket_name=bucket_name, encryption_key=encryption_key)
        leave_out_of_backups(self._bucket.bucket)
        self._admit(organization_id)
        self._provider = ProviderFunction(
            self,
            "Provider",
            handler="handlers.asset_copies.handle",
            vpc=None,
            encryption_key=self._bucket.encryption_key,
            reserve_concurrency=reserve_concurrency,
        )
        self._provider.acknowledge_no_vpc(
            reason="The function copies code from one bucket of the account to another at deployment, handles no PHI, "
            "and reaches nothing inside a VPC."
        )
        self._grants = [self._bucket.grant_read(self._provider.role), self._bucket.grant_put(self._provider.role)]
        self._copies: cdk.CustomResource | None = None
        self._files: list[dict[str, str]] = []
        self._reads = iam.PolicyStatement(sid="Assets", actions=["s3:GetObject"])

    @property
    def bucket(self) -> s3.Bucket:
        """The bucket itself."""
        return self._bucket.bucket

    @property
    def region(self) -> str:
        """Where it is."""
        return self._region

    @property
    def bucket_name_pattern(self) -> str:
        """The bucket's name with ``${AWS::Region}`` for the Region, the same for those of all Regions."""
        return self._name.removesuffix(self._region) + "${AWS::Region}"

    def add_file(self, asset: cdk.FileAssetSource) -> str:
        """Have an asset of the app copied here, and return its key."""
        stack = stack_of(self)
        there = stack.synthesizer.add_file_asset(
            source_hash=asset.source_hash,
            file_name=asset.file_name,
            packaging=asset.packaging,
            display_name=asset.display_name,
        )
        key = there.object_key.rpartition("/")[2]
        if all(file["Key"] != key for file in self._files):
            self._copy({"SourceBucket": there.bucket_name, "SourceKey": there.object_key, "Key": key})
        return key

    def _copy(self, file: dict[str, str]) -> None:
        stack = stack_of(self)
        self._reads.add_resources(
            stack.format_arn(
                service="s3", region="", account="", resource=file["SourceBucket"], resource_name=file["SourceKey"]
            )
        )
        if self._copies is None:
            # The key of CDK's bucket, where it is a customer's, lets everybody of the account decrypt who may read the
            # bucket: the bootstrap template says so, docs.aws.amazon.com/cdk/v2/guide/bootstrapping-customizing.html.
            policy = iam.ManagedPolicy(
                self,
                "Assets",
                roles=[self._provider.role],
                description=f"Lets {self._provider.node.path} read assets of the app",
                statements=[self._reads],
            )
            self._copies = cdk.CustomResource(
                self,
                "Copies",
                resource_type="Custom::AssetCopies",
                service_token=self._provider.function.function_arn,
                service_timeout=_MINUTES,
                properties={"Bucket": self._bucket.bucket.bucket_name},
                # A deletion changes nothing: CloudFormation need not ask for it.
                removal_policy=cdk.RemovalPolicy.RETAIN,
            )
            self._copies.node.add_dependency(policy)
            for grant in self._grants:
                grant.apply_before(self._copies)
        self._files.append(file)
        resource = cast("cdk.CfnResource", self._copies.node.default_child)
        resource.add_property_override("Files", self._files)

    def _admit(self, organization_id: str) -> None:
        members = {"StringEquals": {"aws:PrincipalOrgID": organization_id}}
        bucket = self._bucket.bucket
        bucket.add_to_resource_policy(
            iam.PolicyStatement(
                sid="ReadByOrganization",
                principals=[anyone()],
                actions=["s3:GetObject"],
                resources=[f"{bucket.bucket_arn}/*"],
                conditions=members,
            )
        )
        through_s3 = {"aws:PrincipalOrgID": organization_id, "kms:ViaService": via_service(self._region, "s3")}
        self._bucket.encryption_key.add_to_resource_policy(
            iam.PolicyStatement(
                sid="DecryptByOrganization",
                principals=[anyone()],
                actions=["kms:Decrypt"],
                resources=["*"],
                conditions={"StringEquals": through_s3},
            )
        )


class _Code(EncryptedBucket):
    """Code of this library and of the app, which every deployment can write again."""

    _needs_copy = False

    def _define_copies(self, plan: ProtectsData | None, destination: EncryptedBucket | None) -> None:
        acknowledge_limitation(
            self._bucket.resource,
            "HIPAA.Constructs-StoreBackedUp",
            *in_every_pack("S3BucketReplicationEnabled"),
            reason="The bucket holds code, which a deployment makes of the repository again, and no records. A "
            "function's code has to lie in a bucket of the function's Region, so that each Region has its own.",
            source=_PACKAGES,
        )


def _require_name(name: str, region: str) -> None:
    if is_token(region) or is_token(name) or not name.endswith(f"-{region}"):
        refuse(
            "bucket_name",
            name,
            allowed="it ends in '-' and the Region of its stack, which has to be known: a template for many Regions "
            "knows the bucket of each by that",
            fix="Give the stack env=cdk.Environment(account=…, region=…), and write f'clinic-code-{region}'.",
        )
