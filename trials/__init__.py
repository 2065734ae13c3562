"""The worst days of the service, each held against both runtimes: `python -m trials`.

Not unit tests: real processes over real HTTP, and the verdict is drawn from what they wrote and from
what the sandbox knows to be true, never from the connector's own account.
"""
