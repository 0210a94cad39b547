//! The text of worker-side modules.
//!
//! ```ts
//! // a site                                    // a declaration
//! import { hash } from "bcryptjs";             export { fib };
//! import { fib } from "./a.ts?spawn=…";        function fib(n: number) { … }
//! const $run = ($0, $1) => {
//! let rate = $0;                               // one block for each scope of the source that gives something,
//! function tax(n) { return n * rate }          // the outermost first: names mean what they meant
//! { let n = $1;
//! return () => hash(tax(fib(n)))
//! } };
//! export { $run as run };
//! ```

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    Program,
    analysis::{BindingId, Part, Range, ScopeId, Target},
    classes::{Classes, TravellingClass},
    module_bindings::{UnitId, UnitKind},
    needs::Needs,
    order::{collected, sort_by_range},
    rewrite::{Copier, Edits, Uses, accessor_function, import_clause, joined, js_string, site_constant},
    spawn_sites::SiteId,
    text::{ModuleIndex, Piece},
};

/// How the description of a site begins, with the number of the protocol between generated code and the runtime.
const PROTOCOL: &str = " = { p: 1, load: ";

/// How many pieces a text of ours mostly has at least.
const PIECES: usize = 16;

/// Writes the modules of one file.
pub struct Writer<'a, 'b> {
    pub copier: Copier<'a, 'b>,
    pub edits: &'a Edits,
    /// The module that holds a hoisted unit
    pub module_of: &'a BTreeMap<UnitId, ModuleIndex>,
    /// For each site, whether its text blocks
    pub blocks: &'a [bool],
    pub classes: &'a Classes,
    /// The module that holds a class that is loaded by address
    pub class_modules: &'a BTreeMap<usize, ModuleIndex>,
}

impl Writer<'_, '_> {
    fn program(&self) -> &Program<'_> {
        self.copier.program
    }

    /// The module of a site: all pieces, and the sites it refers to.
    pub fn site(&self, site: SiteId, needs: &Needs, closure: Range) -> (Vec<Piece>, Uses) {
        let mut uses = Uses::default();
        let mut body = Vec::with_capacity(PIECES);
        let program = self.program();
        let names = self.copier.names;
        let scopes = self.scopes(needs);
        let mut parameters: Vec<_> =
            (0..needs.captures.len()).map(|at| joined(&[&names.parameter, &at.to_string()])).collect();
        if !needs.per_task.is_empty() {
            parameters.push(names.thread.to_string());
        }
        body.push(Piece::Text(joined(&["const ", &names.run, " = (", &parameters.join(", "), ") => "]).into()));
        if scopes.is_empty() {
            self.edits.copy(&self.copier, closure, false, &mut uses, &mut body);
        } else {
            let mut parameter = 0;
            for scope in &scopes {
                body.push(Piece::Text("{\n".into()));
                if scope.1 == 0 {
                    self.bind_per_task(needs, &mut body);
                }
                for key in needs.captures.keys().filter(|key| key.scope == scope.1) {
                    let declared = program.analysis.bindings[key.binding].declared;
                    body.push(Piece::Text("let ".into()));
                    body.push(Piece::At(program.name(key.binding).to_owned().into(), declared.lo));
                    body.push(Piece::Text(joined(&[" = ", &parameters[parameter], ";\n"]).into()));
                    parameter += 1;
                    if self.edits.accessors.contains(&key.binding) {
                        body.push(Piece::Text((accessor_function(program, key.binding) + "\n").into()));
                    }
                }
                let units = needs.inner.iter().filter(|&&unit| program.units.all[unit].scope == scope.1);
                self.parts(units, &mut uses, &mut body);
            }
            body.push(Piece::Text("return ".into()));
            self.edits.copy(&self.copier, closure, false, &mut uses, &mut body);
            body.push(Piece::Text(joined(&["\n", &"}".repeat(scopes.len())]).into()));
        }
        let classes = self.classes_of_worker(site);
        uses.classes = !classes.is_empty();
        body.push(Piece::Text(";\n".into()));
        body.extend(classes);
        let table = if uses.classes { joined(&[", ", &names.table, " as classes"]) } else { String::new() };
        body.push(Piece::Text(joined(&["export { ", &names.run, " as run", &table, " };\n"]).into()));
        let pieces = self.with_head(needs, &[], &mut uses, body);
        (pieces, uses)
    }

    /// `const threadSignal = $thread.signal;`
    fn bind_per_task(&self, needs: &Needs, out: &mut Vec<Piece>) {
        let program = self.program();
        let named = needs.per_task.iter().filter(|binding| !program.per_task.unnamed.contains(binding));
        for &binding in named {
            let (name, field) = (program.name(binding), program.per_task.field(binding));
            out.push(Piece::Text(format!("const {name} = {}.{field};\n", self.copier.names.thread).into()));
        }
    }

    /// The module of a group of hoisted declarations.
    pub fn declarations(&self, needs: &Needs, units: &[UnitId]) -> (Vec<Piece>, Uses) {
        let mut uses = Uses::default();
        let mut body = Vec::new();
        self.parts(units, &mut uses, &mut body);
        let names: Vec<_> = units
            .iter()
            .flat_map(|&unit| &self.program().units.all[unit].bindings)
            .map(|&binding| self.program().name(binding))
            .collect();
        body.push(Piece::Text(joined(&["export { ", &names.join(", "), " };\n"]).into()));
        let pieces = self.with_head(needs, units, &mut uses, body);
        (pieces, uses)
    }

    /// A module that gives an imported class to threads whose closures do not import it.
    pub fn class_import(&self, binding: BindingId) -> Vec<Piece> {
        let program = self.program();
        let mut out = Vec::new();
        for import in &program.analysis.imports {
            for specifier in import.specifiers.iter().filter(|specifier| specifier.binding == binding) {
                let clause = import_clause("", &[(&specifier.exported, program.name(binding), false)]);
                out.push(Piece::Text(clause.into()));
                out.push(Piece::Source(import.tail));
                out.push(Piece::Text(format!(";\nexport {{ {} }};\n", program.name(binding)).into()));
            }
        }
        out
    }

    /// The scopes of the source that give something to `run`, outermost first.
    fn scopes(&self, needs: &Needs) -> BTreeSet<(usize, ScopeId)> {
        let analysis = &self.program().analysis;
        let captured = needs.captures.keys().map(|key| key.scope);
        let inner = needs.inner.iter().map(|&unit| self.program().units.all[unit].scope);
        let own = needs.per_task.iter().map(|_| 0);
        collected(captured.chain(inner).chain(own).map(|scope| (analysis.depth(scope), scope)))
    }

    /// The parts of some units, in the order of the source: one may be completed by another, `area.unit = unit`.
    fn parts<'u>(&self, units: impl IntoIterator<Item = &'u UnitId>, uses: &mut Uses, out: &mut Vec<Piece>) {
        let mut parts: Vec<_> = units.into_iter().flat_map(|&unit| &self.program().units.all[unit].parts).collect();
        sort_by_range(&mut parts, |part| part.range);
        for part in parts {
            self.part(part, uses, out);
        }
    }

    fn part(&self, part: &Part, uses: &mut Uses, out: &mut Vec<Piece>) {
        if !part.keyword.is_empty() {
            out.push(Piece::Text(joined(&[&part.keyword, " "]).into()));
        }
        let cut = part.decorated.and_then(|end| export_words(self.program().positions.source(), end));
        let cut = cut.unwrap_or(Range::new(part.range.lo, part.range.lo));
        self.edits.copy(&self.copier, Range::new(part.range.lo, cut.lo), false, uses, out);
        self.edits.copy(&self.copier, Range::new(cut.hi, part.range.hi), false, uses, out);
        // A declaration ends itself; a variable and an assignment may have leaned on what followed.
        out.push(Piece::Text(";\n".into()));
    }

    /// Imports and site constants, then the body.
    fn with_head(&self, needs: &Needs, units: &[UnitId], uses: &mut Uses, body: Vec<Piece>) -> Vec<Piece> {
        let program = self.program();
        let mut out = Vec::with_capacity(PIECES);
        for pragma in &program.pragmas {
            out.push(Piece::Source(*pragma));
            out.push(Piece::Text("\n".into()));
        }
        for (import, specifiers) in program.analysis.imported(&needs.imports) {
            let names: Vec<_> = specifiers
                .iter()
                .map(|specifier| (&*specifier.exported, program.name(specifier.binding), false))
                .collect();
            out.push(Piece::Text(import_clause(import.phase, &names).into()));
            out.push(Piece::Source(import.tail));
            out.push(Piece::Text(";\n".into()));
        }
        let mut modules: BTreeMap<ModuleIndex, Vec<&str>> = BTreeMap::new();
        for &unit in &needs.declarations {
            let bindings = &program.units.all[unit].bindings;
            let names = modules.entry(self.module_of[&unit]).or_default();
            names.extend(bindings.iter().map(|&binding| program.name(binding)));
        }
        for (module, names) in modules {
            out.push(Piece::Text(joined(&["import { ", &names.join(", "), " } from "]).into()));
            out.push(Piece::Specifier(module));
            out.push(Piece::Text(";\n".into()));
        }
        // Tasks among the constants have sites of their own.
        let mut constants = Vec::new();
        for &unit in &needs.constants {
            self.parts([&unit], uses, &mut constants);
        }
        let nameable = |class: &TravellingClass| match class.unit {
            Some(unit) => units.contains(&unit) || needs.declarations.contains(&unit),
            None => needs.imports.contains(&class.binding),
        };
        out.extend(self.runtime_head(uses, &nameable));
        if uses.spawn || uses.task || uses.shared || uses.classes {
            out.push(Piece::Text("\n".into()));
        }
        out.extend(constants);
        out.extend(body);
        out
    }

    /// The import of the runtime and one constant for each site, on one line. `nameable` tells the classes that this text
    /// can name.
    pub fn runtime_head(&self, uses: &Uses, nameable: &dyn Fn(&TravellingClass) -> bool) -> Vec<Piece> {
        let program = self.program();
        let names = self.copier.names;
        let mut imported = Vec::new();
        let classes = uses.classes || uses.sites.iter().any(|&site| !self.classes.of_site[site].is_empty());
        for (used, exported, local) in [
            (uses.spawn, "$spawn", &names.spawn),
            (uses.task, "$task", &names.task),
            // Handed over in the site, so that programs without generators do not carry what runs them.
            (uses.sites.iter().any(|&site| program.sites[site].stream), "$stream", &names.stream),
            (uses.shared, "$shared", &names.shared),
            (classes, "$classes", &names.classes),
            (uses.sites.iter().any(|&site| self.remade(site).is_some()), "$remade", &names.remade),
        ] {
            if used {
                imported.push((exported, &**local, false));
            }
        }
        if imported.is_empty() {
            return Vec::new();
        }
        let runtime = "experimental-threads/internal";
        let mut out = vec![Piece::Text(joined(&[&import_clause("", &imported), "\"", runtime, "\"; "]).into())];
        for (number, &site) in uses.sites.iter().enumerate() {
            let data = &program.sites[site];
            let (line, column) = program.written_at(data.call.lo);
            let path = crate::site_id::path_in_package(&program.options.filename);
            let at = joined(&[path, ":", &line.to_string(), ":", &column.to_string()]);
            out.push(Piece::Text(joined(&["const ", &site_constant(names, number), PROTOCOL]).into()));
            out.push(Piece::Reference(site));
            let mut text = joined(&[", name: ", &js_string(&data.name), ", at: ", &js_string(&at), ", captures: ["]);
            for (at, key) in self.copier.plan.sites[site].captures.keys().enumerate() {
                text.push_str(if at == 0 { "" } else { ", " });
                text.push_str(&js_string(program.name(key.binding)));
            }
            text.push_str(if self.blocks[site] { "], blocks: true" } else { "], blocks: false" });
            out.push(Piece::Text(text.into()));
            self.recipes(site, &mut out);
            if data.stream {
                out.push(Piece::Text(format!(", stream: {}", names.stream).into()));
            }
            self.classes(site, nameable, &mut out);
            out.push(Piece::Text(" }; ".into()));
        }
        out
    }

    /// `, recipes: [null, <address>]`: for each capture, where its initialiser is, if the worker can evaluate that.
    fn recipes(&self, site: SiteId, out: &mut Vec<Piece>) {
        let needs = &self.copier.plan.sites[site];
        if needs.recipes.is_empty() {
            return;
        }
        out.push(Piece::Text(", recipes: [".into()));
        for key in needs.captures.keys() {
            match recipe_of(needs, self.program(), key.binding) {
                Some(unit) => out.push(Piece::Reference(self.module_of[&unit])),
                None => out.push(Piece::Text("null".into())),
            }
            out.push(Piece::Text(", ".into()));
        }
        out.push(Piece::Text("]".into()));
        if let Some(remade) = self.remade(site) {
            out.push(Piece::Text(format!(", remade: {}([{remade}])", self.copier.names.remade).into()));
        }
    }

    /// In development, what `$remade` is given: for each capture null, or its name and place if threads make it again by running
    /// code of the program's own, whose effects then happen once in each. None where there is no such capture.
    fn remade(&self, site: SiteId) -> Option<String> {
        let program = self.program();
        let needs = &self.copier.plan.sites[site];
        if !program.options.dev || needs.recipes.is_empty() {
            return None;
        }
        let told: Vec<_> = needs
            .captures
            .keys()
            .map(|key| {
                let unit = recipe_of(needs, program, key.binding)?;
                if !calls_own_code(program, unit, &mut BTreeSet::new()) {
                    return None;
                }
                let (line, column) = program.written_at(program.analysis.bindings[key.binding].declared.lo);
                let path = crate::site_id::path_in_package(&program.options.filename);
                Some(format!(
                    "[{}, {}]",
                    js_string(program.name(key.binding)),
                    js_string(&format!("{path}:{line}:{column}"))
                ))
            })
            .collect();
        told.iter().any(Option::is_some).then(|| {
            let told: Vec<_> = told.into_iter().map(|each| each.unwrap_or_else(|| "null".into())).collect();
            told.join(", ")
        })
    }
}

impl Writer<'_, '_> {
    /// `, classes: $classes([["Vec_…", () => Vec], ["Box_…", null]])`: the classes whose instances can be captured,
    /// passed or returned. Null for one that only the thread's side can name.
    fn classes(&self, site: SiteId, nameable: &dyn Fn(&TravellingClass) -> bool, out: &mut Vec<Piece>) {
        let classes = &self.classes.of_site[site];
        if classes.is_empty() {
            return;
        }
        let list: Vec<_> = classes
            .iter()
            .map(|class| {
                let class = &self.classes.all[class.class];
                let thunk = if nameable(class) {
                    format!("() => {}", self.program().name(class.binding))
                } else {
                    "null".into()
                };
                format!("[{}, {thunk}]", js_string(&class.key))
            })
            .collect();
        let function = &self.copier.names.classes;
        out.push(Piece::Text(format!(", classes: /* @__PURE__ */ {function}([{}])", list.join(", ")).into()));
    }

    /// The same list in the module of the closure: what it does not reach has the name of an export, and an address.
    fn classes_of_worker(&self, site: SiteId) -> Vec<Piece> {
        let classes = &self.classes.of_site[site];
        if classes.is_empty() {
            return Vec::new();
        }
        let names = self.copier.names;
        let mut out = vec![Piece::Text(format!("const {} = {}([", names.table, names.classes).into())];
        for class in classes {
            let data = &self.classes.all[class.class];
            let name = self.program().name(data.binding);
            if class.by_address {
                out.push(Piece::Text(format!("[{}, null, {}, ", js_string(&data.key), js_string(name)).into()));
                out.push(Piece::Reference(self.class_modules[&class.class]));
                out.push(Piece::Text("], ".into()));
            } else {
                out.push(Piece::Text(format!("[{}, () => {name}], ", js_string(&data.key)).into()));
            }
        }
        out.push(Piece::Text("]);\n".into()));
        out
    }
}

/// Whether a binding of this unit is captured with a recipe.
fn recipe_of(needs: &Needs, program: &Program<'_>, binding: BindingId) -> Option<UnitId> {
    program.units.of(binding).filter(|unit| needs.recipes.contains(unit))
}

/// Whether evaluating a unit calls something that neither a package nor the platform gives. What packages are called for at the
/// top level of a module are values, such as schemas and tables; what the program calls of its own may open a file, or count.
fn calls_own_code(program: &Program<'_>, unit: UnitId, seen: &mut BTreeSet<UnitId>) -> bool {
    seen.insert(unit)
        && program.units.all[unit].parts.iter().any(|part| {
            let calls: Vec<_> = program.analysis.static_calls_in(part.range).collect();
            calls.into_iter().any(|call| is_own_call(program, call, seen))
        })
}

fn is_own_call(program: &Program<'_>, call: Range, seen: &mut BTreeSet<UnitId>) -> bool {
    let text = program.positions.slice(call);
    let callee =
        text.strip_prefix("new").filter(|rest| rest.starts_with(char::is_whitespace)).unwrap_or(text).trim_start();
    let start = call.hi - callee.len() as u32;
    // What begins with anything else than a name is written in the call, or is a literal's method.
    let Some(root) = program.analysis.references_in(call).first().filter(|root| root.range.lo == start) else {
        return callee.starts_with('(');
    };
    let Target::Binding(binding) = root.target else {
        return false;
    };
    if let Some(&(import, _)) = program.analysis.import_of.get(&binding) {
        let source = &program.analysis.imports[import].source;
        return source.starts_with(['.', '/', '#', '~']) || source.starts_with("@/");
    }
    // A method of a constant does what made the constant does: `base.extend({ … })`.
    let rest = program.positions.source()[root.range.hi as usize..].trim_start();
    match program.units.of(binding) {
        Some(unit) if rest.starts_with(['.', '[', '?']) && program.units.all[unit].kind == UnitKind::Value => {
            calls_own_code(program, unit, seen)
        }
        _ => true,
    }
}

/// Where `export` or `export default` stands behind the decorators of a class: `@sealed export class K {}`.
fn export_words(source: &str, decorators_end: u32) -> Option<Range> {
    let word = |from: usize, word: &str| {
        let at = skip_blank(source, from);
        let end = at + word.len();
        let rest = source.get(at..)?.strip_prefix(word)?;
        rest.starts_with(|next: char| next.is_whitespace() || next == '/').then_some((at, end))
    };
    let (lo, hi) = word(decorators_end as usize, "export")?;
    let hi = word(hi, "default").map_or(hi, |(_, hi)| hi);
    Some(Range::new(lo as u32, hi as u32))
}

/// The first place from `from` on that is neither blank nor comment.
fn skip_blank(source: &str, from: usize) -> usize {
    let mut at = from;
    loop {
        let rest = &source[at..];
        let blank = rest.len() - rest.trim_start().len();
        let rest = &rest[blank..];
        at += blank
            + if rest.starts_with("//") {
                rest.find('\n').unwrap_or(rest.len())
            } else if rest.starts_with("/*") {
                rest.find("*/").map_or(rest.len(), |end| end + 2)
            } else {
                return at + blank;
            };
    }
}

/// Whether a kind of unit is written as a module of its own.
pub fn is_module(kind: UnitKind) -> bool {
    !matches!(kind, UnitKind::Literal | UnitKind::Task)
}
