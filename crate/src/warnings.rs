//! What is allowed and may still surprise: a value that is changed too late, a change that is lost, a copy of what is
//! disposed, a name that nothing declares. Each speaks only where the text proves it.

use std::cmp::Ordering;

use crate::{
    Program,
    analysis::{Access, Analysis, BindingId, BindingKind, Init, Mutation, Plain, Range, ScopeKind, Target},
    classify::Rule,
    diagnostics::{self, Finding},
    needs::{Needs, Plan, Region, rule, text_holes},
    spawn_sites::{Site, SiteKind},
};

/// Every global name that some environment has, one on a line: browsers, workers, Node, Deno, Bun, the language.
/// `tests/tools/globals-table.mjs` writes it.
const KNOWN_GLOBALS: &str = include_str!("known-globals.txt");

/// Whole families of globals that are not in the table.
const KNOWN_FAMILIES: [&str; 12] =
    ["CSS", "Font", "GPU", "HTML", "IDB", "Media", "Performance", "RTC", "SVG", "WebGL", "XML", "Web"];

/// What may surprise at one site.
pub fn check(program: &Program<'_>, plan: &Plan, site: &Site, needs: &Needs, findings: &mut Vec<Finding>) {
    for (key, &used) in &needs.captures {
        let data = &program.analysis.bindings[key.binding];
        if data.kind == BindingKind::Using && !is_callback(program, &data.init) {
            findings.push(diagnostics::disposable_captured(used, &data.name, data.declared));
        }
        // A task says itself that it takes what is there now.
        if site.kind != SiteKind::Task {
            check_later_writes(program, site, key.binding, used, findings);
        }
    }
    for region in &needs.regions {
        if !region.unit.is_some_and(|unit| program.units.is_module_level(unit)) {
            check_lost_writes(program, plan, site, needs, region, findings);
        }
    }
}

/// Whether a value is made by our `callback(…)`: threads share it, and its disposal takes it from them on purpose.
fn is_callback(program: &Program<'_>, init: &Init) -> bool {
    let &Init::Call(call) = init else { return false };
    let callee = program.analysis.references_in(call).first().filter(|reference| reference.range.lo == call.lo);
    let Some(Target::Binding(binding)) = callee.map(|reference| reference.target) else { return false };
    let ours = program.analysis.imports.iter().filter(|import| program.options.import_source.contains(&import.source));
    ours.flat_map(|import| &import.specifiers)
        .any(|specifier| specifier.binding == binding && &*specifier.exported == "callback")
}

/// The variable gets another value once the call is made, when nobody can have waited for the thread.
fn check_later_writes(
    program: &Program<'_>,
    site: &Site,
    binding: BindingId,
    used: Range,
    findings: &mut Vec<Finding>,
) {
    let (analysis, data) = (&program.analysis, &program.analysis.bindings[binding]);
    let at_once = data.writes.iter().copied().find(|&write| program.flow().follows_at_once(analysis, site.call, write));
    // `for (let i …)` has a variable for each turn; `for (var x of xs)` writes one and the same.
    let one_for_all = analysis.scopes[data.scope].kind != ScopeKind::Loop && is_in_loop(analysis, site.call);
    let mut turns = data.writes.iter().copied().chain([data.declared]).filter(|_| one_for_all);
    let later =
        at_once.or_else(|| turns.find(|&write| program.flow().follows_in_next_turn(analysis, site.call, write)));
    if let Some(place) = later {
        findings.push(diagnostics::written_later(place, &data.name, used, site.call));
    }
}

/// Whether a head of a loop stands somewhere around a place.
fn is_in_loop(analysis: &Analysis, place: Range) -> bool {
    let mut at = Some(analysis.scope_of(place));
    while let Some(scope) = at {
        if analysis.scopes[scope].kind == ScopeKind::Loop {
            return true;
        }
        at = analysis.scopes[scope].parent;
    }
    false
}

/// The closure changes its copy, does not give it back, and the code after the call goes on with the original.
fn check_lost_writes(
    program: &Program<'_>,
    plan: &Plan,
    site: &Site,
    needs: &Needs,
    region: &Region,
    findings: &mut Vec<Finding>,
) {
    let analysis = &program.analysis;
    let holes = text_holes(program, plan, region.range);
    for mutation in analysis.mutations_in(region.range) {
        let binding = mutation.binding;
        let outside =
            !analysis.is_bound_in(binding, region.range) && !holes.iter().any(|hole| hole.contains(mutation.range));
        if !outside || !is_copied(program, plan, mutation) || is_given_back(program, site, binding) {
            continue;
        }
        let data = &analysis.bindings[binding];
        if let Some(read) = read_after(program, site.call, binding) {
            let chain = needs.chain(program, region);
            findings.push(diagnostics::lost_write(mutation.range, &data.name, data.declared, read, &chain));
        }
    }
}

/// Where a variable is read after a call: in the same function, or in the one that has run that function when it goes on.
///
/// ```js
/// await Promise.all(names.map((name) => spawn(() => { found.push(name) })))
/// return found
/// ```
fn read_after(program: &Program<'_>, call: Range, binding: BindingId) -> Option<Range> {
    let (analysis, flow) = (&program.analysis, program.flow());
    let function = analysis.scopes[analysis.scope_of(call)].function;
    let rest = Range::new(call.hi, analysis.scopes[function].range.hi);
    let read = analysis.references_in(rest).iter().find(|reference| {
        reference.target == Target::Binding(binding)
            && reference.access == Access::Read
            && flow.may_follow(analysis, call, reference.range)
    });
    read.map(|reference| reference.range)
        .or_else(|| flow.run_by(analysis, call).and_then(|around| read_after(program, around, binding)))
}

/// Whether what is changed is certain to be a copy: a plain value of its own, and nothing shared.
fn is_copied(program: &Program<'_>, plan: &Plan, mutation: &Mutation) -> bool {
    let data = &program.analysis.bindings[mutation.binding];
    let own = match data.plain {
        Plain::No => false,
        Plain::Object => !mutation.by_method,
        Plain::Collection => true,
    };
    own && mutation.direct
        && data.is_constant()
        && matches!(rule(program, plan, mutation.binding), Rule::Clone | Rule::Recipe(_))
}

/// Whether the thread returns the changed value, and somebody takes it, or hands it on in another way.
fn is_given_back(program: &Program<'_>, site: &Site, binding: BindingId) -> bool {
    let (analysis, flow) = (&program.analysis, program.flow());
    let discarded = flow.is_discarded(site.call) || flow.is_discarded(site.whole);
    let mut reads = analysis.references_in(site.closure).iter().filter(|reference| {
        reference.target == Target::Binding(binding) && !analysis.only_changes(binding, reference.range)
    });
    reads.any(|read| {
        flow.is_handed_on(read.range) || (!discarded && flow.is_returned(analysis, site.closure, read.range))
    })
}

/// Whether `name` is a line of a table whose lines are sorted.
fn is_line_of(table: &str, name: &str) -> bool {
    let (mut lo, mut hi) = (0, table.len());
    // What is left begins with a line and ends with one.
    while lo < hi {
        let middle = lo + (hi - lo) / 2;
        let start = table[lo..middle].rfind('\n').map_or(lo, |end| lo + end + 1);
        let end = table[middle..hi].find('\n').map_or(hi, |end| middle + end);
        match table[start..end].cmp(name) {
            Ordering::Equal => return true,
            Ordering::Less => lo = end + 1,
            Ordering::Greater => hi = start,
        }
    }
    false
}

/// Whether a name that the file does not declare is a global somewhere. Names that builds put in (`__DEV__`, `VERSION`) and
/// names that the file asks for before it uses them count as known.
pub fn is_known_global(program: &Program<'_>, name: &str) -> bool {
    let put_in = name.starts_with(['_', '$']) || !name.contains(|letter: char| letter.is_lowercase());
    let handler = name.starts_with("on") && !name.contains(|letter: char| !letter.is_ascii_lowercase());
    put_in
        || handler
        || KNOWN_FAMILIES.iter().any(|family| name.starts_with(family))
        || is_line_of(KNOWN_GLOBALS, name)
        || program.analysis.is_probed(name)
}

#[cfg(test)]
mod tests {
    use super::{KNOWN_GLOBALS, is_line_of};

    #[test]
    fn every_line_of_the_table_is_found_and_nothing_else() {
        for name in KNOWN_GLOBALS.lines() {
            assert!(is_line_of(KNOWN_GLOBALS, name), "{name}");
            assert!(
                !is_line_of(KNOWN_GLOBALS, &name[..name.len() - 1])
                    || KNOWN_GLOBALS.lines().any(|line| line == &name[..name.len() - 1])
            );
            assert!(!is_line_of(KNOWN_GLOBALS, &format!("{name}~")));
        }
        for name in ["", "A", "zzz", "~", "\n"] {
            assert!(!is_line_of(KNOWN_GLOBALS, name), "{name}");
        }
        assert!(!is_line_of("", "a"));
    }
}
