//! The end of the walk: names become bindings, now that all are declared.

use std::borrow::Cow;

use swc_ecma_ast::Id;

use super::{Collector, namespaces::find_siblings};
use crate::{
    analysis::{
        Access, Analysis, Attachment, Binding, BindingId, BindingKind, Init, Mutation, Part, Range, Reference, Target,
    },
    order::{pair, sort_by_number, sort_by_range},
};

impl Collector<'_> {
    pub(super) fn finish(mut self) -> Analysis {
        for name in std::mem::take(&mut self.metadata).read() {
            self.reference(&name, Access::Probe);
        }
        let mut analysis = std::mem::take(&mut self.analysis);
        for (name, scope, range) in std::mem::take(&mut self.jsx_uses) {
            if let Some(binding) = analysis.lookup(&name, scope) {
                let target = Target::Binding(binding);
                analysis.references.push(Reference { target, range, access: Access::Read });
            }
        }
        for (id, range, mut access) in std::mem::take(&mut self.references) {
            let target = match analysis.by_id.get(&id) {
                Some(&binding) => {
                    if access == Access::Write && self.is_default(&mut analysis.bindings[binding], range) {
                        access = Access::Read;
                    }
                    if access == Access::Write {
                        analysis.bindings[binding].writes.push(range);
                    }
                    Target::Binding(binding)
                }
                None => Target::Unbound(*self.unbound.entry(id.0.clone()).or_insert_with(|| {
                    analysis.unbound.push(id.0.clone());
                    analysis.unbound.len() - 1
                })),
            };
            analysis.references.push(Reference { target, range, access });
        }
        for (id, statement, scope) in std::mem::take(&mut self.attachments) {
            if let Some(&binding) = analysis.by_id.get(&id) {
                let beside = analysis.bindings[binding].scope == scope;
                analysis.attachments.push(Attachment { binding, statement, beside });
            }
        }
        for (id, mutation) in std::mem::take(&mut self.mutations) {
            for (binding, direct) in self.roots(&analysis, &id) {
                let direct = direct && mutation.direct;
                analysis.mutations.push(Mutation { binding, direct, ..mutation });
            }
        }
        for (id, range) in std::mem::take(&mut self.built_later) {
            for (binding, _) in self.roots(&analysis, &id) {
                analysis.built_later.push((binding, range));
            }
        }
        self.join_own_names(&mut analysis);
        find_siblings(&mut analysis, &self.blocks);
        analysis.called = self.called.iter().filter_map(|id| analysis.by_id.get(id).copied()).collect();
        sort_by_range(&mut analysis.mutations, |mutation| mutation.range);
        sort_by_number(&mut analysis.references, |reference| {
            pair(reference.range.lo, u32::from(reference.access == Access::Write))
        });
        sort_by_number(&mut analysis.contexts, |context| u64::from(context.range.lo));
        for places in [&mut analysis.static_calls, &mut analysis.awaits, &mut analysis.blocking] {
            sort_by_range(places, |&place| place);
        }
        analysis.scope_starts =
            analysis.scopes.iter().enumerate().map(|(scope, data)| (data.range.lo, scope)).collect();
        sort_by_number(&mut analysis.scope_starts, |&(start, scope)| pair(start, scope as u32));
        analysis
    }

    /// The binding of a name, and those that it is another name of: `items` of `const list = items`. With whether it is the
    /// binding itself.
    fn roots(&self, analysis: &Analysis, id: &Id) -> Vec<(BindingId, bool)> {
        const MOST: usize = 8;
        let mut found = Vec::new();
        let mut at = analysis.by_id.get(id).copied();
        while let Some(binding) = at.filter(|_| found.len() < MOST) {
            found.push((binding, found.is_empty()));
            at = self.aliases.get(&binding).and_then(|root| analysis.by_id.get(root).copied());
        }
        found
    }

    /// Whether a write is the `x = {}` of `(function (x) { … })(x || (x = {}))`, beside the declaration of `x`: functions and
    /// classes are there already, and a variable without a value gets its only one.
    fn is_default(&self, binding: &mut Binding, write: Range) -> bool {
        if self.defaulted.get(&write) != Some(&binding.scope) {
            return false;
        }
        let is_variable = matches!(binding.kind, BindingKind::Var | BindingKind::Let);
        if is_variable && binding.init == Init::None {
            binding.init = Init::Beside;
        }
        binding.init == Init::Beside || matches!(binding.kind, BindingKind::Function | BindingKind::Class)
    }

    /// `const A = class B {}` is one class with two names: what needs `B` is given `A` under that name.
    fn join_own_names(&self, analysis: &mut Analysis) {
        for &(constant, whole) in &self.holders {
            let Some(&own) = self.own_names.get(&whole) else { continue };
            if !analysis.bindings[constant].is_constant() {
                continue;
            }
            if analysis.bindings[own].name == analysis.bindings[constant].name {
                for reference in &mut analysis.references {
                    if reference.target == Target::Binding(own) {
                        reference.target = Target::Binding(constant);
                    }
                }
                continue;
            }
            let range = analysis.bindings[constant].declared;
            let keyword = Cow::Owned(format!("const {} =", analysis.bindings[own].name));
            analysis.bindings[own].parts = vec![Part { keyword, range, replaceable: false, decorated: None }];
            analysis.references.push(Reference { target: Target::Binding(constant), range, access: Access::Read });
        }
    }
}
