//! `for (using item of list)`: the resolver declares `item` in the function around the loop, beside what is declared there. With
//! `const` it does not, so the tree says `const`, and where it should say `using` is remembered.

use rustc_hash::FxHashSet;
use swc_ecma_ast::{ForHead, Module, VarDecl, VarDeclKind};
use swc_ecma_visit::{VisitMut, VisitMutWith};

use crate::{analysis::range_of, scan::count};

/// Makes the heads of loops that declare with `using` constants. Says where they begin.
pub fn as_constants(module: &mut Module, source: &str) -> FxHashSet<u32> {
    let mut heads = Heads::default();
    if count(source, b"using") > 0 {
        module.visit_mut_with(&mut heads);
    }
    heads.0
}

#[derive(Default)]
struct Heads(FxHashSet<u32>);

impl VisitMut for Heads {
    fn visit_mut_for_head(&mut self, head: &mut ForHead) {
        head.visit_mut_children_with(self);
        if let ForHead::UsingDecl(using) = head {
            self.0.insert(range_of(using.span).lo);
            let decls = std::mem::take(&mut using.decls);
            let (span, kind) = (using.span, VarDeclKind::Const);
            *head = ForHead::VarDecl(Box::new(VarDecl { span, kind, decls, ..VarDecl::default() }));
        }
    }
}
