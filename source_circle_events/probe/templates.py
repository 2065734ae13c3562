"""The few expressions that addresses in manifests are made of, worked out without running any code.

Jinja would run whatever the file says, loops of hours included. Here its parser only reads: lookups in
config and parameters, `or`, `~`, `if`, trimming. Anything else stays as `<...>` for a person to see.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jinja2 import Environment, TemplateError, nodes

_TEXT = {"strip": str.strip, "lstrip": str.lstrip, "rstrip": str.rstrip, "trim": str.strip}


class _Unknown(str):
    """What only a user's config can say: false, so that `or` goes on, and text to be seen."""

    __slots__ = ()

    def __bool__(self) -> bool:
        return False


class Config(dict[str, Any]):
    """The defaults of a spec; other keys are `<key>`."""

    def get(self, key: str, default: Any = None) -> Any:
        return super().get(key, _Unknown(f"<{key}>") if default is None else default)


def rendered(template: object, config: Mapping[str, Any], parameters: Mapping[str, Any]) -> str:
    """`template` as text; what only a user's config can say stands there as `<key>`."""
    if not isinstance(template, str) or len(template) > 5_000:
        return ""
    try:
        tree = Environment(autoescape=True).parse(template)
        known = {"config": config, "parameters": parameters, "options": parameters}
        return "".join(_text(_value(node, known)) for part in tree.body for node in _outputs(part))
    except (TemplateError, RecursionError):
        return ""


def _outputs(part: nodes.Node) -> list[nodes.Node]:
    return list(part.nodes) if isinstance(part, nodes.Output) else [part]


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _value(node: nodes.Node, known: Mapping[str, Any]) -> Any:  # noqa: C901, PLR0911  (a case for each kind)
    match node:
        case nodes.TemplateData():
            return node.data
        case nodes.Const():
            return node.value
        case nodes.Name():
            return known.get(node.name)
        case nodes.Or():
            return _value(node.left, known) or _value(node.right, known)
        case nodes.And():
            return _value(node.left, known) and _value(node.right, known)
        case nodes.Concat():
            return "".join(_text(_value(part, known)) for part in node.nodes)
        case nodes.Add():
            return _text(_value(node.left, known)) + _text(_value(node.right, known))
        case nodes.CondExpr():
            chosen = node.expr1 if _value(node.test, known) else node.expr2
            return _value(chosen, known) if chosen else ""
        case nodes.Getitem() | nodes.Getattr():
            key = node.attr if isinstance(node, nodes.Getattr) else _value(node.arg, known)
            return _looked_up(_value(node.node, known), key)
        case nodes.Filter(name="trim"):
            return _text(_value(node.node, known)).strip() if node.node else ""
        case nodes.Filter(name="default") | nodes.Filter(name="d"):
            given = _value(node.node, known) if node.node else None
            return given or (_value(node.args[0], known) if node.args else "")
        case nodes.Call(node=nodes.Getattr() as method):
            return _called(method, [_value(arg, known) for arg in node.args], known)
    return "<...>"


def _called(method: nodes.Getattr, given: list[Any], known: Mapping[str, Any]) -> Any:
    target = _value(method.node, known)
    if method.attr == "get" and given:
        return _looked_up(target, *given[:2])
    if method.attr in _TEXT and len(given) <= 1:
        return _TEXT[method.attr](_text(target), *map(str, given))
    return "<...>"


def _looked_up(target: object, key: object, default: object = None) -> Any:
    found = isinstance(target, Mapping) and isinstance(key, str)
    return target.get(key, default) if found else default  # type: ignore[attr-defined]
