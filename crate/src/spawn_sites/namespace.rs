//! Ways out of a namespace import, on which calls would no longer be found.
//!
//! ```ts
//! import * as threads from 'experimental-threads'
//! threads.spawn(() => 1)         // found
//! const { spawn } = threads      // refused
//! const api = { ...threads }     // warned of
//! ```

use swc_atoms::Atom;
use swc_common::Spanned;
use swc_ecma_ast::{Expr, Ident, Lit, ObjectPatProp, Pat, PropName, TsEntityName, VarDeclarator};

use super::{Finder, SHARED_FUNCTIONS, is_per_task, takes_closure};
use crate::{
    analysis::{Access, BindingId, Target, range_of},
    diagnostics,
    initializers::unwrap,
};

/// Names that the build has to find where they are used.
fn must_be_found(name: &str) -> bool {
    takes_closure(name) || is_per_task(name) || SHARED_FUNCTIONS.contains(&name) || name == "Global"
}

impl Finder<'_> {
    /// The namespace import of ours that a name stands for.
    pub(super) fn namespace(&self, name: &Ident) -> Option<BindingId> {
        let (binding, exported) = self.imports.of(self.analysis, name)?;
        (&**exported == "*").then_some(binding)
    }

    /// `const { spawn, move } = threads`
    pub(super) fn check_destructuring(&mut self, declarator: &VarDeclarator) {
        let (Pat::Object(pattern), Some(init)) = (&declarator.name, &declarator.init) else { return };
        let Expr::Ident(name) = unwrap(init) else { return };
        let Some(namespace) = self.namespace(name) else { return };
        let import = &self.analysis.imports[self.analysis.import_of[&namespace].0];
        let mut all_known = true;
        for property in &pattern.props {
            let taken = taken(property);
            // What a rest or a computed name takes, nobody knows.
            all_known &= taken.is_some();
            if let Some(taken) = taken.filter(|taken| must_be_found(taken)) {
                let declared = self.analysis.bindings[namespace].declared;
                let finding =
                    diagnostics::taken_from_namespace(range_of(property.span()), &taken, &name.sym, &import.source);
                self.found.findings.push(finding.label(declared, format!("`{}` is imported here", name.sym)));
            }
        }
        if all_known {
            self.looked_into.insert(range_of(name.span).lo);
        }
    }

    /// `import go = threads.spawn`
    pub(super) fn check_alias(&mut self, name: &TsEntityName) {
        let TsEntityName::TsQualifiedName(qualified) = name else { return };
        let TsEntityName::Ident(object) = &qualified.left else { return };
        if self.namespace(object).is_none() {
            return;
        }
        self.looked_into.insert(range_of(object.span).lo);
        let taken = &qualified.right.sym;
        if takes_closure(taken) {
            self.found.findings.push(diagnostics::spawn_as_value(range_of(qualified.span), taken, taken));
        }
    }

    /// Every other use of a namespace but as the object of a member.
    pub(super) fn check_namespaces(&mut self) {
        // The text is what a transform has made: it has been said.
        let made = |source: &str| {
            source.strip_suffix("/internal").is_some_and(|name| self.sources.iter().any(|ours| ours == name))
        };
        if self.analysis.imports.iter().any(|import| made(&import.source)) {
            return;
        }
        for reference in &self.analysis.references {
            let Target::Binding(binding) = reference.target else { continue };
            let at = reference.range.lo;
            let known = [&self.looked_into, &self.called, &self.found.consumed].iter().any(|known| known.contains(&at));
            if reference.access != Access::Read
                || known
                || self.imports.names.get(&binding).is_none_or(|name| &**name != "*")
            {
                continue;
            }
            let data = &self.analysis.bindings[binding];
            self.found.findings.push(diagnostics::namespace_as_value(reference.range, &data.name, data.declared));
        }
    }
}

/// The name of the property that a part of a pattern takes.
fn taken(property: &ObjectPatProp) -> Option<Atom> {
    match property {
        ObjectPatProp::Assign(property) => Some(property.key.sym.clone()),
        ObjectPatProp::KeyValue(property) => match &property.key {
            PropName::Ident(name) => Some(name.sym.clone()),
            PropName::Str(name) => Some(name.value.to_atom_lossy().into_owned()),
            PropName::Computed(key) => match unwrap(&key.expr) {
                Expr::Lit(Lit::Str(name)) => Some(name.value.to_atom_lossy().into_owned()),
                _ => None,
            },
            _ => None,
        },
        ObjectPatProp::Rest(_) => None,
    }
}
