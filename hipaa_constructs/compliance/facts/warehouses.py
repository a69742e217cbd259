"""What rules about Redshift share: what its parameters say, of clusters and of workgroups."""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, Resolved, Unknown, as_items, as_text, is_mapping

USER_ACTIVITY = "enable_user_activity_logging"
TLS_REQUIRED = "require_ssl"
CLUSTER, WORKGROUP = "AWS::Redshift::Cluster", "AWS::RedshiftServerless::Workgroup"


def parameter_group(cluster: Resource) -> Resource | str | None:
    """Return the parameter group of a cluster; the name of Redshift's own, or None where it is not part of the app.

    A cluster that names none has Redshift's own, also when it is restored from a snapshot, and its parameters cannot
    be changed (docs.aws.amazon.com/redshift/latest/mgmt/working-with-parameter-groups.html).
    """
    name = cluster.get("ClusterParameterGroupName", "default.redshift-2.0")
    if isinstance(name, str) and name.startswith("default."):
        return str(name)
    return cluster.template.target(name, "AWS::Redshift::ClusterParameterGroup")


def group_parameter(group: Resource, name: str) -> Resolved | None:
    """Return what a parameter group sets a parameter to; None where it does not."""
    return _setting(group.get("Parameters"), "ParameterName", name)


def workgroup_parameter(workgroup: Resource, name: str) -> Resolved | None:
    """Return what a workgroup sets a parameter to; None where it does not."""
    return _setting(workgroup.get("ConfigParameters"), "ParameterKey", name)


def _setting(parameters: Resolved | None, key: str, wanted: str) -> Resolved | None:
    unread = False
    for entry in as_items(parameters):
        name = as_text(entry.get(key)) if is_mapping(entry) else UNKNOWN
        if isinstance(name, Unknown):
            unread = True
        elif str(name).lower() == wanted and is_mapping(entry):
            return entry.get("ParameterValue", UNKNOWN)
    return UNKNOWN if unread else None
