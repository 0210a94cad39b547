//! The walk that finds our calls, and keeps the names of what is around them.

use swc_atoms::Atom;
use swc_common::Spanned;
use swc_ecma_ast::{
    AssignExpr, AssignTarget, BinExpr, BinaryOp, CallExpr, Callee, ClassDecl, ClassExpr, ClassMethod, ClassProp,
    ExportDefaultExpr, Expr, FnDecl, FnExpr, KeyValueProp, Lit, MemberExpr, MemberProp, MethodProp, NewExpr, OptCall,
    Pat, SimpleAssignTarget, TsExportAssignment, TsImportEqualsDecl, TsModuleRef, TsType, TsTypeAnn, VarDeclarator,
};
use swc_ecma_visit::{Visit, VisitWith};

use super::{Finder, SHARED_FUNCTIONS, SHARED_TYPES};
use crate::{analysis::range_of, diagnostics, initializers::unwrap};

impl Visit for Finder<'_> {
    fn visit_ts_type(&mut self, _: &TsType) {}
    fn visit_ts_type_ann(&mut self, _: &TsTypeAnn) {}

    fn visit_call_expr(&mut self, call: &CallExpr) {
        let range = range_of(call.span);
        match &call.callee {
            Callee::Import(_) => {
                if let Some(source) = self.literal_argument(call) {
                    self.found.findings.push(diagnostics::imported_dynamically(range, &source));
                }
            }
            Callee::Expr(callee) => {
                if matches!(&**callee, Expr::Ident(name) if &*name.sym == "require" && name.ctxt == self.unresolved)
                    && let Some(source) = self.literal_argument(call)
                {
                    self.found.findings.push(diagnostics::required(range, &source));
                }
                if let Some(whole) = self.eval_around(call) {
                    self.found.consumed.insert(whole.lo);
                    self.eval = Some(whole);
                    call.args.visit_with(self);
                    self.eval = None;
                    return;
                }
                if self.our_call(callee, &call.args, range) {
                    return;
                }
                if let Some((kind, _)) = self.ours(callee).filter(|(name, _)| SHARED_FUNCTIONS.contains(&&**name)) {
                    self.shared_value(kind, range_of(callee.span()), range, &call.args);
                }
            }
            Callee::Super(_) => {}
        }
        call.visit_children_with(self);
    }

    /// `import threads = require('experimental-threads')`
    fn visit_ts_import_equals_decl(&mut self, import: &TsImportEqualsDecl) {
        if let TsModuleRef::TsEntityName(name) = &import.module_ref {
            self.check_alias(name);
        }
        if let TsModuleRef::TsExternalModuleRef(module) = &import.module_ref
            && !import.is_type_only
        {
            let source = module.expr.value.to_string_lossy().into_owned();
            if self.sources.contains(&source) {
                self.found.findings.push(diagnostics::required(range_of(import.span), &source));
            }
        }
    }

    fn visit_ts_export_assignment(&mut self, export: &TsExportAssignment) {
        self.export_assignment = Some(range_of(export.span));
        export.visit_children_with(self);
    }

    fn visit_opt_call(&mut self, call: &OptCall) {
        if !self.our_call(&call.callee, &call.args, range_of(call.span)) {
            call.visit_children_with(self);
        }
    }

    fn visit_member_expr(&mut self, member: &MemberExpr) {
        // `threads.spawn` that is not called, `threads[name]`
        if let Expr::Ident(object) = unwrap(&member.obj)
            && self.namespace(object).is_some()
        {
            self.looked_into.insert(range_of(object.span).lo);
            let range = range_of(member.span);
            let name = self.ours_member(member).map(|(name, _)| name);
            let computed = matches!(&member.prop, MemberProp::Computed(key)
                if !matches!(unwrap(&key.expr), Expr::Lit(Lit::Str(_))));
            match name {
                Some(name) if super::takes_closure(&name) => {
                    self.found.findings.push(diagnostics::spawn_as_value(range, &name, &name));
                }
                Some(name) if super::is_per_task(&name) => {
                    self.found.per_task.push((range, range_of(object.span).lo, name));
                }
                _ if computed => self.found.findings.push(diagnostics::spawn_as_value(range, "spawn", "spawn")),
                _ => {}
            }
        }
        member.visit_children_with(self);
    }

    fn visit_bin_expr(&mut self, binary: &BinExpr) {
        // `'RwLock' in threads`
        if let (BinaryOp::In, Expr::Ident(object)) = (binary.op, unwrap(&binary.right)) {
            self.looked_into.insert(range_of(object.span).lo);
        }
        binary.visit_children_with(self);
    }

    fn visit_new_expr(&mut self, new: &NewExpr) {
        let range = range_of(new.span);
        if let Some((kind, _)) = self.ours(&new.callee).filter(|(name, _)| SHARED_TYPES.contains(&&**name)) {
            self.shared_value(kind, range_of(new.callee.span()), range, new.args.as_deref().unwrap_or_default());
        }
        new.visit_children_with(self);
    }

    // ---- names of what is around -----------------------------------------------------------------------------

    fn visit_fn_decl(&mut self, declaration: &FnDecl) {
        self.named(Some(declaration.ident.sym.clone()), |this| declaration.visit_children_with(this));
    }

    fn visit_class_decl(&mut self, declaration: &ClassDecl) {
        self.named(Some(declaration.ident.sym.clone()), |this| declaration.visit_children_with(this));
    }

    fn visit_class_expr(&mut self, expression: &ClassExpr) {
        let name = expression.ident.as_ref().map(|name| name.sym.clone());
        self.named(name, |this| expression.visit_children_with(this));
    }

    fn visit_fn_expr(&mut self, expression: &FnExpr) {
        let name = expression.ident.as_ref().map(|name| name.sym.clone());
        self.named(name, |this| expression.visit_children_with(this));
    }

    fn visit_class_method(&mut self, method: &ClassMethod) {
        self.named(Self::key(&method.key), |this| method.visit_children_with(this));
    }

    fn visit_class_prop(&mut self, property: &ClassProp) {
        self.named(Self::key(&property.key), |this| property.visit_children_with(this));
    }

    fn visit_method_prop(&mut self, method: &MethodProp) {
        self.named(Self::key(&method.key), |this| method.visit_children_with(this));
    }

    fn visit_key_value_prop(&mut self, property: &KeyValueProp) {
        self.named(Self::key(&property.key), |this| property.visit_children_with(this));
    }

    fn visit_var_declarator(&mut self, declarator: &VarDeclarator) {
        self.check_destructuring(declarator);
        let name = match &declarator.name {
            Pat::Ident(ident) => Some(ident.sym.clone()),
            _ => None,
        };
        self.named(name, |this| declarator.visit_children_with(this));
    }

    fn visit_assign_expr(&mut self, assignment: &AssignExpr) {
        let name = match &assignment.left {
            AssignTarget::Simple(SimpleAssignTarget::Ident(ident)) => Some(ident.sym.clone()),
            AssignTarget::Simple(SimpleAssignTarget::Member(member)) => match &member.prop {
                MemberProp::Ident(property) => Some(property.sym.clone()),
                _ => None,
            },
            _ => None,
        };
        self.named(name, |this| assignment.visit_children_with(this));
    }

    fn visit_export_default_expr(&mut self, export: &ExportDefaultExpr) {
        self.named(Some(Atom::from("default")), |this| export.visit_children_with(this));
    }
}
