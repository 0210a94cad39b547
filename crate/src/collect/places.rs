//! Where things begin and what they are about: small questions to single nodes.

use rustc_hash::FxHashSet;
use swc_atoms::Atom;
use swc_common::Spanned;
use swc_ecma_ast::{
    AssignTarget, AutoAccessor, BinaryOp, CallExpr, Callee, Class, ClassMember, Decl, Expr, ExprStmt, FunctionBody,
    Ident, Key, Lit, MemberExpr, MemberProp, ModuleDecl, ModuleExportName, ModuleItem, SimpleAssignTarget, Stmt,
};

use crate::{
    analysis::{Part, Range, range_of},
    initializers,
};

/// Methods that call the functions given to them, and are done with them when they return.
const RUNNING_METHODS: [&str; 12] = [
    "forEach",
    "map",
    "flatMap",
    "filter",
    "reduce",
    "reduceRight",
    "some",
    "every",
    "find",
    "findIndex",
    "sort",
    "from",
];

/// Whether the functions written in a call run before it ends: `(() => …)()`, `names.forEach((name) => …)`.
pub fn runs_its_functions(call: &CallExpr) -> bool {
    let Callee::Expr(callee) = &call.callee else { return false };
    match initializers::unwrap(callee) {
        Expr::Arrow(_) | Expr::Fn(_) => true,
        Expr::Member(MemberExpr { obj, prop: MemberProp::Ident(method), .. }) => {
            let at_once = matches!(initializers::unwrap(obj), Expr::Fn(_)) && matches!(&*method.sym, "call" | "apply");
            at_once || RUNNING_METHODS.contains(&&*method.sym)
        }
        _ => false,
    }
}

/// Just behind the opening brace.
pub(super) fn body_start(body: &FunctionBody) -> u32 {
    // A directive must stay the first statement: declarations go behind it.
    let directive = body.stmts.iter().take_while(|statement| is_directive(statement)).last();
    directive.map_or_else(|| range_of(body.span).lo + 1, |statement| range_of(statement.span()).hi)
}

pub(super) fn is_directive(statement: &Stmt) -> bool {
    matches!(statement, Stmt::Expr(ExprStmt { expr, .. }) if matches!(&**expr, Expr::Lit(Lit::Str(_))))
}

pub(super) fn private_names(class: &Class) -> FxHashSet<Atom> {
    class
        .body
        .iter()
        .filter_map(|member| match member {
            ClassMember::PrivateMethod(method) => Some(method.key.name.clone()),
            ClassMember::PrivateProp(prop) => Some(prop.key.name.clone()),
            ClassMember::AutoAccessor(AutoAccessor { key: Key::Private(name), .. }) => Some(name.name.clone()),
            _ => None,
        })
        .collect()
}

/// From the first decorator to the end of the class.
pub(super) fn class_range(class: &Class) -> Range {
    let range = range_of(class.span);
    let first = class.decorators.first().map_or(range.lo, |decorator| range_of(decorator.span).lo);
    Range::new(range.lo.min(first), range.hi)
}

pub(super) fn export_name(name: &ModuleExportName) -> Atom {
    match name {
        ModuleExportName::Ident(ident) => ident.sym.clone(),
        ModuleExportName::Str(string) => string.value.to_atom_lossy().into_owned(),
    }
}

/// Methods of arrays, maps, sets and typed arrays that change their object.
pub(super) const MUTATING_METHODS: [&str; 13] = [
    "add",
    "clear",
    "copyWithin",
    "delete",
    "fill",
    "pop",
    "push",
    "reverse",
    "set",
    "shift",
    "sort",
    "splice",
    "unshift",
];

/// Those of them that return the object.
pub(super) const CHAINED_METHODS: [&str; 6] = ["add", "copyWithin", "fill", "reverse", "set", "sort"];

/// Where a declaration can stand that sees the variables of a loop's head: at the start of its block.
pub(super) fn loop_body(body: &Stmt) -> Option<u32> {
    if let Stmt::Block(block) = body { Some(range_of(block.span).lo + 1) } else { None }
}

pub(super) fn item_start(item: &ModuleItem) -> u32 {
    // The span of a decorated class may begin behind its decorators.
    let start = range_of(item.span()).lo;
    let class = match item {
        ModuleItem::Stmt(Stmt::Decl(Decl::Class(class))) => Some(&class.class),
        ModuleItem::ModuleDecl(ModuleDecl::ExportDecl(export)) => match &export.decl {
            Decl::Class(class) => Some(&class.class),
            _ => None,
        },
        _ => None,
    };
    class.map_or(start, |class| start.min(class_range(class).lo))
}

pub(super) fn member_root(member: &MemberExpr) -> Option<&Ident> {
    let mut object = initializers::unwrap(&member.obj);
    loop {
        match object {
            Expr::Ident(ident) => return Some(ident),
            Expr::Member(member) => object = initializers::unwrap(&member.obj),
            _ => return None,
        }
    }
}

/// What a statement such as `Object.defineProperty(f, …)`, `Object.assign(K.prototype, …)` or a bundler's
/// `__name(f, "f")` completes.
pub(super) fn completed_by(call: &CallExpr) -> Option<&Ident> {
    const METHODS: [&str; 6] = ["assign", "defineProperties", "defineProperty", "freeze", "seal", "setPrototypeOf"];
    let Callee::Expr(callee) = &call.callee else { return None };
    let completes = match &**callee {
        Expr::Ident(name) => &*name.sym == "__name",
        Expr::Member(member) => {
            matches!(&*member.obj, Expr::Ident(object) if &*object.sym == "Object")
                && matches!(&member.prop, MemberProp::Ident(method) if METHODS.contains(&&*method.sym))
        }
        _ => false,
    };
    let first = call.args.first().filter(|_| completes)?;
    match initializers::unwrap(&first.expr) {
        Expr::Ident(ident) => Some(ident),
        Expr::Member(member) => member_root(member),
        _ => None,
    }
}

/// What the `x || (x = {})` stands for that a compiled namespace or enum is called with:
/// `(function (x) { … })(x || (x = {}))`, `(x || (exports.x = x = {}))`.
pub(super) fn defaulted_by(call: &CallExpr) -> Option<&Ident> {
    let Callee::Expr(callee) = &call.callee else { return None };
    if !matches!(initializers::unwrap(callee), Expr::Fn(_) | Expr::Arrow(_)) {
        return None;
    }
    let Expr::Bin(either) = initializers::unwrap(&call.args.first()?.expr) else { return None };
    let (Expr::Ident(name), BinaryOp::LogicalOr) = (initializers::unwrap(&either.left), either.op) else { return None };
    let mut default = initializers::unwrap(&either.right);
    while let Expr::Assign(assignment) = default {
        if let AssignTarget::Simple(SimpleAssignTarget::Ident(target)) = &assignment.left
            && target.id.to_id() == name.to_id()
        {
            return Some(&target.id);
        }
        default = initializers::unwrap(&assignment.right);
    }
    None
}

/// The name at the bottom of a chain of members and calls: `router` of `router.get(a).get(b)`.
pub(super) fn chain_root(expression: &Expr) -> Option<&Ident> {
    let mut inner = expression;
    loop {
        inner = match initializers::unwrap(inner) {
            Expr::Ident(ident) => return Some(ident),
            Expr::Member(member) => &member.obj,
            Expr::Call(CallExpr { callee: Callee::Expr(callee), .. }) => match initializers::unwrap(callee) {
                Expr::Member(member) => &member.obj,
                _ => return None,
            },
            _ => return None,
        };
    }
}

/// The part that a class declaration is.
pub(super) fn class_part(class: &Class) -> Part {
    let decorated = class.decorators.last().map(|decorator| range_of(decorator.span).hi);
    Part { decorated, ..Part::whole(class_range(class)) }
}
