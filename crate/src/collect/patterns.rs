//! Binding patterns, which declare, and assignment patterns, which write.

use swc_ecma_ast::{Expr, ForHead, ObjectPatProp, Pat, VarDecl, VarDeclKind};
use swc_ecma_visit::VisitWith;

use super::Collector;
use crate::{
    analysis::{Access, BindingId, BindingKind, ScopeId},
    initializers,
};

impl Collector {
    pub(super) fn declare_pattern(
        &mut self,
        pattern: &Pat,
        kind: BindingKind,
        scope: ScopeId,
        found: &mut Vec<BindingId>,
    ) {
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
                    }
                }
            }
            Pat::Rest(rest) => self.declare_pattern(&rest.arg, kind, scope, found),
            Pat::Assign(assign) => {
                self.declare_pattern(&assign.left, kind, scope, found);
                assign.right.visit_with(self);
            }
            Pat::Expr(expression) => expression.visit_with(self),
            Pat::Invalid(_) => {}
        }
    }

    pub(super) fn declare_params<'a>(&mut self, patterns: impl Iterator<Item = &'a Pat>) {
        let mut found = Vec::new();
        for pattern in patterns {
            self.declare_pattern(pattern, BindingKind::Param, self.scope, &mut found);
        }
    }

    /// Assignment targets: what is written, and what is read on the way.
    pub(super) fn write_pattern(&mut self, pattern: &Pat) {
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
        }
    }

    pub(super) fn write_object(&mut self, properties: &[ObjectPatProp]) {
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
            }
        }
    }

    pub(super) fn write_expression(&mut self, expression: &Expr) {
        match initializers::unwrap(expression) {
            Expr::Ident(ident) => self.reference(ident, Access::Write),
            other => other.visit_with(self),
        }
    }

    /// Variables that each turn of a loop has anew: what they start with says nothing of what they hold.
    pub(super) fn loop_variables(&mut self, declaration: &VarDecl) {
        let kind = match declaration.kind {
            VarDeclKind::Var => BindingKind::Var,
            VarDeclKind::Let => BindingKind::Let,
            VarDeclKind::Const => BindingKind::Const,
        };
        self.declare_variables(&declaration.decls, kind, "", true);
    }

    pub(super) fn for_head(&mut self, head: &ForHead) {
        match head {
            ForHead::VarDecl(declaration) => self.loop_variables(declaration),
            ForHead::UsingDecl(declaration) => self.declare_variables(&declaration.decls, BindingKind::Using, "", true),
            ForHead::Pat(pattern) => self.write_pattern(pattern),
        }
    }
}
