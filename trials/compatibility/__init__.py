"""The manifest alone under old and new versions of Airbyte's CDK: is a read whole, or loud?

A self-managed Airbyte runs a manifest with the CDK it was built with, which may be a year old. Each
version gets an environment of its own; a small service answers as the scenario says.
`python -m trials.compatibility` writes docs/compatibility.md.
"""
