//! What each site and each hoisted declaration needs: imports, declarations, captured values, inner functions.
//!
//! A nested site is not part of the text around it: what is left of it there is a call that reads its captures. So a
//! site's captures depend on those of the sites nested in what it needs, and whether a function can be hoisted depends on
//! the captures of the sites in it. Both only ever grow, and are computed together until nothing changes.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

use crate::{
    Program,
    analysis::{Access, BindingId, Range, ScopeId},
    classify::{Rule, classify, facts},
    components::components,
    free_variables::free_variables,
    module_bindings::{UnitId, UnitKind},
    order::sort_by_range,
    spawn_sites::{Argument, SiteId},
};

/// A piece of text that is copied.
#[derive(Debug, Clone, Copy)]
pub struct Region {
    pub range: Range,
    /// The unit whose text this is; none for the closure itself
    pub unit: Option<UnitId>,
    /// The region that needs it
    pub parent: Option<usize>,
}

#[derive(Debug, Default, Clone)]
pub struct Needs {
    pub imports: BTreeSet<BindingId>,
    /// Declaration modules and shared values, by unit
    pub declarations: BTreeSet<UnitId>,
    pub constants: BTreeSet<UnitId>,
    pub inner: BTreeSet<UnitId>,
    /// Captured values that the worker can evaluate itself, by unit
    pub recipes: BTreeSet<UnitId>,
    /// What each task has of its own
    pub per_task: BTreeSet<BindingId>,
    /// Captured bindings, with the place of the first use
    pub captures: BTreeMap<CaptureKey, Range>,
    pub regions: Vec<Region>,
    /// These are the needs of a recipe
    pub is_recipe: bool,
}

impl Needs {
    /// Names of the functions through which a region was reached, outermost first; none for the closure itself.
    pub fn chain(&self, program: &Program<'_>, region: &Region) -> Vec<String> {
        let mut names = Vec::new();
        let mut at = Some(region);
        while let Some(region) = at {
            names.extend(region.unit.map(|unit| program.unit_name(unit)));
            at = region.parent.map(|parent| &self.regions[parent]);
        }
        names.reverse();
        names
    }
}

/// Captures in the order in which they are sent: outer scopes first, then by place of declaration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct CaptureKey {
    pub depth: usize,
    pub scope: ScopeId,
    pub declared: Range,
    pub binding: BindingId,
}

/// What the whole file needs.
#[derive(Debug, Default)]
pub struct Plan {
    pub sites: Vec<Needs>,
    /// Units that read a value that must be captured
    pub tainted: Vec<bool>,
    /// Shared values whose initialiser reads such a value. A thread does not evaluate it: the module that declares the value
    /// has done so before it starts threads
    pub only_found: Vec<bool>,
    /// Whose captures were read since the last pass began; none when the plan is ready
    read: RefCell<Option<Vec<Read>>>,
}

/// A text read the captures of a site that it calls.
#[derive(Debug)]
struct Read {
    region: Range,
    site: SiteId,
    /// How many these were
    captures: usize,
}

/// Computes the needs of every site.
pub fn plan(program: &Program<'_>) -> Plan {
    let mut plan = Plan {
        sites: vec![Needs::default(); program.sites.len()],
        tainted: vec![false; program.units.all.len()],
        // What the module has waited for is not waited for again in every thread.
        only_found: program.shared.iter().map(|shared| waits(program, shared.arguments)).collect(),
        read: RefCell::default(),
    };
    loop {
        plan.read.replace(Some(Vec::new()));
        let found = taint(program, &mut plan);
        // Inner sites first: what they capture is what those around them read.
        for site in (0..program.sites.len()).rev() {
            plan.sites[site] = site_needs(program, &plan, site);
        }
        let read = plan.read.take().unwrap_or_default();
        if !found && !is_outdated(program, &plan, &read) {
            return plan;
        }
    }
}

/// Whether a text read the captures of a site before all of them were known that it would have seen.
fn is_outdated(program: &Program<'_>, plan: &Plan, reads: &[Read]) -> bool {
    reads.iter().any(|read| {
        let captures = &plan.sites[read.site].captures;
        captures.len() != read.captures
            && captures.keys().any(|key| !program.analysis.is_bound_in(key.binding, read.region))
    })
}

/// Whether the arguments of a shared value hold an `await` of the module.
pub fn waits(program: &Program<'_>, arguments: Option<Range>) -> bool {
    arguments.is_some_and(|arguments| program.analysis.waits_in(arguments))
}

/// Marks the module-level units that read a captured value, themselves or through another, and the shared values. Says whether
/// any of these was new: what was looked at before may hold it.
fn taint(program: &Program<'_>, plan: &mut Plan) -> bool {
    let mut any = false;
    // Who reads whom, so that a mark is passed on once, however long the way.
    let mut readers: BTreeMap<UnitId, Vec<UnitId>> = BTreeMap::new();
    let mut open = Vec::new();
    for unit in (0..program.units.all.len()).filter(|&unit| program.units.is_module_level(unit)) {
        let reads = unit_reads(program, plan, unit);
        for &(binding, _) in &reads {
            if let Some(other) = program.units.of(binding) {
                readers.entry(other).or_default().push(unit);
            }
        }
        if !plan.tainted[unit]
            && (first_value_of(program, plan, unit, &reads).is_some() || starts_thread(program, unit))
        {
            plan.tainted[unit] = true;
            open.push(unit);
        }
    }
    while let Some(unit) = open.pop() {
        for &reader in readers.get(&unit).into_iter().flatten() {
            if !plan.tainted[reader] && first_value(program, plan, reader).is_some() {
                plan.tainted[reader] = true;
                open.push(reader);
            }
        }
    }
    for (index, shared) in program.shared.iter().enumerate() {
        if !plan.only_found[index]
            && shared.arguments.is_some_and(|arguments| {
                reads(program, plan, arguments).into_iter().any(|(binding, _)| {
                    let rule = rule(program, plan, binding);
                    matches!(rule, Rule::Clone | Rule::Recipe(_) | Rule::Inner(_) | Rule::PerTask)
                })
            })
        {
            plan.only_found[index] = true;
            any = true;
        }
    }
    any
}

/// Whether evaluating a value starts a thread: that is not done again.
pub fn starts_thread(program: &Program<'_>, unit: UnitId) -> bool {
    let unit = &program.units.all[unit];
    let mut calls = unit.parts.iter().flat_map(|part| program.analysis.static_calls_in(part.range));
    unit.kind == UnitKind::Value && calls.any(|call| program.starts_thread(call))
}

/// The first use in a module-level unit of something that has to be captured, directly or through another unit.
pub fn first_value(program: &Program<'_>, plan: &Plan, unit: UnitId) -> Option<(BindingId, Range)> {
    first_value_of(program, plan, unit, &unit_reads(program, plan, unit))
}

fn first_value_of(
    program: &Program<'_>,
    plan: &Plan,
    unit: UnitId,
    reads: &[(BindingId, Range)],
) -> Option<(BindingId, Range)> {
    reads.iter().copied().find(|&(binding, _)| match rule(program, plan, binding) {
        Rule::Clone | Rule::Inner(_) | Rule::PerTask => true,
        // What a value is made of can be made again with it; a function needs the value itself.
        Rule::Recipe(_) => !matches!(program.units.all[unit].kind, UnitKind::Value | UnitKind::Table),
        _ => false,
    })
}

/// What a unit reads of others. The initialiser of a shared value is not what makes its unit need a value.
fn unit_reads(program: &Program<'_>, plan: &Plan, unit: UnitId) -> Vec<(BindingId, Range)> {
    let unit = &program.units.all[unit];
    let mut found = Vec::new();
    for part in &unit.parts {
        let holes = holes(program, part.range, |_| true);
        found.extend(reads_outside(program, plan, part.range, &holes));
    }
    found.retain(|(binding, _)| !unit.bindings.contains(binding));
    found
}

/// The rule for one binding.
pub fn rule(program: &Program<'_>, plan: &Plan, binding: BindingId) -> Rule {
    classify(facts(&program.analysis, &program.units, &plan.tainted, binding))
}

/// Everything that a text reads of what is declared outside of it: its own references, and the captures of the sites
/// that it calls.
pub fn reads(program: &Program<'_>, plan: &Plan, region: Range) -> Vec<(BindingId, Range)> {
    reads_outside(program, plan, region, &text_holes(program, plan, region))
}

/// What is not part of a text when it is copied: the closures of the sites in it, and initialisers that only the
/// declaring module evaluates.
pub fn text_holes(program: &Program<'_>, plan: &Plan, region: Range) -> Vec<Range> {
    holes(program, region, |shared| plan.only_found[shared])
}

fn holes(program: &Program<'_>, region: Range, is_hole: impl Fn(usize) -> bool) -> Vec<Range> {
    if program.sites.is_empty() && program.shared.is_empty() {
        return Vec::new();
    }
    let closures = program.sites_called_in(region).into_iter().map(|site| program.sites[site].closure);
    let initialisers = program.shared_in(region).filter_map(|(index, shared)| {
        shared.arguments.filter(|&arguments| arguments != region && region.contains(arguments) && is_hole(index))
    });
    let mut holes: Vec<_> = closures.chain(initialisers).collect();
    sort_by_range(&mut holes, |&hole| hole);
    holes
}

fn reads_outside(program: &Program<'_>, plan: &Plan, region: Range, holes: &[Range]) -> Vec<(BindingId, Range)> {
    let sites = program.sites_called_in(region);
    let mut found: Vec<_> = free_variables(&program.analysis, region, holes)
        .filter(|free| !program.consumed.contains(&free.reference.range.lo))
        .map(|free| (free.binding, free.reference.range))
        .collect();
    for site in sites {
        let call = program.sites[site].call;
        let captures = &plan.sites[site].captures;
        if let Some(read) = &mut *plan.read.borrow_mut() {
            read.push(Read { region, site, captures: captures.len() });
        }
        found.extend(
            captures
                .keys()
                .filter(|key| !program.analysis.is_bound_in(key.binding, region))
                .map(|key| (key.binding, call)),
        );
    }
    found
}

fn site_needs(program: &Program<'_>, plan: &Plan, site: SiteId) -> Needs {
    let site = &program.sites[site];
    let mut needs = Needs::default();
    match site.argument {
        Argument::Closure => needs.regions.push(Region { range: site.closure, unit: None, parent: None }),
        Argument::Name(binding) => need(program, plan, &mut needs, binding, site.closure, None),
    }
    walk(program, plan, &mut needs);
    needs
}

/// The needs of a declaration module that holds `units`, none of which reads a captured value.
pub fn declaration_needs(program: &Program<'_>, plan: &Plan, units: &[UnitId]) -> Needs {
    let is_recipe = units.iter().any(|&unit| matches!(program.units.all[unit].kind, UnitKind::Value | UnitKind::Table));
    let mut needs = Needs { is_recipe, ..Needs::default() };
    for &unit in units {
        push_parts(program, &mut needs, unit, None);
    }
    walk(program, plan, &mut needs);
    for unit in units {
        needs.declarations.remove(unit);
    }
    needs
}

fn push_parts(program: &Program<'_>, needs: &mut Needs, unit: UnitId, parent: Option<usize>) {
    let parts = program.units.all[unit].parts.iter();
    needs.regions.extend(parts.map(|part| Region { range: part.range, unit: Some(unit), parent }));
}

/// Looks through every region, also those that are found on the way.
fn walk(program: &Program<'_>, plan: &Plan, needs: &mut Needs) {
    let mut at = 0;
    while at < needs.regions.len() {
        for (binding, place) in reads(program, plan, needs.regions[at].range) {
            need(program, plan, needs, binding, place, Some(at));
        }
        at += 1;
    }
}

fn need(
    program: &Program<'_>,
    plan: &Plan,
    needs: &mut Needs,
    binding: BindingId,
    place: Range,
    parent: Option<usize>,
) {
    let rule = rule(program, plan, binding);
    match rule {
        Rule::Nothing => {}
        Rule::Import => {
            needs.imports.insert(binding);
        }
        Rule::PerTask => {
            needs.per_task.insert(binding);
        }
        Rule::Shared(unit) | Rule::Hoist(unit) => {
            needs.declarations.insert(unit);
        }
        Rule::Constant(unit) => {
            if needs.constants.insert(unit) {
                for part in &program.units.all[unit].parts {
                    for (binding, place) in reads(program, plan, part.range) {
                        if program.units.of(binding) != Some(unit) {
                            need(program, plan, needs, binding, place, parent);
                        }
                    }
                }
            }
        }
        Rule::Inner(unit) => {
            if needs.inner.insert(unit) {
                push_parts(program, needs, unit, parent);
            }
        }
        // A recipe takes what it is made of from other recipes.
        Rule::Recipe(unit) if needs.is_recipe => {
            needs.declarations.insert(unit);
        }
        Rule::Recipe(_) | Rule::Clone => {
            if let Rule::Recipe(unit) = rule {
                needs.recipes.insert(unit);
            }
            let data = &program.analysis.bindings[binding];
            let key = CaptureKey {
                depth: program.analysis.depth(data.scope),
                scope: data.scope,
                declared: data.declared,
                binding,
            };
            let first = needs.captures.entry(key).or_insert(place);
            *first = (*first).min(place);
        }
    }
}

/// Groups the hoisted units that need one another: each group is one declaration module. Groups come out with what they
/// need first.
pub fn groups(program: &Program<'_>, plan: &Plan, wanted: &BTreeSet<UnitId>) -> Vec<Vec<UnitId>> {
    let units: Vec<UnitId> = wanted.iter().copied().collect();
    let edges: Vec<Vec<usize>> = units
        .iter()
        .map(|&unit| {
            let needed = declaration_needs(program, plan, &[unit]).declarations;
            needed.iter().filter_map(|other| units.binary_search(other).ok()).collect()
        })
        .collect();
    let groups = components(&edges);
    groups.into_iter().map(|group| group.into_iter().map(|index| units[index]).collect()).collect()
}

/// Whether a kind of unit can stand inside a function.
pub fn can_be_inner(kind: UnitKind) -> bool {
    !matches!(kind, UnitKind::Namespace | UnitKind::ImportEquals)
}

/// References that write what is declared outside of `region`.
pub fn writes(program: &Program<'_>, plan: &Plan, region: Range) -> Vec<(BindingId, Range)> {
    let holes = text_holes(program, plan, region);
    free_variables(&program.analysis, region, &holes)
        .filter(|free| free.reference.access == Access::Write)
        .map(|free| (free.binding, free.reference.range))
        .collect()
}
