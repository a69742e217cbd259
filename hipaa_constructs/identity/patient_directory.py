from __future__ import annotations

from collections.abc import Mapping, Sequence

import aws_cdk as cdk
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from constructs import Construct

from hipaa_constructs._arguments import checked_arguments
from hipaa_constructs._regions import require_region
from hipaa_constructs.edge.requirements import require_firewall
from hipaa_constructs.edge.web_firewall import WebFirewall
from hipaa_constructs.identity.directory_apps import define_app, require_urls, require_validity
from hipaa_constructs.identity.directory_domain import define_domain, require_domain
from hipaa_constructs.identity.directory_pool import define_pool, define_threat_protection
from hipaa_constructs.identity.smart_scopes import define_scopes, require_scopes, require_scopes_of
from hipaa_constructs.identity.user_pool_key import let_user_pools_use
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey
from hipaa_constructs.storage.delivered_logs import DeliveredLogs

# docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncognitouserpools.html
_MANAGE = (
    "cognito-idp:AdminCreateUser",
    "cognito-idp:AdminDisableUser",
    "cognito-idp:AdminEnableUser",
    "cognito-idp:AdminGetUser",
    "cognito-idp:AdminResetUserPassword",
    "cognito-idp:AdminUpdateUserAttributes",
    "cognito-idp:AdminUserGlobalSignOut",
    "cognito-idp:ListUsers",
)


class PatientDirectory(Construct):
    """A Cognito user pool that patients sign in to, with two factors, and SMART on FHIR apps for it.

    - Everybody signs in with address, password of 15 characters or more, and an authenticator app; under
      ``domain_name`` with a passkey as well, which is both factors in one. Codes by text message or mail are no
      factor: NIST SP 800-63B-4 restricts the one (section 3.2.9) and takes the other for none (section 3.1.3.1). A
      password can be set anew by mail; the second factor is asked for all the same. At the first sign-in after
      an invitation Cognito asks for none yet (docs.aws.amazon.com/cognito/latest/developerguide/
      user-pool-settings-mfa.html).
    - Administrators invite patients; nobody signs up, unless ``pre_sign_up`` decides on each.
    - Threat protection (the Plus plan, which costs per user) blocks sign-ins at high risk and passwords that were
      leaked. What it finds is delivered to a bucket under the key, kept seven years, since a log group would have to be
      without one (docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/
      API_CloudWatchLogsConfigurationType.html).
    - Pool and logs are under one customer key. A ``WebFirewall`` stands in front of all of Cognito's endpoints; it
      blocks anonymizers and servers of hosting providers too (docs.aws.amazon.com/waf/latest/developerguide/
      aws-managed-rule-groups-ip-rep.html).
    - Apps, made with ``add_app``, get an authorization code, and with it tokens for an hour.
    - Devices are told apart; a remembered one replaces no factor. A new address counts once it is verified.

    Cognito has no backups, and AWS Backup does not know it: a pool cannot be deleted by mistake, but a user who was
    deleted is gone, with password and factors, which nobody can export. What ties a person to a record belongs into a
    store with a backup plan, such as ``EncryptedTable``, so that people can be invited anew.

    Of SMART App Launch 2, Cognito has code flow, PKCE (which no setting demands: the app has to send it), refresh
    and the scopes below. It has no ``fhirUser``, ``offline_access`` or bare ``launch``, and returns no launch context:
    the FHIR server learns from the token who asks, and publishes ``.well-known/smart-configuration``.

    Meets 164.312(d) person or entity authentication, 164.312(a)(1) access control, 164.312(a)(2)(iv) encryption and
    decryption, 164.312(b) audit controls and 164.312(e)(1) transmission security. Supports 164.308(a)(5)(ii)(D)
    password management.

    :param domain_prefix: what the address of the sign-in pages begins with, one of its kind in the Region.
        Default: ``domain_name`` is the address; one of the two is needed.
    :param domain_name: an address of your own, such as ``login.clinic.example``, whose DNS leads to
        ``domain.cloud_front_endpoint``. A change makes all passkeys void. GovCloud has none.
    :param certificate: the certificate of ``domain_name``, in us-east-1.
    :param smart_scopes: what apps may ask for, ``patient/``, ``user/`` and ``launch/`` of SMART 2.
        Default: ``launch/patient`` and ``patient/*.rs``, to read and search what is the patient's own.
    :param pre_sign_up: a function that turns strangers down or lets them in, after which they verify their address.
        Default: administrators alone make users.
    :param email: how Cognito sends mail; ``cognito.UserPoolEmail.with_ses(…)`` for more than 50 a day.
        Default: Cognito's own address. Source: docs.aws.amazon.com/cognito/latest/developerguide/limits.html.
    :param custom_attributes: such as the id of the patient's record, which no app can change. They cannot be taken
        away again. Default: none.
    :param web_firewall: a Regional firewall. Default: a ``WebFirewall`` of its own.
    :param encryption_key: the key of pool and logs, of this Region. Default: a ``KmsRotatedKey`` of its own.
    :raises ValueError: a Region without Cognito, neither prefix nor name or both, a name without certificate or in
        GovCloud, a scope that SMART or Cognito does not know, or a firewall for CloudFront.
    """

    @checked_arguments
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        domain_prefix: str | None = None,
        domain_name: str | None = None,
        certificate: acm.ICertificate | None = None,
        smart_scopes: Sequence[str] = ("launch/patient", "patient/*.rs"),
        pre_sign_up: lambda_.IFunction | None = None,
        email: cognito.UserPoolEmail | None = None,
        custom_attributes: Mapping[str, cognito.ICustomAttribute] | None = None,
        web_firewall: WebFirewall | None = None,
        encryption_key: kms.IKey | None = None,
    ) -> None:
        require_region(scope, "AWS::Cognito::UserPool", what="A user pool", fix="Choose another Region.")
        require_domain(scope, domain_prefix, domain_name, certificate)
        require_scopes(smart_scopes)
        require_firewall(web_firewall, "REGIONAL", behind="a user pool")
        super().__init__(scope, construct_id)

        self._passkeys = domain_name is not None
        self._key = encryption_key or KmsRotatedKey(self, "Key").key
        let_user_pools_use(self._key)
        self._pool = define_pool(
            self,
            key=self._key,
            passkeys_for=domain_name,
            pre_sign_up=pre_sign_up,
            email=email,
            custom_attributes=custom_attributes,
        )
        self._scopes = define_scopes(self._pool, smart_scopes)
        self._domain = define_domain(self._pool, domain_prefix, domain_name, certificate)
        self._logs = DeliveredLogs(self, "Logs", encryption_key=self._key)
        define_threat_protection(self._pool, self._logs)
        self._firewall = web_firewall or WebFirewall(self, "WebFirewall", encryption_key=self._key)
        self._firewall.associate(self._pool.user_pool_arn, scope=self)

    @property
    def user_pool(self) -> cognito.UserPool:
        """The pool itself, for authorizers."""
        return self._pool

    @property
    def domain(self) -> cognito.UserPoolDomain:
        """Where people sign in."""
        return self._domain

    @property
    def web_firewall(self) -> WebFirewall:
        """The firewall in front."""
        return self._firewall

    @property
    def log_bucket(self) -> s3.Bucket:
        """Where each sign-in and its risk is written down."""
        return self._logs.bucket

    @property
    def encryption_key(self) -> kms.IKey:
        """The key of pool and logs."""
        return self._key

    @checked_arguments
    def add_app(
        self,
        construct_id: str,
        *,
        callback_urls: Sequence[str],
        scopes: Sequence[str],
        logout_urls: Sequence[str] = (),
        generate_secret: bool = False,
        access_token_validity: cdk.Duration | None = None,
        refresh_token_validity: cdk.Duration | None = None,
    ) -> cognito.UserPoolClient:
        """Add an app: by authorization code alone, never the implicit flow or a program's, or a password as it is.

        Refresh tokens are replaced at each use and can be revoked; answers do not tell who has an account.

        :param callback_urls: where the code goes: https, and neither localhost nor a scheme of the app's own.
        :param scopes: those of ``smart_scopes`` that the app may ask for, beside ``openid``.
        :param logout_urls: where people are led when they signed out. Default: none.
        :param generate_secret: whether the app runs on a server, which can keep a secret. Default: it has PKCE alone.
        :param access_token_validity: of access and id tokens, 5 minutes to 1 hour. Default: 1 hour.
        :param refresh_token_validity: 1 hour to 92 days, for apps that can keep a token safe. Default: 1 day.
        :raises ValueError: an address or scope that is not allowed, or tokens that live too long.
        """
        require_urls("callback_urls", callback_urls, needed=True)
        require_urls("logout_urls", logout_urls)
        require_scopes_of(self._scopes, scopes)
        require_validity("access_token_validity", access_token_validity, fix="Leave it out for 1 hour.")
        require_validity("refresh_token_validity", refresh_token_validity, fix="Leave it out for 1 day.")
        return define_app(
            self._pool,
            construct_id,
            passkeys=self._passkeys,
            scopes=[self._scopes[scope] for scope in dict.fromkeys(scopes)],
            callback_urls=callback_urls,
            logout_urls=logout_urls,
            generate_secret=generate_secret,
            access_token_validity=access_token_validity,
            refresh_token_validity=refresh_token_validity,
        )

    @checked_arguments
    def grant_manage_users(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let a principal of this account invite, look up, change, lock and unlock users, but not delete any."""
        return self._pool.grant(grantee, *_MANAGE)
