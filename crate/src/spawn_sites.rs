//! Our calls and constructions, found by what their names are bound to.

use rustc_hash::{FxHashMap, FxHashSet};
use swc_atoms::Atom;
use swc_common::{Spanned, SyntaxContext};
use swc_ecma_ast::{
    CallExpr, Callee, Expr, ExprOrSpread, Id, Lit, MemberExpr, MemberProp, Module, OptChainBase, PropName,
};
use swc_ecma_visit::VisitWith;

use crate::{
    analysis::{Access, Analysis, BindingId, Range, Target, range_of},
    diagnostics::{self, Finding},
    initializers::unwrap,
    shared_places, site_id,
};

mod visit;

pub type SiteId = usize;

/// The shared types that a module-level construction gets an id for.
const SHARED_TYPES: [&str; 3] = ["Global", "Mutex", "Semaphore"];

/// What the file imports from us.
#[derive(Debug, Default)]
pub struct Imports {
    /// Local binding → exported name; `*` for a namespace import
    pub names: FxHashMap<BindingId, Atom>,
}

impl Imports {
    pub fn find(analysis: &Analysis, sources: &[String]) -> Self {
        let mut names = FxHashMap::default();
        for import in &analysis.imports {
            if sources.contains(&import.source) {
                for specifier in import.specifiers.iter().filter(|specifier| !specifier.type_only) {
                    names.insert(specifier.binding, specifier.exported.clone());
                }
            }
        }
        Self { names }
    }

    /// The exported name that `callee` or `callee.member` stands for.
    pub fn exported(&self, analysis: &Analysis, callee: &Id, member: Option<&Atom>) -> Option<Atom> {
        let name = self.names.get(analysis.by_id.get(callee)?)?;
        match (&**name, member) {
            ("*", Some(member)) => Some(member.clone()),
            ("*", None) | (_, Some(_)) => None,
            _ => Some(name.clone()),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Argument {
    /// A function written in the call
    Closure,
    /// The name of a function
    Name(BindingId),
}

#[derive(Debug)]
pub struct Site {
    /// All that is replaced: the call, with the `eval` around it
    pub whole: Range,
    pub call: Range,
    pub argument: Argument,
    /// The text that is lifted
    pub closure: Range,
    /// `move(…)` before the closure
    pub moved: Option<Range>,
    pub options: Option<Range>,
    /// The site in whose closure this one stands
    pub parent: Option<SiteId>,
    pub id: String,
    pub name: String,
}

/// A module-level shared value.
#[derive(Debug)]
pub struct SharedValue {
    pub range: Range,
    pub kind: Atom,
    /// The constructor as written
    pub callee: Range,
    /// Its arguments, without parentheses
    pub arguments: Option<Range>,
    pub name: String,
    pub id: String,
}

#[derive(Debug, Default)]
pub struct Found {
    pub sites: Vec<Site>,
    pub shared: Vec<SharedValue>,
    /// Where our own names stand in text that is replaced
    pub consumed: FxHashSet<u32>,
    pub findings: Vec<Finding>,
}

/// Finds every spawn site and shared construction.
pub fn find(
    module: &Module,
    analysis: &Analysis,
    imports: &Imports,
    unresolved: SyntaxContext,
    filename: &str,
    sources: &[String],
) -> Found {
    let mut finder = Finder {
        analysis,
        imports,
        unresolved,
        filename,
        sources,
        found: Found::default(),
        path: Vec::new(),
        parents: Vec::new(),
        ordinals: FxHashMap::default(),
        places: shared_places::find(module),
        eval: None,
    };
    module.visit_with(&mut finder);
    let mut found = finder.found;
    for reference in &analysis.references {
        let Target::Binding(binding) = reference.target else { continue };
        if imports.names.get(&binding).is_some_and(|name| &**name == "spawn")
            && reference.access == Access::Read
            && !found.consumed.contains(&reference.range.lo)
        {
            found.findings.push(diagnostics::spawn_as_value(reference.range, &analysis.bindings[binding].name));
        }
    }
    found
}

struct Finder<'a> {
    analysis: &'a Analysis,
    imports: &'a Imports,
    unresolved: SyntaxContext,
    filename: &'a str,
    sources: &'a [String],
    found: Found,
    /// Names of what is around, outermost first
    path: Vec<String>,
    /// Sites in whose closure we are
    parents: Vec<SiteId>,
    /// How many sites have had a path so far
    ordinals: FxHashMap<String, usize>,
    /// Constructions at static places of the module, with their paths
    places: FxHashMap<Range, String>,
    /// The `eval(…)` directly around the call at hand
    eval: Option<Range>,
}

impl Finder<'_> {
    fn named(&mut self, name: Option<String>, inside: impl FnOnce(&mut Self)) {
        let pushed = name.is_some();
        self.path.extend(name);
        inside(self);
        if pushed {
            self.path.pop();
        }
    }

    /// The exported name of ours that an expression stands for, and where the local name stands.
    fn ours(&self, expression: &Expr) -> Option<(Atom, u32)> {
        match unwrap(expression) {
            Expr::Ident(ident) => {
                let name = self.imports.exported(self.analysis, &ident.to_id(), None)?;
                Some((name, range_of(ident.span).lo))
            }
            Expr::Member(member) => self.ours_member(member),
            Expr::OptChain(chain) => match &*chain.base {
                OptChainBase::Member(member) => self.ours_member(member),
                OptChainBase::Call(_) => None,
            },
            // `(0, spawn)(…)`
            Expr::Seq(sequence) => match sequence.exprs.split_last() {
                Some((last, rest)) if rest.iter().all(|part| matches!(**part, Expr::Lit(_))) => self.ours(last),
                _ => None,
            },
            _ => None,
        }
    }

    fn ours_member(&self, member: &MemberExpr) -> Option<(Atom, u32)> {
        let Expr::Ident(object) = unwrap(&member.obj) else { return None };
        let property = match &member.prop {
            MemberProp::Ident(name) => name.sym.clone(),
            MemberProp::Computed(computed) => match unwrap(&computed.expr) {
                Expr::Lit(Lit::Str(string)) => string.value.to_atom_lossy().into_owned(),
                _ => return None,
            },
            MemberProp::PrivateName(_) => return None,
        };
        let name = self.imports.exported(self.analysis, &object.to_id(), Some(&property))?;
        Some((name, range_of(object.span).lo))
    }

    fn spawn_call(&mut self, callee: &Expr, arguments: &[ExprOrSpread], call: Range) -> bool {
        let Some((name, at)) = self.ours(callee) else { return false };
        if &*name != "spawn" {
            return false;
        }
        self.found.consumed.insert(at);
        let whole = self.eval.take().unwrap_or(call);
        if arguments.is_empty() || arguments.iter().any(|argument| argument.spread.is_some()) {
            self.found.findings.push(diagnostics::bad_arguments(call));
            return true;
        }
        let moved = self.is_move(&arguments[0].expr);
        let closure_at = usize::from(moved);
        if arguments.len() > closure_at + 2 || arguments.len() <= closure_at {
            self.found.findings.push(diagnostics::bad_arguments(call));
            return true;
        }
        let closure = &arguments[closure_at].expr;
        let Some(argument) = self.argument(closure) else { return true };

        let path = self.path.join(".");
        let ordinal = self.ordinals.entry(path.clone()).or_insert(0);
        let segment = format!("<{ordinal}>");
        *ordinal += 1;
        let full = if path.is_empty() { segment.clone() } else { format!("{path}.{segment}") };
        let id = site_id::id(self.filename, "site", &full);
        let readable = site_id::readable(&path.replace(['<', '>'], "."));
        let readable = match &argument {
            _ if readable.chars().any(|character| character.is_ascii_alphabetic()) => readable,
            Argument::Name(binding) => site_id::readable(&self.analysis.bindings[*binding].name),
            Argument::Closure => site_id::readable(site_id::stem(self.filename)),
        };
        let site = self.found.sites.len();
        self.found.sites.push(Site {
            whole,
            call,
            argument,
            closure: range_of(closure.span()),
            moved: moved.then(|| range_of(arguments[0].expr.span())),
            options: arguments.get(closure_at + 1).map(|options| range_of(options.expr.span())),
            parent: self.parents.last().copied(),
            name: format!("{}_{id}", if readable.is_empty() { "thread" } else { &readable }),
            id,
        });
        for (index, argument) in arguments.iter().enumerate() {
            if index == closure_at {
                self.parents.push(site);
                self.named(Some(segment.clone()), |this| argument.visit_with(this));
                self.parents.pop();
            } else {
                argument.visit_with(self);
            }
        }
        true
    }

    /// A variable that holds a shared value must go on holding it.
    fn check_written(&mut self, name: &str) {
        let Some(&binding) = self.analysis.by_name.get(&(0, name.into())) else { return };
        let data = &self.analysis.bindings[binding];
        if let Some(write) = data.writes.first() {
            self.found.findings.push(diagnostics::rewritten_shared(*write, &data.name, data.declared));
        }
    }

    fn is_move(&self, argument: &Expr) -> bool {
        let Expr::Call(call) = unwrap(argument) else { return false };
        let Callee::Expr(callee) = &call.callee else { return false };
        self.ours(callee).is_some_and(|(name, _)| &*name == "move")
    }

    fn argument(&mut self, closure: &Expr) -> Option<Argument> {
        let range = range_of(closure.span());
        let what = match unwrap(closure) {
            Expr::Arrow(_) | Expr::Fn(_) => return Some(Argument::Closure),
            Expr::Ident(ident) => match self.analysis.by_id.get(&ident.to_id()) {
                Some(&binding) => {
                    self.found.consumed.insert(range_of(ident.span).lo);
                    return Some(Argument::Name(binding));
                }
                None => format!("`{}`, which this file does not declare", ident.sym),
            },
            Expr::Member(_) => "a property of an object".into(),
            Expr::Call(_) => "the result of a call".into(),
            Expr::Cond(_) => "a choice between two values".into(),
            _ => "this expression".into(),
        };
        self.found.findings.push(diagnostics::not_a_closure(range, &what));
        None
    }

    fn key(name: &PropName) -> Option<String> {
        match name {
            PropName::Ident(ident) => Some(ident.sym.to_string()),
            PropName::Str(string) => Some(string.value.to_string_lossy().into_owned()),
            _ => None,
        }
    }

    /// `eval(spawn(…))` with the global `eval`.
    fn eval_around(&self, call: &CallExpr) -> Option<Range> {
        let Callee::Expr(callee) = &call.callee else { return None };
        let Expr::Ident(ident) = &**callee else { return None };
        if &*ident.sym != "eval" || ident.ctxt != self.unresolved || call.args.len() != 1 {
            return None;
        }
        let inner = match unwrap(&call.args[0].expr) {
            Expr::Call(inner) => match &inner.callee {
                Callee::Expr(callee) => self.ours(callee),
                _ => None,
            },
            _ => None,
        };
        inner.filter(|(name, _)| &**name == "spawn").map(|_| range_of(call.span))
    }

    fn literal_argument(&self, call: &CallExpr) -> Option<String> {
        let Expr::Lit(Lit::Str(string)) = unwrap(&call.args.first()?.expr) else { return None };
        let source = string.value.to_string_lossy().into_owned();
        self.sources.contains(&source).then_some(source)
    }
}
