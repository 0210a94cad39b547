//! Faults that the parser keeps to itself.
//!
//! Where TypeScript can be read in two ways, SWC's parser tries one, and tells of no fault that it can go on after as long as
//! it tries: neither in the arguments of a call with type arguments, nor in an arrow function with type parameters or,
//! inside of a conditional, with a type of its result, nor in JSX. So `spawn<number>(() => 010)` passes, and a
//! bundler says so later of a file that nobody has written. So the text is read once more, with nothing to try in it:
//!
//! ```text
//! spawn<number>(() => 010)              spawn        (() => 010)
//! <T,>(items: T[]) => 010                    (items: T[]) => 010
//! ok ? (a): A => 010 : b                ok ? (a)    => 010 : b
//! return <p>{() => 010}</p>             return 0+<p>{() => 010}</p>
//! ```

use swc_common::Span;
use swc_ecma_ast::{
    ArrowExpr, CallExpr, Expr, Module, OptCall, TaggedTpl, TsInterfaceDecl, TsType, TsTypeAliasDecl, TsTypeAnn,
    TsTypeParamDecl, TsTypeParamInstantiation,
};
use swc_ecma_visit::{Visit, VisitWith};

use crate::{
    analysis::{Range, range_of},
    diagnostics::{self, Finding},
    options::Lang,
    parse,
};

/// What makes an element the right side of something, which the parser need not try.
const SUM: &str = "0+";

/// The first fault of `source` that stands where the parser only tried. `module` is what it made of the text.
pub fn find(source: &str, lang: Lang, module: &Module) -> Option<Finding> {
    if !lang.is_typescript() {
        return None;
    }
    let mut search = Search::default();
    module.visit_with(&mut search);
    if search.types.is_empty() && search.elements.is_empty() {
        return None;
    }
    search.elements.sort_unstable();
    let text = without_choice(source, &search);
    let error = parse::faults(&text, lang).into_iter().next()?;
    let Range { lo, hi } = parse::range_of_error(&error, &text);
    let before = |at: u32| {
        let added = search.elements.iter().enumerate().take_while(|&(index, &element)| element + width(index) < at);
        at - width(added.count()).min(at)
    };
    Some(diagnostics::syntax_error(Range::new(before(lo), before(hi)), &error.kind().msg()))
}

/// How many bytes longer a text is after so many elements.
fn width(elements: usize) -> u32 {
    (SUM.len() * elements) as u32
}

fn without_choice(source: &str, search: &Search) -> String {
    let mut bytes = source.as_bytes().to_vec();
    for types in &search.types {
        // A line's end would be one too many before an arrow.
        bytes[types.lo as usize..types.hi as usize].fill(b' ');
    }
    let mut text = Vec::with_capacity(bytes.len() + SUM.len() * search.elements.len());
    let mut done = 0;
    for &element in &search.elements {
        text.extend_from_slice(&bytes[done..element as usize]);
        text.extend_from_slice(SUM.as_bytes());
        done = element as usize;
    }
    text.extend_from_slice(&bytes[done..]);
    // Types begin and end between characters, and so do elements.
    String::from_utf8(text).unwrap_or_default()
}

/// What the parser tried, and kept.
#[derive(Default)]
struct Search {
    /// Types that a text can do without
    types: Vec<Range>,
    /// Where elements begin that are expressions
    elements: Vec<u32>,
}

impl Search {
    fn leave_out(&mut self, span: Option<Span>) {
        self.types.extend(span.map(range_of));
    }
}

impl Visit for Search {
    fn visit_call_expr(&mut self, call: &CallExpr) {
        self.leave_out(call.type_args.as_ref().map(|types| types.span));
        call.visit_children_with(self);
    }

    fn visit_opt_call(&mut self, call: &OptCall) {
        self.leave_out(call.type_args.as_ref().map(|types| types.span));
        call.visit_children_with(self);
    }

    fn visit_tagged_tpl(&mut self, template: &TaggedTpl) {
        self.leave_out(template.type_params.as_ref().map(|types| types.span));
        template.visit_children_with(self);
    }

    fn visit_arrow_expr(&mut self, arrow: &ArrowExpr) {
        self.leave_out(arrow.type_params.as_ref().map(|types| types.span));
        self.leave_out(arrow.return_type.as_ref().map(|result| result.span));
        arrow.visit_children_with(self);
    }

    fn visit_expr(&mut self, expression: &Expr) {
        let span = match expression {
            Expr::JSXElement(element) => Some(element.span),
            Expr::JSXFragment(fragment) => Some(fragment.span),
            _ => None,
        };
        self.elements.extend(span.map(|span| range_of(span).lo));
        expression.visit_children_with(self);
    }

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

    /// The words that a file's only diagnostic points at.
    fn told(name: &str, text: &str) -> String {
        let source = format!("import {{ spawn }} from 'experimental-threads'; spawn(() => 1)\n{text}\n");
        let found = explain(&source, &Options::new(name)).diagnostics;
        let [only] = &found[..] else { return format!("{} diagnostics", found.len()) };
        let units: Vec<u16> = source.encode_utf16().collect();
        format!("{} {}", only.code, String::from_utf16_lossy(&units[only.start as usize..only.end as usize]))
    }

    #[test]
    fn finds_what_stands_in_calls_with_types() {
        assert_eq!(told("a.ts", "f<string>(() => 010)"), "E201 010");
        assert_eq!(told("a.tsx", "a?.<string>(() => { eval = 1 })"), "E201 eval");
        assert_eq!(told("a.ts", "f<string>`${() => 010}`"), "E201 010");
    }

    #[test]
    fn finds_what_stands_in_arrow_functions() {
        assert_eq!(told("a.ts", "const f = <T,>(a: T) => 010"), "E201 010");
        assert_eq!(told("a.tsx", "const f = async <T,>(a: T) => () => 010"), "E201 010");
        assert_eq!(told("a.ts", "const f = 1 ? (a: 1): { a: 1 } => 010 : 2"), "E201 010");
    }

    #[test]
    fn finds_what_stands_in_jsx_behind_any_character() {
        let page = "const ä = <p id=\"ä\">{[1].map(() => <b>{() => 010}</b>)}</p>, after = <p />";
        assert_eq!(told("a.tsx", page), "E201 010");
    }

    #[test]
    fn leaves_programs_alone() {
        let arrows = "const f = async <T,>(a: T): Promise<{\n a: T }> => await a, g = 1 ? (a: 1): a is 1 => a : 2";
        assert_eq!(told("a.ts", arrows), "0 diagnostics");
        let calls = "f<string>(async () => await 1), a?.<1>(function* () { yield 1 }), new F<1>(async () => await 1)";
        assert_eq!(told("a.tsx", calls), "0 diagnostics");
        assert_eq!(told("a.tsx", "class A { a = [<p />, <></>, -<p /> as 1] }"), "0 diagnostics");
        assert_eq!(told("a.jsx", "const f = <p>{1}</p>"), "0 diagnostics");
    }
}
