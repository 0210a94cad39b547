//! Where a shared value may be constructed so that every thread finds it by its place: at the top level of a module, as a
//! constant, a static member of a class, or a member of an object literal.

use rustc_hash::FxHashMap;
use swc_ecma_ast::{
    Class, ClassMember, Decl, DefaultDecl, Expr, Module, ModuleDecl, ModuleItem, Pat, Prop, PropName, PropOrSpread,
    Stmt,
};

use crate::{
    analysis::{Range, range_of},
    initializers::unwrap,
};

/// Every `new …` of the module that stands at a static place, with the path of the place: `lock`, `state.lock`,
/// `Counter.total`, `default`.
pub fn find(module: &Module) -> FxHashMap<Range, String> {
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

fn in_declaration(declaration: &Decl, places: &mut FxHashMap<Range, String>) {
    match declaration {
        Decl::Var(variables) => {
            for declarator in &variables.decls {
                if let (Pat::Ident(name), Some(init)) = (&declarator.name, &declarator.init) {
                    in_value(init, &name.sym, places);
                }
            }
        }
        Decl::Class(class) => in_class(&class.class, &class.ident.sym, places),
        _ => {}
    }
}

fn in_class(class: &Class, name: &str, places: &mut FxHashMap<Range, String>) {
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

fn in_value(value: &Expr, path: &str, places: &mut FxHashMap<Range, String>) {
    match unwrap(value) {
        Expr::New(new) => {
            places.insert(range_of(new.span), path.to_owned());
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
