"""Both forms of the connector against every known fault: real processes over real HTTP.

What is right is judged by what a process wrote and what the sandbox knows, never by the connector's own
account. A quick core runs with every `make test`; `make trials` and `make compatibility` run everything
and write the tables in docs/.
"""
