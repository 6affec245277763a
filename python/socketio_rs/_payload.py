"""Row 7: payloads that are checked when they arrive, for handlers that say in annotations what they take.

What is checked is found once, at registration; a handler without such an annotation has no part in
this. The work is pydantic's or msgspec's; neither is imported before a handler needs it.
"""

import dataclasses
import functools
import importlib
import importlib.util
import sys
import typing
from collections.abc import Callable, Iterator, Sequence
from typing import Annotated, Any, Literal, NamedTuple

from ._core import Ack, Socket
from ._errors import PayloadError
from ._log import logger
from ._signature import Payload, Unresolvable, name_of

Package = Literal["pydantic", "msgspec"]

_MOST_LISTED = 100
"""Of more mistakes in a payload no list is made, which would take its time."""
_MOST_REASONS = 3
_LONGEST_TEXT = 500
"""Of what clients sent, only so much gets into the log."""


class _Check(NamedTuple):
    """How values of one type are checked."""

    convert: Callable[[Any], Any]
    """Gives what the handler gets."""
    mismatch: type[Exception]
    """What it raises when a value does not fit."""
    reason: Callable[[Any], str]
    """Puts that into words."""


def checked(function: Callable[..., Any], payloads: Sequence[Payload]) -> Callable[..., Any] | None:
    """Puts checks of its payloads in front of a function.

    Args:
        function: A handler.
        payloads: Its parameters for data, as `_signature.read` gives them.

    Returns:
        What to call in its place, with the same arguments; None: there is nothing to check. It
        raises `PayloadError` for what does not match.
    """
    checks = [
        (payload, check)
        for payload in payloads
        if (check := _check_of(function, payload)) is not None
    ]
    if not checks:
        return None

    def call(*args: Any, **kwargs: Any) -> Any:
        values = list(args)
        for payload, check in checks:
            end = len(values) if payload.variadic else min(payload.place + 1, len(values))
            for index in range(payload.place, end):
                number = payload.number + index - payload.place
                values[index] = _convert(check, values[index], number, payload.name)
        return function(*values, **kwargs)

    return call


def _convert(check: _Check, value: Any, number: int, name: str) -> Any:
    try:
        return check.convert(value)
    except check.mismatch as error:
        reason = check.reason(error)
        if len(reason) > _LONGEST_TEXT:
            reason = f"{reason[:_LONGEST_TEXT]}…"
        # Clients may not write lines of their own into the log.
        reason = "".join(each if each.isprintable() else "?" for each in reason)
        text = f"argument {number} ({name!r}) is not what the handler takes: {reason}"
        # Not as its cause: the log would have all that the client sent.
        raise PayloadError(text, parameter=name, error=error) from None


def _check_of(function: Callable[..., Any], payload: Payload) -> _Check | None:
    failures: list[str] = []
    if isinstance(payload.annotation, Unresolvable):
        if _is_any_installed():
            text = f"its annotation {payload.annotation.text!r} can't be resolved at run time"
            _log_unchecked(function, payload, text)
        return None
    packages = _packages(payload.annotation)
    for package in packages:
        try:
            module = importlib.import_module(package)
        except ImportError:
            continue
        try:
            if package == "msgspec":
                return _msgspec(module, payload.annotation)
            return _pydantic(module, payload.annotation, is_model=len(packages) == 1)
        except Exception as error:  # noqa: BLE001 - whatever it is, there can be no check
            failures.append(f"{package}: {error}")
    if failures:
        _log_unchecked(function, payload, "; ".join(failures))
    return None


def _log_unchecked(function: Callable[..., Any], payload: Payload, why: str) -> None:
    logger.warning(
        "the parameter %r of %s is not checked: %s", payload.name, name_of(function), why
    )


@functools.cache
def _is_any_installed() -> bool:
    return any(importlib.util.find_spec(package) for package in typing.get_args(Package))


def _packages(annotation: Any) -> Sequence[Package]:
    """The packages that may check a type, the best first; none: it is one that is not checked."""
    kinds = set(_kinds(annotation, []))
    if "pydantic" in kinds:
        return ["pydantic"]
    if "msgspec" in kinds:
        return ["msgspec"]
    return ["pydantic", "msgspec"] if kinds else []


def _kinds(annotation: Any, aliases: list[Any]) -> Iterator[Literal["pydantic", "msgspec", "any"]]:
    """To which packages the models in an annotation belong; `any`: dataclasses and the like.

    `aliases` are those that were looked into, since an alias may be of itself.
    """
    origin = typing.get_origin(annotation)
    if origin is Literal or origin is Socket or annotation is Socket or annotation is Ack:
        return
    meaning = _meaning(annotation)
    if meaning is not None and not any(annotation is alias for alias in aliases):
        aliases.append(annotation)
        yield from _kinds(meaning, aliases)
    if origin is not None:
        parts = typing.get_args(annotation)
        for part in parts[:1] if origin is Annotated else parts:
            yield from _kinds(part, aliases)
    kind: Any = annotation if origin is None else origin
    if not isinstance(kind, type):
        return
    if _derives(kind, "pydantic.main", "BaseModel") or hasattr(kind, "__pydantic_validator__"):
        yield "pydantic"
    elif _derives(kind, "msgspec", "Struct"):
        yield "msgspec"
    elif dataclasses.is_dataclass(kind) or _is_typed_dict(kind):
        yield "any"


def _meaning(annotation: Any) -> Any:
    """What a `type` alias or a `NewType` stands for, as far as that can be resolved."""
    if isinstance(annotation, type):
        return None
    try:
        value = getattr(annotation, "__value__", None)
    except Exception:  # noqa: BLE001 - whatever it is, it can't be resolved
        return None
    return value if value is not None else getattr(annotation, "__supertype__", None)


def _derives(kind: type, module: str, name: str) -> bool:
    base = getattr(sys.modules.get(module), name, None)
    return base is not None and issubclass(kind, base)


def _is_typed_dict(kind: Any) -> bool:
    # Those of typing_extensions are no `typing.is_typeddict` everywhere.
    return hasattr(kind, "__total__") and issubclass(kind, dict)


def _pydantic(module: Any, annotation: Any, *, is_model: bool) -> _Check:
    def reason(error: Any) -> str:
        count: int = error.error_count()
        if count > _MOST_LISTED:
            return f"{count} mistakes"
        errors: list[dict[str, Any]] = error.errors(
            include_url=False, include_context=False, include_input=False
        )
        told = [_pydantic_reason(each) for each in errors[:_MOST_REASONS]]
        more = count - len(told)
        return "; ".join([*told, f"and {more} more"] if more else told)

    adapter = module.TypeAdapter(annotation)
    # A model may be completed later, and lets nothing pass before. All else is as it is now.
    if not is_model and not getattr(adapter, "pydantic_complete", True):
        adapter.rebuild(raise_errors=True)
    return _Check(adapter.validate_python, module.ValidationError, reason)


def _pydantic_reason(error: dict[str, Any]) -> str:
    path = "".join(f"[{step!r}]" for step in error["loc"])
    return f"{path}: {error['msg']}" if path else str(error["msg"])


def _msgspec(module: Any, annotation: Any) -> _Check:
    # Fails if it is none of the types that it knows.
    module.json.Decoder(annotation)

    def convert(value: Any) -> Any:
        return module.convert(value, type=annotation, str_keys=True)

    return _Check(convert, module.ValidationError, str)
