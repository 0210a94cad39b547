//! Source text to a resolved syntax tree.

use swc_common::{
    BytePos, Mark, SyntaxContext,
    comments::{CommentKind, SingleThreadedComments},
    input::StringInput,
};
use swc_ecma_ast::{EsVersion, Module};
use swc_ecma_parser::{EsSyntax, Parser, Syntax, TsSyntax, lexer::Lexer};
use swc_ecma_transforms_base::resolver;
use swc_ecma_visit::VisitMutWith;

use crate::{
    analysis::{Range, range_of},
    diagnostics::{self, Finding},
    options::Lang,
};

/// How deeply brackets may nest. The parser and the visitors recurse, and the stack of a WebAssembly instance is about
/// a megabyte: this depth was parsed and visited with room to spare.
const MAX_DEPTH: u32 = 400;

pub struct Parsed {
    pub module: Module,
    /// The context that the resolver gives to names that the file does not bind
    pub unresolved: SyntaxContext,
    /// The block comments of a file that has `@jsx` somewhere, in source order
    pub comments: Vec<Range>,
}

/// Parses and resolves `source`. Must run inside SWC's `GLOBALS`.
pub fn parse(source: &str, lang: Lang) -> Result<Parsed, Finding> {
    if let Some(at) = too_deep(source) {
        return Err(diagnostics::too_deep(Range::new(at, at + 1)));
    }
    let end = BytePos(source.len() as u32 + 1);
    let comments = source.contains("@jsx").then(SingleThreadedComments::default);
    let input = StringInput::new(source, BytePos(1), end);
    let lexer = Lexer::new(syntax(lang), EsVersion::EsNext, input, comments.as_ref().map(|comments| comments as _));
    let mut parser = Parser::new_from(lexer);
    let parsed = parser.parse_module();
    let error = match parsed {
        Ok(mut module) => match parser.take_errors().into_iter().next() {
            None => {
                let unresolved = Mark::new();
                let mut pass = resolver(unresolved, Mark::new(), lang.is_typescript());
                module.visit_mut_with(&mut pass);
                let unresolved = SyntaxContext::empty().apply_mark(unresolved);
                return Ok(Parsed { module, unresolved, comments: comments.map(blocks).unwrap_or_default() });
            }
            Some(error) => error,
        },
        Err(error) => error,
    };
    let span = swc_common::Spanned::span(&error);
    let size = source.len() as u32;
    let lo = span.lo.0.saturating_sub(1).min(size);
    let range = Range::new(lo, span.hi.0.saturating_sub(1).clamp(lo, size));
    Err(diagnostics::syntax_error(range, &error.kind().msg()))
}

/// The block comments among `comments`, in source order.
fn blocks(comments: SingleThreadedComments) -> Vec<Range> {
    let (leading, trailing) = comments.take_all();
    let (leading, trailing) = (leading.borrow(), trailing.borrow());
    let all = leading.values().chain(trailing.values()).flatten();
    let mut ranges: Vec<_> =
        all.filter(|comment| comment.kind == CommentKind::Block).map(|comment| range_of(comment.span)).collect();
    ranges.sort_unstable();
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
            auto_accessors: true,
            import_attributes: true,
            explicit_resource_management: true,
            ..EsSyntax::default()
        }),
    }
}

/// The place where brackets nest deeper than the parser can follow. Two counts must agree: one of all brackets, and one
/// that steps over strings and comments. Neither knows regular expressions and templates, but what misleads one does not
/// mislead the other.
fn too_deep(source: &str) -> Option<u32> {
    deepest(source, false)?;
    deepest(source, true)
}

fn deepest(source: &str, skip: bool) -> Option<u32> {
    let bytes = source.as_bytes();
    let mut depth = 0u32;
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'(' | b'[' | b'{' => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return Some(at as u32);
                }
            }
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            quote @ (b'"' | b'\'') if skip => {
                let mut end = at + 1;
                while end < bytes.len() && bytes[end] != quote && bytes[end] != b'\n' {
                    end += if bytes[end] == b'\\' { 2 } else { 1 };
                }
                at = end;
            }
            b'/' if skip && bytes.get(at + 1) == Some(&b'/') => {
                at += bytes[at..].iter().position(|&byte| byte == b'\n').unwrap_or(bytes.len() - at);
            }
            b'/' if skip && bytes.get(at + 1) == Some(&b'*') => {
                at += source[at + 2..].find("*/").map_or(bytes.len() - at, |end| end + 3);
            }
            _ => {}
        }
        at += 1;
    }
    None
}
