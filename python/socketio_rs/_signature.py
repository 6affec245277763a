"""What a handler's signature says: read once, when it is registered, never at a call."""

import functools
import inspect
import re
import sys
import types
import typing
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal, NamedTuple, Union, cast

from ._core import Ack, Socket
from ._log import hint

_UNRESOLVABLE = re.compile(r"\s*(?:\w+\.)*(\w+)\s*(?:\[.*\])?\s*(?:\|\s*None\s*)?")
_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
_ACKS = ("ack", "callback", "cb")
_MOST_MAXIMA = 1_000
_maxima: dict[tuple[object, str], int | None] = {}
_VARIADIC = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


class Unresolvable(NamedTuple):
    """An annotation whose names are not there when its function is registered."""

    text: str


class Payload(NamedTuple):
    """A parameter for data that has an annotation."""

    place: int
    """Among the positional arguments of a call, the socket and an `Ack` there counted."""
    number: int
    """Which argument of the client it is, from 1."""
    name: str
    annotation: Any
    variadic: bool
    """It takes the arguments behind too."""


@dataclass(frozen=True, slots=True)
class Signature:
    """How a function is to be called.

    Attributes:
        socket: Whether it gets the socket, in front of the data.
        required: How many data arguments it needs at least; neither socket nor `Ack` count.
        maximum: How many it takes at most; None: any number.
        ack: Where its `Ack` goes: the positional index (the socket counted), or the keyword; None:
            it has none.
        coroutine: Whether a call gives a coroutine for sure (`async def`).
        wraps_coroutine: Whether it, or what it passes its arguments on to, is an `async def`.
        payloads: Its parameters for data, as far as they have annotations.
    """

    socket: bool
    required: int
    maximum: int | None
    ack: int | str | None
    coroutine: bool
    wraps_coroutine: bool
    payloads: tuple[Payload, ...] = ()


def read(function: Callable[..., Any], socket: Literal["first", "annotated"]) -> Signature:
    """Reads a function's signature.

    What counts is what can be called: a decorator's wrapper that takes nothing but
    `(*args, **kwargs)` counts as the function that it wraps, any other by its own parameters, and
    one without a readable signature takes anything.

    Args:
        function: Any callable.
        socket: `first`: it gets the socket if it takes any positional argument; `annotated`: if its
            first one is annotated `Socket`.

    Raises:
        TypeError: It can't be called with positional arguments and an `Ack`; the text says why.
    """
    if not callable(function):
        raise TypeError(f"a handler must be callable, found {function!r}")
    layers = list(_layers(function))
    for layer in layers:
        if inspect.isgeneratorfunction(layer) or inspect.isasyncgenfunction(layer):
            raise TypeError(f"{name_of(function)} is a generator: its body would never run")
    coroutine = [inspect.iscoroutinefunction(layer) for layer in layers]
    signature = _signature(layers[-1])
    if signature is None:
        return Signature(socket == "first", 0, None, None, coroutine[0], any(coroutine))
    marks = _Marks(layers[-1])
    parameters = list(signature.parameters.values())
    ack = _ack(function, parameters, marks)
    positional = [parameter for parameter in parameters if parameter.kind in _POSITIONAL]
    data = [parameter for parameter in positional if parameter is not ack]
    variadic = any(parameter.kind is inspect.Parameter.VAR_POSITIONAL for parameter in parameters)
    if socket == "first":
        takes_socket = bool(data) or variadic
    else:
        takes_socket = bool(data) and marks.match(data[0].annotation, Socket)
    del data[: int(takes_socket)]
    _hint(function, data)
    required = sum(parameter.default is inspect.Parameter.empty for parameter in data)
    place, required = _place(ack, positional, data, required, variadic=variadic)
    maximum = None if variadic else len(data)
    passed = [each for each in positional if each is not ack or isinstance(place, int)]
    payloads = tuple(_payloads(parameters, passed, data, marks, takes_socket=takes_socket))
    return Signature(takes_socket, required, maximum, place, coroutine[0], any(coroutine), payloads)


def maximum(function: Callable[..., Any]) -> int | None:
    """How many positional arguments a function takes at most; None: any number, or nobody knows.

    For functions that are called once: those of the usual kinds are known by their code, methods of builtin types by
    their names, as their signatures are texts that take long to read.
    """
    if isinstance(function, types.MethodType):
        of_function = maximum(function.__func__)
        return None if of_function is None else max(0, of_function - 1)
    if isinstance(function, types.FunctionType):
        code = function.__code__
        if not code.co_flags & inspect.CO_VARARGS:
            return code.co_argcount
        if not hasattr(function, "__wrapped__"):
            return None
    if isinstance(function, types.BuiltinFunctionType):
        owner: object = function.__self__
        key = (owner if isinstance(owner, types.ModuleType) else type(owner), function.__name__)
        if key not in _maxima:
            if len(_maxima) == _MOST_MAXIMA:
                _maxima.clear()
            _maxima[key] = _maximum_by_signature(function)
        return _maxima[key]
    return _maximum_by_signature(function)


def _maximum_by_signature(function: Callable[..., Any]) -> int | None:
    signature = _signature(list(_layers(function))[-1])
    kinds = [parameter.kind for parameter in signature.parameters.values()] if signature else []
    if signature is None or inspect.Parameter.VAR_POSITIONAL in kinds:
        return None
    return sum(kind in _POSITIONAL for kind in kinds)


def name_of(function: object) -> str:
    """The function's name as logs and errors show it."""
    return getattr(function, "__qualname__", None) or repr(function)


def _hint(function: object, data: list[inspect.Parameter]) -> None:
    """Tells of parameters that are hardly meant for what a client sends."""
    if data and data[0].name == "socket" and data[0].annotation is inspect.Parameter.empty:
        hint(
            f"{name_of(function)} gets what the client sent alone: annotate its first parameter "
            "as Socket (socket: Socket) to get the socket in front"
        )
    if data and data[-1].name in _ACKS and data[-1].annotation is inspect.Parameter.empty:
        hint(
            f"the parameter {data[-1].name!r} of {name_of(function)} is for an argument of the "
            f"client: return the answer, or annotate it as Ack ({data[-1].name}: Ack)"
        )


def _ack(
    function: object, parameters: list[inspect.Parameter], marks: "_Marks"
) -> inspect.Parameter | None:
    """The parameter for the `Ack`, after a check of what nothing would be passed to."""
    acks = [
        parameter
        for parameter in parameters
        if parameter.kind not in _VARIADIC and marks.match(parameter.annotation, Ack)
    ]
    if len(acks) > 1:
        raise TypeError(f"{name_of(function)} has {len(acks)} parameters annotated Ack, not one")
    ack = acks[0] if acks else None
    for parameter in parameters:
        needed = parameter.default is inspect.Parameter.empty
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY and needed and parameter is not ack:
            raise TypeError(
                f"{name_of(function)} requires the keyword {parameter.name!r}, which it never gets"
            )
    return ack


def _place(
    ack: inspect.Parameter | None,
    positional: list[inspect.Parameter],
    data: list[inspect.Parameter],
    required: int,
    *,
    variadic: bool,
) -> tuple[int | str | None, int]:
    """Where the `Ack` goes, and how many data arguments that takes."""
    if ack is None:
        return None, required
    if ack.kind is inspect.Parameter.KEYWORD_ONLY:
        return ack.name, required
    index = positional.index(ack)
    before = sum(parameter in data for parameter in positional[:index])
    # An index can only be reached over arguments that are there.
    if before <= required:
        return index, required
    last = index == len(positional) - 1 and not variadic
    if last and ack.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD:
        return ack.name, required
    return index, before


def _payloads(
    parameters: list[inspect.Parameter],
    passed: list[inspect.Parameter],
    data: list[inspect.Parameter],
    marks: "_Marks",
    *,
    takes_socket: bool,
) -> Iterator[Payload]:
    """What data goes where."""
    for number, parameter in enumerate(data, 1):
        if parameter.annotation is not inspect.Parameter.empty:
            annotation = marks.resolve(parameter.annotation)
            yield Payload(passed.index(parameter), number, parameter.name, annotation, False)
    for parameter in parameters:
        is_variadic = parameter.kind is inspect.Parameter.VAR_POSITIONAL
        if is_variadic and parameter.annotation is not inspect.Parameter.empty:
            annotation = marks.resolve(parameter.annotation)
            first = max(len(passed), int(takes_socket))
            yield Payload(first, len(data) + 1, parameter.name, annotation, True)


def _layers(function: Callable[..., Any]) -> Iterator[Callable[..., Any]]:
    """The function, and what its wrappers pass all their arguments on to."""
    while True:
        function = _plain(function)
        yield function
        wrapped = _wrapped(function)
        if wrapped is None or not _passes_on(_signature(function)):
            return
        function = wrapped


def _plain(function: Callable[..., Any]) -> Callable[..., Any]:
    """What `inspect` can judge: static methods and callable objects become functions."""
    if isinstance(function, staticmethod):
        return function.__func__
    if not inspect.isroutine(function) and not isinstance(function, type | functools.partial):
        call: Callable[..., Any] = type(function).__call__
        return types.MethodType(call, function)
    return cast("Callable[..., Any]", function)


def _wrapped(function: Callable[..., Any]) -> Callable[..., Any] | None:
    if isinstance(function, functools.partial):
        inner = _wrapped(function.func)
        return inner and functools.partial(inner, *function.args, **function.keywords)
    inner = getattr(function, "__wrapped__", None)
    if inner is not None and inspect.ismethod(function):
        return types.MethodType(inner, function.__self__)
    return inner if callable(inner) else None


def _passes_on(signature: inspect.Signature | None) -> bool:
    if signature is None:
        return True
    kinds = [parameter.kind for parameter in signature.parameters.values()]
    return inspect.Parameter.VAR_POSITIONAL in kinds and all(kind in _VARIADIC for kind in kinds)


def _signature(function: Callable[..., Any]) -> inspect.Signature | None:
    """The function's own signature; None for some written in C."""
    try:
        if sys.version_info >= (3, 14):
            import annotationlib  # noqa: PLC0415 - not in older versions

            return inspect.signature(
                function,
                follow_wrapped=False,
                annotation_format=annotationlib.Format.FORWARDREF,
            )
        return inspect.signature(function, follow_wrapped=False)
    except ValueError:
        return None


class _Marks:
    """Finds `Ack` and `Socket` in annotations, each of which is resolved by itself."""

    def __init__(self, function: Callable[..., Any]) -> None:
        while isinstance(function, functools.partial):
            function = function.func
        source: object = function
        if isinstance(function, type):
            source = getattr(function, "__init__", None)
        source = getattr(source, "__func__", source)
        self._globals: dict[str, Any] = getattr(source, "__globals__", {})
        self._locals = dict(_closure(source))

    def resolve(self, annotation: Any) -> Any:
        """What an annotation says, or that it can't be resolved."""
        if isinstance(annotation, typing.ForwardRef):
            annotation = annotation.__forward_arg__
        if not isinstance(annotation, str):
            return annotation
        try:
            return eval(annotation, self._globals, self._locals)  # noqa: S307 - the user's own source
        except Exception:  # noqa: BLE001 - whatever it is, it can't be resolved
            return Unresolvable(annotation)

    def match(self, annotation: Any, wanted: type) -> bool:
        """Whether an annotation is `wanted`, also in a union, subscripted, or in `Annotated`.

        One that can't be resolved counts by its last name, since the import may be under
        `TYPE_CHECKING`.
        """
        if isinstance(annotation, typing.ForwardRef):
            annotation = annotation.__forward_arg__
        if isinstance(annotation, str):
            resolved = self.resolve(annotation)
            if isinstance(resolved, Unresolvable):
                name = _UNRESOLVABLE.fullmatch(annotation)
                return name is not None and name[1] == wanted.__name__
            if isinstance(resolved, str):
                return False
            annotation = resolved
        origin = typing.get_origin(annotation)
        if origin is Union or origin is types.UnionType:
            return any(self.match(member, wanted) for member in typing.get_args(annotation))
        if origin is Annotated:
            return self.match(typing.get_args(annotation)[0], wanted)
        return annotation is wanted or origin is wanted


def _closure(function: object) -> Iterator[tuple[str, Any]]:
    """The names of enclosing functions that this one uses."""
    code: types.CodeType | None = getattr(function, "__code__", None)
    cells: tuple[types.CellType, ...] = getattr(function, "__closure__", None) or ()
    for name, cell in zip(code.co_freevars if code else (), cells, strict=False):
        try:
            yield name, cell.cell_contents
        except ValueError:
            continue  # not assigned yet
