from __future__ import annotations

from aws_cdk import aws_healthlake as healthlake
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from hipaa_constructs._arguments import checked_arguments
from hipaa_constructs._regions import require_region
from hipaa_constructs._stacks import settle
from hipaa_constructs.clinical.exports import FOLDER, define_exports, define_schedule_role, tell_of_failures
from hipaa_constructs.clinical.fhir_data_store import HEALTHLAKE, define_data_store
from hipaa_constructs.clinical.jobs import define_job_role, grant_jobs, grant_objects, require_bucket
from hipaa_constructs.clinical.pinned import pin
from hipaa_constructs.clinical.smart_authorizer import SmartAuthorizer
from hipaa_constructs.primitives.alert_topic import AlertTopic
from hipaa_constructs.primitives.arns import bucket_arn
from hipaa_constructs.primitives.backup_protocol import ProtectsData
from hipaa_constructs.primitives.granting import to_principal
from hipaa_constructs.primitives.key_policy import grant_on_key
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole
from hipaa_constructs.storage.encrypted_bucket import EncryptedBucket

# docs.aws.amazon.com/service-authorization/latest/reference/list_awshealthlake.html
_READ = (
    "healthlake:DescribeFHIRDatastore",
    "healthlake:GetCapabilities",
    "healthlake:GetHistoryByResourceId",
    "healthlake:ReadResource",
    "healthlake:SearchEverything",
    "healthlake:SearchWithGet",
    "healthlake:SearchWithPost",
    "healthlake:VersionReadResource",
)
_WRITE = (
    "healthlake:CreateResource",
    "healthlake:DeleteResource",
    "healthlake:PatchResource",
    "healthlake:ProcessBundle",
    "healthlake:UpdateResource",
)
_IMPORT = ("healthlake:DescribeFHIRImportJob", "healthlake:ListFHIRImportJobs", "healthlake:StartFHIRImportJob")
_EXPORT = ("healthlake:DescribeFHIRExportJob", "healthlake:ListFHIRExportJobs", "healthlake:StartFHIRExportJob")
_JOBS = "docs.aws.amazon.com/healthlake/latest/devguide/getting-started-setting-up.html"
# HealthLake uses the key on behalf of whoever asks:
# docs.aws.amazon.com/healthlake/latest/devguide/encryption-at-rest.html
_DECRYPT = ("kms:Decrypt", "kms:DescribeKey")
_ENCRYPT = (*_DECRYPT, "kms:GenerateDataKey")


class FhirStore(Construct):
    """A FHIR R4 store of AWS HealthLake under a customer key, that is exported each week and never made anew unasked.

    - The store begins empty and has no name, for only the key is left to choose: version, sample data and key are set
      when it is made, and a change of one, or of its logical id, makes a new, empty store. Store and key stay in that
      case, and when the stack goes. What the app's context says under ``hipaa-constructs:stores`` of the store's key
      and logical id, synthesis holds it to, and shows what to write there until it does.
    - Without ``authorizer`` principals of IAM ask the store, which HealthLake takes over HTTPS alone. With one, apps
      ask by SMART on FHIR, with fine-grained authorization. Nobody may ask before ``grant_read``, ``grant_read_write``,
      ``grant_import`` and ``grant_export``, which bring what they need of the key.
    - AWS Backup does not know HealthLake. All of the store goes to ``exports/`` of the bucket each week, and the plan
      covers the bucket; an import of such an export restores it. Starts that fail go to ``dead_letter_queue``.
      HealthLake's own continuous backups of up to 30 days have no property in CloudFormation: turn them on with
      ``aws healthlake update-fhir-datastore --backup-configuration
      Status=ENABLED,BackupType=CONTINUOUS,RetentionPeriodInDays=30``. What they restore is under AWS's key and without
      an authorizer, unless the request names both. Source:
      docs.aws.amazon.com/healthlake/latest/devguide/managing-data-stores-restore.html.
    - HealthLake takes a role of its own for imports, which reads the bucket and writes to ``import-results/``, and one
      for exports, which writes to ``exports/``; each on behalf of this store alone. Name the bucket's key in a job's
      ``KmsKeyId``: the bucket takes no other.

    What the store means for Athena, HealthLake shares by Lake Formation, whose permissions are not of this construct.
    Ids of resources show in CloudTrail's data events: let them say nothing of a patient.

    Meets 164.312(a)(1) access control, 164.312(a)(2)(iv) encryption and decryption, 164.312(c)(1) integrity and
    164.308(a)(7)(ii)(A) data backup plan. Supports 164.308(a)(4)(ii)(B) access authorization and 164.308(a)(7)(i)
    contingency plan.

    :param backup_plan: the plan that covers the bucket that is made for exports and imports; a ``BackupPlan``.
        Default: none; then ``bucket`` is needed.
    :param encryption_key: the key of the store and of the bucket that is made; it cannot be changed later.
        Default: a ``KmsRotatedKey`` of its own.
    :param authorizer: who lets apps in by SMART on FHIR; HealthLake changes it in place. Default: IAM alone.
    :param bucket: for exports and imports, in this Region, with a copy of its own. Default: one under
        ``encryption_key``, covered by ``backup_plan``.
    :param export_schedule: when to export; each time all of the store, which the bucket then keeps. Default: Sundays
        at 5:00 UTC, within the hour.
    :param topic: who is told of exports and imports that failed, of all FHIR stores of the account and Region.
        Default: nobody.
    :raises ValueError: a Region without HealthLake, as in GovCloud; neither plan nor bucket, or both; or a bucket in
        another Region.
    """

    @checked_arguments
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        backup_plan: ProtectsData | None = None,
        encryption_key: kms.IKey | None = None,
        authorizer: SmartAuthorizer | None = None,
        bucket: EncryptedBucket | None = None,
        export_schedule: scheduler.ScheduleExpression | None = None,
        topic: AlertTopic | None = None,
    ) -> None:
        require_region(
            scope,
            "AWS::HealthLake::FHIRDatastore",
            what="AWS HealthLake",
            fix="Put the store into a stack of a Region that has it, such as us-east-1.",
        )
        require_bucket(scope, bucket, backup_plan)
        super().__init__(scope, construct_id)
        settle(self, scope, construct_id)

        self._key = encryption_key or KmsRotatedKey(self, "Key").key
        self._bucket = bucket or EncryptedBucket(self, "Bucket", encryption_key=self._key, backup_plan=backup_plan)
        self._data_store = define_data_store(self, key=self._key, authorizer=authorizer)
        pin(self, self._data_store, self._key)
        self._import_role = self._define_job_role("ImportRole")
        grant_objects(self._import_role, self._bucket, read="*", put="import-results/*", source=_JOBS)
        self._export_role = self._define_job_role("ExportRole")
        grant_objects(self._export_role, self._bucket, put=f"{FOLDER}/*", source=_JOBS)
        schedule_role = define_schedule_role(self)
        self._dead_letters = define_exports(
            self,
            store_id=self._data_store.attr_datastore_id,
            bucket=self._bucket,
            job_role=self._export_role,
            schedule_role=schedule_role,
            allowed=self.grant_export(schedule_role),
            schedule=export_schedule,
            key=self._key,
        )
        if topic is not None:
            tell_of_failures(self, topic)

    @property
    def data_store(self) -> healthlake.CfnFHIRDatastore:
        """The store itself."""
        return self._data_store

    @property
    def endpoint(self) -> str:
        """Where the store is asked, ``https://…/r4/``."""
        return self._data_store.attr_datastore_endpoint

    @property
    def bucket(self) -> EncryptedBucket:
        """Where exports go to and imports come from."""
        return self._bucket

    @property
    def import_role(self) -> LeastPrivilegeRole:
        """What HealthLake takes for imports, the ``DataAccessRoleArn`` of a job."""
        return self._import_role

    @property
    def export_role(self) -> LeastPrivilegeRole:
        """What HealthLake takes for exports, the ``DataAccessRoleArn`` of a job."""
        return self._export_role

    @property
    def dead_letter_queue(self) -> sqs.Queue:
        """Exports that could not be started."""
        return self._dead_letters

    @property
    def encryption_key(self) -> kms.IKey:
        """The key of the store."""
        return self._key

    @checked_arguments
    def grant_read(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let a principal read and search resources, and decrypt them."""
        return self._grant(grantee, _READ, _DECRYPT)

    @checked_arguments
    def grant_read_write(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let a principal read, search, write, change and delete resources."""
        return self._grant(grantee, (*_READ, *_WRITE), _ENCRYPT)

    @checked_arguments
    def grant_import(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let a principal import what is in the bucket, by ``import_role``; to put it there, let the bucket grant."""
        return self._grant_jobs(grantee, _IMPORT, self._import_role)

    @checked_arguments
    def grant_export(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let a principal export all of the store to the bucket, by ``export_role``, and read none of it."""
        return self._grant_jobs(grantee, _EXPORT, self._export_role)

    def _define_job_role(self, construct_id: str) -> LeastPrivilegeRole:
        store_arn = self._data_store.attr_datastore_arn
        role = define_job_role(self, construct_id, service=HEALTHLAKE, store_arn=store_arn)
        # HealthLake looks first how the bucket is set up.
        role.allow(
            ["s3:GetBucketPublicAccessBlock", "s3:GetEncryptionConfiguration"], [bucket_arn(self._bucket.bucket)]
        )
        grant_on_key(self._bucket.encryption_key, role, "kms:DescribeKey", "kms:GenerateDataKeyWithoutPlaintext")
        return role

    def _grant(self, grantee: iam.IGrantable, actions: tuple[str, ...], on_key: tuple[str, ...]) -> iam.Grant:
        resources = to_principal(grantee, actions, [self._data_store.attr_datastore_arn])
        return resources.combine(grant_on_key(self._key, grantee, *on_key))

    def _grant_jobs(self, grantee: iam.IGrantable, actions: tuple[str, ...], role: LeastPrivilegeRole) -> iam.Grant:
        arn = self._data_store.attr_datastore_arn
        starting = grant_jobs(grantee, *actions, store_arn=arn, role=role, service=HEALTHLAKE)
        return starting.combine(grant_on_key(self._key, grantee, *_ENCRYPT))
