"""The starter file of an organization, commented; imports no aws_cdk."""

from __future__ import annotations

from hipaa_constructs.landing_zone import schema

FILE = "organization.yaml"

_TEXT = f"""\
# yaml-language-server: $schema=./{schema.FILE}
#
# An organization's accounts. cdk synth -c landing-zone={FILE} builds them all, and with -c only=NAME[,NAME] those of a
# role (log_archive), of a name (Records) or of an environment (staging). Account ids are text: keep their quotes.
# Those below are made up; replace them. What a # stands before is as it is if left out.

name: Clinic
# deployment: ""                # another for a second deployment: what outlives its stacks keeps its name

organization:
  id: o-a1b2c3d4e5              # aws organizations describe-organization
  home_region: us-east-1        # where the accounts of roles have what exists once
  regions: [us-west-2]          # further ones; copies of the log archive go to the first
  owner: none                   # control_tower or accelerator, if one owns accounts, trail and AWS Config's recorders

  # root_id: r-ab12             # aws organizations list-roots; makes a unit for each environment, if owner is none
  # policies:                   # what nobody may do; they bind at once, so begin with a test account
  #   target_ids: ["200000000002"]
  #   emergency_roles: [BreakGlass]
  #   bootstrap_roles: [OrganizationAccountAccessRole]

  # The accounts that serve all others, by role. A role that is left out is not built.
  accounts:
    management: "100000000001"  # keep PHI out of it: organization policies do not bind it
    log_archive: "100000000002" # trail, AWS Config and the logs of all accounts, for seven years
    security: "100000000003"    # the administrator of GuardDuty, Security Hub, Macie and what else watches
    # identity: "100000000004"  # Identity Center's delegated administrator
    # backup: "100000000005"    # vaults that take copies of all backups, and give none up
    # network: "100000000006"   # whose addresses are whose, and what connects the workloads
    # deployment: "100000000007"

  # What accounts have that are no workloads, by a stack set to these units; the management account has it too.
  # baseline:
  #   organizational_units: [ou-ab12-22222222]

  # Firewall Manager's policies, by Region, with a security group of the security account that has the most allowed.
  # firewall:
  #   allowed_rules: {{us-east-1: sg-0123456789abcdef0}}

  # Who may do what in the workloads, in the identity account. aws sso-admin list-instances, identitystore list-groups
  # identity:
  #   instance_arn: arn:aws:sso:::instance/ssoins-1234567890abcdef
  #   developers: 11111111-2222-3333-4444-555555555555
  #   auditors: 66666666-7777-8888-9999-000000000000

  # What connects the workloads of an environment, in the network account. A workload with transit: true attaches.
  # network:
  #   addresses: {{us-east-1: {{production: 10.0.0.0/12}}, us-west-2: {{production: 10.32.0.0/12}}}} # of each Region
  #   transit_gateways: {{us-east-1: tgw-0123456789abcdef0}}       # an output of the network account's stack
  #   attachments: {{Records: tgw-attach-0123456789abcdef0}}       # an output of the workload's, once accepted
  #   # The way to the internet and between environments, past a firewall, and endpoints of AWS services for all:
  #   inspection: {{us-east-1: {{zones: [us-east-1a, us-east-1b], allowed_domains: [api.clearinghouse.example]}}}}
  #   endpoints: {{us-east-1: {{services: [sqs]}}}}
  #   profiles: {{us-east-1: rp-0123456789abcdef}} # an output of their stack

  # What deploys all of it, from the deployment account; none: you do.
  # deployment:
  #   repository: clinic/platform
  #   by: github                # or gitlab; or pipeline, with connection_arn
  #   configuration: {FILE}
  #   unattended: [staging]     # environments that need nobody's approval

  # The accounts that run something: each gets the landing zone, less what the organization does.
  workloads:
    - name: Records
      account: "200000000001"
      environment: production
      # regions: [us-east-1, us-west-2]   # where it runs, and where its copies go; left out: the first two above
      # transit: true                     # attaches to the transit gateway of the Region where it runs
      # inspected_egress: true            # its way to the internet is the firewall of network.inspection
      # shared_endpoints: true            # it finds those of network.endpoints beside its own
      # classification: PHI               # PII and NO_PHI need reason and approved_by
      network:
        cidr: 10.1.0.0/16                 # another for each account that is to reach another
    - name: Website
      account: "200000000002"
      environment: staging
      network:
        cidr: 10.16.0.0/16

# What goes for all workloads, with the same keys as for one account.
alerts:
  emails: [security@clinic.example]
# audit:
#   retention_years: 7
# backup:
#   compliance_lock_days: 30    # from then on nobody can remove the vaults' lock
# identity:
#   accounts: ["300000000001"]  # whose IAM users may take the roles, with MFA
"""


def starters() -> dict[str, str]:
    """Return the file, and the schema that editors read beside it, by name."""
    return {FILE: _TEXT, schema.FILE: schema.text()}
