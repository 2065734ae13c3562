"""The same event and member as for the schemas."""

from unit_tests.schemas.conftest import event, member

__all__ = ["event", "member"]
