"""The quick core of `python -m trials`, for every `make test`: one process or two a test.

The law, the processes and the scenarios are those of the trials; what is chosen here is what once
lost records or leaked a token in trials of ours, and what the trials don't look at (the pipe).
"""
