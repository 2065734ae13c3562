"""How a connector is run and what it wrote is read: one code for trials, entrypoint tests, benchmarks.

`connector` writes the input files and calls the command, `process` runs it with a reader of any speed
and measures it, `protocol` reads its output, `streams` knows what there is to read; `environments` makes
one for other packages than ours, `pages` writes what was found into docs/.
"""
