//! Tells of every name that a closure uses how it comes into the thread, and why. It reads the plan that the transform
//! itself follows, and decides nothing.

use std::collections::{BTreeSet, VecDeque};

use rustc_hash::FxHashMap;

use crate::{
    Options, Program,
    analysis::{BindingKind, Range, Target},
    classify::Rule,
    explanation::{Bytes, ExplainedName, ExplainedSite, Explanation, Given, How, Import, Place, SiteBytes},
    free_variables::outside,
    module_bindings::UnitId,
    needs::{Plan, reads, rule, text_holes, writes},
    order::sort_by_range,
    pipeline::{self, Prepared},
    spawn_sites::{Argument, SiteId, SiteKind},
};

mod why;

/// Explains one file.
pub fn run(source: &str, options: &Options) -> Explanation {
    let (sites, diagnostics) = match pipeline::prepare(source, options) {
        Ok(Prepared { program, plan, findings, .. }) => {
            let sites = (0..program.sites.len()).map(|site| explain_site(&program, &plan, site)).collect();
            (sites, pipeline::finish(findings, &program.positions))
        }
        Err((findings, positions)) => (Vec::new(), pipeline::finish(findings, &positions)),
    };
    Explanation { version: 1, file: options.filename.clone(), sites, diagnostics }
}

fn explain_site(program: &Program<'_>, plan: &Plan, index: SiteId) -> ExplainedSite {
    let site = &program.sites[index];
    let mut walk = Walk::new(program, plan, index);
    let closure = Text { range: site.closure, unit: None, via: Vec::new(), lazy: false };
    match site.argument {
        Argument::Closure => {
            walk.bytes.closure = walk.own_bytes(site.closure);
            walk.open.push_back(closure);
        }
        Argument::Name(binding) => walk.name(&closure, Target::Binding(binding), site.closure),
    }
    walk.run();
    ExplainedSite {
        id: site.id.clone(),
        name: site.name.clone(),
        call: match site.kind {
            SiteKind::Spawn => "spawn",
            SiteKind::Task => "task",
            SiteKind::Item => "parallelMap",
        },
        given: if site.argument == Argument::Closure { Given::Literal } else { Given::Reference },
        parent: site.parent.map(|parent| program.sites[parent].id.clone()),
        at: place(program, site.call),
        closure: place(program, site.closure),
        bytes: walk.bytes,
        names: walk.names,
    }
}

/// A text that is copied for the site.
struct Text {
    range: Range,
    /// The declaration whose text it is; none for the closure itself
    unit: Option<UnitId>,
    /// The declarations through which it is needed
    via: Vec<String>,
    /// Loaded only when a value cannot be cloned
    lazy: bool,
}

/// Walks through the texts of one site: the closure first, what it needs next, initialisers of recipes last.
struct Walk<'a> {
    program: &'a Program<'a>,
    plan: &'a Plan,
    site: SiteId,
    bytes: SiteBytes,
    names: Vec<ExplainedName>,
    known: FxHashMap<Target, usize>,
    copied: BTreeSet<UnitId>,
    open: VecDeque<Text>,
    lazy: VecDeque<Text>,
}

impl<'a> Walk<'a> {
    fn new(program: &'a Program<'a>, plan: &'a Plan, site: SiteId) -> Self {
        Self {
            program,
            plan,
            site,
            bytes: SiteBytes::default(),
            names: Vec::new(),
            known: FxHashMap::default(),
            copied: BTreeSet::new(),
            open: VecDeque::new(),
            lazy: VecDeque::new(),
        }
    }

    fn run(&mut self) {
        while let Some(text) = self.open.pop_front().or_else(|| self.lazy.pop_front()) {
            for (target, used) in self.uses(text.range) {
                self.name(&text, target, used);
            }
            self.refuse_writes(&text);
        }
    }

    /// Everything that a text names and does not declare, in the order of the source.
    fn uses(&self, range: Range) -> Vec<(Target, Range)> {
        let holes = text_holes(self.program, self.plan, range);
        let unbound = outside(&self.program.analysis, range, &holes)
            .filter(|reference| matches!(reference.target, Target::Unbound(_)))
            .filter(|reference| !self.program.consumed.contains(&reference.range.lo))
            .map(|reference| (reference.target, reference.range));
        let bound = reads(self.program, self.plan, range).into_iter();
        let mut uses: Vec<_> = bound.map(|(binding, used)| (Target::Binding(binding), used)).chain(unbound).collect();
        sort_by_range(&mut uses, |&(_, used)| used);
        // `n += 1` reads and writes at one place.
        uses.dedup();
        uses
    }

    /// Enters a use of a name; with the first one, the text that comes with it.
    fn name(&mut self, text: &Text, target: Target, used: Range) {
        let direct = text.unit.is_none();
        if let Some(&known) = self.known.get(&target) {
            self.names[known].uses += u32::from(direct);
            return;
        }
        let own = matches!(target, Target::Binding(binding) if text.unit.is_some() && self.program.units.of(binding) == text.unit);
        if own {
            return;
        }
        let (rule, unit) = match target {
            Target::Binding(binding) => decided(rule(self.program, self.plan, binding)),
            Target::Unbound(_) => (Rule::Nothing, None),
        };
        let bytes = match rule {
            Rule::Import => Bytes::Import(Import::Import),
            _ => Bytes::Known(unit.map_or(0, |unit| self.unit_bytes(unit))),
        };
        self.known.insert(target, self.names.len());
        let mut explained = why::explain(self.program, self.plan, target, rule);
        explained.used = place(self.program, used);
        explained.uses = u32::from(direct);
        explained.bytes = bytes;
        explained.via.clone_from(&text.via);
        explained.capture = self.capture(target);
        if let Some(unit) = unit {
            self.bring(unit, text, &explained);
        }
        self.names.push(explained);
    }

    /// Queues the texts of a declaration that the site needs.
    fn bring(&mut self, unit: UnitId, from: &Text, named: &ExplainedName) {
        if !self.copied.insert(unit) {
            return;
        }
        let lazy = from.lazy || named.how == How::Recipe;
        let sum = if lazy { &mut self.bytes.recipes } else { &mut self.bytes.declarations };
        if let Bytes::Known(bytes) = named.bytes {
            *sum += bytes;
        }
        let via: Vec<_> = named.via.iter().chain([&named.name]).cloned().collect();
        let texts = self.program.units.all[unit].parts.iter();
        let texts = texts.map(|part| Text { range: part.range, unit: Some(unit), via: via.clone(), lazy });
        if lazy { self.lazy.extend(texts) } else { self.open.extend(texts) }
    }

    /// Rule 3: writes that would be lost. What a helper of the module writes is its copy's own.
    fn refuse_writes(&mut self, text: &Text) {
        let refused = text.unit.is_none_or(|unit| !self.program.units.is_module_level(unit));
        for (binding, at) in writes(self.program, self.plan, text.range) {
            let Some(&known) = self.known.get(&Target::Binding(binding)) else { continue };
            let data = &self.program.analysis.bindings[binding];
            let name = &mut self.names[known];
            if refused && data.kind != BindingKind::Import && !data.ambient && name.how != How::Refused {
                why::refuse(self.program, name, &text.via, at, data.declared);
            }
            name.writes.push(place(self.program, at));
        }
    }

    fn capture(&self, target: Target) -> Option<u32> {
        let Target::Binding(binding) = target else { return None };
        let captures = self.plan.sites[self.site].captures.keys();
        captures.map(|key| key.binding).position(|captured| captured == binding).map(|index| index as u32)
    }

    fn unit_bytes(&self, unit: UnitId) -> u32 {
        self.program.units.all[unit].parts.iter().map(|part| self.own_bytes(part.range)).sum()
    }

    /// The bytes of a text without what is not copied with it.
    fn own_bytes(&self, range: Range) -> u32 {
        let holes = text_holes(self.program, self.plan, range).into_iter();
        let left_out: u32 = holes.filter(|hole| *hole != range).map(|hole| hole.hi - hole.lo).sum();
        (range.hi - range.lo).saturating_sub(left_out)
    }
}

/// The declaration that a rule brings along.
fn decided(rule: Rule) -> (Rule, Option<UnitId>) {
    match rule {
        Rule::Shared(unit) | Rule::Hoist(unit) | Rule::Constant(unit) | Rule::Inner(unit) | Rule::Recipe(unit) => {
            (rule, Some(unit))
        }
        Rule::Nothing | Rule::Import | Rule::PerTask | Rule::Clone => (rule, None),
    }
}

fn place(program: &Program<'_>, range: Range) -> Place {
    let (line, column) = program.positions.line_column(range.lo);
    Place { start: program.positions.utf16(range.lo), end: program.positions.utf16(range.hi), line, column }
}
