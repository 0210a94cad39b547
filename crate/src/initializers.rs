//! What an initialiser is, as far as its text tells: a value that is the same wherever it is evaluated, a function, a
//! class, a construction, or anything else.

use swc_common::SyntaxContext;
use swc_ecma_ast::{Expr, Lit, MemberProp, Prop, PropOrSpread, UnaryOp};

use crate::analysis::{Init, Plain, range_of};

/// Global objects whose members are the same in every thread.
const STANDARD_GLOBALS: [&str; 44] = [
    "AggregateError",
    "Array",
    "ArrayBuffer",
    "Atomics",
    "BigInt",
    "BigInt64Array",
    "BigUint64Array",
    "Boolean",
    "DataView",
    "Date",
    "Error",
    "EvalError",
    "Float32Array",
    "Float64Array",
    "Infinity",
    "Int16Array",
    "Int32Array",
    "Int8Array",
    "Intl",
    "JSON",
    "Map",
    "Math",
    "NaN",
    "Number",
    "Object",
    "Promise",
    "Proxy",
    "RangeError",
    "ReferenceError",
    "Reflect",
    "RegExp",
    "Set",
    "SharedArrayBuffer",
    "String",
    "SyntaxError",
    "TypeError",
    "URIError",
    "Uint16Array",
    "Uint32Array",
    "Uint8Array",
    "Uint8ClampedArray",
    "WeakMap",
    "WeakSet",
    "undefined",
];

/// Takes parentheses and type syntax off an expression.
pub fn unwrap(expression: &Expr) -> &Expr {
    let mut inner = expression;
    loop {
        inner = match inner {
            Expr::Paren(paren) => &paren.expr,
            Expr::TsAs(node) => &node.expr,
            Expr::TsSatisfies(node) => &node.expr,
            Expr::TsNonNull(node) => &node.expr,
            Expr::TsConstAssertion(node) => &node.expr,
            Expr::TsTypeAssertion(node) => &node.expr,
            Expr::TsInstantiation(node) => &node.expr,
            other => return other,
        };
    }
}

/// Whether a variable with this initialiser holds a value of its own, in no shared memory.
pub fn plain(init: &Expr) -> Plain {
    const COLLECTIONS: [&str; 3] = ["Array", "Map", "Set"];
    match unwrap(init) {
        Expr::Array(_) => Plain::Collection,
        Expr::Object(_) => Plain::Object,
        Expr::New(new) => {
            let Expr::Ident(class) = unwrap(&new.callee) else { return Plain::No };
            let sized = || {
                let first = new.args.as_ref().and_then(|arguments| arguments.first());
                first.is_none_or(|first| matches!(unwrap(&first.expr), Expr::Lit(Lit::Num(_)) | Expr::Array(_)))
            };
            // A typed array may look at shared memory.
            let own = COLLECTIONS.contains(&&*class.sym) || (class.sym.ends_with("Array") && sized());
            if own { Plain::Collection } else { Plain::No }
        }
        _ => Plain::No,
    }
}

/// Whether an expression is a generator function.
pub fn is_generator(expression: &Expr) -> bool {
    matches!(unwrap(expression), Expr::Fn(function) if function.function.is_generator)
}

/// Describes the initialiser of a variable; `simple` when the whole value goes to one name.
pub fn describe(init: Option<&Expr>, simple: bool, unresolved: SyntaxContext) -> Init {
    let Some(init) = init else { return Init::None };
    let init = unwrap(init);
    if is_literal(init, simple, unresolved) {
        return Init::Literal;
    }
    match init {
        Expr::Call(call) => Init::Call(range_of(call.span)),
        _ if !simple => Init::Other,
        Expr::Arrow(_) | Expr::Fn(_) => Init::Function,
        Expr::Class(_) => Init::Class,
        Expr::New(new) => Init::New(range_of(new.span)),
        Expr::Object(_) | Expr::Array(_) if is_table(init) == Some(true) => Init::Table,
        _ => Init::Other,
    }
}

/// Whether a literal holds functions; nothing when it holds anything that is computed.
fn is_table(expression: &Expr) -> Option<bool> {
    match unwrap(expression) {
        Expr::Arrow(_) | Expr::Fn(_) => Some(true),
        Expr::Lit(_) | Expr::Ident(_) => Some(false),
        Expr::Array(array) => array.elems.iter().flatten().try_fold(false, |found, element| {
            let of_element = if element.spread.is_some() { None } else { is_table(&element.expr) };
            of_element.map(|functions| functions || found)
        }),
        Expr::Object(object) => object.props.iter().try_fold(false, |found, property| {
            let PropOrSpread::Prop(property) = property else { return None };
            match &**property {
                Prop::Shorthand(_) => Some(found),
                Prop::Method(method) if !method.key.is_computed() => Some(true),
                Prop::KeyValue(property) if !property.key.is_computed() => {
                    is_table(&property.value).map(|functions| functions || found)
                }
                _ => None,
            }
        }),
        _ => None,
    }
}

fn is_literal(expression: &Expr, simple: bool, unresolved: SyntaxContext) -> bool {
    match expression {
        // With `g` or `y` a regular expression remembers where it stopped.
        Expr::Lit(Lit::Regex(regex)) => simple && !regex.flags.contains(['g', 'y']),
        Expr::Lit(Lit::JSXText(_)) => false,
        Expr::Lit(_) => simple,
        Expr::Tpl(template) => simple && template.exprs.is_empty(),
        Expr::Unary(unary) => {
            matches!(unary.op, UnaryOp::Minus | UnaryOp::Plus | UnaryOp::Bang | UnaryOp::Tilde | UnaryOp::Void)
                && matches!(unwrap(&unary.arg), Expr::Lit(Lit::Num(_) | Lit::BigInt(_) | Lit::Bool(_)))
        }
        other => is_standard_path(other, unresolved),
    }
}

/// `Math`, `Array.isArray`, `Number.prototype.toFixed`
fn is_standard_path(expression: &Expr, unresolved: SyntaxContext) -> bool {
    match unwrap(expression) {
        Expr::Ident(ident) => ident.ctxt == unresolved && STANDARD_GLOBALS.contains(&&*ident.sym),
        Expr::Member(member) => {
            matches!(member.prop, MemberProp::Ident(_)) && is_standard_path(&member.obj, unresolved)
        }
        _ => false,
    }
}
