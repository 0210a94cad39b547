//! Classes whose instances travel: those that the file can name, and that its threads can load.
//!
//! ```ts
//! class Vec { … }                      // the file's own: its declaration module has it
//! import { Box } from './box'          // imported: the module of the closure imports it too, or a small one does
//! spawn(() => v.length() + b.size)
//! ```
//!
//! A class that the closure reaches anyway costs nothing. One that only the rest of the file names is loaded by its
//! address, when an instance of it arrives in a thread.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use crate::{
    Program,
    analysis::{Binding, BindingId, BindingKind},
    class_evidence::Evidence,
    classify::Rule,
    module_bindings::{UnitId, UnitKind},
    needs::{Needs, Plan, declaration_needs, rule},
    order::collected,
    rewrite::import_uses,
    site_id,
    spawn_sites::SiteKind,
};

/// A class of the file.
#[derive(Debug)]
pub struct TravellingClass {
    pub binding: BindingId,
    /// Its declaration; none for an import
    pub unit: Option<UnitId>,
    /// The name under which it crosses, `Vec_<id>`: the same on both sides
    pub key: String,
    /// The spawning module names it too
    pub in_main: bool,
    /// The text says that it is a class, and that the program has instances of it outside of closures
    evident: bool,
}

/// A class for one site.
#[derive(Debug, Clone, Copy)]
pub struct SiteClass {
    pub class: usize,
    /// The worker loads it by its address: its closure does not reach it
    pub by_address: bool,
}

/// The classes of a file.
#[derive(Debug, Default)]
pub struct Classes {
    pub all: Vec<TravellingClass>,
    /// For each site
    pub of_site: Vec<Vec<SiteClass>>,
}

impl Classes {
    /// Those of a file that has none.
    pub fn none(program: &Program<'_>) -> Self {
        Self { all: Vec::new(), of_site: vec![Vec::new(); program.sites.len()] }
    }

    /// Classes that some site loads by address.
    pub fn by_address(&self) -> BTreeSet<usize> {
        collected(self.of_site.iter().flatten().filter(|class| class.by_address).map(|class| class.class))
    }

    /// The needs of a site's module, with the classes that it has to name because something that it needs does.
    pub fn complete<'n>(&self, site: usize, needs: &'n Needs) -> Cow<'n, Needs> {
        let mut completed = Cow::Borrowed(needs);
        for class in self.of_site[site].iter().filter(|class| !class.by_address) {
            let needs = completed.to_mut();
            match self.all[class.class].unit {
                Some(unit) => drop(needs.declarations.insert(unit)),
                None => drop(needs.imports.insert(self.all[class.class].binding)),
            }
        }
        completed
    }
}

/// Whether a file has classes at its top level, or imports that may be some.
pub fn can_have_any(program: &Program<'_>) -> bool {
    let ours = &program.options.import_source;
    let imports = program.analysis.imports.iter().filter(|import| !ours.contains(&import.source));
    imports.flat_map(|import| &import.specifiers).any(|specifier| !specifier.type_only)
        || program.units.all.iter().any(|unit| unit.scope == 0 && unit.kind == UnitKind::Class)
}

/// Finds the classes of a file, and those that matter to each of its sites.
pub fn find(program: &Program<'_>, plan: &Plan, evidence: &Evidence) -> Classes {
    let all = candidates(program, plan, evidence);
    let mut known = BTreeMap::new();
    let of_site = (0..program.sites.len())
        .map(|site| {
            let reach = reach(program, plan, &plan.sites[site], &mut known);
            let open = is_open(program, evidence, site, &plan.sites[site]);
            let choose = |(index, class): (usize, &TravellingClass)| {
                let reached = match class.unit {
                    Some(unit) => reach.declarations.contains(&unit),
                    None => reach.imports.contains(&class.binding),
                };
                let related = open || (class.unit.is_none() && reach.sources.contains(source(program, class.binding)));
                let by_address = !reached;
                (reached || (class.evident && related)).then_some(SiteClass { class: index, by_address })
            };
            all.iter().enumerate().filter_map(choose).collect()
        })
        .collect();
    Classes { all, of_site }
}

fn candidates(program: &Program<'_>, plan: &Plan, evidence: &Evidence) -> Vec<TravellingClass> {
    let (inside, outside) = import_uses(program);
    let mut all = Vec::new();
    for (binding, data) in program.analysis.bindings.iter().enumerate().filter(|(_, data)| data.scope == 0) {
        let used = evidence.used.contains(&binding);
        let annotated = evidence.annotated.contains(&data.name);
        let key = || format!("{}_{}", data.name, site_id::id(&program.options.filename, "class", &data.name));
        if data.kind == BindingKind::Import {
            // A type's name is no proof that there is a class behind it.
            let named = used || annotated || (evidence.factories.contains(&binding) && is_capitalised(data));
            if named && (inside[binding] || outside[binding]) && can_be_class(program, binding) {
                let evident = outside[binding] && (used || annotated);
                all.push(TravellingClass { binding, unit: None, key: key(), in_main: outside[binding], evident });
            }
        } else if let Rule::Hoist(unit) = rule(program, plan, binding)
            && program.units.all[unit].kind == UnitKind::Class
        {
            let evident = (used || annotated) && !starts_threads(program, unit);
            all.push(TravellingClass { binding, unit: Some(unit), key: key(), in_main: true, evident });
        }
    }
    all
}

fn is_capitalised(binding: &Binding) -> bool {
    binding.name.starts_with(char::is_uppercase)
}

/// Whether an import can stand for a class that is not ours.
fn can_be_class(program: &Program<'_>, binding: BindingId) -> bool {
    program.analysis.imports.iter().any(|import| {
        !program.options.import_source.contains(&import.source)
            && import.phase.is_empty()
            && import
                .specifiers
                .iter()
                .any(|specifier| specifier.binding == binding && !specifier.type_only && &*specifier.exported != "*")
    })
}

/// Whether evaluating a class starts a thread: that is not done again for an instance that arrives.
fn starts_threads(program: &Program<'_>, unit: UnitId) -> bool {
    let parts = &program.units.all[unit].parts;
    program.sites.iter().any(|site| {
        parts.iter().any(|part| part.range.contains(site.call)) && program.analysis.static_calls.contains(&site.call)
    })
}

fn source<'a>(program: &'a Program<'_>, binding: BindingId) -> &'a str {
    let holds = |import: &&crate::analysis::ImportDeclaration| {
        import.specifiers.iter().any(|specifier| specifier.binding == binding)
    };
    program.analysis.imports.iter().find(holds).map_or("", |import| &import.source)
}

/// Whether values with a class can come to a site: a captured value or an argument that may hold one. What a task is given
/// stands elsewhere.
fn is_open(program: &Program<'_>, evidence: &Evidence, site: usize, needs: &Needs) -> bool {
    let site = &program.sites[site];
    site.kind != SiteKind::Spawn
        || site.moved.is_some()
        || needs.captures.keys().any(|key| !evidence.plain.contains(&key.binding))
}

/// What a closure reaches, itself or through declarations of the file.
struct Reach<'a> {
    imports: BTreeSet<BindingId>,
    declarations: BTreeSet<UnitId>,
    sources: BTreeSet<&'a str>,
}

fn reach<'a>(program: &'a Program<'_>, plan: &Plan, needs: &Needs, known: &mut BTreeMap<UnitId, Needs>) -> Reach<'a> {
    let mut imports = needs.imports.clone();
    let mut declarations = needs.declarations.clone();
    let mut open: Vec<_> = declarations.iter().copied().collect();
    while let Some(unit) = open.pop() {
        let needs = known.entry(unit).or_insert_with(|| declaration_needs(program, plan, &[unit]));
        imports.extend(&needs.imports);
        open.extend(needs.declarations.iter().copied().filter(|&other| declarations.insert(other)));
    }
    let sources = collected(imports.iter().map(|&binding| source(program, binding)));
    Reach { imports, declarations, sources }
}
