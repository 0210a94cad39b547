//! What the rules refuse or warn of, once it is known what each site needs.

use std::collections::BTreeSet;

use crate::{
    Program,
    analysis::{Access, BindingKind, Context, Init, Mutation, Range, Target},
    classify::Rule,
    diagnostics::{self, Finding},
    free_variables::outside,
    module_bindings::{Unit, UnitId, UnitKind},
    needs::{Needs, Plan, Region, can_be_inner, declaration_needs, first_value, reads, rule, text_holes, writes},
    rewrite::accessor_place,
    spawn_sites::{Argument, Site, SiteKind},
    warnings,
};

/// Globals of a page that workers do not have.
const MAIN_THREAD_ONLY: [&str; 12] = [
    "alert",
    "confirm",
    "document",
    "frames",
    "history",
    "localStorage",
    "opener",
    "parent",
    "prompt",
    "sessionStorage",
    "top",
    "window",
];

/// Checks every site, and every declaration that sites need.
pub fn check(program: &Program<'_>, plan: &Plan, declared: &BTreeSet<UnitId>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (site, needs) in program.sites.iter().zip(&plan.sites) {
        for region in &needs.regions {
            check_region(program, plan, site, Place { needs, region }, &mut findings);
        }
        for &unit in &needs.inner {
            check_unit(program, plan, unit, true, &mut findings);
        }
        check_captures(program, site, needs, &mut findings);
        warnings::check(program, plan, site, needs, &mut findings);
        check_imports(program, site, needs, &mut findings);
    }
    for &unit in declared {
        check_unit(program, plan, unit, false, &mut findings);
        let needs = &declaration_needs(program, plan, &[unit]);
        for region in &needs.regions {
            let place = Place { needs, region };
            check_globals(program, plan, place, &mut findings);
            check_mutations(program, plan, place, &mut findings);
            check_contexts(program, plan, place, region.range, &mut findings);
        }
    }
    if !program.options.using {
        check_using(program, &mut findings);
    }
    findings
}

/// Workers only tell that a text cannot be read, and not where: so also what they would be given is refused here.
fn check_using(program: &Program<'_>, findings: &mut Vec<Finding>) {
    for data in program.analysis.bindings.iter().filter(|data| data.kind == BindingKind::Using) {
        findings.push(diagnostics::unread_using(data.declared, &data.name));
    }
}

/// A copied text, among the needs that it belongs to.
#[derive(Clone, Copy)]
struct Place<'a> {
    needs: &'a Needs,
    region: &'a Region,
}

impl Place<'_> {
    /// The functions through which the text was reached.
    fn chain(self, program: &Program<'_>) -> Vec<String> {
        self.needs.chain(program, self.region)
    }
}

fn check_region(program: &Program<'_>, plan: &Plan, site: &Site, place: Place<'_>, findings: &mut Vec<Finding>) {
    check_globals(program, plan, place, findings);
    check_contexts(program, plan, place, site.closure, findings);
    check_siblings(program, plan, site, place, findings);
    let module_level = place.region.unit.is_some_and(|unit| program.units.is_module_level(unit));
    if module_level {
        check_mutations(program, plan, place, findings);
    }
    for (binding, at) in writes(program, plan, place.region.range) {
        let data = &program.analysis.bindings[binding];
        // An import cannot be written: the language itself says so.
        if data.kind == BindingKind::Import || rule(program, plan, binding) == Rule::Nothing {
            continue;
        }
        findings.push(if place.region.unit.is_none() {
            diagnostics::written_capture(at, &data.name, data.declared)
        } else if module_level {
            diagnostics::copied_state(at, &data.name, data.declared, &place.chain(program))
        } else {
            diagnostics::written_by_helper(at, &data.name, data.declared, &place.chain(program))
        });
    }
}

/// A name that only the namespace around the code gives a meaning: `factor` of another `namespace Units { … }`.
fn check_siblings(program: &Program<'_>, plan: &Plan, site: &Site, place: Place<'_>, findings: &mut Vec<Finding>) {
    let holes = text_holes(program, plan, place.region.range);
    for &(owner, at) in &program.analysis.siblings {
        let data = &program.analysis.bindings[owner];
        let copied_whole = data.parts.iter().any(|part| place.region.range.contains(part.range));
        let inside = place.region.range.contains(at) && !holes.iter().any(|hole| hole.contains(at));
        if inside && !copied_whole && place.region.unit != program.units.of(owner) {
            let name = program.positions.slice(at);
            // Where the other block declares it.
            let parts = || data.parts.iter();
            let member = program.analysis.bindings.iter().find(|binding| {
                let scope = &program.analysis.scopes[binding.scope];
                &*binding.name == name && parts().any(|part| part.range == scope.range)
            });
            let declared = member.map_or(data.declared, |member| member.declared);
            findings.push(diagnostics::member_of_other_block(at, name, &data.name, declared, site.closure));
        }
    }
}

/// A module helper that changes what a captured variable holds changes the copy of one call.
fn check_mutations(program: &Program<'_>, plan: &Plan, place: Place<'_>, findings: &mut Vec<Finding>) {
    let holes = text_holes(program, plan, place.region.range);
    for &Mutation { binding, range: at, .. } in program.analysis.mutations_in(place.region.range) {
        if holes.iter().any(|hole| hole.contains(at)) || program.analysis.is_bound_in(binding, place.region.range) {
            continue;
        }
        if !program.analysis.is_module_level(binding) {
            continue;
        }
        let data = &program.analysis.bindings[binding];
        match rule(program, plan, binding) {
            Rule::Clone | Rule::Recipe(_) => {
                findings.push(diagnostics::copied_state(at, &data.name, data.declared, &place.chain(program)));
            }
            // What a class does to itself while it is evaluated, it does in each thread.
            Rule::Hoist(unit)
                if program.units.all[unit].kind == UnitKind::Class
                    && !program.analysis.built_later.contains(&(binding, at)) =>
            {
                findings.push(diagnostics::static_state(at, &data.name, data.declared, &place.chain(program)));
            }
            _ => {}
        }
    }
}

fn check_globals(program: &Program<'_>, plan: &Plan, place: Place<'_>, findings: &mut Vec<Finding>) {
    let holes = text_holes(program, plan, place.region.range);
    for reference in outside(&program.analysis, place.region.range, &holes) {
        if reference.access == Access::Read {
            let name = match reference.target {
                Target::Unbound(name) => &program.analysis.unbound[name],
                Target::Binding(binding) if program.analysis.bindings[binding].ambient => {
                    &program.analysis.bindings[binding].name
                }
                Target::Binding(_) => continue,
            };
            if MAIN_THREAD_ONLY.contains(&&**name) {
                findings.push(diagnostics::main_thread_only(reference.range, name, &place.chain(program)));
            } else if matches!(reference.target, Target::Unbound(_)) && !warnings::is_known_global(program, name) {
                findings.push(diagnostics::unknown_name(reference.range, name, &place.chain(program)));
            }
        }
    }
}

fn check_contexts(program: &Program<'_>, plan: &Plan, place: Place<'_>, closure: Range, findings: &mut Vec<Finding>) {
    let holes = text_holes(program, plan, place.region.range);
    for used in program.analysis.contexts_in(place.region.range) {
        if holes.iter().any(|hole| hole.contains(used.range))
            || used.home.is_some_and(|home| place.region.range.contains(home))
        {
            continue;
        }
        let what = match &used.context {
            // `eval(spawn(…))` is unwrapped.
            Context::Eval if program.consumed.contains(&used.range.lo) => continue,
            Context::Eval => {
                findings.push(diagnostics::direct_eval(used.range, closure));
                continue;
            }
            Context::Private(name) => {
                findings.push(diagnostics::outer_private_name(used.range, name, closure));
                continue;
            }
            // At the top level of a module `this` is undefined, here as there.
            Context::This if used.home.is_none() => continue,
            Context::This => "this",
            Context::Arguments => "arguments",
            Context::Super => "super",
            Context::NewTarget => "new.target",
        };
        findings.push(diagnostics::outer_context(used.range, what, closure, &place.chain(program)));
    }
}

fn check_unit(program: &Program<'_>, plan: &Plan, unit: UnitId, inner: bool, findings: &mut Vec<Finding>) {
    let data = &program.units.all[unit];
    let name = program.unit_name(unit);
    let declared = program.analysis.bindings[data.bindings[0]].declared;
    for attached in &data.attached {
        let value = reads(program, plan, *attached).into_iter().find(|&(binding, _)| {
            program.units.of(binding) != Some(unit) && rule(program, plan, binding) == Rule::Clone
        });
        if let Some((value, at)) = value {
            let value = &program.analysis.bindings[value];
            findings.push(diagnostics::property_set_from_value(at, &name, &value.name, value.declared));
        }
    }
    for lost in &data.lost {
        findings.push(diagnostics::property_set_elsewhere(*lost, &name, declared));
    }
    if inner
        && !can_be_inner(data.kind)
        && let Some((value, at)) = first_value(program, plan, unit)
    {
        findings.push(diagnostics::namespace_needs_value(declared, &name, &program.analysis.bindings[value], at));
    }
    if matches!(data.kind, UnitKind::Class | UnitKind::Enum | UnitKind::Namespace) {
        let mut warned = false;
        for call in data.parts.iter().flat_map(|part| program.analysis.static_calls_in(part.range)) {
            // Constructing a shared value again gives the same one.
            let shared = program.shared_around(call);
            if shared || data.attached.iter().any(|range| range.contains(call)) {
                continue;
            }
            if program.site_of_call(call).is_some_and(|site| site.kind == SiteKind::Task) {
                // Taking a task starts nothing.
                continue;
            }
            if program.starts_thread(call) {
                findings.push(diagnostics::spawn_in_static_part(call, &name, declared));
            } else if !warned && !inner {
                warned = true;
                findings.push(diagnostics::class_with_calls(call, &name));
            }
        }
    }
}

/// An import of the file itself would run the program in the worker.
fn check_imports(program: &Program<'_>, site: &Site, needs: &Needs, findings: &mut Vec<Finding>) {
    let base = program.options.filename.rsplit('/').next().unwrap_or_default();
    let stem = base.split('.').next().unwrap_or_default();
    for (import, specifiers) in program.analysis.imported(&needs.imports) {
        let own = import.source.strip_prefix("./").is_some_and(|path| {
            path == base
                || path == stem
                || [".js", ".mjs", ".cjs", ".jsx"].iter().any(|end| path == format!("{stem}{end}"))
        });
        for specifier in specifiers.into_iter().filter(|_| own) {
            let data = &program.analysis.bindings[specifier.binding];
            findings.push(diagnostics::imported_from_itself(data.declared, &data.name, site.closure));
        }
    }
}

/// A function or class that a constant of the function around the call holds later only. Its text could come along, but here the
/// closure could not read it, and a thread must not do what the same text does not do in place.
fn check_initialized(program: &Program<'_>, site: &Site, unit: &Unit, findings: &mut Vec<Finding>) {
    let analysis = &program.analysis;
    let function = |scope: usize| analysis.scopes[scope].function;
    // In the static part of a class its name has a value.
    if unit.parts.iter().any(|part| part.range.contains(site.call)) {
        return;
    }
    for &binding in &unit.bindings {
        let data = &analysis.bindings[binding];
        let late = matches!(data.kind, BindingKind::Let | BindingKind::Const | BindingKind::Class)
            && function(analysis.scope_of(site.call)) == function(data.scope)
            && site.call.lo < data.initialized;
        if late {
            let mut uses = analysis.references_in(site.closure).iter();
            let first = uses.find(|reference| reference.target == Target::Binding(binding));
            let at = first.map_or(site.closure, |reference| reference.range);
            findings.push(diagnostics::used_before_initialized(at, &data.name, data.declared, site.call));
        }
    }
}

fn check_captures(program: &Program<'_>, site: &Site, needs: &Needs, findings: &mut Vec<Finding>) {
    let analysis = &program.analysis;
    let scope = analysis.scope_of(site.call);
    for &unit in &needs.inner {
        let unit = &program.units.all[unit];
        let declared = analysis.bindings[unit.bindings[0]].declared;
        // The name of a function expression is known inside of it only, and there the expression is around the call.
        if !analysis.encloses(unit.scope, scope) {
            let name = program.name(unit.bindings[0]);
            findings.push(diagnostics::out_of_reach(site.call, name, declared, site.call));
        }
        check_initialized(program, site, unit, findings);
    }
    // A function that is given by its name is read by the call.
    if let Argument::Name(binding) = site.argument {
        let data = &analysis.bindings[binding];
        let same_function = analysis.scopes[scope].function == analysis.scopes[data.scope].function;
        if same_function
            && site.call.lo < data.initialized
            && matches!(data.kind, BindingKind::Let | BindingKind::Const)
        {
            findings.push(diagnostics::used_before_initialized(site.closure, &data.name, data.declared, site.call));
        }
    }
    for (key, &used) in &needs.captures {
        let data = &analysis.bindings[key.binding];
        let same_function = analysis.scopes[scope].function == analysis.scopes[data.scope].function;
        if same_function && site.call.lo < data.initialized {
            match data.kind {
                BindingKind::Let | BindingKind::Const | BindingKind::Using | BindingKind::Class => {
                    findings.push(diagnostics::used_before_initialized(used, &data.name, data.declared, site.call));
                }
                BindingKind::Var if data.init != Init::None && scope == data.scope => {
                    findings.push(diagnostics::captured_undefined(used, &data.name, data.declared));
                }
                _ => {}
            }
        }
        if !analysis.encloses(data.scope, scope) {
            findings.push(diagnostics::out_of_reach(used, &data.name, data.declared, site.call));
        } else if !program.is_visible(key.binding, site.call) && accessor_place(program, key.binding).is_none() {
            let hiding = analysis.lookup(&data.name, scope).map(|hiding| analysis.bindings[hiding].declared);
            findings.push(diagnostics::shadowed_capture(site.call, &data.name, data.declared, hiding));
        }
    }
}
