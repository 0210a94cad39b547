//! Our calls and constructions, found by what their names are bound to.

use rustc_hash::{FxHashMap, FxHashSet};
use swc_atoms::Atom;
use swc_common::{Spanned, SyntaxContext};
use swc_ecma_ast::{CallExpr, Expr, ExprOrSpread, Ident, Lit, MemberExpr, MemberProp, Module, OptChainBase, PropName};
use swc_ecma_visit::VisitWith;

use crate::{
    analysis::{Access, Analysis, BindingId, Range, Target, range_of},
    diagnostics::{self, Finding},
    initializers::unwrap,
    order::sort_by_range,
    shared_places::{self, Place},
    site_id,
};

mod calls;
mod namespace;
mod visit;

pub type SiteId = usize;

/// The shared types that a module-level construction gets an id for.
const SHARED_TYPES: [&str; 13] = [
    "AtomicCounter",
    "AtomicFlag",
    "Barrier",
    "Channel",
    "Condvar",
    "Global",
    "Lazy",
    "Mutex",
    "Once",
    "RwLock",
    "Semaphore",
    "SharedJsonBuffer",
    "WaitGroup",
];

/// The functions whose call at module level gives a shared value.
const SHARED_FUNCTIONS: [&str; 3] = ["channel", "shared", "threadLocal"];

/// Whether a function of ours is given closures that are lifted.
fn takes_closure(name: &str) -> bool {
    matches!(name, "spawn" | "task" | "parallelMap")
}

/// Whether a name of ours stands for something that each task has of its own.
pub fn is_per_task(name: &str) -> bool {
    matches!(name, "threadSignal" | "threadName")
}

/// What the file imports from us.
#[derive(Debug, Default)]
pub struct Imports {
    /// Local binding → exported name; `*` for a namespace import
    pub names: FxHashMap<BindingId, Atom>,
    /// The local names, as written: most names of a file are none of them
    locals: Vec<Atom>,
}

impl Imports {
    pub fn find(analysis: &Analysis, sources: &[String]) -> Self {
        let mut found = Self::default();
        for import in &analysis.imports {
            if sources.contains(&import.source) {
                for specifier in import.specifiers.iter().filter(|specifier| !specifier.type_only) {
                    found.names.insert(specifier.binding, specifier.exported.clone());
                    found.locals.push(analysis.bindings[specifier.binding].name.clone());
                }
            }
        }
        found
    }

    /// The binding of ours that a name stands for, and its exported name.
    pub fn of(&self, analysis: &Analysis, name: &Ident) -> Option<(BindingId, &Atom)> {
        if !self.locals.contains(&name.sym) {
            return None;
        }
        let binding = analysis.binding_of(name)?;
        self.names.get(&binding).map(|exported| (binding, exported))
    }

    /// The exported name that `callee` or `callee.member` stands for.
    pub fn exported(&self, analysis: &Analysis, callee: &Ident, member: Option<&Atom>) -> Option<Atom> {
        let (_, name) = self.of(analysis, callee)?;
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

/// What a lifted closure is turned into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SiteKind {
    /// `spawn(closure)`: a call that starts a thread
    Spawn,
    /// `task(closure)`: a value that can start threads
    Task,
    /// The closure of `parallelMap(items, closure)`, which becomes a task where it stands
    Item,
}

#[derive(Debug)]
pub struct Site {
    pub kind: SiteKind,
    /// All that is replaced: the call, with the `eval` around it; of `parallelMap` the closure
    pub whole: Range,
    pub call: Range,
    pub argument: Argument,
    /// The text that is lifted
    pub closure: Range,
    /// `move(…)` before the closure
    pub moved: Option<Range>,
    pub options: Option<Range>,
    /// Whether the closure is a generator function
    pub stream: bool,
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
    /// The constructor or function as written
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
    /// `eval(spawn(job))`: the `eval` is taken off, and the call stays as it is
    pub unwrapped: Vec<(Range, Range)>,
    /// Calls that stay as they are and start threads all the same: `spawn(job)`
    pub left: FxHashSet<Range>,
    /// `threads.threadSignal` of a namespace import: the member, the object in it, and the exported name
    pub per_task: Vec<(Range, u32, Atom)>,
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
        called: FxHashSet::default(),
        looked_into: FxHashSet::default(),
        export_assignment: None,
    };
    module.visit_with(&mut finder);
    finder.check_namespaces();
    let Finder { mut found, called, export_assignment, .. } = finder;
    if let (Some(export), Some(site)) = (export_assignment, found.sites.first()) {
        found.findings.push(diagnostics::export_assignment(export, site.call));
    }
    sort_by_range(&mut found.shared, |shared| shared.range);
    for reference in &analysis.references {
        let Target::Binding(binding) = reference.target else { continue };
        let Some(function) = imports.names.get(&binding).filter(|name| takes_closure(name)) else { continue };
        let at = reference.range.lo;
        if reference.access == Access::Read && !found.consumed.contains(&at) && !called.contains(&at) {
            let name = &analysis.bindings[binding].name;
            found.findings.push(
                diagnostics::spawn_as_value(reference.range, name, function)
                    .label(analysis.bindings[binding].declared, format!("`{name}` is imported here")),
            );
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
    path: Vec<Atom>,
    /// Sites in whose closure we are
    parents: Vec<SiteId>,
    /// How many sites have had a path so far
    ordinals: FxHashMap<String, usize>,
    /// Constructions and calls at static places of the module
    places: FxHashMap<Range, Place>,
    /// The `eval(…)` directly around the call at hand
    eval: Option<Range>,
    /// `export = …`
    export_assignment: Option<Range>,
    /// Where our functions are called in text that stays
    called: FxHashSet<u32>,
    /// Where namespaces of ours stand only so that something is taken out of them: `threads.move`
    looked_into: FxHashSet<u32>,
}

impl Finder<'_> {
    fn named(&mut self, name: Option<Atom>, inside: impl FnOnce(&mut Self)) {
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
                let name = self.imports.exported(self.analysis, ident, None)?;
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
        let name = self.imports.exported(self.analysis, object, Some(&property))?;
        Some((name, range_of(object.span).lo))
    }

    /// `new Mutex(…)` or `channel(…)`: at a static place of the module it is the same in every thread.
    fn shared_value(&mut self, kind: Atom, callee: Range, range: Range, arguments: &[ExprOrSpread]) {
        let Some(place) = self.places.get(&range).cloned() else {
            if &*kind == "Global" {
                self.found.findings.push(diagnostics::misplaced_global(range));
            }
            return;
        };
        for name in &place.names {
            self.check_written(name);
        }
        let arguments = arguments.first().zip(arguments.last());
        let arguments = arguments.map(|(first, last)| Range::new(range_of(first.span()).lo, range_of(last.span()).hi));
        let name = place.path;
        let id = site_id::id(self.filename, "shared", &name);
        let id = format!("{}_{id}", site_id::readable(&name));
        self.found.shared.push(SharedValue { range, kind, callee, arguments, name, id });
    }

    /// A variable that holds a shared value must go on holding it.
    fn check_written(&mut self, name: &Atom) {
        let Some(&binding) = self.analysis.by_name.get(&(0, name.clone())) else { return };
        let data = &self.analysis.bindings[binding];
        if let Some(write) = data.writes.first() {
            self.found.findings.push(diagnostics::rewritten_shared(*write, &data.name, data.declared));
        }
    }

    fn key(name: &PropName) -> Option<Atom> {
        match name {
            PropName::Ident(ident) => Some(ident.sym.clone()),
            PropName::Str(string) => Some(string.value.to_atom_lossy().into_owned()),
            _ => None,
        }
    }

    fn literal_argument(&self, call: &CallExpr) -> Option<String> {
        let Expr::Lit(Lit::Str(string)) = unwrap(&call.args.first()?.expr) else { return None };
        let source = string.value.to_string_lossy().into_owned();
        self.sources.contains(&source).then_some(source)
    }
}
