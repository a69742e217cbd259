"""Functions, containers, instances, volumes, Kubernetes, batch and Glue jobs, images."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import as_items, as_text, dig, spread
from hipaa_constructs.cost.items import HOURS, Case, Family, Item, UntoldError, hours, number_of, part, slug, text_of
from hipaa_constructs.cost.meters.monitoring import detailed

_SCALE = ("compute.scale_out",)
_UNITS_OF_CPU = Decimal(1024)
# Fargate gives a task so much without charge (https://aws.amazon.com/fargate/pricing/).
_FREE_STORAGE = Decimal(20)
# A Glue worker's share of a DPU (https://docs.aws.amazon.com/glue/latest/dg/worker-types.html).
_WORKERS = {"G.025X": "0.25", "Standard": "1", "G.1X": "1", "G.2X": "2", "G.4X": "4", "G.8X": "8"}
# Batch gives a vCPU so much memory unless a job says more: this project's assumption.
_JOB_MEMORY = Decimal(4)


def _function(case: Case) -> Iterator[Item]:
    runs = case.share("compute.invocations")
    yield Item("lambda.requests", runs, "runs of all functions, shared evenly", ("compute.invocations",))
    memory = case.number("MemorySize", 128)
    seconds = runs * case.use("compute.milliseconds") / 1000
    arm = any(as_text(one) == "arm64" for one in case.listed("Architectures"))
    price = "lambda.arm_gb_second" if arm else "lambda.gb_second"
    rests = ("compute.invocations", "compute.milliseconds")
    yield Item(price, seconds * memory / 1024, f"{memory:f} MB while it runs", rests)


def _service(case: Case) -> Iterator[Item]:
    task = case.target("TaskDefinition", "AWS::ECS::TaskDefinition")
    providers = [
        as_text(one) for one in spread(case.resource.properties, "CapacityProviderStrategy[].CapacityProvider")
    ]
    if case.text("LaunchType", "FARGATE" if not providers or "FARGATE" in providers else "EC2") != "FARGATE":
        # Its instances stand with their Auto Scaling group.
        return
    if task is None:
        raise UntoldError("its task definition is in none of these templates")
    times = case.use("compute.scale_out") * case.number("DesiredCount", 1)
    cpu = number_of(task.get("Cpu"), "Cpu", 256) / _UNITS_OF_CPU
    memory = number_of(task.get("Memory"), "Memory", 512) / 1024
    arm = "arm_" if as_text(task.get("RuntimePlatform.CpuArchitecture")) == "ARM64" else ""
    why = f"{case.number('DesiredCount', 1):f} tasks"
    yield Item(f"fargate.{arm}vcpu_hour", HOURS * cpu * times, f"{why} of {cpu:f} vCPUs", _SCALE)
    yield Item(f"fargate.{arm}gb_hour", HOURS * memory * times, f"{why} of {memory:f} GB", _SCALE)
    storage = number_of(task.get("EphemeralStorage.SizeInGiB"), "SizeInGiB", 20) - _FREE_STORAGE
    if storage > 0:
        yield Item("fargate.storage_gb_hour", HOURS * storage * times, f"{why}, storage above 20 GB", _SCALE)


def _group(case: Case) -> Iterator[Item]:
    least = case.number("DesiredCapacity", str(case.number("MinSize")))
    template = _launch_template(case.resource)
    if template is None:
        raise UntoldError("its launch template is in none of these templates")
    yield from _instances(case, template, least, dig(template.properties, "LaunchTemplateData"))


def _nodes(case: Case) -> Iterator[Item]:
    least = case.number("ScalingConfig.DesiredSize", str(case.number("ScalingConfig.MinSize", 1)))
    template = _launch_template(case.resource)
    names = [text_of(one, "InstanceTypes") for one in case.listed("InstanceTypes")]
    data = dig(template.properties, "LaunchTemplateData") if template else None
    yield from _instances(case, template, least, data, names[0] if names else "")


def _instances(case: Case, template: Resource | None, least: Decimal, data: object, given: str = "") -> Iterator[Item]:
    name = given or text_of(dig(data, "InstanceType"), "InstanceType", "t3.medium" if template is None else "")
    if not name:
        raise UntoldError("its launch template names no instance type")
    times = least * case.use("compute.scale_out")
    yield Item(
        f"ec2.instance_hour.{slug(name)}", HOURS * times, f"{least:f} instances of {name}, {HOURS} hours", _SCALE
    )
    for device in as_items(dig(data, "BlockDeviceMappings")):
        yield from _volume_items(dig(device, "Ebs"), times, f"of {least:f} instances", _SCALE)
    if as_text(dig(data, "Monitoring.Enabled")) == "true":
        yield from detailed(times)


def _launch_template(resource: Resource) -> Resource | None:
    for path in ("LaunchTemplate.LaunchTemplateId", "LaunchTemplate.Id", _MIXED):
        found = resource.template.target(resource.get(path), "AWS::EC2::LaunchTemplate")
        if found is not None:
            return found
    return None


_MIXED = "MixedInstancesPolicy.LaunchTemplate.LaunchTemplateSpecification.LaunchTemplateId"


def _instance(case: Case) -> Iterator[Item]:
    template = _launch_template(case.resource)
    data = dig(template.properties, "LaunchTemplateData") if template else None
    name = case.text("InstanceType") or text_of(dig(data, "InstanceType"), "InstanceType", "m1.small")
    yield hours(f"ec2.instance_hour.{slug(name)}", f"an instance of {name}")
    devices = case.listed("BlockDeviceMappings") or as_items(dig(data, "BlockDeviceMappings"))
    for device in devices:
        yield from _volume_items(dig(device, "Ebs"), Decimal(1), "of an instance", ())


def _volume(case: Case) -> Iterator[Item]:
    size, kind = case.number("Size"), case.text("VolumeType", "gp2")
    yield from _storage(kind, size, case.number("Iops"), case.number("Throughput"), Decimal(1), "a volume", ())


def _volume_items(ebs: object, times: Decimal, of: str, rests: tuple[str, ...]) -> Iterator[Item]:
    size = part(ebs, "VolumeSize", 8)
    kind = text_of(dig(ebs, "VolumeType"), "VolumeType", "gp2")
    yield from _storage(kind, size, part(ebs, "Iops"), part(ebs, "Throughput"), times, f"a volume {of}", rests)


def _storage(
    kind: str, size: Decimal, iops: Decimal, throughput: Decimal, times: Decimal, of: str, rests: tuple[str, ...]
) -> Iterator[Item]:
    kind = "io2" if kind == "io1" else kind
    yield Item(f"ebs.{kind}_gb_month", size * times, f"{of}, {size:f} GB of {kind}", rests)
    # What gp3 has without charge: 3,000 IOPS and 125 MB/s (https://aws.amazon.com/ebs/pricing/).
    if kind == "gp3" and iops > 3000:
        yield Item("ebs.gp3_iops_month", (iops - 3000) * times, f"{of}, {iops:f} IOPS", rests)
    if kind == "gp3" and throughput > 125:
        yield Item("ebs.gp3_mbps_month", (throughput - 125) * times, f"{of}, {throughput:f} MB/s", rests)
    if kind == "io2" and iops:
        yield Item("ebs.io2_iops_month", iops * times, f"{of}, {iops:f} IOPS", rests)


def _kubernetes(case: Case) -> Iterator[Item]:
    yield hours("eks.cluster_hour", "a cluster in standard support")


def _jobs(case: Case) -> Iterator[Item]:
    kind = case.text("ComputeResources.Type", "FARGATE")
    worked = case.share("compute.job_vcpu_hours")
    rests = ("compute.job_vcpu_hours",)
    if not kind.startswith("FARGATE"):
        raise UntoldError("which instances run its jobs is decided when they run")
    yield Item("fargate.vcpu_hour", worked, "jobs, shared evenly", rests)
    yield Item("fargate.gb_hour", worked * _JOB_MEMORY, f"jobs, {_JOB_MEMORY} GB a vCPU", rests)


def _glue(case: Case) -> Iterator[Item]:
    worker = case.text("WorkerType", "G.1X")
    if worker not in _WORKERS:
        raise UntoldError(f"how much of a DPU {worker} is, is not known")
    workers = case.number("NumberOfWorkers", str(case.number("MaxCapacity", 10)))
    amount = workers * Decimal(_WORKERS[worker]) * case.use("compute.job_hours")
    yield Item("glue.dpu_hour", amount, f"{workers:f} workers of {worker} while the job runs", ("compute.job_hours",))


def _images(case: Case) -> Iterator[Item]:
    yield Item("ecr.gb_month", case.share("compute.image_gb"), "images, shared evenly", ("compute.image_gb",))


FAMILY = Family(
    choice="compute",
    units={
        "lambda.requests": "request",
        "lambda.gb_second": "GB-second",
        "lambda.arm_gb_second": "GB-second",
        "fargate.vcpu_hour": "vCPU-hour",
        "fargate.gb_hour": "GB-hour",
        "fargate.arm_vcpu_hour": "vCPU-hour",
        "fargate.arm_gb_hour": "GB-hour",
        "fargate.storage_gb_hour": "GB-hour",
        "ec2.instance_hour.*": "instance-hour",
        "ebs.*_gb_month": "GB-month",
        "ebs.gp3_iops_month": "IOPS-month",
        "ebs.gp3_mbps_month": "MB/s-month",
        "ebs.io2_iops_month": "IOPS-month",
        "eks.cluster_hour": "cluster-hour",
        "glue.dpu_hour": "DPU-hour",
        "ecr.gb_month": "GB-month",
        "cloudwatch.custom_metric_month": "metric-month",
    },
    meters={
        "AWS::Lambda::Function": _function,
        "AWS::ECS::Service": _service,
        "AWS::AutoScaling::AutoScalingGroup": _group,
        "AWS::EKS::Nodegroup": _nodes,
        "AWS::EC2::Instance": _instance,
        "AWS::EC2::Volume": _volume,
        "AWS::EKS::Cluster": _kubernetes,
        "AWS::Batch::ComputeEnvironment": _jobs,
        "AWS::Glue::Job": _glue,
        "AWS::ECR::Repository": _images,
    },
)
