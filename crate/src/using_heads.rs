//! `for (using item of list)`: the resolver declares `item` in the function around the loop, beside what is declared there. With
//! `const` it does not, so the tree says `const`, and where it should say `using` is remembered.

use swc_ecma_ast::{ForHead, VarDecl, VarDeclKind};

use crate::analysis::range_of;

/// Makes a head of a loop that declares with `using` declare constants. Says where it begins.
pub fn as_constant(head: &mut ForHead) -> Option<u32> {
    let ForHead::UsingDecl(using) = head else { return None };
    let (span, kind) = (using.span, VarDeclKind::Const);
    let decls = std::mem::take(&mut using.decls);
    *head = ForHead::VarDecl(Box::new(VarDecl { span, kind, decls, ..VarDecl::default() }));
    Some(range_of(span).lo)
}
