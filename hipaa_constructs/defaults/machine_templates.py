"""What machines start as that a service launches for the app: encrypted volumes, and IMDSv2."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import aws_ec2 as ec2

from hipaa_constructs.defaults.setting import Made
from hipaa_constructs.defaults.volumes import admit_volumes

ENCRYPTED = "Volumes are under the stack's key, and who tricks a machine into a request gets no credentials by it."


def define_template(made: Made, devices: Sequence[str]) -> ec2.CfnLaunchTemplate:
    """Make a launch template for an image that starts from ``devices``, which keep the sizes of the image.

    Two hops are what containers need to come to the metadata service of their host, as they do without a template:
    docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html.
    """
    admit_volumes(made.session, made.key)
    template = ec2.CfnLaunchTemplate
    return template(
        made.home,
        "Template",
        launch_template_data=template.LaunchTemplateDataProperty(
            block_device_mappings=[
                template.BlockDeviceMappingProperty(
                    device_name=device,
                    ebs=template.EbsProperty(
                        delete_on_termination=True, encrypted=True, kms_key_id=made.key.key_arn, volume_type="gp3"
                    ),
                )
                for device in devices
            ],
            metadata_options=template.MetadataOptionsProperty(http_tokens="required", http_put_response_hop_limit=2),
        ),
    )
