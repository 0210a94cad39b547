//! Where a shared value may be made so that every thread finds it by its place: at the top level of a module, as a constant,
//! a static member of a class, or a member of an object literal.

use rustc_hash::FxHashMap;
use swc_atoms::Atom;
use swc_ecma_ast::{
    CallExpr, Class, ClassMember, Decl, DefaultDecl, Expr, Module, ModuleDecl, ModuleItem, NewExpr, ObjectPatProp, Pat,
    Prop, PropName, PropOrSpread, Stmt,
};

use crate::{
    analysis::{Range, range_of},
    initializers::unwrap,
};

#[derive(Debug, Clone)]
pub struct Place {
    /// `lock`, `state.lock`, `Counter.total`, `default`; of `[tx, rx]` the first name
    pub path: String,
    /// The variables that hold the value
    pub names: Vec<Atom>,
}

/// Every `new …` and call of the module that stands at a static place.
pub fn find(module: &Module) -> FxHashMap<Range, Place> {
    let mut places = FxHashMap::default();
    for item in &module.body {
        match item {
            ModuleItem::Stmt(Stmt::Decl(declaration)) => in_declaration(declaration, &mut places),
            ModuleItem::ModuleDecl(ModuleDecl::ExportDecl(export)) => in_declaration(&export.decl, &mut places),
            ModuleItem::ModuleDecl(ModuleDecl::ExportDefaultExpr(export)) => {
                in_value(&export.expr, "default", &mut places);
            }
            ModuleItem::ModuleDecl(ModuleDecl::ExportDefaultDecl(export)) => {
                if let DefaultDecl::Class(class) = &export.decl {
                    let name = class.ident.as_ref().map_or("default", |name| &name.sym);
                    in_class(&class.class, name, &mut places);
                }
            }
            _ => {}
        }
    }
    places
}

fn in_declaration(declaration: &Decl, places: &mut FxHashMap<Range, Place>) {
    match declaration {
        Decl::Var(variables) => {
            for declarator in &variables.decls {
                match (&declarator.name, &declarator.init) {
                    (Pat::Ident(name), Some(init)) => in_value(init, &name.sym, places),
                    (pattern, Some(init)) => in_pattern(init, pattern, places),
                    _ => {}
                }
            }
        }
        Decl::Class(class) => in_class(&class.class, &class.ident.sym, places),
        _ => {}
    }
}

/// `const [tx, rx] = channel()`
fn in_pattern(value: &Expr, pattern: &Pat, places: &mut FxHashMap<Range, Place>) {
    let mut names = Vec::new();
    declared(pattern, &mut names);
    if let (Some(first), Expr::Call(call)) = (names.first(), unwrap(value)) {
        places.insert(range_of(call.span), Place { path: first.to_string(), names });
    }
}

/// The names that a pattern declares, in source order.
pub fn declared(pattern: &Pat, names: &mut Vec<Atom>) {
    match pattern {
        Pat::Ident(name) => names.push(name.sym.clone()),
        Pat::Array(array) => array.elems.iter().flatten().for_each(|element| declared(element, names)),
        Pat::Object(object) => object.props.iter().for_each(|property| match property {
            ObjectPatProp::KeyValue(property) => declared(&property.value, names),
            ObjectPatProp::Assign(property) => names.push(property.key.sym.clone()),
            ObjectPatProp::Rest(rest) => declared(&rest.arg, names),
        }),
        Pat::Assign(assignment) => declared(&assignment.left, names),
        Pat::Rest(rest) => declared(&rest.arg, names),
        Pat::Expr(_) | Pat::Invalid(_) => {}
    }
}

fn in_class(class: &Class, name: &str, places: &mut FxHashMap<Range, Place>) {
    for member in &class.body {
        let (key, value) = match member {
            ClassMember::ClassProp(property) if property.is_static => (static_key(&property.key), &property.value),
            ClassMember::PrivateProp(property) if property.is_static => {
                (Some(format!("#{}", property.key.name)), &property.value)
            }
            _ => continue,
        };
        if let (Some(key), Some(value)) = (key, value) {
            in_value(value, &format!("{name}.{key}"), places);
        }
    }
}

fn in_value(value: &Expr, path: &str, places: &mut FxHashMap<Range, Place>) {
    match unwrap(value) {
        Expr::New(NewExpr { span, .. }) | Expr::Call(CallExpr { span, .. }) => {
            places.insert(range_of(*span), Place { path: path.to_owned(), names: vec![path.into()] });
        }
        Expr::Object(object) => {
            for property in &object.props {
                if let PropOrSpread::Prop(property) = property
                    && let Prop::KeyValue(property) = &**property
                    && let Some(key) = static_key(&property.key)
                {
                    in_value(&property.value, &format!("{path}.{key}"), places);
                }
            }
        }
        _ => {}
    }
}

fn static_key(key: &PropName) -> Option<String> {
    match key {
        PropName::Ident(name) => Some(name.sym.to_string()),
        PropName::Str(string) => Some(string.value.to_string_lossy().into_owned()),
        PropName::Num(number) => Some(number.value.to_string()),
        _ => None,
    }
}
