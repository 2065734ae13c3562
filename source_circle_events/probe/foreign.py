"""Reads what somebody else wrote, YAML, JSON and templates, so that nothing in it can hurt."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

import yaml
from jinja2 import ChainableUndefined, nodes
from jinja2.sandbox import SandboxedEnvironment

from source_circle_events.errors import config_error

Node = Mapping[str, Any]

_LONGEST_CHAIN: Final = 12
"""Of references that lead to references."""
_OTHER: Final = "<...>"
_MOST_MERGED: Final = 10_000
_CALLED: Final = {"get", "strip", "lstrip", "rstrip", "trim", "default"}


def document(content: bytes) -> Node:
    """The mapping in a file, empty if something else is in it. Raises errors of many kinds."""
    try:
        loaded = json.loads(content)
    except ValueError:
        loaded = yaml.load(content, Loader=_Loader)  # noqa: S506  (a safe loader)
    return loaded if isinstance(loaded, dict) else {}


class _Loader(yaml.SafeLoader):
    """Not libyaml's, which ends the process where a list lies too deep in lists."""

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Refuses merges of merges (`<<`), a few lines of which can stand for gigabytes."""
        super().flatten_mapping(node)
        if len(node.value) > _MOST_MERGED:
            raise ValueError


def mapping(file: Node, value: object, *keys: str, depth: int = 0) -> Node:
    """The mapping under these keys of `value`, one in the other; empty if there is none.

    References are followed; what stands beside one goes before it.
    """
    node: Node = value if isinstance(value, dict) else {}
    reference = value if isinstance(value, str) else node.get("$ref")
    if isinstance(reference, str) and reference.startswith("#/"):
        if depth > _LONGEST_CHAIN:
            raise config_error("The file has references ($ref) that lead back to themselves.")
        path = [key.replace("~1", "/").replace("~0", "~") for key in reference[2:].split("/")]
        node = {**mapping(file, file, *path, depth=depth + 1), **node}
    return mapping(file, node.get(keys[0]), *keys[1:], depth=depth) if keys else node


def rendered(template: object, **known: Any) -> str:
    """A template as text; what only a user's config can say stands there as `<key>`, what is more than
    an address needs as `<...>`."""

    def text(found: re.Match[str]) -> str:
        try:
            tree = _environment.parse(found[0])
            return _environment.from_string(tree).render(known) if _is_harmless(tree) else _OTHER
        except Exception:  # noqa: BLE001  (whatever is written there)
            return _OTHER

    if not isinstance(template, str) or len(template) > 5_000 or "{%" in template:
        return ""
    return re.sub(r"\{\{.*?\}\}", text, template, flags=re.DOTALL)


def _is_harmless(tree: nodes.Template) -> bool:
    """Whether nothing in it can run for long: it repeats and formats nothing, and calls little."""
    called = {filtered.name for filtered in tree.find_all(nodes.Filter)}
    called |= {getattr(call.node, "attr", "") for call in tree.find_all(nodes.Call)}
    costly = any(tree.find(kind) for kind in (nodes.Mul, nodes.Mod, nodes.Pow))
    return called <= _CALLED and not costly


class _Unknown(ChainableUndefined):
    """False, so that `or` goes on, and text to be seen."""

    def __str__(self) -> str:
        return f"<{self._undefined_name}>"


_environment = SandboxedEnvironment(
    undefined=_Unknown, finalize=lambda value: _OTHER if value is None else value
)
