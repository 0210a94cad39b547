//! Binding patterns, which declare, and assignment patterns, which write.

use swc_ecma_ast::{
    AssignExpr, AssignOp, AssignTarget, AssignTargetPat, Expr, ForHead, ObjectPatProp, Pat, SimpleAssignTarget,
    VarDecl, VarDeclKind,
};
use swc_ecma_visit::VisitWith;

use super::Collector;
use crate::{
    analysis::{Access, BindingId, BindingKind, ScopeId, range_of},
    initializers,
};

impl Collector<'_> {
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
                            self.note_blocking(&property.key.sym, range_of(property.key.span));
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
            if let Pat::Ident(name) = pattern {
                self.metadata.note_parameter(name.type_ann.as_deref());
            }
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

    /// What an assignment writes, changes and reads.
    pub(super) fn assignment(&mut self, assignment: &AssignExpr) {
        match &assignment.left {
            AssignTarget::Simple(target) => {
                let wrapped = match target {
                    SimpleAssignTarget::Paren(paren) => Some(initializers::unwrap(&paren.expr)),
                    SimpleAssignTarget::TsAs(inner) => Some(initializers::unwrap(&inner.expr)),
                    SimpleAssignTarget::TsSatisfies(inner) => Some(initializers::unwrap(&inner.expr)),
                    SimpleAssignTarget::TsNonNull(inner) => Some(initializers::unwrap(&inner.expr)),
                    SimpleAssignTarget::TsTypeAssertion(inner) => Some(initializers::unwrap(&inner.expr)),
                    _ => None,
                };
                let ident = match target {
                    SimpleAssignTarget::Ident(ident) => Some(&ident.id),
                    _ => wrapped.and_then(Expr::as_ident),
                };
                let member = match target {
                    SimpleAssignTarget::Member(member) => Some(member),
                    _ => wrapped.and_then(Expr::as_member),
                };
                if let Some(ident) = ident {
                    if assignment.op != AssignOp::Assign {
                        self.reference(ident, Access::Read);
                    }
                    self.reference(ident, Access::Write);
                } else {
                    if let Some(member) = member {
                        self.mutation(member, false);
                    }
                    target.visit_with(self);
                }
            }
            AssignTarget::Pat(pattern) => match pattern {
                AssignTargetPat::Array(array) => {
                    array.elems.iter().flatten().for_each(|element| self.write_pattern(element));
                }
                AssignTargetPat::Object(object) => self.write_object(&object.props),
                AssignTargetPat::Invalid(_) => {}
            },
        }
        assignment.right.visit_with(self);
    }

    pub(super) fn write_expression(&mut self, expression: &Expr) {
        match initializers::unwrap(expression) {
            Expr::Ident(ident) => self.reference(ident, Access::Write),
            Expr::Member(member) => {
                self.mutation(member, false);
                expression.visit_with(self);
            }
            _ => expression.visit_with(self),
        }
    }

    /// What functions that run here and now have changed since there were `before` changes.
    pub(super) fn built_by_functions(&mut self, before: usize) {
        if self.evaluated.last() == Some(&true) {
            let changes = self.mutations[before..].iter().map(|(root, change)| (root.clone(), change.range));
            self.built_later.extend(changes);
        }
    }

    /// Variables that each turn of a loop has anew: what they start with says nothing of what they hold.
    pub(super) fn loop_variables(&mut self, declaration: &VarDecl) {
        self.declare_variables(&declaration.decls, variable_kind(declaration.kind), "", true);
    }

    pub(super) fn for_head(&mut self, head: &ForHead) {
        match head {
            ForHead::VarDecl(declaration) if self.using_heads.contains(&range_of(declaration.span).lo) => {
                self.declare_variables(&declaration.decls, BindingKind::Using, "", true);
            }
            ForHead::VarDecl(declaration) => self.loop_variables(declaration),
            ForHead::UsingDecl(declaration) => self.declare_variables(&declaration.decls, BindingKind::Using, "", true),
            ForHead::Pat(pattern) => self.write_pattern(pattern),
        }
    }
}

pub(super) fn variable_kind(kind: VarDeclKind) -> BindingKind {
    match kind {
        VarDeclKind::Var => BindingKind::Var,
        VarDeclKind::Let => BindingKind::Let,
        VarDeclKind::Const => BindingKind::Const,
    }
}
