"""Reads what somebody else wrote, YAML, JSON and templates, so that nothing in it can hurt."""

from __future__ import annotations

import json
import re
from typing import Any, Final

import yaml
from jinja2 import ChainableUndefined, Undefined
from jinja2.filters import FILTERS
from jinja2.sandbox import ImmutableSandboxedEnvironment

from source_circle_events.errors import config_error
from source_circle_events.manifest import LOADER

_DEEPEST: Final = 80
_MOST: Final = 1_000_000
"""Values, each counted as often as it is referred to."""


def document(content: bytes) -> dict[str, Any]:
    """The mapping in a file, or a config_error."""
    try:
        try:
            loaded = json.loads(content)
        except ValueError:
            _refuse_bombs(content)
            loaded = yaml.load(content, Loader=LOADER)  # noqa: S506  (a safe loader)
    except (yaml.YAMLError, ValueError, RecursionError, TypeError):
        raise config_error("The file holds neither YAML nor JSON that can be read.") from None
    return loaded if isinstance(loaded, dict) else {}


def _refuse_bombs(content: bytes) -> None:
    """A few lines of YAML can stand for gigabytes, and a list in a list in a list ends its parser
    without a word: both are seen in the file's events, where an alias weighs what it stands for."""
    weights: dict[str | None, int] = {}
    opened: list[tuple[str | None, int]] = []
    total = 0
    for event in yaml.parse(content, Loader=LOADER):
        total += weights.get(event.anchor, 1) if isinstance(event, yaml.AliasEvent) else 1
        if isinstance(event, yaml.CollectionStartEvent):
            opened.append((event.anchor, total))
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, before = opened.pop()
            weights[anchor] = total - before
        if len(opened) > _DEEPEST or total > _MOST:
            raise config_error("The file is nested too deep, or repeats itself too often.")


def rendered(template: object, **known: Any) -> str:
    """A template as text; what only a user's config can say stands there as `<key>`, what is more than
    an address needs as `<...>`."""
    if not isinstance(template, str) or len(template) > 5_000 or "{%" in template:
        return ""

    def text(found: re.Match[str]) -> str:
        try:
            value = _expressions.compile_expression(found[1], undefined_to_none=False)(**known)
            return "" if value is None else str(value)
        except Exception:  # noqa: BLE001  (whatever is written there)
            return "<...>"

    return re.sub(r"\{\{-?(.*?)-?\}\}", text, template, flags=re.DOTALL)


class Config(dict[str, Any]):
    """The defaults of a spec, for templates."""

    def get(self, key: str, default: Any = None) -> Any:
        return super().get(key, _Unknown(name=key) if default is None else default)


class _Unknown(ChainableUndefined):
    """False, so that `or` goes on, and text to be seen; also with `.strip()` behind it."""

    def __str__(self) -> str:
        return f"<{self._undefined_name}>"

    def __call__(self, *_: object) -> _Unknown:  # type: ignore[override]
        return self


class _Expressions(ImmutableSandboxedEnvironment):
    """Lookups, `or`, `~`, `+`, `if` and trimming: nothing that can run for long."""

    intercepted_binops = frozenset({"-", "*", "/", "//", "%", "**"})

    def is_safe_callable(self, obj: Any) -> bool:
        trims = getattr(obj, "__name__", "") in ("get", "strip", "lstrip", "rstrip")
        return trims or isinstance(obj, Undefined)


_expressions = _Expressions(undefined=_Unknown)
_expressions.globals, _expressions.tests = {}, {}
_expressions.binop_table = {}
_expressions.filters = {name: FILTERS[name] for name in ("trim", "default", "d")}
