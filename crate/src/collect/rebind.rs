//! Names that the resolver looks for in the wrong place.
//!
//! It goes through the head of a `for` and through the cases of a `switch` from the start to the end, so that what stands before a
//! declaration is taken to mean an outer variable of the same name:
//!
//! ```js
//! for (let read = () => n, n = 5; ; ) {}                    // `read` reads this `n`
//! switch (k) { case 0: h = () => n; default: let n = 5 }    // `h` reads this `n`
//! ```

use rustc_hash::FxHashMap;
use swc_atoms::Atom;
use swc_ecma_ast::Id;

use super::Collector;
use crate::analysis::{BindingId, BindingKind};

/// How much had been collected at some moment.
#[derive(Clone, Copy)]
pub(super) struct Mark {
    bindings: BindingId,
    references: usize,
    mutations: usize,
}

impl Collector<'_> {
    pub(super) fn mark(&self) -> Mark {
        Mark {
            bindings: self.analysis.bindings.len(),
            references: self.references.len(),
            mutations: self.mutations.len(),
        }
    }

    /// Variables of a head, declared since `mark`, have no value before `end`, where the list begins to be walked through.
    pub(super) fn initialize_since(&mut self, mark: Mark, end: u32) {
        for binding in &mut self.analysis.bindings[mark.bindings..] {
            if binding.scope == self.scope {
                binding.initialized = end;
            }
        }
    }

    /// Lets what was collected since `mark` mean the variables of the current scope, all of which have been declared by now.
    pub(super) fn rebind_since(&mut self, mark: Mark) {
        let bindings = &self.analysis.bindings[mark.bindings..];
        let own: FxHashMap<Atom, Id> = bindings
            .iter()
            .zip(&self.ids[mark.bindings..])
            .filter(|(binding, _)| binding.scope == self.scope && binding.kind != BindingKind::Var)
            .map(|(binding, id)| (binding.name.clone(), id.clone()))
            .collect();
        if own.is_empty() {
            return;
        }
        let around = self.analysis.scopes[self.scope].range;
        let analysis = &self.analysis;
        let is_inside = |id: &Id| {
            let binding = analysis.by_id.get(id);
            binding.is_some_and(|&binding| around.contains(analysis.scopes[analysis.bindings[binding].scope].range))
        };
        let rebind = |id: &mut Id| {
            let meant = own.get(&id.0).filter(|_| !is_inside(id));
            meant.cloned().inspect(|meant| *id = meant.clone())
        };
        let mut rebound = Vec::new();
        for (id, range, _) in &mut self.references[mark.references..] {
            rebound.extend(rebind(id).map(|meant| (range.lo, analysis.by_id[&meant])));
        }
        self.mutations[mark.mutations..].iter_mut().for_each(|(id, _)| {
            rebind(id);
        });
        self.analysis.rebound.extend(rebound);
    }
}
