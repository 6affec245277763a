"""All namespaces of a server: by their names, by parents, and whom new ones are shown to."""

import re
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from . import _handlers
from ._handlers import Mode
from ._namespace import Namespace
from ._parent import (
    ByPredicate,
    Matcher,
    ParentNamespace,
    PathPattern,
    Predicate,
    RegularExpression,
    is_pattern,
    next_name,
)

if TYPE_CHECKING:
    from ._core import Handler, NamespaceCore, Server

NEW_NAMESPACE = "new_namespace"


class NamespaceListener(NamedTuple):
    """A listener of `new_namespace`: the user's function, and how it is called."""

    function: Callable[..., Any]
    call: Callable[[object], Any]
    once: bool


class Namespaces:
    """The namespaces of one server. Each is made once, whichever thread or client is first."""

    def __init__(self, server: "Server", hook_timeout: float) -> None:
        self._server = server
        self._by_name: dict[str, Namespace] = {}
        self._parents: dict[object, ParentNamespace] = {}
        self._hook = Parents(self, hook_timeout)
        self._guards: list[Handler] = []
        self._listeners: list[NamespaceListener] = []
        self._lock = threading.Lock()
        """Held while something is made; no code of the application's runs meanwhile."""

    def of(self, key: "str | re.Pattern[str] | Predicate") -> Namespace:
        """What `Server.of` gives."""
        if isinstance(key, re.Pattern):
            return self._parent_of(key, RegularExpression)
        if not isinstance(key, str) and callable(key):
            return self._parent_of(key, ByPredicate)
        _handlers.check_name("a namespace", key)
        if "," in key:
            raise ValueError(f"a namespace's name can't have a comma, found {key!r}")
        name = key if key.startswith("/") else f"/{key}"
        if is_pattern(name):
            return self._parent_of(name, PathPattern)
        return self._by_name.get(name) or self._make_matching(name)

    def use(self, middleware: "Handler") -> None:
        """Guards every namespace, existing and to come."""
        with self._lock:
            self._guards.append(middleware)
            # A child to come has it from its parent.
            for namespace in (*self._by_name.values(), *self._parents.values()):
                namespace._core.guard(middleware)

    def listen(self, function: Callable[..., Any], mode: Mode) -> None:
        """Registers a listener of `new_namespace`."""
        call = _handlers.compile_namespace_listener(NEW_NAMESPACE, function, mode)
        self._listeners.append(NamespaceListener(function, call, mode.once))

    def unlisten(self, function: Callable[..., Any] | None) -> None:
        """Removes a listener of `new_namespace`, or all."""
        self._listeners = [
            listener
            for listener in self._listeners
            if function is not None and listener.function != function
        ]

    async def find(self, name: str, auth: Any, hook_timeout: float) -> Namespace | None:
        """The namespace that a client asks for, made if a parent matches it.

        Raises:
            BaseException: What a predicate raised.
        """
        for parent in tuple(self._parents.values()):
            # It may have been made meanwhile.
            if (known := self._by_name.get(name)) is not None:
                return known
            params = await parent._matcher.ask(name, auth, hook_timeout)
            if params is not None:
                return self._make(name, parent, params)
        return self._by_name.get(name)

    def forget(self, core: "NamespaceCore") -> None:
        """A child is empty and unknown from now on."""
        with self._lock:
            known = self._by_name.get(core.name)
            if known is not None and known._core is core:
                del self._by_name[core.name]

    def _parent_of(
        self, key: Any, matcher: Callable[[Any], Matcher]
    ) -> ParentNamespace:
        parent = self._parents.get(key)
        if parent is not None:
            return parent
        made = matcher(key)
        with self._lock:
            parent = self._parents.get(key)
            if parent is None:
                core = self._server.make_parent(next_name(), self._hook)
                parent = ParentNamespace(core, made)
                core.owner = parent
                for middleware in self._guards:
                    core.guard(middleware)
                self._parents[key] = parent
        return parent

    def _make_matching(self, name: str) -> Namespace:
        for parent in tuple(self._parents.values()):
            params = parent._matcher.match(name)
            if params is not None:
                return self._make(name, parent, params)
        return self._make(name, None, {})

    def _make(
        self, name: str, parent: ParentNamespace | None, params: Mapping[str, str]
    ) -> Namespace:
        with self._lock:
            known = self._by_name.get(name)
            if known is not None:
                return known
            core = self._server.make_namespace(name, parent and parent._core)
            made = Namespace(core, params)
            core.owner = made
            if parent is None:
                for middleware in self._guards:
                    core.guard(middleware)
            self._by_name[name] = made
        if name != "/":
            self._tell(made)
        core.settle()
        return made

    def _tell(self, namespace: Namespace) -> None:
        for listener in self._listeners.copy():
            if listener.once:
                self._listeners.remove(listener)
            try:
                listener.call(namespace)
            except Exception as error:  # noqa: BLE001 - the others and the caller of `of` go on
                _handlers.log_failure("a handler of 'new_namespace'", error)


class Parents:
    """What the extension asks about namespaces, on the server's loop."""

    def __init__(self, namespaces: Namespaces, hook_timeout: float) -> None:
        self._namespaces = namespaces
        self._hook_timeout = hook_timeout

    async def find(self, name: str, auth: Any) -> "NamespaceCore | None":
        """The namespace for a client that asks for `name`; None: there is none."""
        found = await self._namespaces.find(name, auth, self._hook_timeout)
        return found and found._core

    def forget(self, core: "NamespaceCore") -> None:
        """A child is empty, and the extension has forgotten it."""
        self._namespaces.forget(core)
