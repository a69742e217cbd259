from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_opensearchservice as opensearch
from constructs import Construct

from hipaa_constructs._arguments import checked_arguments
from hipaa_constructs._names import KEPT, known_name, stack_piece
from hipaa_constructs._stacks import arn_in
from hipaa_constructs.database.search_access import (
    AUDIT,
    define_access,
    define_logs,
    grant_read,
    grant_write,
    let_logs_in,
    publishing,
)
from hipaa_constructs.database.search_requirements import (
    current_version,
    nodes_of,
    require_indices,
    require_instance_type,
    require_version,
    require_volume,
    require_window,
    subnets_of,
)
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey

_PORT = 443
_MASTERS = 3
# docs.aws.amazon.com/opensearch-service/latest/APIReference/API_CreateDomain.html: 28 characters, a piece of the
# stack's id with its hyphen among them.
_NAME_LENGTH = 28 - 9


class TlsSearchDomain(Construct):
    """A search domain on OpenSearch for PHI, reached over TLS only, that asks everybody who he is by IAM.

    - It stands in an isolated subnet of each of its zones, and lets nobody in before
      ``connections.allow_default_port_from``. Clients and nodes talk over TLS 1.2 or later, with forward secrecy.
    - Who may do what is asked twice: by IAM for the path of a request (``grant_read``, ``grant_write``), and by
      fine-grained access control for cluster, index, document and field. The second knows ``master_user_role`` alone
      at first, which maps each granted role to a role of OpenSearch (``_plugins/_security/api/rolesmapping``), or its
      requests are refused. There is no user with a password. Requests name their index in the path, so that grants
      hold for those of many documents too. Dashboards would need a sign-in of its own, and there is none.
    - One customer key covers indices, automated snapshots and logs; it cannot be changed later.
    - Audit, application and both slow logs go to groups that mask PHI and are kept seven years. OpenSearch writes
      audit logs once the master user has set ``enabled`` in ``_plugins/_security/api/audit/config``, and slow logs
      once an index has thresholds. Source: audit-logs.html and createdomain-configure-slow-logs.html below
      docs.aws.amazon.com/opensearch-service/latest/developerguide. All domains of a stack share one of the ten
      policies that let services write logs in a Region; it holds about five of them.
    - Three dedicated masters and data nodes in every zone; keep a replica of each index, which is OpenSearch's default.
      OpenSearch takes a snapshot every hour and keeps it 14 days (managedomains-snapshots.html there), to recover
      this domain alone. AWS Backup does not know OpenSearch
      (docs.aws.amazon.com/aws-backup/latest/devguide/backup-feature-availability.html). An index is no record: keep
      the original elsewhere, and be able to index it anew.
    - The domain stays when its stack goes. It has a name, so that CloudFormation refuses to replace it; a new version
      is taken in place. Service software is updated by itself, in ten hours from ``off_peak_window_start`` on.

    The account has to have OpenSearch's service-linked role before its first domain in a VPC. An account has one of
    it, so no stack defines it: ``aws iam create-service-linked-role --aws-service-name
    opensearchservice.amazonaws.com``. Source: slr-aos.html there.

    Meets 164.312(a)(1) access control, 164.312(a)(2)(iv) encryption and decryption, 164.312(b) audit controls,
    164.312(d) authentication, 164.312(e)(1) transmission security, 164.312(e)(2)(i) integrity controls and
    164.312(e)(2)(ii) encryption. Supports 164.308(a)(4)(ii)(B) access authorization and 164.308(a)(7)(i) contingency
    plan.

    :param vpc: has isolated subnets in two zones or more, as ``PrivateVpc`` has, and no dedicated tenancy.
    :param master_user_role: who administers indices and access in the domain, such as a role of the workforce.
    :param encryption_key: the key for everything at rest. Default: a ``KmsRotatedKey`` of its own.
    :param version: OpenSearch from 2.11 on. Default: OpenSearch 3.3.
    :param availability_zone_count: over how many zones it spreads, 2 or 3. Default: 3, or 2 if the VPC has two.
    :param data_nodes: how many nodes keep data, as many in each zone. Default: 3, or 4 in two zones.
    :param data_node_instance_type: a type with EBS. Default: ``r6g.large.search``.
    :param master_node_instance_type: of each of the three masters. Default: ``m6g.large.search``.
    :param volume_size: GiB of each data node, 10 or more. Default: 100.
    :param off_peak_window_start: when the ten hours for updates begin, in UTC. Default: 03:00.
    :raises ValueError: Elasticsearch, a version whose standard support has ended, a VPC without isolated subnets in
        the zones, nodes that zones cannot share, or a type without encryption or EBS.
    """

    @checked_arguments
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        vpc: ec2.IVpc,
        master_user_role: iam.IRole,
        encryption_key: kms.IKey | None = None,
        version: opensearch.EngineVersion | None = None,
        availability_zone_count: int | None = None,
        data_nodes: int | None = None,
        data_node_instance_type: str = "r6g.large.search",
        master_node_instance_type: str = "m6g.large.search",
        volume_size: int = 100,
        off_peak_window_start: opensearch.WindowStartTime | None = None,
    ) -> None:
        version = version or current_version()
        require_version(version)
        zones, subnets = subnets_of(vpc, availability_zone_count)
        data_nodes = nodes_of(data_nodes, zones)
        require_instance_type("data_node_instance_type", data_node_instance_type)
        require_instance_type("master_node_instance_type", master_node_instance_type)
        require_volume(volume_size)
        start = off_peak_window_start or opensearch.WindowStartTime(hours=3, minutes=0)
        require_window(start)
        super().__init__(scope, construct_id)

        self._key = encryption_key or KmsRotatedKey(self, "Key").key
        self._security_group = ec2.SecurityGroup(
            self, "SecurityGroup", vpc=vpc, description="TLS clients of the search domain", allow_all_outbound=False
        )
        # The policies that it has to wait for name it.
        name = f"{known_name(self, max_length=_NAME_LENGTH).lower()}-{stack_piece()}"
        arn = arn_in(self, "es", f"domain/{name}")
        groups = define_logs(self, key=self._key)
        self._audit_log_group = groups[AUDIT]
        delivery = let_logs_in(self, list(groups.values()), domain_arn=arn)
        self._domain = opensearch.Domain(
            self,
            "Resource",
            domain_name=name,
            version=version,
            enable_version_upgrade=True,
            vpc=vpc,
            vpc_subnets=[subnets],
            security_groups=[self._security_group],
            zone_awareness=opensearch.ZoneAwarenessConfig(enabled=True, availability_zone_count=zones),
            capacity=opensearch.CapacityConfig(
                data_nodes=data_nodes,
                data_node_instance_type=data_node_instance_type,
                master_nodes=_MASTERS,
                master_node_instance_type=master_node_instance_type,
                multi_az_with_standby_enabled=False,
            ),
            ebs=opensearch.EbsOptions(volume_size=volume_size, volume_type=ec2.EbsDeviceVolumeType.GP3),
            encryption_at_rest=opensearch.EncryptionAtRestOptions(enabled=True, kms_key=self._key),
            node_to_node_encryption=True,
            enforce_https=True,
            tls_security_policy=opensearch.TLSSecurityPolicy.TLS_1_2_PFS,
            fine_grained_access_control=opensearch.AdvancedSecurityOptions(master_user_arn=master_user_role.role_arn),
            # Else a request of many documents could name, where IAM does not look, indices that its path does not.
            advanced_options={"rest.action.multi.allow_explicit_index": "false"},
            logging=publishing(groups),
            suppress_logs_resource_policy=True,
            enable_auto_software_update=True,
            off_peak_window_enabled=True,
            off_peak_window_start=start,
            removal_policy=KEPT,
        )
        self._domain.node.add_dependency(delivery)
        define_access(self._domain, master_user_role, domain_arn=arn)

    @property
    def domain(self) -> opensearch.Domain:
        """The domain itself; its ``metric_*`` tell of snapshots, nodes and the key."""
        return self._domain

    @property
    def hostname(self) -> str:
        """Where clients connect with TLS, each request signed with Signature Version 4."""
        return self._domain.domain_endpoint

    @property
    def port(self) -> int:
        """The port of ``hostname``, a number at synth."""
        return _PORT

    @property
    def connections(self) -> ec2.Connections:
        """The domain's side of security-group rules."""
        return self._domain.connections

    @property
    def security_group(self) -> ec2.SecurityGroup:
        """The domain's own security group."""
        return self._security_group

    @property
    def audit_log_group(self) -> logs.LogGroup:
        """Who did what, once the master user has turned the audit on."""
        return self._audit_log_group

    @property
    def encryption_key(self) -> kms.IKey:
        """The key for everything at rest."""
        return self._key

    @checked_arguments
    def grant_read(self, grantee: iam.IGrantable, *, indices: Sequence[str] = ("*",)) -> iam.Grant:
        """Let a principal send requests that search, count and get documents of ``indices``.

        :param indices: names, or patterns such as ``results-*``. Default: all of them.
        :raises ValueError: what is no name of an index.
        """
        require_indices(indices)
        return grant_read(self._domain.domain_arn, grantee, indices)

    @checked_arguments
    def grant_write(self, grantee: iam.IGrantable, *, indices: Sequence[str] = ("*",)) -> iam.Grant:
        """Let a principal send requests that make, change and delete documents of ``indices``, not indices themselves.

        :param indices: names, or patterns such as ``results-*``. Default: all of them.
        :raises ValueError: what is no name of an index.
        """
        require_indices(indices)
        return grant_write(self._domain.domain_arn, grantee, indices)

    @checked_arguments
    def grant_read_write(self, grantee: iam.IGrantable, *, indices: Sequence[str] = ("*",)) -> iam.Grant:
        """Let a principal send the requests of ``grant_read`` and of ``grant_write``."""
        return self.grant_read(grantee, indices=indices).combine(self.grant_write(grantee, indices=indices))
