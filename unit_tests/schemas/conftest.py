"""One event as documented, and the member in it."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def member() -> dict[str, Any]:
    return {
        "type": "CommunityMember",
        "id": 41,
        "public_uid": "a1b2c3d4",
        "name": "Ada Okafor",
        "first_name": "Ada",
        "last_name": "Okafor",
        "email": "ada.okafor@example.com",
        "is_admin": False,
        "is_moderator": True,
    }


@pytest.fixture
def event(member: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": "497f6eca-6276-4993-bfeb-53cbbbba6f08",
        "name": "post.liked",
        "triggered_at": "2025-03-01T10:00:00Z",
        "created_at": "2025-03-01T10:00:02Z",
        "version": "1",
        "payload": {
            "community_member": member,
            "space": {"type": "Space", "id": 7, "name": "Lounge", "slug": "lounge"},
        },
    }
