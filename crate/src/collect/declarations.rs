//! How each kind of declaration is recorded.

use swc_ecma_ast::{
    Class, Decl, Ident, ImportDecl, ImportPhase, ImportSpecifier, ParamOrTsParamProp, Pat, TsEntityName,
    TsImportEqualsDecl, TsModuleName, TsModuleRef, TsParamPropParam,
};
use swc_ecma_visit::VisitWith;

use super::{
    Collector,
    patterns::variable_kind,
    places::{class_part, export_name},
};
use crate::analysis::{Access, BindingKind, ImportDeclaration, Imported, Part, Range, range_of};

impl Collector<'_> {
    /// An import declaration, with all its names.
    pub(super) fn declare_imports(&mut self, import: &ImportDecl) {
        let range = range_of(import.span);
        let source = range_of(import.src.span);
        let mut specifiers = Vec::new();
        for specifier in &import.specifiers {
            let (local, imported, type_only) = match specifier {
                ImportSpecifier::Default(specifier) => (&specifier.local, "default".into(), false),
                ImportSpecifier::Namespace(specifier) => (&specifier.local, "*".into(), false),
                ImportSpecifier::Named(specifier) => {
                    let imported = specifier.imported.as_ref().map(export_name);
                    (&specifier.local, imported.unwrap_or_else(|| specifier.local.sym.clone()), specifier.is_type_only)
                }
            };
            let binding = self.declare(local, BindingKind::Import, self.scope);
            let type_only = type_only || import.type_only;
            self.analysis.bindings[binding].ambient = type_only;
            self.analysis.import_of.insert(binding, (self.analysis.imports.len(), specifiers.len()));
            specifiers.push(Imported { binding, exported: imported, type_only });
        }
        let phase = match import.phase {
            ImportPhase::Evaluation => "",
            ImportPhase::Source => "source ",
            ImportPhase::Defer => "defer ",
        };
        let end = import.with.as_ref().map_or(source.hi, |with| range_of(with.span).hi);
        self.analysis.imports.push(ImportDeclaration {
            range,
            source: import.src.value.to_string_lossy().into_owned(),
            tail: Range::new(source.lo, end),
            phase,
            specifiers,
        });
    }

    /// `import A = N.B`, `import x = require('y')`
    pub(super) fn declare_import_equals(&mut self, import: &TsImportEqualsDecl) {
        let binding = self.declare(&import.id, BindingKind::ImportEquals, self.scope);
        let mut range = range_of(import.span);
        // In a block of a namespace it is copied into a function, where only a constant can stand for it.
        let nested = self.scope != 0;
        if import.is_export || nested {
            // The span begins with `export` or `import`.
            range.lo = range_of(import.id.span).lo;
        }
        let keyword = if nested {
            "const"
        } else if import.is_export {
            "import"
        } else {
            ""
        };
        self.analysis.bindings[binding].ambient = import.is_type_only;
        self.analysis.bindings[binding].parts.push(Part {
            keyword: keyword.into(),
            range,
            replaceable: false,
            decorated: None,
        });
        if let TsModuleRef::TsEntityName(name) = &import.module_ref {
            let mut name = name;
            while let TsEntityName::TsQualifiedName(qualified) = name {
                name = &qualified.left;
            }
            if let TsEntityName::Ident(ident) = name {
                self.reference(ident, Access::Read);
            }
        }
    }

    /// `declare …`: a name without code. Says whether the declaration was one.
    pub(super) fn declare_ambient(&mut self, declaration: &Decl) -> bool {
        let (name, kind) = match declaration {
            Decl::Fn(function) if function.declare => (&function.ident, BindingKind::Function),
            Decl::Class(class) if class.declare => (&class.ident, BindingKind::Class),
            Decl::TsEnum(enumeration) if enumeration.declare => (&enumeration.id, BindingKind::Enum),
            Decl::TsModule(module) if module.declare => match &module.id {
                TsModuleName::Ident(name) => (name, BindingKind::Namespace),
                TsModuleName::Str(_) => return true,
            },
            Decl::Var(variables) if variables.declare => {
                let kind = variable_kind(variables.kind);
                for declarator in &variables.decls {
                    if let Pat::Ident(ident) = &declarator.name {
                        let binding = self.declare(ident, kind, self.scope);
                        self.analysis.bindings[binding].ambient = true;
                    }
                }
                return true;
            }
            _ => return false,
        };
        let binding = self.declare(name, kind, self.scope);
        let binding = &mut self.analysis.bindings[binding];
        binding.ambient = binding.parts.is_empty();
        true
    }

    /// A parameter of a constructor, which may be a property too.
    pub(super) fn declare_constructor_param(&mut self, param: &ParamOrTsParamProp) {
        let mut found = Vec::new();
        match param {
            ParamOrTsParamProp::Param(param) => {
                param.decorators.visit_with(self);
                self.declare_pattern(&param.pat, BindingKind::Param, self.scope, &mut found);
            }
            ParamOrTsParamProp::TsParamProp(property) => {
                property.decorators.visit_with(self);
                match &property.param {
                    TsParamPropParam::Ident(ident) => {
                        self.declare(ident, BindingKind::Param, self.scope);
                    }
                    TsParamPropParam::Assign(assign) => {
                        self.declare_pattern(&assign.left, BindingKind::Param, self.scope, &mut found);
                        assign.right.visit_with(self);
                    }
                }
            }
        }
    }

    /// A class declaration.
    pub(super) fn declare_class(&mut self, name: &Ident, class: &Class) {
        let part = class_part(class);
        let binding = self.declare(name, BindingKind::Class, self.scope);
        let data = &mut self.analysis.bindings[binding];
        data.initialized = part.range.hi;
        data.parts.push(part);
    }
}
