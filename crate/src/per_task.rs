//! `threadSignal` and `threadName`: several tasks share a worker, so each closure that names them gets those of its own task.
//!
//! ```ts
//! // in                                                    // out
//! spawn(() => until(threadSignal))                          const $run = ($thread) => {
//!                                                           const threadSignal = $thread.signal;
//!                                                           return () => until(threadSignal)
//!                                                           };
//! ```
//!
//! The name of a named import is bound anew inside `run`; `threads.threadSignal` of a namespace import is replaced.

use rustc_hash::FxHashMap;
use swc_atoms::Atom;

use crate::{
    analysis::{Analysis, Binding, BindingId, BindingKind, Init, Plain, Range, Target},
    spawn_sites::{self, Imports},
};

/// What the file names of these.
#[derive(Debug, Default)]
pub struct PerTask {
    /// The field of the last parameter of `run` that a binding stands for
    fields: FxHashMap<BindingId, &'static str>,
    /// `threads.threadSignal`, with the field
    pub members: Vec<(Range, &'static str)>,
    /// Bindings that are members: they have no name of their own
    pub unnamed: Vec<BindingId>,
}

impl PerTask {
    pub fn field(&self, binding: BindingId) -> &'static str {
        self.fields.get(&binding).copied().unwrap_or("signal")
    }
}

/// Tells the analysis which names are bound per task. `members` as [`spawn_sites::Found::per_task`] has them.
pub fn bind(analysis: &mut Analysis, imports: &Imports, members: &[(Range, u32, Atom)]) -> PerTask {
    let mut found = PerTask::default();
    for (&binding, name) in imports.names.iter().filter(|(_, name)| spawn_sites::is_per_task(name)) {
        analysis.bindings[binding].kind = BindingKind::PerTask;
        found.fields.insert(binding, field(name));
    }
    for (member, object, name) in members {
        let binding = analysis.bindings.len();
        analysis.bindings.push(Binding {
            name: name.clone(),
            kind: BindingKind::PerTask,
            scope: 0,
            declared: *member,
            initialized: 0,
            parts: Vec::new(),
            init: Init::None,
            plain: Plain::No,
            generator: false,
            destructured: false,
            writes: Vec::new(),
            ambient: false,
        });
        let at = analysis.references.partition_point(|reference| reference.range.lo < *object);
        if let Some(reference) = analysis.references.get_mut(at) {
            reference.target = Target::Binding(binding);
        }
        found.fields.insert(binding, field(name));
        found.members.push((*member, field(name)));
        found.unnamed.push(binding);
    }
    found
}

fn field(name: &str) -> &'static str {
    if name == "threadName" { "name" } else { "signal" }
}
