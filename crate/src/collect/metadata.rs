//! Types that are values in disguise: with `emitDecoratorMetadata`, compilers write the types of decorated members and parameters
//! into the output.
//!
//! ```ts
//! class Page {
//!   @inject() service: Service          // design:type is `Service`
//!   @get() find(key: Key): Row | null   // design:paramtypes is `[Key]`, design:returntype is `Row`
//!   cache: Cache                        // has no decorator: nothing
//! }
//! ```
//!
//! Only decorators of TypeScript's older kind have this. Which kind a file has is a setting of its compiler; where the text tells
//! that it has the standard kind, no type is read.

use swc_ecma_ast::{
    Class, ClassMember, Decorator, Function, Ident, Key, MethodKind, Param, ParamOrTsParamProp, Pat, TsArrayType,
    TsEntityName, TsKeywordTypeKind, TsParamPropParam, TsType, TsTypeAnn, TsTypeOperatorOp, TsTypeRef,
    TsUnionOrIntersectionType,
};

/// What the decorators of a file tell of themselves.
#[derive(Debug, Default)]
pub(super) struct Metadata {
    /// Names in types that are read unless the decorators are of the standard kind
    pub(super) names: Vec<Ident>,
    /// A parameter has a decorator, which the standard does not allow
    older: bool,
    /// A private member has one, which only the standard allows, or something takes a context, as standard decorators do
    standard: bool,
}

impl Metadata {
    /// The names that the types of decorated things begin with, if compilers may write them out.
    pub(super) fn read(self) -> Vec<Ident> {
        if self.standard && !self.older { Vec::new() } else { self.names }
    }

    /// A parameter with the type `ClassMethodDecoratorContext` makes a function a standard decorator.
    pub(super) fn note_parameter(&mut self, annotation: Option<&TsTypeAnn>) {
        if let Some(TsType::TsTypeRef(reference)) = annotation.map(|annotation| &*annotation.type_ann) {
            self.standard |= first_name(&reference.type_name).sym.ends_with("DecoratorContext");
        }
    }

    pub(super) fn note_class(&mut self, class: &Class) {
        let mut found = Vec::new();
        let mut of_class = !class.decorators.is_empty();
        for member in &class.body {
            match member {
                ClassMember::Constructor(constructor) => {
                    let mut types = Vec::new();
                    for param in &constructor.params {
                        of_class |= self.note_older(decorators_of(param));
                        types.extend(type_of(param));
                    }
                    if of_class {
                        for each in types {
                            names_in(each, &mut found);
                        }
                    }
                }
                ClassMember::Method(method) => self.note_method(&method.function, method.kind, &mut found),
                ClassMember::ClassProp(property) if !property.decorators.is_empty() => {
                    property.type_ann.iter().for_each(|annotation| names_in(&annotation.type_ann, &mut found));
                }
                ClassMember::AutoAccessor(accessor) if !accessor.decorators.is_empty() => {
                    self.standard |= matches!(accessor.key, Key::Private(_));
                    accessor.type_ann.iter().for_each(|annotation| names_in(&annotation.type_ann, &mut found));
                }
                ClassMember::PrivateMethod(method) => self.standard |= !method.function.decorators.is_empty(),
                ClassMember::PrivateProp(property) => self.standard |= !property.decorators.is_empty(),
                _ => {}
            }
        }
        self.names.extend(found.into_iter().cloned());
    }

    fn note_method<'a>(&mut self, function: &'a Function, kind: MethodKind, found: &mut Vec<&'a Ident>) {
        let mut decorated = !function.decorators.is_empty();
        for param in &function.params {
            decorated |= self.note_older(&param.decorators);
        }
        if !decorated {
            return;
        }
        function.params.iter().filter_map(annotated).for_each(|each| names_in(each, found));
        if kind != MethodKind::Setter {
            function.return_type.iter().for_each(|annotation| names_in(&annotation.type_ann, found));
        }
    }

    fn note_older(&mut self, decorators: &[Decorator]) -> bool {
        self.older |= !decorators.is_empty();
        !decorators.is_empty()
    }
}

fn decorators_of(param: &ParamOrTsParamProp) -> &[Decorator] {
    match param {
        ParamOrTsParamProp::Param(param) => &param.decorators,
        ParamOrTsParamProp::TsParamProp(property) => &property.decorators,
    }
}

fn type_of(param: &ParamOrTsParamProp) -> Option<&TsType> {
    match param {
        ParamOrTsParamProp::Param(param) => annotated(param),
        ParamOrTsParamProp::TsParamProp(property) => match &property.param {
            TsParamPropParam::Ident(name) => name.type_ann.as_deref().map(|annotation| &*annotation.type_ann),
            TsParamPropParam::Assign(assign) => annotation_of(&assign.left),
        },
    }
}

fn annotated(param: &Param) -> Option<&TsType> {
    annotation_of(&param.pat)
}

/// The type of a parameter; of a rest parameter that of one element.
fn annotation_of(pattern: &Pat) -> Option<&TsType> {
    let annotation = match pattern {
        Pat::Ident(name) => &name.type_ann,
        Pat::Array(array) => &array.type_ann,
        Pat::Object(object) => &object.type_ann,
        Pat::Assign(assign) => return annotation_of(&assign.left),
        Pat::Rest(rest) => return rest.type_ann.as_ref().and_then(|annotation| element(&annotation.type_ann)),
        _ => return None,
    };
    annotation.as_deref().map(|annotation| &*annotation.type_ann)
}

fn element(list: &TsType) -> Option<&TsType> {
    match list {
        TsType::TsArrayType(TsArrayType { elem_type, .. }) => Some(elem_type),
        TsType::TsTypeRef(TsTypeRef { type_params: Some(params), .. }) => params.params.first().map(|first| &**first),
        _ => None,
    }
}

fn first_name(name: &TsEntityName) -> &Ident {
    match name {
        TsEntityName::Ident(ident) => ident,
        TsEntityName::TsQualifiedName(qualified) => first_name(&qualified.left),
    }
}

/// The name that a type is written out as, if it is one.
fn names_in<'a>(of: &'a TsType, found: &mut Vec<&'a Ident>) {
    if let Written::Name(reference) = written(of) {
        found.push(first_name(&reference.type_name));
    }
}

/// What compilers write for a type.
enum Written<'a> {
    Name(&'a TsTypeRef),
    /// `Object`, `Array`, `String`, …: no name of the file
    Global,
    /// `null`, `undefined`, `never`: left out where there is something else
    Nothing,
}

fn written(of: &TsType) -> Written<'_> {
    match of {
        TsType::TsTypeRef(reference) => Written::Name(reference),
        TsType::TsParenthesizedType(inner) => written(&inner.type_ann),
        TsType::TsOptionalType(inner) => written(&inner.type_ann),
        TsType::TsTypeOperator(inner) if inner.op == TsTypeOperatorOp::ReadOnly => written(&inner.type_ann),
        TsType::TsKeywordType(keyword) => match keyword.kind {
            TsKeywordTypeKind::TsNullKeyword
            | TsKeywordTypeKind::TsUndefinedKeyword
            | TsKeywordTypeKind::TsVoidKeyword
            | TsKeywordTypeKind::TsNeverKeyword => Written::Nothing,
            _ => Written::Global,
        },
        TsType::TsUnionOrIntersectionType(all) => of_several(all),
        TsType::TsConditionalType(either) => one_of([&*either.true_type, &*either.false_type].into_iter()),
        _ => Written::Global,
    }
}

fn of_several(all: &TsUnionOrIntersectionType) -> Written<'_> {
    let types = match all {
        TsUnionOrIntersectionType::TsUnionType(union) => &union.types,
        TsUnionOrIntersectionType::TsIntersectionType(intersection) => &intersection.types,
    };
    one_of(types.iter().map(|each| &**each))
}

/// A name where all that is something is that name; `Object` for different ones.
fn one_of<'a>(types: impl Iterator<Item = &'a TsType>) -> Written<'a> {
    let mut only: Option<&TsTypeRef> = None;
    for each in types {
        match written(each) {
            Written::Nothing => {}
            Written::Global => return Written::Global,
            Written::Name(name) => match only {
                Some(other) if first_name(&other.type_name).to_id() != first_name(&name.type_name).to_id() => {
                    return Written::Global;
                }
                _ => only = Some(name),
            },
        }
    }
    only.map_or(Written::Nothing, Written::Name)
}
