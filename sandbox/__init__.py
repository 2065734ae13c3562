"""A local imitation of the Circle Data API, for the demo, the tests and the benchmarks.

We have no account to test against, and a real service does not fail on request. It is not part of the
wheel.
"""

from sandbox.options import Options
from sandbox.sandbox import Sandbox

__all__ = ["Options", "Sandbox"]
