"""A Circle Data API of our own on loopback, for the demo, the tests and the benchmarks.

There is no account to test against, and no real service would lose a page, lie about a header or
leak a token on request. It is not part of the wheel.
"""

from sandbox.options import Options
from sandbox.sandbox import Sandbox

__all__ = ["Options", "Sandbox"]
