//! The rule table: what happens to a free name of a closure. One pure function over a few facts, first match wins.

use crate::{
    analysis::{Analysis, BindingId, BindingKind},
    module_bindings::{UnitId, UnitKind, Units},
};

/// What happens to a free name. The numbers are those of the rule table in `ARCHITECTURE.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// 1, 2 — it is a type, or exists elsewhere: nothing
    Nothing,
    /// 4 — imported again
    Import,
    /// 4 — one of ours that each task has of its own: bound inside `run`
    PerTask,
    /// 5 — the same shared memory under the same id
    Shared(UnitId),
    /// 6 — a declaration module
    Hoist(UnitId),
    /// 7 — its text is repeated
    Constant(UnitId),
    /// 8, 11 — its text goes inside `run`, beside the captured values that it reads
    Inner(UnitId),
    /// 9 — its value is cloned at the call if it survives that, else its initialiser is evaluated in the worker
    Recipe(UnitId),
    /// 10, 12 — its value is cloned at the call
    Clone,
}

/// All that the table asks about a binding.
#[derive(Debug, Clone, Copy)]
pub struct Facts {
    pub kind: BindingKind,
    pub module_level: bool,
    pub ambient: bool,
    /// The declaration that could be copied, if it is one
    pub unit: Option<(UnitId, UnitKind)>,
    /// Whether that declaration reads, itself or through others, a value that must be captured
    pub needs_value: bool,
}

/// The table. Rule 3 (writes) is about uses, not about names, and is checked where uses are walked.
pub fn classify(facts: Facts) -> Rule {
    match facts {
        Facts { ambient: true, .. } => Rule::Nothing,
        Facts { kind: BindingKind::Import, .. } => Rule::Import,
        Facts { kind: BindingKind::PerTask, .. } => Rule::PerTask,
        Facts { unit: Some((unit, UnitKind::Shared)), needs_value: false, .. } => Rule::Shared(unit),
        Facts { unit: Some((unit, UnitKind::Literal | UnitKind::Task)), needs_value: false, .. } => {
            Rule::Constant(unit)
        }
        Facts { unit: Some((unit, UnitKind::Value | UnitKind::Table)), needs_value: false, .. } => Rule::Recipe(unit),
        Facts { unit: None | Some((_, UnitKind::Literal | UnitKind::Task | UnitKind::Value)), .. } => Rule::Clone,
        Facts { unit: Some((unit, _)), module_level: true, needs_value: false, .. } => Rule::Hoist(unit),
        Facts { unit: Some((unit, _)), .. } => Rule::Inner(unit),
    }
}

/// The facts of one binding.
pub fn facts(analysis: &Analysis, units: &Units, tainted: &[bool], binding: BindingId) -> Facts {
    let data = &analysis.bindings[binding];
    let unit = units.of(binding);
    Facts {
        kind: data.kind,
        module_level: analysis.is_module_level(binding),
        ambient: data.ambient,
        unit: unit.map(|unit| (unit, units.all[unit].kind)),
        needs_value: unit.is_some_and(|unit| tainted[unit]),
    }
}
