//! Namespaces that are made when clients ask for them, and their parents.

use std::collections::BTreeSet;

use crate::command::{Action, Command, NamespaceId};
use crate::error::QueueFull;
use crate::event::SocketKey;
use crate::packet::Body;
use crate::registry::Namespace;
use crate::socket_state::Cause;

use super::{Front, State, Targets};

impl Front {
    /// A namespace that no client can join: its emits reach its children. From now on the language side is asked for each namespace
    /// that there is not: [`Event::Find`](crate::Event::Find).
    pub fn parent(&self) -> NamespaceId {
        let registry = &mut self.state.lock().registry;
        registry.is_dynamic = true;
        let mut parent = Namespace::new("".into());
        parent.children = Some(BTreeSet::new());
        registry.add_namespace(parent)
    }

    /// Whether a namespace is such a one: it has no sockets, but children.
    pub fn is_parent(&self, namespace: NamespaceId) -> bool {
        self.state.lock().registry.entry(namespace).children.is_some()
    }

    /// Whether what is emitted in `to` reaches sockets of `namespace`: it is that one, or its parent.
    pub fn reaches(&self, to: NamespaceId, namespace: NamespaceId) -> bool {
        let registry = &self.state.lock().registry;
        let children = registry.entry(to).children.as_ref();
        children.map_or(to == namespace, |children| children.contains(&namespace))
    }

    /// The namespace of that name, made if need be: then it is guarded until it is [unguarded](Self::unguard).
    pub fn make_namespace(&self, name: &str) -> NamespaceId {
        let registry = &mut self.state.lock().registry;
        if let Some(found) = registry.find_namespace(name) {
            return found;
        }
        let made = registry.namespace(name);
        registry.entry_mut(made).guarded = true;
        made
    }

    /// A child of `parent`, made as [`make_namespace`](Self::make_namespace) does; a transient one is
    /// [forgotten](Self::forget_empty) when it is empty again.
    pub fn make_child(&self, name: &str, parent: NamespaceId, is_transient: bool) -> NamespaceId {
        let registry = &mut self.state.lock().registry;
        if let Some(found) = registry.find_namespace(name) {
            return found;
        }
        let made = registry.namespace(name);
        let child = registry.entry_mut(made);
        child.guarded = true;
        child.parent = Some(parent);
        child.is_transient = is_transient;
        if let Some(children) = &mut registry.entry_mut(parent).children {
            children.insert(made);
        }
        made
    }

    /// A namespace has no middlewares after all.
    pub fn unguard(&self, namespace: NamespaceId) {
        self.state.lock().registry.entry_mut(namespace).guarded = false;
    }

    /// Forgets the transient namespaces that have no sockets any more, and tells which.
    pub fn forget_empty(&self) -> Vec<NamespaceId> {
        self.state.lock().registry.forget_empty()
    }

    /// Forgets a namespace, unless it has sockets; whether it did.
    pub fn forget_namespace(&self, namespace: NamespaceId) -> bool {
        self.state.lock().registry.forget_if_empty(namespace)
    }

    /// Answers [`Event::Find`](crate::Event::Find): the namespace that was found, or none. False: that one was forgotten meanwhile.
    pub fn found(&self, key: SocketKey, namespace: Option<NamespaceId>) -> bool {
        self.append(|State { registry, inbox, .. }| {
            let (session, action) = if let Some(namespace) = namespace {
                if !registry.has_namespace(namespace) {
                    return false;
                }
                (registry.enter(key, namespace), Action::Enter { socket: key })
            } else {
                (registry.advance(key, Cause::Refused), Action::Unknown { socket: key })
            };
            inbox.commands.extend(session.map(|session| Command::Session(session, action)));
            true
        })
    }

    /// Sends an event to many in each child of a namespace.
    pub(super) fn broadcast_to_children(
        &self,
        state: &mut State,
        targets: &Targets,
        body: Body<'_>,
    ) -> Result<bool, QueueFull> {
        let children = state.registry.entry(targets.namespace).children.clone().unwrap_or_default();
        // All of it or nothing is sent.
        let bytes = body.json.len() + body.binary.len();
        self.check_room(&state.inbox, bytes.saturating_mul(children.len()))?;
        for namespace in children {
            let to = state.registry.receivers(namespace, targets.rooms.as_deref());
            if to.is_some() || state.is_kept(targets) {
                state.broadcast(namespace, to, targets, body);
            }
        }
        Ok(self.is_inbox_full(&state.inbox))
    }
}
