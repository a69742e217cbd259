"""The resources of each construct as one would write them with CDK's own classes, property by property.

Where CDK has no class of a higher level, its CloudFormation classes stand, as they do in the constructs.
"""
