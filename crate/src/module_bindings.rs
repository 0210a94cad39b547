//! Units: declarations that can be copied to where they are needed.
//!
//! A unit is a declaration with all that belongs to it: every part of merged declarations, the names that one pattern
//! declares, and the `h.cache = {}` beside it.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::{
    analysis::{Analysis, BindingId, BindingKind, Init, Part, Range, ScopeId, Target},
    order::sort_by_range,
    spawn_sites::{Argument, SharedValue, Site, SiteKind},
};

pub type UnitId = usize;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnitKind {
    Function,
    Class,
    Enum,
    Namespace,
    ImportEquals,
    /// A value that is the same wherever it is evaluated
    Literal,
    /// A shared value of ours, found by its id
    Shared,
    /// `const job = task(…)`
    Task,
    /// An object or array of functions, which cannot be cloned
    Table,
    /// Any other value of the module whose initialiser can be evaluated again
    Value,
}

#[derive(Debug)]
pub struct Unit {
    pub kind: UnitKind,
    pub bindings: Vec<BindingId>,
    pub scope: ScopeId,
    /// In source order
    pub parts: Vec<Part>,
    /// Properties set beside the declaration; parts too
    pub attached: Vec<Range>,
    /// Properties set where they cannot be copied along
    pub lost: Vec<Range>,
}

#[derive(Debug, Default)]
pub struct Units {
    pub all: Vec<Unit>,
    of: FxHashMap<BindingId, UnitId>,
}

impl Units {
    pub fn of(&self, binding: BindingId) -> Option<UnitId> {
        self.of.get(&binding).copied()
    }

    pub fn is_module_level(&self, unit: UnitId) -> bool {
        self.all[unit].scope == 0
    }
}

/// Finds every unit of the file.
pub fn units(analysis: &Analysis, shared: &[SharedValue], sites: &[Site]) -> Units {
    let tasks = sites.iter().filter(|site| site.kind == SiteKind::Task).map(|site| site.call);
    let special = Special { shared: shared.iter().map(|shared| shared.range).collect(), tasks: tasks.collect() };
    let built = built_later(analysis, sites);
    let mut units = Units::default();
    let mut by_declarator: FxHashMap<Range, UnitId> = FxHashMap::default();
    for (id, binding) in analysis.bindings.iter().enumerate() {
        let Some(kind) = kind_of(analysis, &special, &built, id) else { continue };
        // `const { a, b } = Math` is one unit with two names.
        if binding.destructured
            && let Some(&unit) = by_declarator.get(&binding.parts[0].range)
        {
            units.all[unit].bindings.push(id);
            units.of.insert(id, unit);
            continue;
        }
        let unit = units.all.len();
        if binding.destructured {
            by_declarator.insert(binding.parts[0].range, unit);
        }
        units.of.insert(id, unit);
        units.all.push(Unit {
            kind,
            bindings: vec![id],
            scope: binding.scope,
            parts: binding.parts.clone(),
            attached: Vec::new(),
            lost: Vec::new(),
        });
    }
    for attachment in &analysis.attachments {
        let Some(unit) = units.of(attachment.binding) else { continue };
        let unit = &mut units.all[unit];
        let inside = unit.parts.iter().any(|part| part.range.contains(attachment.statement));
        if inside || !matches!(unit.kind, UnitKind::Function | UnitKind::Class | UnitKind::Enum) {
            continue;
        }
        if attachment.beside {
            unit.parts.push(Part::whole(attachment.statement));
            unit.attached.push(attachment.statement);
        } else {
            unit.lost.push(attachment.statement);
        }
    }
    let mut changed: FxHashMap<BindingId, Vec<Range>> = FxHashMap::default();
    let in_thread = in_threads(sites);
    for &(binding, range) in analysis.built_later.iter().filter(|(_, range)| !in_thread(*range)) {
        changed.entry(binding).or_default().push(range);
    }
    for unit in &mut units.all {
        sort_by_range(&mut unit.parts, |part| part.range);
        // A property that is set in the middle of something else cannot be copied along.
        if matches!(unit.kind, UnitKind::Function | UnitKind::Class | UnitKind::Enum) && unit.scope == 0 {
            let places = unit.bindings.iter().filter_map(|binding| changed.get(binding)).flatten().copied();
            let written = places
                .filter(|&range| analysis.mutations_in(range).first().is_some_and(|mutation| mutation.range == range));
            let lost = written.filter(|&range| !unit.parts.iter().any(|part| part.range.contains(range)));
            unit.lost.extend(lost);
            sort_by_range(&mut unit.lost, |&lost| lost);
            unit.lost.dedup_by(|second, first| first.contains(*second));
        }
    }
    units
}

/// Whether a place runs in threads only. What a thread does, it does to a value of its own.
fn in_threads(sites: &[Site]) -> impl Fn(Range) -> bool {
    let outermost = sites.iter().filter(|site| site.parent.is_none() && site.argument == Argument::Closure);
    let closures: Vec<_> = outermost.map(|site| site.closure).collect();
    move |range| {
        let before = closures.partition_point(|closure| closure.lo <= range.lo);
        closures[..before].last().is_some_and(|closure| closure.contains(range))
    }
}

/// Bindings whose value the module changes at its own top level after the declaration, also through functions of its
/// own that it calls there.
fn built_later(analysis: &Analysis, sites: &[Site]) -> FxHashSet<BindingId> {
    let in_thread = in_threads(sites);
    let later = analysis.built_later.iter().filter(|(_, range)| !in_thread(*range));
    let mut built: FxHashSet<_> = later.map(|&(binding, _)| binding).collect();
    let mut seen = analysis.called.clone();
    let mut open: Vec<_> = seen.iter().copied().collect();
    while let Some(function) = open.pop() {
        for part in &analysis.bindings[function].parts {
            let changes = analysis.mutations_in(part.range).iter();
            built.extend(changes.filter(|change| !in_thread(change.range)).map(|change| change.binding));
            for reference in analysis.references_in(part.range).iter().filter(|used| !in_thread(used.range)) {
                if let Target::Binding(binding) = reference.target
                    && (analysis.bindings[binding].kind == BindingKind::Function
                        || analysis.bindings[binding].init == Init::Function)
                    && seen.insert(binding)
                {
                    open.push(binding);
                }
            }
        }
    }
    built
}

/// Whether a table of functions is what its text says, wherever that is evaluated: it is never changed, and takes nothing but
/// functions, classes and imports from around it. What its functions read is their own business.
fn is_fixed(analysis: &Analysis, id: BindingId) -> bool {
    let binding = &analysis.bindings[id];
    let changed = analysis.mutations.iter().any(|mutation| mutation.binding == id);
    !changed
        && binding.parts.iter().flat_map(|part| analysis.references_in(part.range)).all(|reference| {
            let Target::Binding(other) = reference.target else { return true };
            let at_once = analysis.scopes[analysis.scope_of(reference.range)].function == 0;
            let other = &analysis.bindings[other];
            let is_code = matches!(other.kind, BindingKind::Function | BindingKind::Class | BindingKind::Import)
                || matches!(other.init, Init::Function | Init::Class);
            !at_once || (is_code && other.is_constant())
        })
}

/// Constructions and calls of ours, by their place.
struct Special {
    shared: FxHashSet<Range>,
    tasks: FxHashSet<Range>,
}

fn kind_of(analysis: &Analysis, special: &Special, built: &FxHashSet<BindingId>, id: BindingId) -> Option<UnitKind> {
    let binding = &analysis.bindings[id];
    if binding.ambient || !binding.is_constant() || binding.parts.is_empty() {
        return None;
    }
    match binding.kind {
        // The name of a function or class expression is good for the whole expression, inside of it.
        BindingKind::OwnName if binding.init == Init::Class => Some(UnitKind::Class),
        BindingKind::Function | BindingKind::OwnName => Some(UnitKind::Function),
        BindingKind::Class => Some(UnitKind::Class),
        BindingKind::Enum => Some(UnitKind::Enum),
        BindingKind::Namespace => Some(UnitKind::Namespace),
        BindingKind::ImportEquals => Some(UnitKind::ImportEquals),
        BindingKind::Var | BindingKind::Let | BindingKind::Const => match &binding.init {
            // What an enum or a namespace is compiled to.
            Init::Beside => Some(UnitKind::Enum),
            Init::Function => Some(UnitKind::Function),
            Init::Class => Some(UnitKind::Class),
            Init::Literal if binding.scope == 0 => Some(UnitKind::Literal),
            Init::New(range) | Init::Call(range) if binding.scope == 0 && special.shared.contains(range) => {
                Some(UnitKind::Shared)
            }
            Init::Call(range) if binding.scope == 0 && !binding.destructured && special.tasks.contains(range) => {
                Some(UnitKind::Task)
            }
            // What the module adds at its own top level (`routes.set(…)`) is not in the initialiser.
            Init::Table if binding.scope == 0 && !built.contains(&id) && is_fixed(analysis, id) => {
                Some(UnitKind::Table)
            }
            Init::Other | Init::Table | Init::New(_) | Init::Call(_)
                if binding.scope == 0 && binding.can_be_evaluated_again(analysis) && !built.contains(&id) =>
            {
                Some(UnitKind::Value)
            }
            _ => None,
        },
        BindingKind::Import | BindingKind::PerTask | BindingKind::Using | BindingKind::Param => None,
    }
}
