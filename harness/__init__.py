"""Runs a connector and parses its output, for trials, entrypoint tests and benchmarks.

`connector` writes the input files and builds the command, `process` runs and measures it, `protocol`
parses its output, `streams` has catalogs and states, `environments` creates virtual environments, and
`pages` writes results into docs/.
"""
