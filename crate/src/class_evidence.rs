//! Signs in a file's text that a name is a class, and that a variable holds nothing with a class of its own.
//!
//! ```ts
//! import { Vec, Box, area } from './shapes'
//! const v = new Vec(1, 2)                   // `Vec` is a class
//! if (x instanceof Box) {}                  // so is `Box`
//! function f(n: number[]) {}                // `n` holds plain data
//! ```

use rustc_hash::FxHashSet;
use swc_atoms::Atom;
use swc_ecma_ast::{
    ArrayPat, BinExpr, BinaryOp, BindingIdent, CallExpr, Callee, Class, Expr, MemberExpr, Module, NewExpr, ObjectPat,
    TsEntityName, TsKeywordTypeKind, TsType, TsTypeAnn, TsTypeOperatorOp, TsTypeRef, TsUnionOrIntersectionType,
};
use swc_ecma_visit::{Visit, VisitWith};

use crate::{
    analysis::{Analysis, BindingId},
    initializers::unwrap,
};

/// What one walk over the file found.
#[derive(Debug, Default)]
pub struct Evidence {
    /// Constructed, extended, or on the right of `instanceof`
    pub used: FxHashSet<BindingId>,
    /// A method is called on it: `Vec.of(1, 2)`
    pub factories: FxHashSet<BindingId>,
    /// Names in the types of variables and parameters
    pub annotated: FxHashSet<Atom>,
    /// Variables whose type says that they hold plain data
    pub plain: FxHashSet<BindingId>,
}

/// Looks through a file.
pub fn find(module: &Module, analysis: &Analysis) -> Evidence {
    let mut search = Search { analysis, evidence: Evidence::default(), annotates: false };
    module.visit_with(&mut search);
    search.evidence
}

struct Search<'a> {
    analysis: &'a Analysis,
    evidence: Evidence,
    /// The type at hand is that of a variable or parameter
    annotates: bool,
}

impl Search<'_> {
    fn binding(&self, expression: &Expr) -> Option<BindingId> {
        let Expr::Ident(ident) = unwrap(expression) else { return None };
        self.analysis.binding_of(ident)
    }

    fn annotation(&mut self, annotation: Option<&TsTypeAnn>) {
        if let Some(annotation) = annotation {
            let outer = std::mem::replace(&mut self.annotates, true);
            annotation.visit_with(self);
            self.annotates = outer;
        }
    }
}

impl Visit for Search<'_> {
    fn visit_new_expr(&mut self, new: &NewExpr) {
        let class = self.binding(&new.callee);
        self.evidence.used.extend(class);
        new.visit_children_with(self);
    }

    fn visit_bin_expr(&mut self, binary: &BinExpr) {
        if binary.op == BinaryOp::InstanceOf {
            let class = self.binding(&binary.right);
            self.evidence.used.extend(class);
        }
        binary.visit_children_with(self);
    }

    fn visit_class(&mut self, class: &Class) {
        let parent = class.super_class.as_ref().and_then(|parent| self.binding(parent));
        self.evidence.used.extend(parent);
        class.visit_children_with(self);
    }

    fn visit_call_expr(&mut self, call: &CallExpr) {
        if let Callee::Expr(callee) = &call.callee
            && let Expr::Member(MemberExpr { obj, .. }) = unwrap(callee)
        {
            let class = self.binding(obj);
            self.evidence.factories.extend(class);
        }
        call.visit_children_with(self);
    }

    /// The names that types begin with.
    fn visit_ts_type_ref(&mut self, reference: &TsTypeRef) {
        if let (true, TsEntityName::Ident(name)) = (self.annotates, &reference.type_name) {
            self.evidence.annotated.insert(name.sym.clone());
        }
        reference.visit_children_with(self);
    }

    fn visit_binding_ident(&mut self, ident: &BindingIdent) {
        let annotation = ident.type_ann.as_deref();
        self.annotation(annotation);
        // The parameters of a function's type are no variables.
        if !self.annotates && annotation.is_some_and(|annotation| is_plain(&annotation.type_ann)) {
            let binding = self.analysis.by_id.get(&ident.to_id());
            self.evidence.plain.extend(binding);
        }
    }

    fn visit_object_pat(&mut self, pattern: &ObjectPat) {
        self.annotation(pattern.type_ann.as_deref());
        pattern.visit_children_with(self);
    }

    fn visit_array_pat(&mut self, pattern: &ArrayPat) {
        self.annotation(pattern.type_ann.as_deref());
        pattern.visit_children_with(self);
    }
}

/// Whether a type is one of primitives, or of lists of them.
fn is_plain(kind: &TsType) -> bool {
    match kind {
        TsType::TsKeywordType(keyword) => !matches!(
            keyword.kind,
            TsKeywordTypeKind::TsAnyKeyword | TsKeywordTypeKind::TsUnknownKeyword | TsKeywordTypeKind::TsObjectKeyword
        ),
        TsType::TsLitType(_) => true,
        TsType::TsArrayType(array) => is_plain(&array.elem_type),
        TsType::TsTupleType(tuple) => tuple.elem_types.iter().all(|element| is_plain(&element.ty)),
        TsType::TsParenthesizedType(inner) => is_plain(&inner.type_ann),
        TsType::TsTypeOperator(operator) => operator.op == TsTypeOperatorOp::ReadOnly && is_plain(&operator.type_ann),
        TsType::TsUnionOrIntersectionType(TsUnionOrIntersectionType::TsUnionType(union)) => {
            union.types.iter().all(|member| is_plain(member))
        }
        _ => false,
    }
}
