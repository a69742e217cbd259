"""All services, in the order in which what the app has made is completed."""

from __future__ import annotations

from collections.abc import Sequence

from hipaa_constructs.defaults import (
    api_gateway,
    backups,
    cloudfront,
    cognito,
    dynamodb,
    ecr,
    ecs,
    efs,
    eks,
    elasticache,
    functions,
    instances,
    kinesis,
    kms,
    load_balancers,
    logs,
    opensearch,
    outsiders,
    rds,
    roles,
    s3,
    secrets,
    sns,
    sqs,
    state_machines,
    vpc,
)
from hipaa_constructs.defaults.service import Service

SERVICES: Sequence[Service] = (
    s3.SERVICE,
    sqs.SERVICE,
    sns.SERVICE,
    dynamodb.SERVICE,
    rds.SERVICE,
    efs.SERVICE,
    functions.SERVICE,
    instances.SERVICE,
    logs.SERVICE,
    state_machines.SERVICE,
    ecs.SERVICE,
    eks.SERVICE,
    opensearch.SERVICE,
    elasticache.SERVICE,
    kinesis.SERVICE,
    secrets.SERVICE,
    ecr.SERVICE,
    load_balancers.SERVICE,
    cloudfront.SERVICE,
    api_gateway.SERVICE,
    cognito.SERVICE,
    kms.SERVICE,
    vpc.SERVICE,
    roles.SERVICE,
    backups.SERVICE,
    outsiders.SERVICE,
)
