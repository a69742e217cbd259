from __future__ import annotations

from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_omics as omics
from constructs import Construct

from hipaa_constructs._arguments import checked_arguments
from hipaa_constructs._regions import require_region
from hipaa_constructs._stacks import arn_in, settle, stack_of
from hipaa_constructs.clinical.jobs import (
    define_job_role,
    grant_objects,
    grant_passing,
    require_bucket,
)
from hipaa_constructs.clinical.omics_data_stores import define_stores, grant
from hipaa_constructs.clinical.omics_runs import (
    OMICS,
    define_cache,
    define_log_group,
    define_run_role,
    let_pull,
    sources_of,
)
from hipaa_constructs.primitives.arns import objects_arn
from hipaa_constructs.primitives.backup_protocol import ProtectsData
from hipaa_constructs.primitives.key_policy import grant_on_key
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole
from hipaa_constructs.primitives.service_grants import grant_service
from hipaa_constructs.primitives.wildcards import acknowledge_wildcards
from hipaa_constructs.storage.encrypted_bucket import EncryptedBucket
from hipaa_constructs.storage.grants import let_read

_JOBS = "docs.aws.amazon.com/omics/latest/dev/permissions-service.html"
# docs.aws.amazon.com/service-authorization/latest/reference/list_awshealthomics.html
_READ = (
    "omics:GetReadSet",
    "omics:GetReadSetMetadata",
    "omics:GetReference",
    "omics:GetReferenceMetadata",
    "omics:GetReferenceStore",
    "omics:GetSequenceStore",
    "omics:ListReadSets",
    "omics:ListReferences",
)
_IMPORT = (
    "omics:GetReadSetImportJob",
    "omics:GetReferenceImportJob",
    "omics:ListReadSetImportJobs",
    "omics:ListReferenceImportJobs",
    "omics:StartReadSetImportJob",
    "omics:StartReferenceImportJob",
)
_EXPORT = ("omics:GetReadSetExportJob", "omics:ListReadSetExportJobs", "omics:StartReadSetExportJob")
_FOLLOW = ("omics:CancelRun", "omics:GetRun", "omics:GetRunTask", "omics:ListRunTasks")
# What the caller needs of the key: docs.aws.amazon.com/omics/latest/dev/data-protection.html
_DECRYPT = ("kms:Decrypt", "kms:DescribeKey")
_ENCRYPT = (*_DECRYPT, "kms:GenerateDataKey")


class OmicsStore(Construct):
    """Genomes in AWS HealthOmics under a customer key: read sets, the references for them, and what runs need.

    - Keys, and name and tags of the reference store, are set when a store is made, and CloudFormation answers a change,
      or that of a logical id, with a new, empty store. So no tag of the app or the stack goes into the reference store,
      synthesis warns of the stack's own, and stores and key stay when others are made and when the stack goes. What
      the app's context says under ``hipaa-constructs:stores`` of key and logical ids, synthesis holds them to.
    - Nobody may ask before ``grant_read``, ``grant_import``, ``grant_export`` and ``grant_run``, which bring what they
      need of the key. HealthOmics takes HTTPS alone, TLS 1.2 or later.
    - Imports read from the bucket, by ``import_role``; exports write to its ``exports/``, by ``export_role``. AWS
      Backup does not know HealthOmics: what the bucket keeps is the copy that a new store can be filled from.
    - Runs go by ``run_role``: it reads stores and bucket, and writes to ``runs/`` and, for ``run_cache``, to
      ``run-cache/``. While a run goes on, HealthOmics keeps its files under a key of AWS's own:
      docs.aws.amazon.com/omics/latest/dev/data-protection.html. Images come from repositories of ``allow_images``.
    - HealthOmics logs runs to one log group of the account and Region, which is made here under the key, masks PHI, is
      kept seven years, and stays when the stack goes; so a second construct, and a deployment after a destroyed one,
      take ``run_logs_exist=True``.

    Variant and annotation stores are closed to new customers, and not made:
    docs.aws.amazon.com/omics/latest/dev/variant-store-availability-change.html.

    Meets 164.312(a)(1) access control, 164.312(a)(2)(iv) encryption and decryption, 164.312(b) audit controls and
    164.312(c)(1) integrity. Supports 164.308(a)(4)(ii)(B) access authorization and 164.308(a)(7)(i) contingency plan.

    :param backup_plan: the plan that covers the bucket that is made; a ``BackupPlan``. Default: none; then ``bucket``
        is needed.
    :param encryption_key: the key of stores, log group and the bucket that is made; it cannot be changed later.
        Default: a ``KmsRotatedKey`` of its own.
    :param bucket: for imports, exports and runs, in this Region, with a copy of its own. Default: one under
        ``encryption_key``, covered by ``backup_plan``.
    :param run_logs_exist: whether the account and Region have ``/aws/omics/WorkflowLog`` already. Default: it is made.
    :raises ValueError: a Region without HealthOmics' stores, as in GovCloud; neither plan nor bucket, or both; or a
        bucket in another Region.
    """

    @checked_arguments
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        backup_plan: ProtectsData | None = None,
        encryption_key: kms.IKey | None = None,
        bucket: EncryptedBucket | None = None,
        run_logs_exist: bool = False,
    ) -> None:
        require_region(
            scope,
            "AWS::Omics::SequenceStore",
            what="storage of AWS HealthOmics",
            fix="Put the store into a stack of a Region that has it, such as us-east-1.",
        )
        require_bucket(scope, bucket, backup_plan)
        super().__init__(scope, construct_id)
        settle(self, scope, construct_id)

        self._key = encryption_key or KmsRotatedKey(self, "Key").key
        # HealthOmics uses the key itself, without a grant.
        grant_service(
            self._key, OMICS, actions=["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*"]
        )
        self._bucket = bucket or EncryptedBucket(self, "Bucket", encryption_key=self._key, backup_plan=backup_plan)
        self._sequence_store, self._reference_store = define_stores(self, self._key)
        sequences, references = self._sequence_store.attr_arn, self._reference_store.attr_arn
        self._stores = [sequences, f"{sequences}/readSet/*", references, f"{references}/reference/*"]
        sources = sources_of(stack_of(self))
        self._import_role = define_job_role(self, "ImportRole", service=OMICS, store_arn=sources)
        let_read(self._bucket.bucket, self._bucket.encryption_key, self._import_role, "*")
        acknowledge_wildcards(
            self._import_role,
            objects_arn(self._bucket.bucket, "*"),
            reason="What is imported is named when a job starts. The bucket is this store's own.",
            source=_JOBS,
        )
        self._export_role = define_job_role(self, "ExportRole", service=OMICS, store_arn=sources)
        grant_objects(self._export_role, self._bucket, put="exports/*", source=_JOBS)
        if not run_logs_exist:
            define_log_group(self, self._key)
        self._run_cache = define_cache(self, self._bucket)
        self._run_role = define_run_role(self, bucket=self._bucket, key=self._key, read=_READ, stores=self._stores)

    @property
    def sequence_store(self) -> omics.CfnSequenceStore:
        """Where read sets are."""
        return self._sequence_store

    @property
    def reference_store(self) -> omics.CfnReferenceStore:
        """Where references are."""
        return self._reference_store

    @property
    def bucket(self) -> EncryptedBucket:
        """Where imports come from, and exports and what runs write go to."""
        return self._bucket

    @property
    def import_role(self) -> LeastPrivilegeRole:
        """What HealthOmics takes for imports, the ``roleArn`` of a job."""
        return self._import_role

    @property
    def export_role(self) -> LeastPrivilegeRole:
        """What HealthOmics takes for exports, the ``roleArn`` of a job."""
        return self._export_role

    @property
    def run_role(self) -> LeastPrivilegeRole:
        """What HealthOmics takes for runs, the ``roleArn`` of one."""
        return self._run_role

    @property
    def run_cache(self) -> omics.CfnRunCache:
        """What keeps the tasks of runs that failed; its ``attr_id`` is the ``cacheId`` of a run."""
        return self._run_cache

    @property
    def encryption_key(self) -> kms.IKey:
        """The key of the stores."""
        return self._key

    @checked_arguments
    def allow_images(self, repository: ecr.IRepository) -> None:
        """Let runs take images from a repository of this account."""
        let_pull(self._run_role, repository)

    @checked_arguments
    def grant_read(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let a principal list, read and decrypt read sets and references."""
        return grant(grantee, _READ, self._stores, key=self._key, on_key=_DECRYPT)

    @checked_arguments
    def grant_import(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let a principal import what is in the bucket, by ``import_role``, and read it there."""
        stores = [self._sequence_store.attr_arn, self._reference_store.attr_arn]
        starting = grant(grantee, _IMPORT, stores, key=self._key, on_key=_ENCRYPT)
        reading = grant_on_key(self._bucket.encryption_key, grantee, "kms:Decrypt")
        return starting.combine(reading).combine(grant_passing(grantee, self._import_role, OMICS))

    @checked_arguments
    def grant_export(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let a principal export read sets to the bucket, by ``export_role``."""
        stores = [self._sequence_store.attr_arn]
        starting = grant(grantee, _EXPORT, stores, key=self._key, on_key=_DECRYPT)
        writing = grant_on_key(self._bucket.encryption_key, grantee, "kms:Decrypt", "kms:GenerateDataKey")
        return starting.combine(writing).combine(grant_passing(grantee, self._export_role, OMICS))

    @checked_arguments
    def grant_run(self, grantee: iam.IGrantable, *, workflow: omics.CfnWorkflow) -> iam.Grant:
        """Let a principal run a workflow, by ``run_role``, and follow and cancel runs of the account."""
        runs = arn_in(self, "omics", "run/*")
        started = [workflow.attr_arn, runs, self._run_cache.attr_arn]
        starting = grant(grantee, ["omics:StartRun"], started, key=self._key)
        following = grant(grantee, _FOLLOW, [runs], key=self._key)
        return starting.combine(following).combine(grant_passing(grantee, self._run_role, OMICS))
