//! Step 2 — one walk over the syntax tree that fills an [`Analysis`].
//!
//! The visitor names the few places that bind, write or give meaning; every other node is walked by SWC's own generic
//! code, so that no kind of expression can be forgotten. Types are never entered: what only types name is not read.

use rustc_hash::FxHashMap;
use swc_atoms::Atom;
use swc_common::{Spanned, SyntaxContext};
use swc_ecma_ast::{
    ArrowExpr, ArrowFunctionBody, AssignExpr, AssignOp, AssignTarget, AutoAccessor, AwaitExpr, BindingIdent, BlockStmt,
    CallExpr, Callee, CatchClause, Class, ClassDecl, ClassExpr, ClassMember, ClassProp, Constructor, Decl, DefaultDecl,
    ExportDefaultDecl, ExportNamedSpecifier, ExportSpecifier, Expr, ExprStmt, FnDecl, FnExpr, ForHead, ForInStmt,
    ForOfStmt, ForStmt, Function, FunctionBody, Id, Ident, ImportDecl, ImportPhase, ImportSpecifier, JSXElementName,
    JSXFragment, JSXObject, JSXOpeningElement, Lit, MemberExpr, MemberProp, MetaPropExpr, MetaPropKind, Module,
    ModuleExportName, ModuleItem, NamedExport, NewExpr, ObjectPatProp, ParamOrTsParamProp, Pat, PrivateName,
    PrivateProp, SimpleAssignTarget, StaticBlock, Stmt, Super, SwitchStmt, TaggedTpl, ThisExpr, TsEntityName,
    TsEnumDecl, TsExprWithTypeArgs, TsImportEqualsDecl, TsInterfaceDecl, TsModuleDecl, TsModuleName, TsModuleRef,
    TsNamespaceBody, TsNamespaceDecl, TsParamPropParam, TsType, TsTypeAliasDecl, TsTypeAnn, TsTypeParamDecl,
    TsTypeParamInstantiation, UnaryExpr, UnaryOp, UpdateExpr, UsingDecl, VarDecl, VarDeclKind, VarDeclarator,
};
use swc_ecma_visit::{Visit, VisitWith};

use crate::{
    analysis::{
        Access, Analysis, Attachment, Binding, BindingId, BindingKind, Context, ContextUse, ImportDeclaration,
        Imported, Init, Part, Range, Reference, Scope, ScopeId, ScopeKind, Target,
    },
    initializers,
    options::{Jsx, JsxRuntime},
    parse::Parsed,
};

/// Fills the analysis of one parsed file.
pub fn collect(parsed: &Parsed, size: u32, jsx: &Jsx, pragmas: &Pragmas) -> Analysis {
    let mut collector = Collector {
        analysis: Analysis::default(),
        unresolved: parsed.unresolved,
        scope: 0,
        homes: vec![None],
        classes: Vec::new(),
        references: Vec::new(),
        attachments: Vec::new(),
        unbound: FxHashMap::default(),
        jsx_roots: jsx_roots(jsx, pragmas),
        jsx_uses: Vec::new(),
        evaluated: vec![false],
    };
    collector.push_scope(ScopeKind::Module, Range::new(0, size), Some(size));
    parsed.module.visit_with(&mut collector);
    collector.finish()
}

/// `@jsx` comments of the file.
#[derive(Debug, Default)]
pub struct Pragmas {
    /// The comments, as written
    pub comments: Vec<Range>,
    pub factory: Option<String>,
    pub fragment: Option<String>,
    pub classic: bool,
}

/// The names that JSX reads, when it is compiled the classic way: the factory's and the fragment's first identifiers.
fn jsx_roots(jsx: &Jsx, pragmas: &Pragmas) -> Vec<Atom> {
    if jsx.runtime == JsxRuntime::Automatic && !pragmas.classic && pragmas.factory.is_none() {
        return Vec::new();
    }
    let root = |name: Option<&String>| -> Atom {
        name.map_or("React", |name| name.split('.').next().unwrap_or("React")).into()
    };
    let mut roots = vec![root(pragmas.factory.as_ref().or(jsx.factory.as_ref()))];
    let fragment = root(pragmas.fragment.as_ref().or(jsx.fragment.as_ref()));
    if !roots.contains(&fragment) {
        roots.push(fragment);
    }
    roots
}

/// A byte range from a span of the tree, which counts from 1.
pub fn range_of(span: swc_common::Span) -> Range {
    Range::new(span.lo.0.saturating_sub(1), span.hi.0.saturating_sub(1))
}

struct Collector {
    analysis: Analysis,
    unresolved: SyntaxContext,
    scope: ScopeId,
    /// What gives `this` its meaning, innermost last
    homes: Vec<Option<Range>>,
    /// The private names of the classes around
    classes: Vec<(Range, Vec<Atom>)>,
    /// References as met: their bindings may be declared later
    references: Vec<(Id, Range, Access)>,
    attachments: Vec<(Id, Range, ScopeId)>,
    unbound: FxHashMap<Atom, usize>,
    jsx_roots: Vec<Atom>,
    jsx_uses: Vec<(Atom, ScopeId, Range)>,
    /// Whether the code at hand runs when the class around it is evaluated, innermost last
    evaluated: Vec<bool>,
}

impl Collector {
    fn push_scope(&mut self, kind: ScopeKind, range: Range, body: Option<u32>) -> ScopeId {
        let id = self.analysis.scopes.len();
        let parent = (id > 0).then_some(self.scope);
        let function = match (kind, parent) {
            (ScopeKind::Module | ScopeKind::Function, _) | (_, None) => id,
            (_, Some(parent)) => self.analysis.scopes[parent].function,
        };
        self.analysis.scopes.push(Scope { parent, kind, range, body, function });
        id
    }

    fn within(&mut self, kind: ScopeKind, range: Range, body: Option<u32>, inside: impl FnOnce(&mut Self)) {
        let scope = self.push_scope(kind, range, body);
        let outer = std::mem::replace(&mut self.scope, scope);
        inside(self);
        self.scope = outer;
    }

    /// Code that runs when the class is evaluated, or code that does not run until it is called.
    fn evaluated(&mut self, now: bool, inside: impl FnOnce(&mut Self)) {
        self.evaluated.push(now);
        inside(self);
        self.evaluated.pop();
    }

    /// Notes a call if it runs while a class is being evaluated.
    fn note_call(&mut self, range: Range) {
        if self.evaluated.last() == Some(&true) {
            self.analysis.static_calls.push(range);
        }
    }

    fn at_home(&mut self, range: Range, inside: impl FnOnce(&mut Self)) {
        self.homes.push(Some(range));
        inside(self);
        self.homes.pop();
    }

    /// Declares a binding, or adds to one that is declared already (overloads, `var` twice, merged declarations).
    fn declare(&mut self, ident: &Ident, kind: BindingKind, scope: ScopeId) -> BindingId {
        self.analysis.identifiers.insert(ident.sym.clone());
        let id = ident.to_id();
        if let Some(&binding) = self.analysis.by_id.get(&id) {
            return binding;
        }
        let declared = range_of(ident.span);
        let binding = self.analysis.bindings.len();
        self.analysis.bindings.push(Binding {
            name: ident.sym.clone(),
            kind,
            scope,
            declared,
            initialized: declared.hi,
            parts: Vec::new(),
            init: Init::None,
            destructured: false,
            writes: Vec::new(),
            ambient: false,
        });
        self.analysis.by_id.insert(id, binding);
        self.analysis.by_name.insert((scope, ident.sym.clone()), binding);
        binding
    }

    /// The scope that `var` declares in.
    fn var_scope(&self) -> ScopeId {
        let mut scope = self.scope;
        loop {
            let this = &self.analysis.scopes[scope];
            match (this.kind, this.parent) {
                (ScopeKind::Module | ScopeKind::Function | ScopeKind::Namespace, _) | (_, None) => return scope,
                (_, Some(parent)) => scope = parent,
            }
        }
    }

    fn declare_pattern(&mut self, pattern: &Pat, kind: BindingKind, scope: ScopeId, found: &mut Vec<BindingId>) {
        match pattern {
            Pat::Ident(ident) => found.push(self.declare(ident, kind, scope)),
            Pat::Array(array) => {
                for element in array.elems.iter().flatten() {
                    self.declare_pattern(element, kind, scope, found);
                }
            }
            Pat::Object(object) => {
                for property in &object.props {
                    match property {
                        ObjectPatProp::KeyValue(property) => {
                            property.key.visit_with(self);
                            self.declare_pattern(&property.value, kind, scope, found);
                        }
                        ObjectPatProp::Assign(property) => {
                            found.push(self.declare(&property.key, kind, scope));
                            property.value.visit_with(self);
                        }
                        ObjectPatProp::Rest(rest) => self.declare_pattern(&rest.arg, kind, scope, found),
                        #[allow(unreachable_patterns)]
                        _ => {}
                    }
                }
            }
            Pat::Rest(rest) => self.declare_pattern(&rest.arg, kind, scope, found),
            Pat::Assign(assign) => {
                self.declare_pattern(&assign.left, kind, scope, found);
                assign.right.visit_with(self);
            }
            Pat::Expr(expression) => expression.visit_with(self),
            _ => {}
        }
    }

    fn declare_params<'a>(&mut self, patterns: impl Iterator<Item = &'a Pat>) {
        let mut found = Vec::new();
        for pattern in patterns {
            self.declare_pattern(pattern, BindingKind::Param, self.scope, &mut found);
        }
    }

    fn declare_variables(
        &mut self,
        declarators: &[VarDeclarator],
        kind: BindingKind,
        keyword: &'static str,
        head: bool,
    ) {
        let scope = if kind == BindingKind::Var { self.var_scope() } else { self.scope };
        for declarator in declarators {
            let mut found = Vec::new();
            self.declare_pattern(&declarator.name, kind, scope, &mut found);
            declarator.init.visit_with(self);
            let simple = matches!(declarator.name, Pat::Ident(_));
            let range = range_of(declarator.span);
            for binding in found {
                let again = !self.analysis.bindings[binding].parts.is_empty()
                    || self.analysis.bindings[binding].kind == BindingKind::Param;
                if again && declarator.init.is_some() {
                    // A second `var x = …` is a write like any other.
                    let range = range_of(declarator.name.span());
                    self.analysis.bindings[binding].writes.push(range);
                }
                let init = initializers::describe(declarator.init.as_deref(), simple, self.unresolved);
                let binding = &mut self.analysis.bindings[binding];
                binding.destructured = !simple;
                binding.initialized = range.hi;
                binding.init = if head { Init::Other } else { init };
                binding.parts.push(Part { keyword, range });
            }
        }
    }

    fn reference(&mut self, ident: &Ident, access: Access) {
        self.analysis.identifiers.insert(ident.sym.clone());
        if &*ident.sym == "arguments" && ident.ctxt == self.unresolved {
            self.context(Context::Arguments, range_of(ident.span));
            return;
        }
        self.references.push((ident.to_id(), range_of(ident.span), access));
    }

    fn context(&mut self, context: Context, range: Range) {
        let home = match &context {
            Context::Private(name) => {
                self.classes.iter().rev().find(|(_, names)| names.contains(name)).map(|(range, _)| *range)
            }
            Context::Eval => None,
            _ => self.homes.last().copied().flatten(),
        };
        self.analysis.contexts.push(ContextUse { context, range, home });
    }

    /// Assignment targets: what is written, and what is read on the way.
    fn write_pattern(&mut self, pattern: &Pat) {
        match pattern {
            Pat::Ident(ident) => self.reference(ident, Access::Write),
            Pat::Array(array) => array.elems.iter().flatten().for_each(|element| self.write_pattern(element)),
            Pat::Object(object) => self.write_object(&object.props),
            Pat::Rest(rest) => self.write_pattern(&rest.arg),
            Pat::Assign(assign) => {
                self.write_pattern(&assign.left);
                assign.right.visit_with(self);
            }
            Pat::Expr(expression) => self.write_expression(expression),
            Pat::Invalid(_) => {}
            #[allow(unreachable_patterns)]
            _ => {}
        }
    }

    fn write_object(&mut self, properties: &[ObjectPatProp]) {
        for property in properties {
            match property {
                ObjectPatProp::KeyValue(property) => {
                    property.key.visit_with(self);
                    self.write_pattern(&property.value);
                }
                ObjectPatProp::Assign(property) => {
                    self.reference(&property.key, Access::Write);
                    property.value.visit_with(self);
                }
                ObjectPatProp::Rest(rest) => self.write_pattern(&rest.arg),
                #[allow(unreachable_patterns)]
                _ => {}
            }
        }
    }

    fn write_expression(&mut self, expression: &Expr) {
        match initializers::unwrap(expression) {
            Expr::Ident(ident) => self.reference(ident, Access::Write),
            other => other.visit_with(self),
        }
    }

    fn function(&mut self, function: &Function, own_name: Option<&Ident>, whole: Range) {
        function.decorators.visit_with(self);
        for param in &function.params {
            param.decorators.visit_with(self);
        }
        let body = function.body.as_ref().map(|body| body_start(body));
        self.within(ScopeKind::Function, whole, body, |this| {
            if let Some(name) = own_name {
                this.declare(name, BindingKind::OwnName, this.scope);
            }
            this.at_home(whole, |this| {
                this.evaluated(false, |this| {
                    this.declare_params(function.params.iter().map(|param| &param.pat));
                    function.body.visit_with(this);
                });
            });
        });
    }

    fn class(&mut self, class: &Class, own_name: Option<&Ident>, whole: Range) {
        self.evaluated(true, |this| class.decorators.visit_with(this));
        self.classes.push((whole, private_names(class)));
        self.within(ScopeKind::Class, whole, None, |this| {
            if let Some(name) = own_name {
                this.declare(name, BindingKind::OwnName, this.scope);
            }
            this.evaluated(true, |this| {
                class.super_class.visit_with(this);
                // Computed names and decorators run now; what does not says so itself.
                class.body.visit_with(this);
            });
        });
        self.classes.pop();
    }

    fn namespace(&mut self, name: Option<&Ident>, body: &TsNamespaceBody, whole: Range) {
        if let Some(name) = name {
            let binding = self.declare(name, BindingKind::Namespace, self.scope);
            let binding = &mut self.analysis.bindings[binding];
            binding.parts.push(Part { keyword: "", range: whole });
            binding.initialized = whole.hi;
        }
        self.within(ScopeKind::Namespace, whole, None, |this| match body {
            TsNamespaceBody::TsModuleBlock(block) => block.body.visit_with(this),
            TsNamespaceBody::TsNamespaceDecl(inner) => inner.visit_with(this),
            #[allow(unreachable_patterns)]
            _ => {}
        });
    }

    fn use_jsx(&mut self, range: Range) {
        for root in self.jsx_roots.clone() {
            self.jsx_uses.push((root, self.scope, range));
        }
    }

    fn finish(mut self) -> Analysis {
        let mut analysis = std::mem::take(&mut self.analysis);
        for (name, scope, range) in std::mem::take(&mut self.jsx_uses) {
            if let Some(binding) = analysis.lookup(&name, scope) {
                let target = Target::Binding(binding);
                analysis.references.push(Reference { target, range, access: Access::Read });
            }
        }
        for (id, range, access) in std::mem::take(&mut self.references) {
            let target = match analysis.by_id.get(&id) {
                Some(&binding) => {
                    if access == Access::Write {
                        analysis.bindings[binding].writes.push(range);
                    }
                    Target::Binding(binding)
                }
                None => Target::Unbound(*self.unbound.entry(id.0.clone()).or_insert_with(|| {
                    analysis.unbound.push(id.0.clone());
                    analysis.unbound.len() - 1
                })),
            };
            analysis.references.push(Reference { target, range, access });
        }
        for (id, statement, scope) in self.attachments {
            if let Some(&binding) = analysis.by_id.get(&id) {
                let beside = analysis.bindings[binding].scope == scope;
                analysis.attachments.push(Attachment { binding, statement, beside });
            }
        }
        analysis.references.sort_by_key(|reference| (reference.range.lo, reference.access == Access::Write));
        analysis.contexts.sort_by_key(|context| context.range.lo);
        analysis.scope_starts =
            analysis.scopes.iter().enumerate().map(|(scope, data)| (data.range.lo, scope)).collect();
        analysis.scope_starts.sort_unstable();
        analysis
    }
}

/// Just behind the opening brace.
fn body_start(body: &FunctionBody) -> u32 {
    // A directive must stay the first statement: declarations go behind it.
    let directive = body.stmts.iter().take_while(|statement| is_directive(statement)).last();
    directive.map_or_else(|| range_of(body.span).lo + 1, |statement| range_of(statement.span()).hi)
}

fn is_directive(statement: &Stmt) -> bool {
    matches!(statement, Stmt::Expr(ExprStmt { expr, .. }) if matches!(&**expr, Expr::Lit(Lit::Str(_))))
}

fn private_names(class: &Class) -> Vec<Atom> {
    class
        .body
        .iter()
        .filter_map(|member| match member {
            ClassMember::PrivateMethod(method) => Some(method.key.name.clone()),
            ClassMember::PrivateProp(prop) => Some(prop.key.name.clone()),
            ClassMember::AutoAccessor(AutoAccessor { key: swc_ecma_ast::Key::Private(name), .. }) => {
                Some(name.name.clone())
            }
            _ => None,
        })
        .collect()
}

/// From the first decorator to the end of the class.
fn class_range(class: &Class) -> Range {
    let range = range_of(class.span);
    let first = class.decorators.first().map_or(range.lo, |decorator| range_of(decorator.span).lo);
    Range::new(range.lo.min(first), range.hi)
}

fn export_name(name: &ModuleExportName) -> Atom {
    match name {
        ModuleExportName::Ident(ident) => ident.sym.clone(),
        ModuleExportName::Str(string) => string.value.to_atom_lossy().into_owned(),
        #[allow(unreachable_patterns)]
        _ => Atom::default(),
    }
}

impl Visit for Collector {
    // ---- what is not code ------------------------------------------------------------------------------------

    fn visit_ts_type(&mut self, _: &TsType) {}
    fn visit_ts_type_ann(&mut self, _: &TsTypeAnn) {}
    fn visit_ts_type_param_decl(&mut self, _: &TsTypeParamDecl) {}
    fn visit_ts_type_param_instantiation(&mut self, _: &TsTypeParamInstantiation) {}
    fn visit_ts_interface_decl(&mut self, _: &TsInterfaceDecl) {}
    fn visit_ts_type_alias_decl(&mut self, _: &TsTypeAliasDecl) {}
    fn visit_ts_expr_with_type_args(&mut self, _: &TsExprWithTypeArgs) {}

    // ---- module ----------------------------------------------------------------------------------------------

    fn visit_module(&mut self, module: &Module) {
        let first = module.body.iter().find(|item| !matches!(item, ModuleItem::Stmt(stmt) if is_directive(stmt)));
        self.analysis.first_statement = first.map_or_else(|| range_of(module.span).hi, |item| item_start(item));
        module.visit_children_with(self);
    }

    fn visit_import_decl(&mut self, import: &ImportDecl) {
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
                #[allow(unreachable_patterns)]
                _ => continue,
            };
            let binding = self.declare(local, BindingKind::Import, self.scope);
            let type_only = type_only || import.type_only;
            self.analysis.bindings[binding].ambient = type_only;
            specifiers.push(Imported { binding, imported, type_only });
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

    fn visit_named_export(&mut self, export: &NamedExport) {
        // `export { x } from './y'` binds and reads nothing here.
        if export.src.is_none() && !export.type_only {
            export.visit_children_with(self);
        }
    }

    fn visit_export_specifier(&mut self, specifier: &ExportSpecifier) {
        if let ExportSpecifier::Named(ExportNamedSpecifier {
            orig: ModuleExportName::Ident(ident),
            is_type_only: false,
            ..
        }) = specifier
        {
            self.reference(ident, Access::Export);
        }
    }

    fn visit_export_default_decl(&mut self, export: &ExportDefaultDecl) {
        match &export.decl {
            DefaultDecl::Fn(function) => {
                let range = range_of(function.function.span);
                if let Some(name) = &function.ident {
                    let binding = self.declare(name, BindingKind::Function, self.scope);
                    if function.function.body.is_some() {
                        self.analysis.bindings[binding].parts.push(Part { keyword: "", range });
                    }
                }
                self.function(&function.function, None, range);
            }
            DefaultDecl::Class(class) => {
                let range = class_range(&class.class);
                if let Some(name) = &class.ident {
                    let binding = self.declare(name, BindingKind::Class, self.scope);
                    self.analysis.bindings[binding].initialized = range.hi;
                    self.analysis.bindings[binding].parts.push(Part { keyword: "", range });
                }
                self.class(&class.class, None, range);
            }
            _ => {}
        }
    }

    fn visit_ts_import_equals_decl(&mut self, import: &TsImportEqualsDecl) {
        let binding = self.declare(&import.id, BindingKind::ImportEquals, self.scope);
        let mut range = range_of(import.span);
        if import.is_export {
            // The span begins with `export`.
            range.lo = range_of(import.id.span).lo;
        }
        let keyword = if import.is_export { "import" } else { "" };
        self.analysis.bindings[binding].ambient = import.is_type_only;
        self.analysis.bindings[binding].parts.push(Part { keyword, range });
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

    // ---- declarations ----------------------------------------------------------------------------------------

    fn visit_decl(&mut self, declaration: &Decl) {
        let declared = match declaration {
            Decl::Fn(function) if function.declare => Some((&function.ident, BindingKind::Function)),
            Decl::Class(class) if class.declare => Some((&class.ident, BindingKind::Class)),
            Decl::TsEnum(enumeration) if enumeration.declare => Some((&enumeration.id, BindingKind::Enum)),
            Decl::TsModule(module) if module.declare => match &module.id {
                TsModuleName::Ident(name) => Some((name, BindingKind::Namespace)),
                TsModuleName::Str(_) => return,
                #[allow(unreachable_patterns)]
                _ => return,
            },
            Decl::Var(variables) if variables.declare => {
                for declarator in &variables.decls {
                    if let Pat::Ident(ident) = &declarator.name {
                        let binding = self.declare(ident, BindingKind::Var, self.scope);
                        self.analysis.bindings[binding].ambient = true;
                    }
                }
                return;
            }
            other => {
                other.visit_children_with(self);
                return;
            }
        };
        if let Some((name, kind)) = declared {
            let binding = self.declare(name, kind, self.scope);
            let binding = &mut self.analysis.bindings[binding];
            binding.ambient = binding.parts.is_empty();
        }
    }

    fn visit_fn_decl(&mut self, declaration: &FnDecl) {
        let range = range_of(declaration.function.span);
        let binding = self.declare(&declaration.ident, BindingKind::Function, self.scope);
        // An overload signature declares nothing of its own.
        if declaration.function.body.is_some() {
            self.analysis.bindings[binding].parts.push(Part { keyword: "", range });
            self.analysis.bindings[binding].ambient = false;
            self.function(&declaration.function, None, range);
        }
    }

    fn visit_class_decl(&mut self, declaration: &ClassDecl) {
        let range = class_range(&declaration.class);
        let binding = self.declare(&declaration.ident, BindingKind::Class, self.scope);
        let data = &mut self.analysis.bindings[binding];
        data.initialized = range.hi;
        data.parts.push(Part { keyword: "", range });
        self.class(&declaration.class, None, range);
    }

    fn visit_ts_enum_decl(&mut self, declaration: &TsEnumDecl) {
        let range = range_of(declaration.span);
        let binding = self.declare(&declaration.id, BindingKind::Enum, self.scope);
        let data = &mut self.analysis.bindings[binding];
        data.initialized = range.hi;
        data.parts.push(Part { keyword: "", range });
        self.within(ScopeKind::Block, range, None, |this| {
            for member in &declaration.members {
                member.init.visit_with(this);
            }
        });
    }

    fn visit_ts_module_decl(&mut self, declaration: &TsModuleDecl) {
        let name = match &declaration.id {
            TsModuleName::Ident(name) if !declaration.global => Some(name),
            _ => None,
        };
        if let Some(body) = &declaration.body {
            self.namespace(name, body, range_of(declaration.span));
        }
    }

    fn visit_ts_namespace_decl(&mut self, declaration: &TsNamespaceDecl) {
        self.namespace(Some(&declaration.id), &declaration.body, range_of(declaration.span));
    }

    fn visit_var_decl(&mut self, declaration: &VarDecl) {
        let (kind, keyword) = match declaration.kind {
            VarDeclKind::Var => (BindingKind::Var, "var"),
            VarDeclKind::Let => (BindingKind::Let, "let"),
            VarDeclKind::Const => (BindingKind::Const, "const"),
        };
        self.declare_variables(&declaration.decls, kind, keyword, false);
    }

    fn visit_using_decl(&mut self, declaration: &UsingDecl) {
        let keyword = if declaration.is_await { "await using" } else { "using" };
        self.declare_variables(&declaration.decls, BindingKind::Using, keyword, false);
    }

    // ---- functions, classes, blocks --------------------------------------------------------------------------

    fn visit_fn_expr(&mut self, expression: &FnExpr) {
        self.function(&expression.function, expression.ident.as_ref(), range_of(expression.function.span));
    }

    fn visit_function(&mut self, function: &Function) {
        self.function(function, None, range_of(function.span));
    }

    fn visit_arrow_expr(&mut self, arrow: &ArrowExpr) {
        let body = match &*arrow.body {
            ArrowFunctionBody::FunctionBody(body) => Some(body_start(body)),
            _ => None,
        };
        self.within(ScopeKind::Function, range_of(arrow.span), body, |this| {
            this.evaluated(false, |this| {
                this.declare_params(arrow.params.iter());
                arrow.body.visit_with(this);
            });
        });
    }

    fn visit_constructor(&mut self, constructor: &Constructor) {
        let range = range_of(constructor.span);
        let body = constructor.body.as_ref().map(|body| body_start(body));
        self.within(ScopeKind::Function, range, body, |this| {
            this.at_home(range, |this| {
                this.evaluated.push(false);
                for param in &constructor.params {
                    let mut found = Vec::new();
                    match param {
                        ParamOrTsParamProp::Param(param) => {
                            param.decorators.visit_with(this);
                            this.declare_pattern(&param.pat, BindingKind::Param, this.scope, &mut found);
                        }
                        ParamOrTsParamProp::TsParamProp(property) => {
                            property.decorators.visit_with(this);
                            match &property.param {
                                TsParamPropParam::Ident(ident) => {
                                    this.declare(ident, BindingKind::Param, this.scope);
                                }
                                TsParamPropParam::Assign(assign) => {
                                    this.declare_pattern(&assign.left, BindingKind::Param, this.scope, &mut found);
                                    assign.right.visit_with(this);
                                }
                                #[allow(unreachable_patterns)]
                                _ => {}
                            }
                        }
                        #[allow(unreachable_patterns)]
                        _ => {}
                    }
                }
                constructor.body.visit_with(this);
                this.evaluated.pop();
            });
        });
    }

    fn visit_class_expr(&mut self, expression: &ClassExpr) {
        self.class(&expression.class, expression.ident.as_ref(), class_range(&expression.class));
    }

    fn visit_class_prop(&mut self, property: &ClassProp) {
        property.key.visit_with(self);
        property.decorators.visit_with(self);
        self.at_home(range_of(property.span), |this| {
            this.evaluated(property.is_static, |this| property.value.visit_with(this));
        });
    }

    fn visit_private_prop(&mut self, property: &PrivateProp) {
        property.decorators.visit_with(self);
        self.at_home(range_of(property.span), |this| {
            this.evaluated(property.is_static, |this| property.value.visit_with(this));
        });
    }

    fn visit_auto_accessor(&mut self, accessor: &AutoAccessor) {
        if let swc_ecma_ast::Key::Public(key) = &accessor.key {
            key.visit_with(self);
        }
        accessor.decorators.visit_with(self);
        self.at_home(range_of(accessor.span), |this| {
            this.evaluated(accessor.is_static, |this| accessor.value.visit_with(this));
        });
    }

    fn visit_static_block(&mut self, block: &StaticBlock) {
        let range = range_of(block.span);
        self.within(ScopeKind::Function, range, Some(range_of(block.body.span).lo + 1), |this| {
            this.at_home(range, |this| block.body.stmts.visit_with(this));
        });
    }

    fn visit_block_stmt(&mut self, block: &BlockStmt) {
        let range = range_of(block.span);
        self.within(ScopeKind::Block, range, Some(range.lo + 1), |this| block.stmts.visit_with(this));
    }

    fn visit_switch_stmt(&mut self, switch: &SwitchStmt) {
        switch.discriminant.visit_with(self);
        self.within(ScopeKind::Block, range_of(switch.span), None, |this| switch.cases.visit_with(this));
    }

    fn visit_catch_clause(&mut self, clause: &CatchClause) {
        let body = Some(range_of(clause.body.span).lo + 1);
        self.within(ScopeKind::Block, range_of(clause.span), body, |this| {
            if let Some(param) = &clause.param {
                this.declare_params(std::iter::once(param));
            }
            clause.body.stmts.visit_with(this);
        });
    }

    fn visit_for_stmt(&mut self, statement: &ForStmt) {
        let body = loop_body(&statement.body);
        self.within(ScopeKind::Loop, range_of(statement.span), body, |this| statement.visit_children_with(this));
    }

    fn visit_for_in_stmt(&mut self, statement: &ForInStmt) {
        self.within(ScopeKind::Loop, range_of(statement.span), loop_body(&statement.body), |this| {
            this.for_head(&statement.left);
            statement.right.visit_with(this);
            statement.body.visit_with(this);
        });
    }

    fn visit_for_of_stmt(&mut self, statement: &ForOfStmt) {
        self.within(ScopeKind::Loop, range_of(statement.span), loop_body(&statement.body), |this| {
            this.for_head(&statement.left);
            statement.right.visit_with(this);
            statement.body.visit_with(this);
        });
    }

    // ---- reads, writes, meanings -----------------------------------------------------------------------------

    fn visit_ident(&mut self, ident: &Ident) {
        self.reference(ident, Access::Read);
    }

    fn visit_binding_ident(&mut self, ident: &BindingIdent) {
        self.reference(ident, Access::Read);
    }

    fn visit_assign_expr(&mut self, assignment: &AssignExpr) {
        match &assignment.left {
            AssignTarget::Simple(target) => {
                let ident = match target {
                    SimpleAssignTarget::Ident(ident) => Some(&ident.id),
                    SimpleAssignTarget::Paren(paren) => initializers::unwrap(&paren.expr).as_ident(),
                    SimpleAssignTarget::TsAs(inner) => initializers::unwrap(&inner.expr).as_ident(),
                    SimpleAssignTarget::TsSatisfies(inner) => initializers::unwrap(&inner.expr).as_ident(),
                    SimpleAssignTarget::TsNonNull(inner) => initializers::unwrap(&inner.expr).as_ident(),
                    SimpleAssignTarget::TsTypeAssertion(inner) => initializers::unwrap(&inner.expr).as_ident(),
                    _ => None,
                };
                match ident {
                    Some(ident) => {
                        if assignment.op != AssignOp::Assign {
                            self.reference(ident, Access::Read);
                        }
                        self.reference(ident, Access::Write);
                    }
                    None => target.visit_with(self),
                }
            }
            AssignTarget::Pat(pattern) => match pattern {
                swc_ecma_ast::AssignTargetPat::Array(array) => {
                    array.elems.iter().flatten().for_each(|element| self.write_pattern(element));
                }
                swc_ecma_ast::AssignTargetPat::Object(object) => self.write_object(&object.props),
                _ => {}
            },
            #[allow(unreachable_patterns)]
            _ => {}
        }
        assignment.right.visit_with(self);
    }

    fn visit_update_expr(&mut self, update: &UpdateExpr) {
        if let Expr::Ident(ident) = initializers::unwrap(&update.arg) {
            self.reference(ident, Access::Read);
            self.reference(ident, Access::Write);
        } else {
            update.arg.visit_with(self);
        }
    }

    fn visit_unary_expr(&mut self, unary: &UnaryExpr) {
        match (unary.op, initializers::unwrap(&unary.arg)) {
            (UnaryOp::TypeOf, Expr::Ident(ident)) => self.reference(ident, Access::Probe),
            (UnaryOp::Delete, Expr::Ident(ident)) => self.reference(ident, Access::Write),
            _ => unary.arg.visit_with(self),
        }
    }

    fn visit_expr_stmt(&mut self, statement: &ExprStmt) {
        if let Expr::Assign(AssignExpr { left: AssignTarget::Simple(SimpleAssignTarget::Member(member)), .. }) =
            &*statement.expr
            && let Some(root) = member_root(member)
        {
            self.attachments.push((root.to_id(), range_of(statement.span), self.scope));
        }
        statement.visit_children_with(self);
    }

    fn visit_call_expr(&mut self, call: &CallExpr) {
        if let Callee::Expr(callee) = &call.callee
            && let Expr::Ident(ident) = &**callee
            && &*ident.sym == "eval"
            && ident.ctxt == self.unresolved
        {
            self.context(Context::Eval, range_of(call.span));
        }
        self.note_call(range_of(call.span));
        call.visit_children_with(self);
    }

    fn visit_new_expr(&mut self, new: &NewExpr) {
        self.note_call(range_of(new.span));
        new.visit_children_with(self);
    }

    fn visit_tagged_tpl(&mut self, template: &TaggedTpl) {
        self.note_call(range_of(template.span));
        template.visit_children_with(self);
    }

    fn visit_await_expr(&mut self, expression: &AwaitExpr) {
        self.note_call(range_of(expression.span));
        expression.visit_children_with(self);
    }

    fn visit_this_expr(&mut self, this: &ThisExpr) {
        self.context(Context::This, range_of(this.span));
    }

    fn visit_super(&mut self, node: &Super) {
        self.context(Context::Super, range_of(node.span));
    }

    fn visit_meta_prop_expr(&mut self, property: &MetaPropExpr) {
        if property.kind == MetaPropKind::NewTarget {
            self.context(Context::NewTarget, range_of(property.span));
        }
    }

    fn visit_private_name(&mut self, name: &PrivateName) {
        self.context(Context::Private(name.name.clone()), range_of(name.span));
    }

    fn visit_member_prop(&mut self, property: &MemberProp) {
        property.visit_children_with(self);
    }

    fn visit_jsx_opening_element(&mut self, element: &JSXOpeningElement) {
        self.use_jsx(range_of(element.name.span()));
        element.visit_children_with(self);
    }

    fn visit_jsx_fragment(&mut self, fragment: &JSXFragment) {
        self.use_jsx(range_of(fragment.opening.span));
        fragment.visit_children_with(self);
    }

    fn visit_jsx_element_name(&mut self, name: &JSXElementName) {
        match name {
            // A lower-case name is a string to JSX; `this` stands for itself.
            JSXElementName::Ident(ident) if ident.sym.starts_with(|first: char| first.is_ascii_lowercase()) => {}
            JSXElementName::Ident(ident) => self.reference(ident, Access::Read),
            JSXElementName::JSXMemberExpr(member) => {
                let mut object = &member.obj;
                while let JSXObject::JSXMemberExpr(inner) = object {
                    object = &inner.obj;
                }
                if let JSXObject::Ident(ident) = object {
                    if &*ident.sym == "this" {
                        self.context(Context::This, range_of(ident.span));
                    } else {
                        self.reference(ident, Access::Read);
                    }
                }
            }
            _ => {}
        }
    }
}

impl Collector {
    fn for_head(&mut self, head: &ForHead) {
        match head {
            ForHead::VarDecl(declaration) => {
                let kind = match declaration.kind {
                    VarDeclKind::Var => BindingKind::Var,
                    VarDeclKind::Let => BindingKind::Let,
                    VarDeclKind::Const => BindingKind::Const,
                };
                self.declare_variables(&declaration.decls, kind, "", true);
            }
            ForHead::UsingDecl(declaration) => self.declare_variables(&declaration.decls, BindingKind::Using, "", true),
            ForHead::Pat(pattern) => self.write_pattern(pattern),
            #[allow(unreachable_patterns)]
            _ => {}
        }
    }
}

/// Where a declaration can stand that sees the variables of a loop's head: at the start of its block.
fn loop_body(body: &Stmt) -> Option<u32> {
    if let Stmt::Block(block) = body { Some(range_of(block.span).lo + 1) } else { None }
}

fn item_start(item: &ModuleItem) -> u32 {
    // The span of a decorated class may begin behind its decorators.
    let start = range_of(item.span()).lo;
    let class = match item {
        ModuleItem::Stmt(Stmt::Decl(Decl::Class(class))) => Some(&class.class),
        ModuleItem::ModuleDecl(swc_ecma_ast::ModuleDecl::ExportDecl(export)) => match &export.decl {
            Decl::Class(class) => Some(&class.class),
            _ => None,
        },
        _ => None,
    };
    class.map_or(start, |class| start.min(class_range(class).lo))
}

fn member_root(member: &MemberExpr) -> Option<&Ident> {
    let mut object = &*member.obj;
    loop {
        match object {
            Expr::Ident(ident) => return Some(ident),
            Expr::Member(member) => object = &member.obj,
            _ => return None,
        }
    }
}
