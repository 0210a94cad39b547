//! Source text to a resolved syntax tree.

use std::mem;

use rustc_hash::FxHashSet;
use swc_common::{
    BytePos, Mark, SyntaxContext,
    comments::{CommentKind, SingleThreadedComments},
    input::StringInput,
};
use swc_ecma_ast::{EsVersion, Module};
use swc_ecma_parser::{EsSyntax, PResult, Parser, Syntax, TsSyntax, error::Error, lexer::Lexer};
use swc_ecma_transforms_base::resolver;
use swc_ecma_visit::VisitMutWith;

use crate::{
    analysis::{Range, range_of},
    brackets,
    diagnostics::{self, Finding},
    options::Lang,
    order::sort_by_range,
    reserved,
    scan::Words,
    shallow::flatten,
};

pub struct Parsed {
    pub module: Module,
    /// The context that the resolver gives to names that the file does not bind
    pub unresolved: SyntaxContext,
    /// The block comments of a file that has `@jsx` somewhere, in source order
    pub comments: Vec<Range>,
    /// Where heads of loops begin that declare with `using`; in the tree they say `const`
    pub using_heads: FxHashSet<u32>,
}

/// Parses and resolves `source`. Must run inside SWC's `GLOBALS`.
pub fn parse(source: &str, lang: Lang) -> Result<Parsed, Finding> {
    if let Some(at) = brackets::too_deep(source) {
        return Err(diagnostics::too_deep(Range::new(at, at + 1)));
    }
    if lang.is_typescript()
        && let Some(at) = brackets::too_ambiguous(source)
    {
        return Err(diagnostics::too_ambiguous(Range::new(at, at + 1)));
    }
    let words = Words::of(source);
    let comments = words.jsx.then(SingleThreadedComments::default);
    let (parsed, errors) = read(source, lang, comments.as_ref());
    let error = match parsed {
        Ok(mut module) => match errors.into_iter().next() {
            None => {
                let using_heads = match flatten(&mut module, source.len(), &words) {
                    Ok(using_heads) => using_heads,
                    Err(at) => {
                        // Even taking it down would recurse. A host replaces an instance that has met such a file.
                        mem::forget(module);
                        return Err(diagnostics::too_deep(at));
                    }
                };
                if let Some(finding) = lang.is_typescript().then(|| reserved::find(&module)).flatten() {
                    return Err(finding);
                }
                let unresolved = Mark::new();
                let mut pass = resolver(unresolved, Mark::new(), lang.is_typescript());
                module.visit_mut_with(&mut pass);
                let unresolved = SyntaxContext::empty().apply_mark(unresolved);
                let comments = comments.map(blocks).unwrap_or_default();
                return Ok(Parsed { module, unresolved, comments, using_heads });
            }
            Some(error) => error,
        },
        Err(error) => error,
    };
    Err(diagnostics::syntax_error(range_of_error(&error, source), &error.kind().msg()))
}

/// What the parser finds wrong with a text that it can read to its end; nothing for any other text.
pub fn faults(source: &str, lang: Lang) -> Vec<Error> {
    let (parsed, errors) = read(source, lang, None);
    let Ok(mut module) = parsed else { return Vec::new() };
    if flatten(&mut module, source.len(), &Words::of(source)).is_err() {
        mem::forget(module);
    }
    errors
}

/// Where an error is in `source`.
pub fn range_of_error(error: &Error, source: &str) -> Range {
    let span = swc_common::Spanned::span(error);
    let size = source.len() as u32;
    let lo = span.lo.0.saturating_sub(1).min(size);
    Range::new(lo, span.hi.0.saturating_sub(1).clamp(lo, size))
}

/// The tree of a text, and what is wrong with it although there is one.
fn read(source: &str, lang: Lang, comments: Option<&SingleThreadedComments>) -> (PResult<Module>, Vec<Error>) {
    let end = BytePos(source.len() as u32 + 1);
    let input = StringInput::new(source, BytePos(1), end);
    let lexer = Lexer::new(syntax(lang), EsVersion::EsNext, input, comments.map(|comments| comments as _));
    let mut parser = Parser::new_from(lexer);
    let parsed = parser.parse_module();
    (parsed, parser.take_errors())
}

/// The block comments among `comments`, in source order.
fn blocks(comments: SingleThreadedComments) -> Vec<Range> {
    let (leading, trailing) = comments.take_all();
    let (leading, trailing) = (leading.borrow(), trailing.borrow());
    let all = leading.values().chain(trailing.values()).flatten();
    let mut ranges: Vec<_> =
        all.filter(|comment| comment.kind == CommentKind::Block).map(|comment| range_of(comment.span)).collect();
    sort_by_range(&mut ranges, |&range| range);
    ranges.dedup();
    ranges
}

fn syntax(lang: Lang) -> Syntax {
    match lang {
        Lang::Ts | Lang::Tsx => {
            Syntax::Typescript(TsSyntax { tsx: lang == Lang::Tsx, decorators: true, ..TsSyntax::default() })
        }
        Lang::Js | Lang::Jsx => Syntax::Es(EsSyntax {
            jsx: lang == Lang::Jsx,
            decorators: true,
            decorators_before_export: true,
            auto_accessors: true,
            import_attributes: true,
            explicit_resource_management: true,
            ..EsSyntax::default()
        }),
    }
}
