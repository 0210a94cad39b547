//! Makes a deep tree shallow where real code is deep: a string joined of thousands of parts, thousands of `else if`.
//!
//! Whatever walks a tree recurses, and a stack is small. What a long chain means to us is only what it names, in the order
//! of the source, since no tree is ever printed. So the links of a chain are put side by side before anything else walks it:
//!
//! ```text
//! ((a + b) + c) + d                     (a + b) + (c + d)
//! if (a) x; else if (b) y; else z       if (a) x; else { if (b) y; z }
//! a ? x : b ? y : z                     a ? x : (b, y, z)
//! ```

use std::mem;

use rustc_hash::FxHashSet;
use swc_common::{DUMMY_SP, Spanned};
use swc_ecma_ast::{
    BinExpr, BlockStmt, ClassExpr, CondExpr, Decorator, Expr, ForHead, IfStmt, Invalid, JSXElement, JSXFragment,
    Module, Pat, SeqExpr, Stmt, TsExprWithTypeArgs, TsInterfaceDecl, TsType, TsTypeAliasDecl, TsTypeAnn,
    TsTypeParamDecl, TsTypeParamInstantiation,
};
use swc_ecma_visit::{VisitMut, VisitMutWith};

use crate::{
    analysis::{Range, range_of},
    scan::Words,
    using_heads::as_constant,
};

/// Chains up to this length stay as they are.
const SHORT: usize = 32;

/// How deeply expressions, statements and patterns may nest. Far more than the parser's own limit lets through; only
/// chains such as `a.b().c()` come here, which the parser follows without recursion.
const MAX_DEPTH: u32 = 1500;

/// SWC's resolver walks the heritage of a class expression, and decorators, twice: nested, that doubles with each level.
const MAX_DOUBLED: u32 = 8;

/// Makes `module` shallow, and the heads of its loops that declare with `using` constants: gives where these begin.
///
/// # Errors
/// The place where the module nests too deeply even so.
pub fn flatten(module: &mut Module, size: usize, words: &Words) -> Result<FxHashSet<u32>, Range> {
    let mut flattener = Flattener { depth: 0, doubled: 0, refused: None, using_heads: FxHashSet::default() };
    if !is_shallow(size, words) || words.using {
        module.visit_mut_with(&mut flattener);
    }
    flattener.refused.map_or(Ok(flattener.using_heads), Err)
}

/// Whether a text is too short for any chain to matter: each link of one takes a byte.
fn is_shallow(size: usize, words: &Words) -> bool {
    size < MAX_DEPTH as usize / 2 && words.ats + words.classes <= MAX_DOUBLED as usize
}

struct Flattener {
    depth: u32,
    doubled: u32,
    refused: Option<Range>,
    using_heads: FxHashSet<u32>,
}

impl Flattener {
    fn enter<N: Spanned + VisitMutWith<Self>>(&mut self, node: &mut N) {
        if self.depth == MAX_DEPTH || self.doubled > MAX_DOUBLED {
            self.refused.get_or_insert_with(|| range_of(node.span()));
            return;
        }
        self.depth += 1;
        node.visit_mut_children_with(self);
        self.depth -= 1;
    }

    fn twice(&mut self, inside: impl FnOnce(&mut Self)) {
        self.doubled += 1;
        inside(self);
        self.doubled -= 1;
    }
}

impl VisitMut for Flattener {
    fn visit_mut_expr(&mut self, expression: &mut Expr) {
        match expression {
            Expr::Bin(_) => balance(expression),
            Expr::Cond(choice) => flatten_choices(choice),
            _ => {}
        }
        self.enter(expression);
    }

    fn visit_mut_stmt(&mut self, statement: &mut Stmt) {
        if let Stmt::If(branch) = statement {
            flatten_branches(branch);
        }
        self.enter(statement);
    }

    fn visit_mut_for_head(&mut self, head: &mut ForHead) {
        head.visit_mut_children_with(self);
        self.using_heads.extend(as_constant(head));
    }

    fn visit_mut_pat(&mut self, pattern: &mut Pat) {
        self.enter(pattern);
    }

    // Types have no chains that real code makes long.
    fn visit_mut_ts_type(&mut self, _: &mut TsType) {}
    fn visit_mut_ts_type_ann(&mut self, _: &mut TsTypeAnn) {}
    fn visit_mut_ts_type_param_decl(&mut self, _: &mut TsTypeParamDecl) {}
    fn visit_mut_ts_type_param_instantiation(&mut self, _: &mut TsTypeParamInstantiation) {}
    fn visit_mut_ts_interface_decl(&mut self, _: &mut TsInterfaceDecl) {}
    fn visit_mut_ts_type_alias_decl(&mut self, _: &mut TsTypeAliasDecl) {}
    fn visit_mut_ts_expr_with_type_args(&mut self, _: &mut TsExprWithTypeArgs) {}

    fn visit_mut_jsx_element(&mut self, element: &mut JSXElement) {
        self.enter(element);
    }

    fn visit_mut_jsx_fragment(&mut self, fragment: &mut JSXFragment) {
        self.enter(fragment);
    }

    fn visit_mut_class_expr(&mut self, expression: &mut ClassExpr) {
        self.twice(|this| expression.class.super_class.visit_mut_with(this));
        let heritage = expression.class.super_class.take();
        expression.visit_mut_children_with(self);
        expression.class.super_class = heritage;
    }

    fn visit_mut_decorator(&mut self, decorator: &mut Decorator) {
        self.twice(|this| decorator.visit_mut_children_with(this));
    }
}

/// A chain of binary operators becomes a balanced tree. Which operators they are is of no account to us.
fn balance(top: &mut Expr) {
    let mut length = 0;
    let mut link = &*top;
    while let Expr::Bin(binary) = link {
        length += 1;
        link = &binary.left;
    }
    if length <= SHORT {
        return;
    }
    // From the right end of the chain to the left, as it hangs together.
    let mut operands = Vec::with_capacity(length + 1);
    let mut operators = Vec::with_capacity(length);
    let mut rest = mem::replace(top, Expr::Invalid(Invalid { span: DUMMY_SP }));
    while let Expr::Bin(binary) = rest {
        operands.push(binary.right);
        operators.push(binary.op);
        rest = *binary.left;
    }
    operands.push(Box::new(rest));
    operands.reverse();
    while operands.len() > 1 {
        let mut pairs = operands.into_iter();
        let mut joined = Vec::with_capacity(pairs.len().div_ceil(2));
        while let Some(left) = pairs.next() {
            joined.push(match pairs.next() {
                Some(right) => Box::new(Expr::Bin(BinExpr {
                    span: left.span().with_hi(right.span().hi),
                    op: operators[0],
                    left,
                    right,
                })),
                None => left,
            });
        }
        operands = joined;
    }
    if let Some(whole) = operands.pop() {
        *top = *whole;
    }
}

/// `a ? x : b ? y : …`: what follows the first colon becomes a sequence.
fn flatten_choices(choice: &mut CondExpr) {
    let mut length = 0;
    let mut link = &*choice.alt;
    while let Expr::Cond(next) = link {
        length += 1;
        link = &next.alt;
    }
    if length <= SHORT {
        return;
    }
    let span = choice.alt.span();
    let mut exprs = Vec::with_capacity(2 * length + 1);
    let mut rest = mem::replace(&mut *choice.alt, Expr::Invalid(Invalid { span: DUMMY_SP }));
    while let Expr::Cond(next) = rest {
        exprs.extend([next.test, next.cons]);
        rest = *next.alt;
    }
    exprs.push(Box::new(rest));
    *choice.alt = Expr::Seq(SeqExpr { span, exprs });
}

/// `if … else if … else if …`: what follows the first `else` becomes a block of statements.
fn flatten_branches(branch: &mut IfStmt) {
    let mut length = 0;
    let mut link = branch.alt.as_deref();
    while let Some(Stmt::If(next)) = link {
        length += 1;
        link = next.alt.as_deref();
    }
    if length <= SHORT {
        return;
    }
    let Some(alternative) = &mut branch.alt else { return };
    let span = alternative.span();
    let mut stmts = Vec::with_capacity(length + 1);
    let empty = Stmt::Block(BlockStmt { span, ..BlockStmt::default() });
    let mut rest = mem::replace(&mut **alternative, empty);
    loop {
        match rest {
            Stmt::If(mut next) => {
                let after = next.alt.take();
                stmts.push(Stmt::If(next));
                match after {
                    Some(after) => rest = *after,
                    None => break,
                }
            }
            last => {
                stmts.push(last);
                break;
            }
        }
    }
    **alternative = Stmt::Block(BlockStmt { span, stmts, ..BlockStmt::default() });
}
