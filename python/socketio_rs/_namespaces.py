"""All namespaces of a server: by their names, by parents, and whom new ones are shown to."""

import itertools
import re
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, final

from . import _handlers
from ._handlers import Mode
from ._log import hint, log_failure
from ._matching import (
    Match,
    Predicate,
    ask,
    is_pattern,
    match_expression,
    match_path,
    read_predicate,
)
from ._namespace import Namespace

if TYPE_CHECKING:
    from ._adapters import Adapters
    from ._core import Handler, NamespaceCore, Server

NEW_NAMESPACE = "new_namespace"

_NO_PATTERN = (
    'of("*") is the namespace of the name "/*" alone: for all names, '
    'give a pattern, as in of(re.compile(".*"))'
)
_OTHER_PATTERN = re.compile(r"/(?::(\w+)|<(?:\w+:)?(\w+)>)")
_numbers = itertools.count()


@final
class ParentNamespace(Namespace):
    """What dynamic namespaces have in common: made by `Server.of` with a pattern or a predicate.

    No client can join it. When one asks for a name that it matches, a namespace of that name is made,
    its child, which takes over the middlewares and handlers that are registered here by then. What is
    emitted here reaches all children that there are. It has no sockets of its own: what asks for
    answers, or for sockets, and what is done to many, raises a `RuntimeError`.
    """


class _Made(NamedTuple):
    """A namespace that clients can join."""

    namespace: Namespace
    core: "NamespaceCore"


class _Parent(NamedTuple):
    """A parent, and what it matches; the one or the other."""

    namespace: ParentNamespace
    core: "NamespaceCore"
    match: Match | None
    predicate: Predicate | None


def _identity(predicate: Predicate) -> object:
    """By what a predicate is known again: itself, unless it is an object that can be no key."""
    try:
        hash(predicate)
    except TypeError:
        # The parent keeps it, so that no other one gets this number.
        return id(predicate)
    return predicate


class _Listener(NamedTuple):
    """A listener of `new_namespace`: the user's function, and how it is called."""

    function: Callable[..., Any]
    call: Callable[[object], Any]
    once: bool


class Namespaces:
    """The namespaces of one server. Each is made once, whichever thread or client is first."""

    def __init__(self, server: "Server", adapters: "Adapters", hook_timeout: float) -> None:
        self._server = server
        self._adapters = adapters
        self._hook_timeout = hook_timeout
        self._by_name: dict[str, _Made] = {}
        self._parents: dict[object, _Parent] = {}
        self._guards: list[Handler] = []
        self._listeners: list[_Listener] = []
        # Held while something is made; no code of the application's is called meanwhile.
        self._lock = threading.RLock()

    def of(self, key: str | re.Pattern[str] | Predicate) -> Namespace:
        """What `Server.of` gives."""
        return self._of(key).namespace

    def core_of(self, key: str | re.Pattern[str] | Predicate) -> "NamespaceCore":
        """The same for the extension."""
        return self._of(key).core

    def _of(self, key: str | re.Pattern[str] | Predicate) -> "_Made | _Parent":
        if isinstance(key, re.Pattern):
            return self._parent(key, match=match_expression(key))
        if not isinstance(key, str) and callable(key):
            return self._parent(_identity(key), predicate=read_predicate(key))
        _handlers.check_name("a namespace", key)
        if "," in key:
            raise ValueError(f"a namespace's name can't have a comma, found {key!r}")
        name = key if key.startswith("/") else f"/{key}"
        if is_pattern(name):
            return self._parent(name, match=match_path(name))
        if name == "/*":
            hint(_NO_PATTERN)
        elif _OTHER_PATTERN.search(name):
            meant = _OTHER_PATTERN.sub(r"/{\1\2}", name)
            hint(f"of({key!r}) is the namespace of that name alone: a pattern is of({meant!r})")
        return self._by_name.get(name) or self._make_matching(name)

    def use(self, middleware: "Handler") -> None:
        """Guards every namespace, existing and to come."""
        with self._lock:
            self._guards.append(middleware)
            # A child to come has it from its parent.
            for made in self._by_name.values():
                made.core.guard(middleware)
            for parent in self._parents.values():
                parent.core.guard(middleware)

    def listen(self, function: Callable[..., Any], mode: Mode) -> None:
        """Registers a listener of `new_namespace`."""
        call = _handlers.compile_namespace_listener(NEW_NAMESPACE, function, mode)
        place = 0 if mode.first else len(self._listeners)
        self._listeners.insert(place, _Listener(function, call, mode.once))

    def listeners(self) -> list[Callable[..., Any]]:
        """The functions that are told of new namespaces, in their order."""
        return [listener.function for listener in self._listeners]

    def unlisten(self, function: Callable[..., Any] | None) -> None:
        """Removes a listener of `new_namespace`, or all."""
        self._listeners = [
            listener
            for listener in self._listeners
            if function is not None and listener.function != function
        ]

    async def find(self, name: str, auth: Any, socket: tuple[int, int]) -> bool:
        """Whether there is a namespace that a client asks for: one is made if a parent matches it.

        The extension calls it, on the server's loop, with the key of the socket that enters it.

        Raises:
            BaseException: What a predicate raised: the client is refused.
        """
        for parent in tuple(self._parents.values()):
            # It may have been made meanwhile.
            if name in self._by_name:
                break
            params: Mapping[str, str] | None = parent.match(name) if parent.match else None
            if parent.predicate and await ask(parent.predicate, name, auth, self._hook_timeout):
                params = {}
            if params is not None:
                self._server.enter(socket, self._make(name, parent, params).core)
                return True
        made = self._by_name.get(name)
        if made is not None:
            self._server.enter(socket, made.core)
        return made is not None

    def forget(self, core: "NamespaceCore") -> None:
        """A child is empty: the extension has forgotten it, and calls."""
        with self._lock:
            made = self._by_name.get(core.name)
            if made is not None and made.core is core:
                del self._by_name[core.name]
        self._adapters.forget(core)

    def _parent(
        self, key: object, *, match: Match | None = None, predicate: Predicate | None = None
    ) -> _Parent:
        with self._lock:
            parent = self._parents.get(key)
            if parent is None:
                core = self._server.make_parent(f"/_{next(_numbers)}", self)
                self._adapters.add_parent(core)
                parent = _Parent(ParentNamespace(core, self._adapters), core, match, predicate)
                core.owner = parent.namespace
                for middleware in self._guards:
                    core.guard(middleware)
                self._parents[key] = parent
        return parent

    def _make_matching(self, name: str) -> _Made:
        for parent in tuple(self._parents.values()):
            params = parent.match(name) if parent.match else None
            if params is not None:
                return self._make(name, parent, params)
        return self._make(name, None, {})

    def _make(self, name: str, parent: _Parent | None, params: Mapping[str, str]) -> _Made:
        with self._lock:
            known = self._by_name.get(name)
            if known is not None:
                return known
            core = self._server.make_namespace(name, parent and parent.core)
            made = _Made(Namespace(core, self._adapters, params), core)
            core.owner = made.namespace
            if parent is not None:
                self._adapters.add_child(core, parent.core)
            else:
                for middleware in self._guards:
                    core.guard(middleware)
            self._by_name[name] = made
        try:
            self._adapters.of(core)
            if name != "/":
                self._tell(made.namespace)
        except BaseException:
            # Nobody is to get in where nobody was told of it: the next one makes it anew.
            self._server.unmake_namespace(core)
            self.forget(core)
            raise
        core.settle()
        return made

    def _tell(self, namespace: Namespace) -> None:
        for listener in self._listeners.copy():
            if listener.once and not self._take(listener):
                continue
            try:
                listener.call(namespace)
            except Exception as error:  # noqa: BLE001 - the others and the caller of `of` go on
                log_failure(f"a handler of {NEW_NAMESPACE!r}", error)

    def _take(self, listener: _Listener) -> bool:
        """Removes a listener that is called once; False: another thread has."""
        with self._lock:
            known = listener in self._listeners
            if known:
                self._listeners.remove(listener)
        return known
