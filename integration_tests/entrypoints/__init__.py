"""Every entrypoint by which somebody reaches the connector, tried with the real client.

Console script, check, wheel, Airbyte Cloud's runtime, the Connector Builder's backend, the CDK's
standard suites, the container image (minutes, and root: only with `-m image`), and the files the
registry reads. The service behind each is the sandbox, over HTTP.
"""
