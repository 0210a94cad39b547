//! Edits: how a piece of source is copied into a module, be it the spawning one or a worker-side one.
//!
//! ```ts
//! // in                                        // out
//! const r = await spawn(() => f(x), { name })  const r = await $spawn($site, null, { name }, [x])
//! const lock = new Mutex()                     const lock = $shared(Mutex, "lock_…", "…", () => [])
//! ```

use std::{borrow::Cow, collections::BTreeSet};

use rustc_hash::FxHashMap;

use crate::{
    Program,
    analysis::{BindingId, Range},
    needs::{Plan, waits},
    order::{pair, sort_by_number},
    site_id,
    spawn_sites::{SiteId, SiteKind},
    text::Piece,
};

/// Mostly the one that is wanted, which needs no memory.
type Name = Cow<'static, str>;

/// Names of generated bindings, fresh against every identifier of the file.
pub struct Names {
    pub spawn: Name,
    pub task: Name,
    pub stream: Name,
    pub shared: Name,
    pub site: Name,
    pub run: Name,
    pub classes: Name,
    pub remade: Name,
    pub table: Name,
    /// Parameters are this and a number
    pub parameter: Name,
    /// The last parameter: what the task has of its own
    pub thread: Name,
}

impl Names {
    pub fn new(program: &Program<'_>) -> Self {
        // Nearly no file has such names.
        let taken: Vec<&str> =
            program.analysis.identifiers.iter().map(|name| &**name).filter(|name| name.starts_with('$')).collect();
        let fresh = |base: &'static str| if taken.is_empty() { base.into() } else { Name::from(program.fresh(base)) };
        let numbered =
            taken.iter().any(|name| name.len() > 1 && name.bytes().skip(1).all(|byte| byte.is_ascii_digit()));
        let site = taken.iter().any(|name| name.starts_with("$site"));
        Self {
            spawn: fresh("$spawn"),
            task: fresh("$task"),
            stream: fresh("$stream"),
            shared: fresh("$shared"),
            site: if site { fresh("$site_of") } else { "$site".into() },
            run: fresh("$run"),
            classes: fresh("$classes"),
            remade: fresh("$remade"),
            table: fresh("$known"),
            parameter: if numbered { fresh("$arg_") } else { "$".into() },
            thread: fresh("$thread"),
        }
    }
}

enum Edit {
    Spawn(SiteId),
    Shared(usize),
    /// A function that reads a binding, beside its declaration
    Accessor(BindingId),
    /// Replaced, in the spawning module only
    Main(Vec<Piece>),
    /// Replaced, in worker-side modules only
    Worker(String),
    /// Nothing but this part of it stays
    Keep(Range),
}

impl Edit {
    /// A closure that becomes a task where it stands: when its own text is copied, it is not replaced.
    fn is_item(&self, program: &Program<'_>) -> bool {
        matches!(self, Self::Spawn(site) if program.sites[*site].kind == SiteKind::Item)
    }
}

/// Everything that differs between the source and what is written out, in source order.
pub struct Edits {
    all: Vec<(Range, Edit)>,
    /// Captured bindings that are hidden at a call that needs them
    pub accessors: BTreeSet<BindingId>,
}

/// What a copied text turned out to use.
#[allow(clippy::struct_excessive_bools)] // Each is a name to import, independent of the others.
#[derive(Default)]
pub struct Uses {
    pub sites: Vec<SiteId>,
    pub spawn: bool,
    pub task: bool,
    pub shared: bool,
    /// The text has a list of classes of its own
    pub classes: bool,
    numbers: FxHashMap<SiteId, usize>,
}

impl Uses {
    /// The number of a site in this text.
    fn number(&mut self, site: SiteId, kind: SiteKind) -> usize {
        *(if kind == SiteKind::Spawn { &mut self.spawn } else { &mut self.task }) = true;
        *self.numbers.entry(site).or_insert_with(|| {
            self.sites.push(site);
            self.sites.len() - 1
        })
    }
}

/// The name of the constant that describes the `number`th site of a text.
pub fn site_constant(names: &Names, number: usize) -> String {
    if number == 0 { names.site.to_string() } else { joined(&[&names.site, &number.to_string()]) }
}

impl Edits {
    /// Collects the edits of the file.
    pub fn new(program: &Program<'_>, plan: &Plan, names: &Names) -> Self {
        let mut all: Vec<(Range, Edit)> = Vec::new();
        let mut accessors = BTreeSet::new();
        for (site, data) in program.sites.iter().enumerate() {
            all.push((data.whole, Edit::Spawn(site)));
            for key in plan.sites[site].captures.keys() {
                if !program.is_visible(key.binding, data.call) {
                    accessors.insert(key.binding);
                }
            }
        }
        for (index, shared) in program.shared.iter().enumerate() {
            all.push((shared.range, Edit::Shared(index)));
        }
        for &binding in &accessors {
            if let Some(at) = accessor_place(program, binding) {
                all.push((Range::new(at, at), Edit::Accessor(binding)));
            }
        }
        for (range, pieces) in dropped_imports(program) {
            all.push((range, Edit::Main(pieces)));
        }
        for &(member, field) in &program.per_task.members {
            all.push((member, Edit::Worker(format!("{}.{field}", names.thread))));
        }
        all.extend(program.unwrapped.iter().map(|&(whole, call)| (whole, Edit::Keep(call))));
        // Of two that begin at one place the longer one comes first.
        sort_by_number(&mut all, |(range, _)| pair(range.lo, !range.hi));
        Self { all, accessors }
    }

    /// Copies `range` with all edits in it. `main` for the spawning module.
    pub fn copy(&self, copier: &Copier<'_, '_>, range: Range, main: bool, uses: &mut Uses, out: &mut Vec<Piece>) {
        let mut at = range.lo;
        let start = self.all.partition_point(|(edit, _)| edit.lo < range.lo);
        for (edited, edit) in &self.all[start..] {
            if edited.lo > range.hi || (edited.lo == range.hi && !main) {
                break;
            }
            let elsewhere = if main { matches!(edit, Edit::Worker(_)) } else { matches!(edit, Edit::Main(_)) };
            let own = *edited == range && edit.is_item(copier.program);
            let skipped = edited.lo < at || edited.hi > range.hi || elsewhere || own;
            if skipped {
                continue;
            }
            push_source(out, at, edited.lo);
            self.apply(copier, *edited, edit, main, uses, out);
            at = edited.hi;
        }
        push_source(out, at, range.hi);
    }

    /// `$spawn($site, move(a), options, [captures])`, `$task($site, [captures])`
    fn spawn(&self, copier: &Copier<'_, '_>, site: SiteId, main: bool, uses: &mut Uses, out: &mut Vec<Piece>) {
        let Copier { program, plan, names } = copier;
        let data = &program.sites[site];
        let number = uses.number(site, data.kind);
        let starts = data.kind == SiteKind::Spawn;
        let function = if starts { &names.spawn } else { &names.task };
        out.push(Piece::At(joined(&[function, "("]).into(), data.whole.lo));
        out.push(Piece::Text(joined(&[&site_constant(names, number), ", "]).into()));
        if starts {
            match data.moved {
                Some(moved) => self.copy(copier, moved, main, uses, out),
                None => out.push(Piece::Text("null".into())),
            }
            out.push(Piece::Text(", ".into()));
            match data.options {
                Some(options) => self.copy(copier, options, main, uses, out),
                None => out.push(Piece::Text("undefined".into())),
            }
            out.push(Piece::Text(", ".into()));
        }
        let mut captures = String::from("[");
        for (at, key) in plan.sites[site].captures.keys().enumerate() {
            captures.push_str(if at == 0 { "" } else { ", " });
            if program.is_visible(key.binding, data.call) {
                captures.push_str(program.name(key.binding));
            } else {
                captures.push_str(&accessor_name(program, key.binding));
                captures.push_str("()");
            }
        }
        captures.push_str("])");
        out.push(Piece::Text(captures.into()));
    }

    fn apply(
        &self,
        copier: &Copier<'_, '_>,
        range: Range,
        edit: &Edit,
        main: bool,
        uses: &mut Uses,
        out: &mut Vec<Piece>,
    ) {
        let Copier { program, plan, names } = copier;
        match edit {
            Edit::Main(pieces) => out.extend(pieces.iter().cloned()),
            Edit::Worker(text) => out.push(Piece::At(text.clone().into(), range.lo)),
            Edit::Keep(part) => self.copy(copier, *part, main, uses, out),
            Edit::Accessor(binding) => {
                // At the end of the file a comment may have no newline; elsewhere lines keep their numbers. The
                // semicolon ends a directive that has none.
                let before = if range.lo as usize == program.positions.source().len() { "\n" } else { "; " };
                out.push(Piece::Text(format!("{before}{} ", accessor_function(program, *binding)).into()));
            }
            Edit::Spawn(site) => self.spawn(copier, *site, main, uses, out),
            Edit::Shared(index) => {
                uses.shared = true;
                let shared = &program.shared[*index];
                // Another initialiser is another memory: old and new code must not meet on it.
                let hash = site_id::content_hash(program.positions.slice(shared.range));
                out.push(Piece::At(format!("{}(", names.shared).into(), range.lo));
                push_source(out, shared.callee.lo, shared.callee.hi);
                out.push(Piece::Text(format!(", {}, {}, ", js_string(&shared.id), js_string(&hash)).into()));
                if plan.only_found[*index] && !main {
                    out.push(Piece::Text("null)".into()));
                    return;
                }
                // A function cannot wait for the module: there the arguments come first.
                let waits = waits(program, shared.arguments);
                out.push(Piece::Text(if waits { "(($0) => () => $0)([" } else { "() => [" }.into()));
                if let Some(arguments) = shared.arguments {
                    self.copy(copier, arguments, main, uses, out);
                }
                out.push(Piece::Text(if waits { "]))" } else { "])" }.into()));
            }
        }
    }
}

/// What copying needs besides the edits.
pub struct Copier<'a, 'b> {
    pub program: &'a Program<'b>,
    pub plan: &'a Plan,
    pub names: &'a Names,
}

fn accessor_name(program: &Program<'_>, binding: BindingId) -> String {
    program.fresh(&format!("$read_{}_{}", program.name(binding), program.analysis.bindings[binding].declared.lo))
}

/// `function $read_rate_12() { return rate }`
pub fn accessor_function(program: &Program<'_>, binding: BindingId) -> String {
    format!("function {}() {{ return {} }}", accessor_name(program, binding), program.name(binding))
}

/// Where an accessor of `binding` can be declared.
pub fn accessor_place(program: &Program<'_>, binding: BindingId) -> Option<u32> {
    program.analysis.scopes[program.analysis.bindings[binding].scope].body
}

fn push_source(out: &mut Vec<Piece>, lo: u32, hi: u32) {
    if lo < hi {
        out.push(Piece::Source(Range::new(lo, hi)));
    }
}

/// For each binding that is an import, whether closures use it and whether the rest of the file does.
pub fn import_uses(program: &Program<'_>) -> (Vec<bool>, Vec<bool>) {
    let analysis = &program.analysis;
    let lifted = program.outermost_closures();
    let mut closure = 0;
    let mut inside = vec![false; analysis.bindings.len()];
    let mut outside = vec![false; analysis.bindings.len()];
    for reference in &analysis.references {
        if let crate::analysis::Target::Binding(binding) = reference.target
            && analysis.bindings[binding].kind == crate::analysis::BindingKind::Import
        {
            // Both lists are in source order.
            while lifted.get(closure).is_some_and(|range| range.hi <= reference.range.lo) {
                closure += 1;
            }
            let in_closure = lifted.get(closure).is_some_and(|range| range.contains(reference.range));
            let side = if in_closure { &mut inside } else { &mut outside };
            side[binding] = true;
        }
    }
    (inside, outside)
}

/// Import declarations from which specifiers leave: those that only closures used. With the text that takes their place.
fn dropped_imports(program: &Program<'_>) -> Vec<(Range, Vec<Piece>)> {
    let analysis = &program.analysis;
    let (inside, outside) = import_uses(program);
    let mut dropped = Vec::new();
    for import in &analysis.imports {
        if program.options.import_source.contains(&import.source) {
            continue;
        }
        let leaves = |binding: BindingId| inside[binding] && !outside[binding];
        if !import.specifiers.iter().any(|specifier| leaves(specifier.binding)) {
            continue;
        }
        let kept: Vec<_> = import.specifiers.iter().filter(|specifier| !leaves(specifier.binding)).collect();
        if kept.is_empty() {
            // The semicolon keeps apart what stood before and after.
            dropped.push((import.range, vec![Piece::Text(";".into())]));
            continue;
        }
        let names: Vec<_> =
            kept.iter().map(|kept| (&*kept.exported, program.name(kept.binding), kept.type_only)).collect();
        let clause = import_clause(import.phase, &names);
        let locals = kept.iter().map(|kept| &program.analysis.bindings[kept.binding]);
        let places = locals.map(|local| (&*local.name, local.declared.lo));
        dropped.push((Range::new(import.range.lo, import.tail.lo), with_places(&clause, import.range.lo, places)));
    }
    dropped
}

/// An import clause in which each local name stands for its place in the source, and the rest for that of the declaration.
fn with_places<'a>(clause: &str, start: u32, locals: impl Iterator<Item = (&'a str, u32)>) -> Vec<Piece> {
    let is_word = |character: char| character.is_alphanumeric() || character == '_' || character == '$';
    let mut pieces = Vec::new();
    let mut rest = clause;
    for (name, declared) in locals {
        // A clause is too short for what the library prepares before it searches.
        let place = (0..rest.len()).find(|&at| {
            rest.as_bytes()[at..].starts_with(name.as_bytes())
                && !rest[..at].ends_with(is_word)
                && !rest[at + name.len()..].starts_with(is_word)
        });
        let Some(at) = place else { continue };
        pieces.push(Piece::At(rest[..at].to_owned().into(), start));
        pieces.push(Piece::At(name.to_owned().into(), declared));
        rest = &rest[at + name.len()..];
    }
    pieces.push(Piece::At(rest.to_owned().into(), start));
    pieces
}

/// `import a, { b as c, type T } from ` for (imported, local, type only) names.
pub fn import_clause(phase: &str, names: &[(&str, &str, bool)]) -> String {
    let types_only = names.iter().all(|&(.., type_only)| type_only);
    let mut outside = String::new();
    let mut braced = String::new();
    for &(imported, local, type_only) in names {
        let is_outside = imported == "*" || (imported == "default" && outside.is_empty());
        let part = if is_outside { &mut outside } else { &mut braced };
        if !part.is_empty() {
            part.push_str(", ");
        }
        if imported == "*" {
            part.push_str("* as ");
        } else if !is_outside {
            if type_only && !types_only {
                part.push_str("type ");
            }
            if is_identifier(imported) {
                part.push_str(if imported == local { "" } else { imported });
            } else {
                part.push_str(&js_string(imported));
            }
            if imported != local {
                part.push_str(" as ");
            }
        }
        part.push_str(local);
    }
    let between = if outside.is_empty() || braced.is_empty() { "" } else { ", " };
    let (open, close) = if braced.is_empty() { ("", "") } else { ("{ ", " }") };
    let types = if types_only { "type " } else { "" };
    ["import ", phase, types, &outside, between, open, &braced, close, " from "].concat()
}

fn is_identifier(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(|first: char| first.is_ascii_digit())
        && name.chars().all(|character| character.is_alphanumeric() || character == '_' || character == '$')
}

/// Texts in a row. What `format!` prepares costs more than such short ones.
pub fn joined(texts: &[&str]) -> String {
    texts.concat()
}

/// A string literal.
pub fn js_string(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    // 0xE2 begins the two line separators. Nearly no text has any of these.
    if !text.bytes().any(|byte| matches!(byte, b'"' | b'\\' | b'\n' | b'\r' | 0xE2)) {
        out.push_str(text);
        out.push('"');
        return out;
    }
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\u{2028}' => out.push_str("\\u2028"),
            '\u{2029}' => out.push_str("\\u2029"),
            other => out.push(other),
        }
    }
    out.push('"');
    out
}
