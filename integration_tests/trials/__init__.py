"""The quick core of `python -m trials`, for every `make test`: one process or two a test.

Invariants, processes and scenarios are those of the trials; what is chosen here is what once lost
records or leaked a token in trials of ours, and at least one scenario of each group.
"""
