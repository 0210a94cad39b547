//! What a file binds and reads: scopes, bindings, references, and the questions asked of them.
//!
//! Filled once by [`collect`](crate::collect); everything later is a look-up. Bindings are told apart by the marks of SWC's
//! resolver (`Id`), never by their text, and every reference is kept in source order, so that "what does this piece of
//! text read" is a slice of a sorted list.

use std::{borrow::Cow, collections::BTreeSet};

use rustc_hash::{FxHashMap, FxHashSet};
use swc_atoms::Atom;
use swc_ecma_ast::{Id, Ident};

use crate::order::{pair, sort_by_number};

/// A stretch of the source, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Range {
    pub lo: u32,
    pub hi: u32,
}

impl Range {
    pub fn new(lo: u32, hi: u32) -> Self {
        Self { lo, hi }
    }

    pub fn contains(self, other: Self) -> bool {
        self.lo <= other.lo && other.hi <= self.hi
    }
}

/// A byte range from a span of the tree, which counts from 1.
pub fn range_of(span: swc_common::Span) -> Range {
    Range::new(span.lo.0.saturating_sub(1), span.hi.0.saturating_sub(1))
}

pub type ScopeId = usize;
pub type BindingId = usize;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScopeKind {
    Module,
    Function,
    Block,
    Loop,
    Class,
    Namespace,
}

#[derive(Debug)]
pub struct Scope {
    pub parent: Option<ScopeId>,
    pub kind: ScopeKind,
    pub range: Range,
    /// Where a declaration can be inserted so that it belongs to this scope; none in a scope without a body of statements.
    pub body: Option<u32>,
    /// The function, static part of a class, or module whose code this is.
    pub function: ScopeId,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BindingKind {
    Import,
    Var,
    Let,
    Const,
    Using,
    Function,
    Class,
    Enum,
    Namespace,
    /// `import A = N.B`, `import x = require('y')`
    ImportEquals,
    /// `threadSignal`, `threadName` of ours: each task has its own
    PerTask,
    Param,
    /// The name of a function or class expression inside itself
    OwnName,
}

/// What a variable starts with, as far as the text tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Init {
    /// A declaration that is not a variable, or a variable without initialiser
    None,
    /// Evaluating it again gives the same: a literal, a stateless regular expression, a member path of a standard global
    Literal,
    Function,
    Class,
    /// `new X(…)`
    New(Range),
    /// Nothing, and a statement beside the declaration gives it its only value
    Beside,
    /// An object or array literal of functions, and of nothing that is computed
    Table,
    /// A call
    Call(Range),
    Other,
}

/// A piece of text that declares (a part of) a binding: `keyword` is put before the slice when it is not in it.
#[derive(Debug, Clone)]
pub struct Part {
    pub keyword: Cow<'static, str>,
    pub range: Range,
    /// A later declaration of the same kind takes its place: `function f() {} function f() {}`
    pub replaceable: bool,
    /// Where the decorators of a class end, behind which an `export` may stand
    pub decorated: Option<u32>,
}

impl Part {
    /// A part whose slice is all of it.
    pub fn whole(range: Range) -> Self {
        Self { keyword: "".into(), range, replaceable: false, decorated: None }
    }
}

/// Whether a variable starts with a value that is its own, and no part of shared memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plain {
    No,
    /// An object literal: methods of it are the program's own
    Object,
    /// An array, a map, a set, a typed array of a given length
    Collection,
}

/// A place that changes what a name holds without writing the name: `log.push(x)`, `cache.size = 1`.
#[derive(Debug, Clone, Copy)]
pub struct Mutation {
    pub binding: BindingId,
    pub range: Range,
    /// What the name holds is changed itself, not something in it
    pub direct: bool,
    /// By calling a method
    pub by_method: bool,
    /// By calling a method that returns the changed object: `set.add(x)`
    pub gives_object: bool,
}

#[derive(Debug)]
pub struct Binding {
    pub name: Atom,
    pub kind: BindingKind,
    pub scope: ScopeId,
    /// The identifier where it is declared
    pub declared: Range,
    /// Where its initialisation ends: before that it cannot be read
    pub initialized: u32,
    pub parts: Vec<Part>,
    pub init: Init,
    pub plain: Plain,
    /// A generator function
    pub generator: bool,
    /// Declared by a pattern, together with others
    pub destructured: bool,
    /// Places that write it after its declaration
    pub writes: Vec<Range>,
    /// `declare`d: it exists elsewhere
    pub ambient: bool,
}

impl Binding {
    pub fn is_constant(&self) -> bool {
        self.writes.is_empty()
    }

    /// Whether the initialiser is a declaration's own and does not wait for anything.
    pub fn can_be_evaluated_again(&self, analysis: &Analysis) -> bool {
        // The head of a loop has no keyword of its own.
        self.parts.iter().all(|part| !part.keyword.is_empty() && !analysis.waits_in(part.range))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    Read,
    /// Read in a way that a missing name does no harm: `typeof x`
    Probe,
    Write,
    /// Named by an export list
    Export,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Target {
    Binding(BindingId),
    /// Bound nowhere in the file; the index of its name in [`Analysis::unbound`]
    Unbound(usize),
}

#[derive(Debug, Clone, Copy)]
pub struct Reference {
    pub target: Target,
    pub range: Range,
    pub access: Access,
}

/// Something that only means what it means where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Context {
    This,
    Arguments,
    Super,
    NewTarget,
    Private(Atom),
    Eval,
}

#[derive(Debug, Clone)]
pub struct ContextUse {
    pub context: Context,
    pub range: Range,
    /// The function, method or class that gives it its meaning; none for module level
    pub home: Option<Range>,
}

/// `h.cache = {}` as a statement of its own, in the scope where `h` is declared.
#[derive(Debug, Clone, Copy)]
pub struct Attachment {
    pub binding: BindingId,
    pub statement: Range,
    /// Whether it stands among the statements where the binding is declared
    pub beside: bool,
}

/// One specifier of an import declaration.
#[derive(Debug, Clone)]
pub struct Imported {
    pub binding: BindingId,
    /// `default`, `*` or the exported name
    pub exported: Atom,
    pub type_only: bool,
}

#[derive(Debug)]
pub struct ImportDeclaration {
    pub range: Range,
    /// The module specifier without quotes
    pub source: String,
    /// The module specifier as written, and all that follows it (`with { … }`)
    pub tail: Range,
    /// `""`, `defer` or `source`
    pub phase: &'static str,
    pub specifiers: Vec<Imported>,
}

#[derive(Debug, Default)]
pub struct Analysis {
    pub scopes: Vec<Scope>,
    pub bindings: Vec<Binding>,
    /// In source order
    pub references: Vec<Reference>,
    pub unbound: Vec<Atom>,
    /// In source order
    pub contexts: Vec<ContextUse>,
    pub attachments: Vec<Attachment>,
    /// In source order
    pub mutations: Vec<Mutation>,
    /// Bindings whose value the module goes on building after their declaration, at its own top level
    pub built_later: Vec<(BindingId, Range)>,
    /// Functions that the module calls at its own top level, as statements
    pub called: FxHashSet<BindingId>,
    /// Calls that run when the module, or the class around them, is evaluated. In source order
    pub static_calls: Vec<Range>,
    /// Names of operations that block their thread: `blockingLock`, `Atomics.wait`. In source order
    pub blocking: Vec<Range>,
    /// `await` at the top level of the module. In source order
    pub awaits: Vec<Range>,
    /// Names that another block of the same namespace, or the enum itself, declares; with the namespace or enum, in source order
    pub siblings: Vec<(BindingId, Range)>,
    pub imports: Vec<ImportDeclaration>,
    /// For each imported binding, its declaration among [`Self::imports`] and its place among the specifiers
    pub import_of: FxHashMap<BindingId, (usize, usize)>,
    /// Every identifier of the file, whatever it stands for: what a generated name must not be
    pub identifiers: FxHashSet<Atom>,
    pub by_id: FxHashMap<Id, BindingId>,
    /// What names stand for that the resolver takes for others, by their place
    pub rebound: FxHashMap<u32, BindingId>,
    pub by_name: FxHashMap<(ScopeId, Atom), BindingId>,
    /// Where a statement can be put before all others, behind hashbang and directives
    pub first_statement: u32,
    /// Every scope, innermost last among those that start at the same place, for looking up by position
    pub scope_starts: Vec<(u32, ScopeId)>,
}

impl Analysis {
    /// The innermost scope that contains `range`.
    pub fn scope_of(&self, range: Range) -> ScopeId {
        let end = self.scope_starts.partition_point(|&(lo, _)| lo <= range.lo);
        let mut scope = self.scope_starts[end - 1].1;
        while !self.scopes[scope].range.contains(range) {
            // The module's scope contains everything.
            scope = self.scopes[scope].parent.unwrap_or(0);
        }
        scope
    }

    /// What a name of the tree stands for.
    pub fn binding_of(&self, name: &Ident) -> Option<BindingId> {
        let rebound = if self.rebound.is_empty() { None } else { self.rebound.get(&range_of(name.span).lo) };
        rebound.or_else(|| self.by_id.get(&name.to_id())).copied()
    }

    /// What `name` means for code in `scope`.
    pub fn lookup(&self, name: &Atom, scope: ScopeId) -> Option<BindingId> {
        let mut at = Some(scope);
        while let Some(scope) = at {
            if let Some(&binding) = self.by_name.get(&(scope, name.clone())) {
                return Some(binding);
            }
            at = self.scopes[scope].parent;
        }
        None
    }

    /// Whether a binding belongs to the module itself rather than to a function or block.
    pub fn is_module_level(&self, binding: BindingId) -> bool {
        self.bindings[binding].scope == 0
    }

    /// Whether a binding is declared inside `range`.
    pub fn is_bound_in(&self, binding: BindingId, range: Range) -> bool {
        let binding = &self.bindings[binding];
        range.contains(self.scopes[binding.scope].range)
    }

    /// Whether `outer` is `inner` or one of the scopes around it.
    pub fn encloses(&self, outer: ScopeId, inner: ScopeId) -> bool {
        let mut at = Some(inner);
        while let Some(scope) = at {
            if scope == outer {
                return true;
            }
            at = self.scopes[scope].parent;
        }
        false
    }

    /// How many scopes lie around `scope`.
    pub fn depth(&self, scope: ScopeId) -> usize {
        let mut depth = 0;
        let mut at = self.scopes[scope].parent;
        while let Some(scope) = at {
            depth += 1;
            at = self.scopes[scope].parent;
        }
        depth
    }

    pub fn references_in(&self, range: Range) -> &[Reference] {
        let start = self.references.partition_point(|reference| reference.range.lo < range.lo);
        let end = self.references.partition_point(|reference| reference.range.lo < range.hi);
        &self.references[start..end]
    }

    /// Whether the file asks somewhere if a name that it does not declare exists: `typeof name`.
    pub fn is_probed(&self, name: &str) -> bool {
        self.references.iter().any(|reference| match reference.target {
            Target::Unbound(unbound) => reference.access == Access::Probe && &*self.unbound[unbound] == name,
            Target::Binding(_) => false,
        })
    }

    pub fn mutations_in(&self, range: Range) -> &[Mutation] {
        let start = self.mutations.partition_point(|mutation| mutation.range.lo < range.lo);
        let end = self.mutations.partition_point(|mutation| mutation.range.lo < range.hi);
        &self.mutations[start..end]
    }

    /// Whether a name stands where it does only so that what it holds is changed: `list` of `list.push(x)`, whose value is not
    /// the list.
    pub fn only_changes(&self, binding: BindingId, name: Range) -> bool {
        let start = self.mutations.partition_point(|mutation| mutation.range.lo < name.lo);
        let here = self.mutations[start..].iter().take_while(|mutation| mutation.range.lo == name.lo);
        here.filter(|mutation| mutation.binding == binding).any(|mutation| !mutation.gives_object)
    }

    /// The calls in `range` that run when the module, or the class around them, is evaluated.
    pub fn static_calls_in(&self, range: Range) -> impl Iterator<Item = Range> + '_ {
        within(&self.static_calls, range)
    }

    /// The import declarations that bind some of `bindings`, each with those specifiers, in source order.
    pub fn imported(&self, bindings: &BTreeSet<BindingId>) -> Vec<(&ImportDeclaration, Vec<&Imported>)> {
        let mut places: Vec<_> = bindings.iter().filter_map(|binding| self.import_of.get(binding)).collect();
        sort_by_number(&mut places, |&&(import, specifier)| pair(import as u32, specifier as u32));
        let groups = places.chunk_by(|first, second| first.0 == second.0);
        groups
            .map(|group| {
                let declaration = &self.imports[group[0].0];
                (declaration, group.iter().map(|place| &declaration.specifiers[place.1]).collect())
            })
            .collect()
    }

    pub fn blocking_in(&self, range: Range) -> impl Iterator<Item = Range> + '_ {
        within(&self.blocking, range)
    }

    pub fn contexts_in(&self, range: Range) -> &[ContextUse] {
        let start = self.contexts.partition_point(|context| context.range.lo < range.lo);
        let end = self.contexts.partition_point(|context| context.range.lo < range.hi);
        &self.contexts[start..end]
    }
}

impl Analysis {
    /// Whether the module itself waits for something in `range`.
    pub fn waits_in(&self, range: Range) -> bool {
        holds_any(&self.awaits, range)
    }
}

/// Those of some places, sorted, that lie in `range`.
fn within(places: &[Range], range: Range) -> impl Iterator<Item = Range> + '_ {
    let start = places.partition_point(|place| place.lo < range.lo);
    places[start..]
        .iter()
        .copied()
        .take_while(move |place| place.lo < range.hi)
        .filter(move |&place| range.contains(place))
}

fn holds_any(places: &[Range], range: Range) -> bool {
    within(places, range).next().is_some()
}
