"""Row 8: what stands in JSON for values of other types than JSON's own.

The extension calls `simplify` for what is no `str`, number, list, tuple, `Mapping` or bytes-like
object, nor a `Decimal`, which it writes itself. pydantic and msgspec are never imported: whoever has a
value of theirs has imported them.
"""

import dataclasses
import datetime as dt
import sys
import uuid
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, cast

_BYTES = (bytes, bytearray, memoryview)


def simplify(value: Any, default: Callable[[Any], Any] | None) -> Any:
    """Gives what stands for a value: one step on the way to JSON, since it may hold other such values.

    Args:
        value: Any.
        default: The option `json_default`, which is asked last.

    Returns:
        `NotImplemented` when nothing stands for it.

    Raises:
        Exception: What a model's encoder or `default` raises.
    """
    simple: Any
    if isinstance(value, dt.date | dt.time):
        text = value.isoformat()
        simple = text[:-6] + "Z" if text.endswith("+00:00") else text
    elif isinstance(value, uuid.UUID):
        simple = str(value)
    elif isinstance(value, Enum):
        simple = value.value
    elif _is_of("pydantic.main", "BaseModel", value):
        simple = value.model_dump(mode="json")
    elif _is_of("msgspec", "Struct", value):
        simple = _struct(value, default)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        simple = _dataclass(value)
    else:
        simple = NotImplemented if default is None else default(value)
    return simple


def _is_of(module: str, name: str, value: object) -> bool:
    """Whether a value is of a class of a package that may not be there."""
    kind = getattr(sys.modules.get(module), name, None)
    return kind is not None and isinstance(value, kind)


def _struct(value: Any, default: Callable[[Any], Any] | None) -> Any:
    """A msgspec Struct by its package's encoder, which leaves bytes-like objects to be attachments."""

    def inner(value: Any) -> Any:
        is_mapping = isinstance(value, Mapping)
        simple = dict(cast("Mapping[Any, Any]", value)) if is_mapping else simplify(value, default)
        if simple is NotImplemented:
            raise TypeError(f"a Struct holds what is not JSON or bytes, of type {type(value)}")
        return simple

    return sys.modules["msgspec"].to_builtins(value, builtin_types=_BYTES, enc_hook=inner)


def _dataclass(value: Any) -> Any:
    serializer: Any = getattr(value, "__pydantic_serializer__", None)
    if serializer is not None:
        return serializer.to_python(value, mode="json")
    return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
