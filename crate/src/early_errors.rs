//! Errors that the parser does not tell: those of `tried.rs`, and `await` and `yield` where no function gives them a meaning.
//!
//! ```ts
//! const f = (a = await b) => a           // nothing of a function waits before it has begun
//! namespace Units {
//!   export const a = await b             // a namespace is a function that does not wait
//!   export const c = await * 2           // a name, but none in the module that a closure becomes
//!   export const d = yield e
//! }
//! enum Size { Small = await b }
//! ```
//!
//! In a closure they would make a module that a bundler refuses, and nobody has written.

use std::mem;

use swc_common::{BytePos, Span};
use swc_ecma_ast::{
    ArrowExpr, AutoAccessor, AwaitExpr, ClassProp, CondExpr, Constructor, ForOfStmt, Function, Ident, ImportDecl,
    Module, NamedExport, PrivateProp, StaticBlock, TaggedTpl, TsEnumMember, TsInterfaceDecl, TsModuleDecl, TsType,
    TsTypeAliasDecl, TsTypeAnn, TsTypeParamDecl, TsTypeParamInstantiation, UsingDecl, YieldExpr,
};
use swc_ecma_visit::{Visit, VisitWith};

use crate::{
    analysis::{Range, range_of},
    diagnostics::{self, Finding},
    options::Lang,
    tried,
};

const AWAIT: &str = "`await` is allowed in async functions and at the top level of a module only";
const YIELD: &str = "`yield` is allowed in generator functions only";
const NAME: &str = "`await` is a reserved word in modules, and each closure becomes one";

/// How long `await` and `yield` are.
const WORD: u32 = 5;

/// The first error of `source` that the parser has not told. `module` is what it made of the text.
pub fn find(source: &str, lang: Lang, module: &Module) -> Option<Finding> {
    let mut search = Search { waits: true, yields: false, chooses: false, found: None, tried: Vec::new() };
    module.visit_with(&mut search);
    match search.found {
        Some((word, message)) => Some(diagnostics::syntax_error(word, message)),
        None => tried::find(source, lang, &search.tried),
    }
}

struct Search {
    /// Whether `await` has a meaning
    waits: bool,
    /// Whether `yield` has one
    yields: bool,
    /// Between the `?` and the `:` of a conditional
    chooses: bool,
    found: Option<(Range, &'static str)>,
    /// Types that made the parser try
    tried: Vec<Range>,
}

impl Search {
    /// Remembers the first; what is shown is the word that `span` begins with.
    fn tell(&mut self, span: Span, message: &'static str) {
        let Range { lo, .. } = range_of(span);
        self.found.get_or_insert((Range::new(lo, lo + WORD), message));
    }

    fn within(&mut self, waits: bool, yields: bool, visit: impl FnOnce(&mut Self)) {
        let outer = (self.waits, self.yields);
        (self.waits, self.yields) = (waits, yields);
        visit(self);
        (self.waits, self.yields) = outer;
    }

    /// What neither waits nor yields, whatever is around it.
    fn apart<N: VisitWith<Self>>(&mut self, node: &N) {
        self.within(false, false, |search| node.visit_with(search));
    }
}

impl Visit for Search {
    fn visit_await_expr(&mut self, expression: &AwaitExpr) {
        if !self.waits {
            self.tell(expression.span, AWAIT);
        }
        expression.visit_children_with(self);
    }

    fn visit_for_of_stmt(&mut self, statement: &ForOfStmt) {
        if statement.is_await && !self.waits {
            // for await (…
            self.tell(statement.span.with_lo(statement.span.lo + BytePos(4)), AWAIT);
        }
        statement.visit_children_with(self);
    }

    fn visit_using_decl(&mut self, declaration: &UsingDecl) {
        if declaration.is_await && !self.waits {
            self.tell(declaration.span, AWAIT);
        }
        declaration.visit_children_with(self);
    }

    fn visit_yield_expr(&mut self, expression: &YieldExpr) {
        if !self.yields {
            self.tell(expression.span, YIELD);
        }
        expression.visit_children_with(self);
    }

    fn visit_ident(&mut self, name: &Ident) {
        if name.sym == "await" {
            self.tell(name.span, NAME);
        }
    }

    fn visit_function(&mut self, function: &Function) {
        function.decorators.visit_with(self);
        self.apart(&function.params);
        self.within(function.is_async, function.is_generator, |search| function.body.visit_with(search));
    }

    fn visit_arrow_expr(&mut self, arrow: &ArrowExpr) {
        self.tried.extend(arrow.type_params.as_ref().map(|types| range_of(types.span)));
        if self.chooses {
            self.tried.extend(arrow.return_type.as_ref().map(|result| range_of(result.span)));
        }
        self.apart(&arrow.params);
        self.within(arrow.is_async, false, |search| arrow.body.visit_with(search));
    }

    fn visit_constructor(&mut self, constructor: &Constructor) {
        constructor.key.visit_with(self);
        self.apart(&constructor.params);
        self.apart(&constructor.body);
    }

    fn visit_class_prop(&mut self, property: &ClassProp) {
        property.decorators.visit_with(self);
        property.key.visit_with(self);
        self.apart(&property.value);
    }

    fn visit_private_prop(&mut self, property: &PrivateProp) {
        property.decorators.visit_with(self);
        self.apart(&property.value);
    }

    fn visit_auto_accessor(&mut self, accessor: &AutoAccessor) {
        accessor.decorators.visit_with(self);
        accessor.key.visit_with(self);
        self.apart(&accessor.value);
    }

    fn visit_static_block(&mut self, block: &StaticBlock) {
        self.apart(&block.body);
    }

    fn visit_ts_enum_member(&mut self, member: &TsEnumMember) {
        self.apart(&member.init);
    }

    fn visit_ts_module_decl(&mut self, namespace: &TsModuleDecl) {
        if !namespace.declare {
            self.apart(&namespace.body);
        }
    }

    fn visit_cond_expr(&mut self, choice: &CondExpr) {
        choice.test.visit_with(self);
        let outer = mem::replace(&mut self.chooses, true);
        choice.cons.visit_with(self);
        self.chooses = outer;
        choice.alt.visit_with(self);
    }

    fn visit_tagged_tpl(&mut self, template: &TaggedTpl) {
        self.tried.extend(template.type_params.as_ref().map(|types| range_of(types.span)));
        template.visit_children_with(self);
    }

    // `export { wait as await }`: names of other modules may be anything, and the parser looks after our own.
    fn visit_named_export(&mut self, _: &NamedExport) {}
    fn visit_import_decl(&mut self, _: &ImportDecl) {}

    // Types hold nothing that runs.
    fn visit_ts_type(&mut self, _: &TsType) {}
    fn visit_ts_type_ann(&mut self, _: &TsTypeAnn) {}
    fn visit_ts_type_param_decl(&mut self, _: &TsTypeParamDecl) {}
    fn visit_ts_type_param_instantiation(&mut self, _: &TsTypeParamInstantiation) {}
    fn visit_ts_interface_decl(&mut self, _: &TsInterfaceDecl) {}
    fn visit_ts_type_alias_decl(&mut self, _: &TsTypeAliasDecl) {}
}

#[cfg(test)]
mod tests {
    use crate::{Options, explain};

    /// What is wrong with a text, if anything is.
    fn told(text: &str) -> Option<String> {
        let source = format!("import {{ spawn }} from 'experimental-threads'; spawn(() => 1)\n{text}");
        explain(&source, &Options::new("a.ts"))
            .diagnostics
            .first()
            .map(|found| format!("{} {}", found.code, found.message))
    }

    #[test]
    fn finds_words_that_mean_nothing_in_a_namespace() {
        let waits =
            ["const a = await * 2", "const a = () => await", "await: for (;;) {}", "const await = 1", "await 1"];
        let others = ["function f() { return await * 2 }", "await using a = null", "class A { [await 1] = 2 }"];
        let yields = ["yield 1", "const a = () => yield 1", "function* f() { class A { b = yield 1 } }"];
        for body in waits.iter().chain(&others).chain(&yields) {
            let message = told(&format!("namespace A {{ namespace B {{ {body} }} }}")).expect(body);
            assert!(message.starts_with("E201") && message.contains("` is "), "{body}: {message}");
        }
    }

    #[test]
    fn finds_words_that_mean_nothing_before_a_function_begins() {
        let modules = ["const f = (a = await 1) => a", "enum A { x = await 1 }", "const f = ({ a = await 1 }) => a"];
        let functions = ["async function f() { return (a = await 1) => a }", "const f = { m: (a = [await 1]) => a }"];
        for text in modules.iter().chain(&functions) {
            let message = told(text).expect(text);
            assert!(message.contains("`await` is allowed in async functions"), "{text}: {message}");
        }
    }

    #[test]
    fn leaves_words_that_mean_something() {
        let functions = "async function f() { for await (const a of b) await a; class A { [await 1] = 2 } }";
        let others = "const g = async () => { await using a = b; await c }; function* h() { yield a.await }";
        let names = "type Await = { await: 1 }; interface B { await: 1 }; const c = { await: 1, yield: 2 }";
        let defaults = "const f = (a = async () => await 1, b = function* () { yield 1 }) => a";
        for body in [functions, others, names, defaults] {
            assert_eq!(told(body), None, "{body}");
            assert_eq!(told(&format!("namespace A {{ {body} }}")), None, "{body}");
        }
        let modules = "import { await as a } from './a'; export { a as await }; export { await } from './a'";
        assert_eq!(told(modules), None);
        let top = "await 1; for await (const a of b) {}; class A { @(await 1) m() {} [await 1]() {} }";
        assert_eq!(told(&format!("{top} const o = {{ get [await 1]() {{ return 1 }} }}")), None);
    }
}
