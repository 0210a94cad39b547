//! Names that the blocks of one namespace, and the members of one enum, have from one another.
//!
//! ```ts
//! namespace Units { export const factor = 10 }
//! namespace Units { export const area = factor ** 2 }    // `factor` is `Units.factor`
//! enum Size { Small = 1, Large = Small << 2 }            // `Small` is `Size.Small`
//! ```

use swc_atoms::Atom;
use swc_ecma_ast::{Decl, ModuleDecl, ModuleItem, TsEnumDecl, TsEnumMemberId, TsModuleName, TsNamespaceBody};

use crate::{
    analysis::{Access, Analysis, BindingId, Range, Target},
    order::sort_by_range,
    shared_places::declared,
};

/// What a block of a namespace exports.
pub(super) fn exported_names(body: &TsNamespaceBody) -> Vec<Atom> {
    let block = match body {
        TsNamespaceBody::TsModuleBlock(block) => block,
        // `namespace A.B {}`
        TsNamespaceBody::TsNamespaceDecl(inner) => return vec![inner.id.sym.clone()],
    };
    let mut names = Vec::new();
    for item in &block.body {
        let ModuleItem::ModuleDecl(ModuleDecl::ExportDecl(export)) = item else { continue };
        match &export.decl {
            Decl::Class(class) => names.push(class.ident.sym.clone()),
            Decl::Fn(function) => names.push(function.ident.sym.clone()),
            Decl::TsEnum(enumeration) => names.push(enumeration.id.sym.clone()),
            Decl::TsModule(module) => {
                if let TsModuleName::Ident(name) = &module.id {
                    names.push(name.sym.clone());
                }
            }
            Decl::Var(variables) => {
                variables.decls.iter().for_each(|declarator| declared(&declarator.name, &mut names));
            }
            _ => {}
        }
    }
    names
}

/// The members of an enum that can be named without it.
pub(super) fn enum_members(declaration: &TsEnumDecl) -> Vec<Atom> {
    let names = declaration.members.iter().map(|member| match &member.id {
        TsEnumMemberId::Ident(name) => name.sym.clone(),
        TsEnumMemberId::Str(name) => name.value.to_atom_lossy().into_owned(),
    });
    names.collect()
}

/// Turns references that mean a member of the namespace or enum around them into references to it.
pub(super) fn find_siblings(analysis: &mut Analysis, blocks: &[(BindingId, Range, Vec<Atom>)]) {
    if blocks.is_empty() {
        return;
    }
    let mut found = Vec::new();
    for (at, reference) in analysis.references.iter().enumerate() {
        let name = match reference.target {
            Target::Binding(binding) => &analysis.bindings[binding].name,
            Target::Unbound(name) => &analysis.unbound[name],
        };
        // The innermost block counts: it comes last.
        let around = blocks.iter().rev().filter(|(_, range, _)| range.contains(reference.range));
        let owner = around
            .map(|(owner, range, _)| (*owner, *range))
            .find(|(owner, _)| blocks.iter().any(|(other, _, names)| other == owner && names.contains(name)));
        if let Some((owner, block)) = owner
            && !matches!(reference.target, Target::Binding(binding) if analysis.is_bound_in(binding, block))
            && reference.access != Access::Export
        {
            found.push((at, owner));
        }
    }
    for (at, owner) in found {
        analysis.references[at].target = Target::Binding(owner);
        analysis.siblings.push((owner, analysis.references[at].range));
    }
    sort_by_range(&mut analysis.siblings, |&(_, range)| range);
}
