"""Every way to run the connector, with the real client and the sandbox over HTTP.

all of them             test_all_forms.py         check, discover, read, continue from the state
console script          test_cli_*.py             spec, check, discover; files, settings, shell, signals
Airbyte Cloud           test_cloud_templates.py   the manifest's templates on the oldest CDK
Connector Builder       test_builder.py           its backend, the CDK's manifest server
wheel, container image  test_contents.py          what they contain (the image only with `-m image`)
registry                test_registry_files.py    metadata.yaml, Dockerfile, icon
CDK's standard tests    test_standard_suites.py   the scenarios of acceptance-test-config.yml
PyAirbyte, DuckDB       integration_tests/examples/   the tests of the demo and the examples
"""
