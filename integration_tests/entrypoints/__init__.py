"""Every way to the connector, tried with the real client. Each asks the sandbox over HTTP.

any of them             test_all_forms.py         check, discover, read, go on from there
console script          test_cli_*.py             spec, check, discover; files and settings; the shell
Airbyte Cloud           test_cloud_templates.py   the manifest alone: what old CDKs make of its templates
Connector Builder       test_builder.py           its backend, the CDK's manifest server
wheel, container image  test_contents.py          what they hold (the image only with `-m image`)
registry                test_registry_files.py    metadata.yaml, Dockerfile, icon
CDK's standard tests    test_standard_suites.py   the scenarios of acceptance-test-config.yml
PyAirbyte, DuckDB       integration_tests/examples/   the tests of the demo and the examples
"""
