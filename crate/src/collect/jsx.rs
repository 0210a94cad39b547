//! What JSX reads: the names of its elements, and those that it is compiled to.

use swc_atoms::Atom;
use swc_ecma_ast::{JSXElementName, JSXObject};

use super::{Collector, Pragmas};
use crate::{
    analysis::{Access, Context, Range, range_of},
    options::{Jsx, JsxRuntime},
};

/// The names that JSX reads, when it is compiled the classic way: the factory's and the fragment's first identifiers.
pub(super) fn jsx_roots(jsx: &Jsx, pragmas: &Pragmas) -> Vec<Atom> {
    if jsx.runtime == JsxRuntime::Automatic && !pragmas.classic && pragmas.factory.is_none() {
        return Vec::new();
    }
    let root = |name: Option<&String>| -> Atom {
        name.map_or("React", |name| name.split('.').next().unwrap_or("React")).into()
    };
    let mut roots = vec![root(pragmas.factory.as_ref().or(jsx.factory.as_ref()))];
    let fragment = root(pragmas.fragment.as_ref().or(jsx.fragment.as_ref()));
    if !roots.contains(&fragment) {
        roots.push(fragment);
    }
    roots
}

impl Collector<'_> {
    pub(super) fn use_jsx(&mut self, range: Range) {
        for root in self.jsx_roots.clone() {
            self.jsx_uses.push((root, self.scope, range));
        }
    }

    /// What the name of an element reads.
    pub(super) fn jsx_name(&mut self, name: &JSXElementName) {
        match name {
            // A lower-case name is a string to JSX; `this` stands for itself.
            JSXElementName::Ident(ident) if ident.sym.starts_with(|first: char| first.is_ascii_lowercase()) => {}
            JSXElementName::Ident(ident) => self.reference(ident, Access::Read),
            JSXElementName::JSXMemberExpr(member) => {
                let mut object = &member.obj;
                while let JSXObject::JSXMemberExpr(inner) = object {
                    object = &inner.obj;
                }
                if let JSXObject::Ident(ident) = object {
                    if &*ident.sym == "this" {
                        self.context(Context::This, range_of(ident.span));
                    } else {
                        self.reference(ident, Access::Read);
                    }
                }
            }
            JSXElementName::JSXNamespacedName(_) => {}
        }
    }
}
