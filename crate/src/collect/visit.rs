//! The walk: the nodes that bind, write or give meaning. Every other node is walked by SWC's own generic code, so that no kind of
//! expression can be forgotten. Types are never entered: what only types name is not read.

use swc_common::Spanned;
use swc_ecma_ast::{
    ArrowExpr, ArrowFunctionBody, AssignExpr, AutoAccessor, AwaitExpr, BindingIdent, BlockStmt, BreakStmt, CallExpr,
    Callee, CatchClause, ClassDecl, ClassExpr, ClassProp, Constructor, ContinueStmt, Decl, Decorator, DefaultDecl,
    ExportDefaultDecl, ExportNamedSpecifier, ExportSpecifier, Expr, ExprStmt, FnDecl, FnExpr, ForInStmt, ForOfStmt,
    ForStmt, Function, Ident, IdentName, ImportDecl, JSXElementName, JSXFragment, JSXOpeningElement, LabeledStmt, Lit,
    MemberExpr, MemberProp, MetaPropExpr, MetaPropKind, Module, ModuleExportName, ModuleItem, NamedExport, NewExpr,
    OptCall, OptChainBase, PrivateName, PrivateProp, StaticBlock, Super, SwitchStmt, TaggedTpl, ThisExpr, TsEnumDecl,
    TsExprWithTypeArgs, TsImportEqualsDecl, TsIndexSignature, TsInterfaceDecl, TsModuleDecl, TsModuleName,
    TsNamespaceDecl, TsType, TsTypeAliasDecl, TsTypeAnn, TsTypeParamDecl, TsTypeParamInstantiation, UnaryExpr, UnaryOp,
    UpdateExpr, UsingDecl, VarDecl, VarDeclOrExpr,
};
use swc_ecma_visit::{Visit, VisitWith};

use super::{
    Collector,
    namespaces::enum_members,
    patterns::variable_kind,
    places::{body_start, class_range, is_directive, item_start, loop_body, runs_its_functions},
};
use crate::{
    analysis::{Access, BindingKind, Context, Part, ScopeKind, range_of},
    initializers,
};

impl Visit for Collector<'_> {
    // ---- what is not code ------------------------------------------------------------------------------------

    fn visit_ts_type(&mut self, _: &TsType) {}
    fn visit_ts_type_ann(&mut self, _: &TsTypeAnn) {}
    fn visit_ts_type_param_decl(&mut self, _: &TsTypeParamDecl) {}
    fn visit_ts_type_param_instantiation(&mut self, _: &TsTypeParamInstantiation) {}
    fn visit_ts_interface_decl(&mut self, _: &TsInterfaceDecl) {}
    fn visit_ts_type_alias_decl(&mut self, _: &TsTypeAliasDecl) {}
    fn visit_ts_index_signature(&mut self, _: &TsIndexSignature) {}
    fn visit_ts_expr_with_type_args(&mut self, _: &TsExprWithTypeArgs) {}

    // ---- module ----------------------------------------------------------------------------------------------

    fn visit_module(&mut self, module: &Module) {
        let first = module.body.iter().find(|item| !matches!(item, ModuleItem::Stmt(stmt) if is_directive(stmt)));
        self.analysis.first_statement = first.map_or_else(|| range_of(module.span).hi, item_start);
        module.visit_children_with(self);
    }

    fn visit_import_decl(&mut self, import: &ImportDecl) {
        self.declare_imports(import);
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
                if let Some(name) = function.ident.as_ref().filter(|_| function.function.body.is_some()) {
                    self.declare_function(name, range, function.function.is_generator);
                }
                self.function(&function.function, None, range);
            }
            DefaultDecl::Class(class) => {
                if let Some(name) = &class.ident {
                    self.declare_class(name, &class.class);
                }
                self.class(&class.class, None, class_range(&class.class));
            }
            DefaultDecl::TsInterfaceDecl(_) => {}
        }
    }

    fn visit_ts_import_equals_decl(&mut self, import: &TsImportEqualsDecl) {
        self.declare_import_equals(import);
    }

    // ---- declarations ----------------------------------------------------------------------------------------

    fn visit_decl(&mut self, declaration: &Decl) {
        if !self.declare_ambient(declaration) {
            declaration.visit_children_with(self);
        }
    }

    fn visit_fn_decl(&mut self, declaration: &FnDecl) {
        let range = range_of(declaration.function.span);
        // An overload signature declares nothing of its own.
        if declaration.function.body.is_some() {
            self.declare_function(&declaration.ident, range, declaration.function.is_generator);
            self.function(&declaration.function, None, range);
        } else {
            self.declare(&declaration.ident, BindingKind::Function, self.scope);
        }
    }

    fn visit_class_decl(&mut self, declaration: &ClassDecl) {
        self.declare_class(&declaration.ident, &declaration.class);
        self.class(&declaration.class, None, class_range(&declaration.class));
    }

    fn visit_ts_enum_decl(&mut self, declaration: &TsEnumDecl) {
        let range = range_of(declaration.span);
        let binding = self.declare(&declaration.id, BindingKind::Enum, self.scope);
        let data = &mut self.analysis.bindings[binding];
        data.initialized = range.hi;
        data.parts.push(Part::whole(range));
        self.blocks.push((binding, range, enum_members(declaration)));
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
        let kind = variable_kind(declaration.kind);
        self.declare_variables(&declaration.decls, kind, declaration.kind.as_str(), false);
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
            ArrowFunctionBody::Expr(_) => None,
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
        let body = constructor.body.as_ref().map(body_start);
        self.within(ScopeKind::Function, range, body, |this| {
            this.at_home(range, |this| {
                this.evaluated.push(false);
                for param in &constructor.params {
                    this.declare_constructor_param(param);
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

    // A label is no variable.
    fn visit_labeled_stmt(&mut self, statement: &LabeledStmt) {
        statement.body.visit_with(self);
    }

    fn visit_break_stmt(&mut self, _: &BreakStmt) {}
    fn visit_continue_stmt(&mut self, _: &ContinueStmt) {}

    fn visit_block_stmt(&mut self, block: &BlockStmt) {
        let range = range_of(block.span);
        self.within(ScopeKind::Block, range, Some(range.lo + 1), |this| block.stmts.visit_with(this));
    }

    fn visit_switch_stmt(&mut self, switch: &SwitchStmt) {
        switch.discriminant.visit_with(self);
        self.within(ScopeKind::Block, range_of(switch.span), None, |this| {
            let mark = this.mark();
            switch.cases.visit_with(this);
            this.rebind_since(mark);
        });
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
        self.within(ScopeKind::Loop, range_of(statement.span), body, |this| {
            let mark = this.mark();
            match &statement.init {
                Some(VarDeclOrExpr::VarDecl(declaration)) => this.loop_variables(declaration),
                init => init.visit_with(this),
            }
            this.rebind_since(mark);
            statement.test.visit_with(this);
            statement.update.visit_with(this);
            statement.body.visit_with(this);
        });
    }

    fn visit_for_in_stmt(&mut self, statement: &ForInStmt) {
        self.within(ScopeKind::Loop, range_of(statement.span), loop_body(&statement.body), |this| {
            let mark = this.mark();
            this.for_head(&statement.left);
            statement.right.visit_with(this);
            this.initialize_since(mark, range_of(statement.right.span()).hi);
            this.rebind_since(mark);
            statement.body.visit_with(this);
        });
    }

    fn visit_for_of_stmt(&mut self, statement: &ForOfStmt) {
        self.within(ScopeKind::Loop, range_of(statement.span), loop_body(&statement.body), |this| {
            let mark = this.mark();
            this.for_head(&statement.left);
            statement.right.visit_with(this);
            this.initialize_since(mark, range_of(statement.right.span()).hi);
            this.rebind_since(mark);
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

    fn visit_ident_name(&mut self, name: &IdentName) {
        self.note_blocking(&name.sym, range_of(name.span));
    }

    fn visit_member_expr(&mut self, member: &MemberExpr) {
        let waits = matches!(&member.prop, MemberProp::Ident(name) if &*name.sym == "wait")
            && matches!(initializers::unwrap(&member.obj), Expr::Ident(object) if &*object.sym == "Atomics");
        if waits {
            self.analysis.blocking.push(range_of(member.span));
        }
        if let MemberProp::Computed(key) = &member.prop
            && let Expr::Lit(Lit::Str(key)) = initializers::unwrap(&key.expr)
        {
            self.note_blocking(&key.value.to_string_lossy(), range_of(key.span));
        }
        member.visit_children_with(self);
    }

    fn visit_assign_expr(&mut self, assignment: &AssignExpr) {
        self.assignment(assignment);
    }

    fn visit_update_expr(&mut self, update: &UpdateExpr) {
        if let Expr::Ident(ident) = initializers::unwrap(&update.arg) {
            self.reference(ident, Access::Read);
        }
        self.write_expression(&update.arg);
    }

    fn visit_unary_expr(&mut self, unary: &UnaryExpr) {
        match (unary.op, initializers::unwrap(&unary.arg)) {
            (UnaryOp::TypeOf, Expr::Ident(ident)) => self.reference(ident, Access::Probe),
            (UnaryOp::Delete, _) => self.write_expression(&unary.arg),
            _ => unary.arg.visit_with(self),
        }
    }

    fn visit_expr_stmt(&mut self, statement: &ExprStmt) {
        let whole = range_of(statement.span);
        match &*statement.expr {
            // `f.a = 1, f.b = 2`
            Expr::Seq(sequence) => {
                for part in &sequence.exprs {
                    self.statement(part, range_of(part.span()));
                }
            }
            expression => self.statement(expression, whole),
        }
        statement.visit_children_with(self);
    }

    fn visit_opt_call(&mut self, call: &OptCall) {
        match initializers::unwrap(&call.callee) {
            Expr::Member(member) => self.method_call(member),
            Expr::OptChain(chain) => {
                if let OptChainBase::Member(member) = &*chain.base {
                    self.method_call(member);
                }
            }
            _ => {}
        }
        self.note_call(range_of(call.span));
        call.visit_children_with(self);
    }

    fn visit_call_expr(&mut self, call: &CallExpr) {
        if let Callee::Expr(callee) = &call.callee
            && let Expr::Ident(ident) = &**callee
            && &*ident.sym == "eval"
            && ident.ctxt == self.unresolved
        {
            self.context(Context::Eval, range_of(call.span));
        }
        if let Callee::Expr(callee) = &call.callee
            && let Expr::Member(member) = initializers::unwrap(callee)
        {
            self.method_call(member);
        }
        self.note_call(range_of(call.span));
        let before = self.mutations.len();
        call.visit_children_with(self);
        if runs_its_functions(call) {
            self.built_by_functions(before);
        }
    }

    fn visit_new_expr(&mut self, new: &NewExpr) {
        self.note_call(range_of(new.span));
        new.visit_children_with(self);
    }

    fn visit_decorator(&mut self, decorator: &Decorator) {
        self.note_call(range_of(decorator.span));
        decorator.visit_children_with(self);
    }

    fn visit_tagged_tpl(&mut self, template: &TaggedTpl) {
        self.note_call(range_of(template.span));
        template.visit_children_with(self);
    }

    fn visit_await_expr(&mut self, expression: &AwaitExpr) {
        self.note_call(range_of(expression.span));
        if self.analysis.scopes[self.scope].function == 0 {
            self.analysis.awaits.push(range_of(expression.span));
        }
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

    fn visit_jsx_opening_element(&mut self, element: &JSXOpeningElement) {
        self.use_jsx(range_of(element.name.span()));
        element.visit_children_with(self);
    }

    fn visit_jsx_fragment(&mut self, fragment: &JSXFragment) {
        self.use_jsx(range_of(fragment.opening.span));
        fragment.visit_children_with(self);
    }

    fn visit_jsx_element_name(&mut self, name: &JSXElementName) {
        self.jsx_name(name);
    }
}
