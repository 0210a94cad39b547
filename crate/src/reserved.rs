//! Reserved words where the parser takes them for names: the first name of `import A = export.B`. TypeScript refuses them, and
//! `const A = export.B`, which an alias of a namespace becomes in a thread, is no program.

use swc_common::Spanned;
use swc_ecma_ast::{
    Decl, EsReserved, Ident, Module, ModuleDecl, ModuleItem, Stmt, TsEntityName, TsImportEqualsDecl, TsModuleRef,
    TsNamespaceBody,
};

use crate::{
    analysis::range_of,
    diagnostics::{self, Finding},
};

/// The first reserved word that stands for a name. Such aliases are found in the module itself and in namespaces.
pub fn find(module: &Module) -> Option<Finding> {
    let word = in_items(&module.body)?;
    let message = format!("`{}` is a reserved word and names nothing", word.sym);
    Some(diagnostics::syntax_error(range_of(word.span()), &message))
}

fn in_items(items: &[ModuleItem]) -> Option<&Ident> {
    items.iter().find_map(|item| match item {
        ModuleItem::ModuleDecl(ModuleDecl::TsImportEquals(import)) => in_alias(import),
        ModuleItem::ModuleDecl(ModuleDecl::ExportDecl(export)) => in_declaration(&export.decl),
        ModuleItem::Stmt(Stmt::Decl(declaration)) => in_declaration(declaration),
        _ => None,
    })
}

fn in_declaration(declaration: &Decl) -> Option<&Ident> {
    let Decl::TsModule(namespace) = declaration else { return None };
    let mut body = namespace.body.as_ref()?;
    while let TsNamespaceBody::TsNamespaceDecl(inner) = body {
        body = &inner.body;
    }
    body.as_ts_module_block().and_then(|block| in_items(&block.body))
}

fn in_alias(import: &TsImportEqualsDecl) -> Option<&Ident> {
    let TsModuleRef::TsEntityName(name) = &import.module_ref else { return None };
    let mut name = name;
    while let TsEntityName::TsQualifiedName(qualified) = name {
        name = &qualified.left;
    }
    let first = name.as_ident()?;
    (first.is_reserved() || first.is_reserved_in_strict_mode(true)).then_some(first)
}
