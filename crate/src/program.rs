//! One file with all that is known of it, for the steps that read it.

use std::cell::OnceCell;

use rustc_hash::{FxHashMap, FxHashSet};
use swc_atoms::Atom;
use swc_ecma_ast::Module;

use crate::{
    analysis::{Analysis, BindingId, Range},
    flow::Flow,
    module_bindings::{UnitId, Units},
    options::Options,
    per_task::PerTask,
    positions::Positions,
    spawn_sites::{SharedValue, Site, SiteId, SiteKind},
};

pub struct Program<'a> {
    pub options: &'a Options,
    pub positions: Positions<'a>,
    pub analysis: Analysis,
    pub module: Module,
    pub flow: OnceCell<Flow>,
    pub units: Units,
    pub sites: Vec<Site>,
    /// Sites by the places of their calls
    pub by_call: FxHashMap<Range, SiteId>,
    pub shared: Vec<SharedValue>,
    /// Where our own names stand in text that is replaced
    pub consumed: FxHashSet<u32>,
    /// Calls that lose the `eval` around them: the whole, and the call
    pub unwrapped: Vec<(Range, Range)>,
    /// Calls that stay as they are and start threads all the same: `spawn(job)`
    pub left: FxHashSet<Range>,
    /// What each task has of its own
    pub per_task: PerTask,
    /// `/** @jsx … */` comments, repeated in every worker-side module
    pub pragmas: Vec<Range>,
}

impl Program<'_> {
    /// What runs after what. Only some warnings ask, so it is found out when the first one does.
    pub fn flow(&self) -> &Flow {
        self.flow.get_or_init(|| Flow::of(&self.module))
    }

    /// The sites whose calls are part of the text of `region`: not those inside the closures of others.
    pub fn sites_called_in(&self, region: Range) -> Vec<SiteId> {
        // Sites are in source order, an outer one before those inside it.
        let start = self.sites.partition_point(|site| site.whole.lo < region.lo);
        let mut sites = Vec::new();
        let mut covered = region.lo;
        for (site, data) in self.sites.iter().enumerate().skip(start) {
            // A closure that is replaced where it stands is not part of its own text: its call lies around it.
            if data.whole.lo >= region.hi {
                break;
            }
            if region.contains(data.call) && data.whole.lo >= covered {
                sites.push(site);
                covered = data.closure.hi;
            } else if region.contains(data.call) && !self.is_in_closure(data.whole, &sites) {
                sites.push(site);
            }
        }
        sites
    }

    /// Whether a call starts a thread. Taking a task starts nothing.
    pub fn starts_thread(&self, call: Range) -> bool {
        self.left.contains(&call) || self.site_of_call(call).is_some_and(|site| site.kind != SiteKind::Task)
    }

    fn is_in_closure(&self, range: Range, sites: &[SiteId]) -> bool {
        // Mostly it is the last one.
        sites.iter().rev().any(|&site| self.sites[site].closure.contains(range))
    }

    /// The site whose call stands at exactly this place.
    pub fn site_of_call(&self, call: Range) -> Option<&Site> {
        self.by_call.get(&call).map(|&site| &self.sites[site])
    }

    /// The shared constructions that begin in `region`, in source order.
    pub fn shared_in(&self, region: Range) -> impl Iterator<Item = (usize, &SharedValue)> {
        let start = self.shared.partition_point(|shared| shared.range.lo < region.lo);
        let rest = self.shared.iter().enumerate().skip(start);
        rest.take_while(move |(_, shared)| shared.range.lo < region.hi)
    }

    /// Whether `range` is part of a shared construction. These do not lie in one another.
    pub fn shared_around(&self, range: Range) -> bool {
        let end = self.shared.partition_point(|shared| shared.range.lo <= range.lo);
        self.shared[..end].last().is_some_and(|shared| shared.range.contains(range))
    }

    /// The lifted closures that do not lie in another one, in source order.
    pub fn outermost_closures(&self) -> Vec<Range> {
        self.sites.iter().filter(|site| site.parent.is_none()).map(|site| site.closure).collect()
    }

    /// The name under which a unit is spoken of.
    pub fn unit_name(&self, unit: UnitId) -> String {
        self.analysis.bindings[self.units.all[unit].bindings[0]].name.to_string()
    }

    /// Line and column, from 1, of what the user wrote at `offset`: in a source that a tool made, the nearest place before it
    /// that is known.
    pub fn written_at(&self, offset: u32) -> (u32, u32) {
        let (line, column) = self.positions.line_column(offset);
        let origins = &self.options.origins;
        let after = origins.partition_point(|&[at, start, ..]| (at + 1, start + 1) <= (line, column));
        match after.checked_sub(1) {
            Some(index) => (origins[index][2] + 1, origins[index][3] + 1),
            None => (line, column),
        }
    }

    pub fn name(&self, binding: BindingId) -> &str {
        &self.analysis.bindings[binding].name
    }

    /// A name like `base` that the file does not use.
    pub fn fresh(&self, base: &str) -> String {
        let mut name = base.to_owned();
        let mut number = 0;
        while self.analysis.identifiers.contains(&Atom::from(name.as_str())) {
            number += 1;
            name = format!("{base}_{number}");
        }
        name
    }

    /// Whether `name` means `binding` for code at `range`.
    pub fn is_visible(&self, binding: BindingId, range: Range) -> bool {
        let name = &self.analysis.bindings[binding].name;
        self.analysis.lookup(name, self.analysis.scope_of(range)) == Some(binding)
    }
}
