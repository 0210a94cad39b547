//! The pipeline: every step in order, from source to output.

use std::{
    borrow::Cow,
    cell::OnceCell,
    collections::{BTreeMap, BTreeSet},
};

use swc_common::SyntaxContext;

use crate::{
    Addresses, Options,
    analysis::Range,
    checks, class_evidence,
    classes::{self, Classes},
    collect::collect,
    components::components,
    diagnostics::Finding,
    early_errors,
    module_bindings::{UnitId, units},
    needs::{self, Needs, Plan, declaration_needs, text_holes},
    options::ModuleRef,
    order::collected,
    output::{Capture, CaptureKind, ImportedName, ModuleKind, Output, SharedSite, WorkerModule},
    parse::parse,
    per_task,
    positions::Positions,
    pragmas,
    program::Program,
    rewrite::{Copier, Edits, Names, Uses},
    site_id,
    spawn_sites::{self, Imports, SiteId},
    text::{ModuleIndex, Piece, render},
    worker_module::{Writer, is_module},
};

/// A worker-side module before its addresses are known.
struct Draft<'a> {
    kind: ModuleKind,
    id: String,
    name: String,
    pieces: Vec<Piece>,
    needs: Cow<'a, Needs>,
    sites: Vec<SiteId>,
    site: Option<SiteId>,
    range: Range,
    hash: String,
    blocks: bool,
    /// Modules of classes that it loads by address
    classes: Vec<ModuleIndex>,
}

/// All that is known of a file with something of ours in it, before anything is written.
pub struct Prepared<'a> {
    pub program: Program<'a>,
    pub plan: Plan,
    /// The classes whose instances travel
    pub classes: Classes,
    pub findings: Vec<Finding>,
}

/// Runs the whole pipeline on one file.
pub fn run(source: &str, options: &Options, addresses: &mut dyn Addresses) -> Output {
    let unchanged = |findings: Vec<Finding>, positions: &Positions<'_>| Output {
        code: source.to_owned(),
        diagnostics: finish(findings, positions),
        ..Output::default()
    };
    let Prepared { program, plan, classes, findings } = match prepare(source, options) {
        Ok(prepared) => prepared,
        Err((findings, positions)) => return unchanged(findings, &positions),
    };
    if findings.iter().any(Finding::is_error) {
        return unchanged(findings, &program.positions);
    }
    let mut output = write(&program, &plan, &classes, addresses);
    output.diagnostics = finish(findings, &program.positions);
    output
}

/// The analysis and the plan; what was found wrong when there is no plan, since the text is no program or has nothing of ours.
pub fn prepare<'a>(source: &'a str, options: &'a Options) -> Result<Prepared<'a>, (Vec<Finding>, Positions<'a>)> {
    let positions = Positions::new(source);
    let parsed = match parse(source, options.language()) {
        Ok(parsed) => parsed,
        Err(finding) => return Err((vec![finding], positions)),
    };
    let pragmas = pragmas::find(source, &parsed.comments);
    let mut analysis = collect(&parsed, source.len() as u32, &options.jsx, &pragmas);
    let imports = Imports::find(&analysis, &options.import_source);
    let unresolved: SyntaxContext = parsed.unresolved;
    let found =
        spawn_sites::find(&parsed.module, &analysis, &imports, unresolved, &options.filename, &options.import_source);
    if found.sites.is_empty() && found.shared.is_empty() && found.unwrapped.is_empty() {
        return Err((found.findings, positions));
    }
    if let Some(finding) = early_errors::find(source, options.language(), &parsed.module) {
        return Err((vec![finding], positions));
    }
    let per_task = per_task::bind(&mut analysis, &imports, &found.per_task);
    let program = Program {
        options,
        units: units(&analysis, &found.shared, &found.sites),
        analysis,
        module: parsed.module,
        flow: OnceCell::new(),
        positions,
        // Of two sites of one call the first counts.
        by_call: found.sites.iter().enumerate().rev().map(|(site, data)| (data.call, site)).collect(),
        sites: found.sites,
        shared: found.shared,
        consumed: found.consumed,
        unwrapped: found.unwrapped,
        left: found.left,
        per_task,
        pragmas: pragmas.comments,
    };
    let plan = needs::plan(&program);
    let wanted = wanted_units(&program, &plan, &BTreeSet::new());
    let mut findings = found.findings;
    findings.extend(checks::check(&program, &plan, &wanted));
    let classes = if classes::can_have_any(&program) {
        classes::find(&program, &plan, &class_evidence::find(&program.module, &program.analysis))
    } else {
        Classes::none(&program)
    };
    Ok(Prepared { program, plan, classes, findings })
}

/// Diagnostics in source order, each once.
pub fn finish(findings: Vec<Finding>, positions: &Positions<'_>) -> Vec<crate::Diagnostic> {
    let mut sorted = BTreeMap::new();
    for finding in findings {
        sorted.entry(finding.key()).or_insert(finding);
    }
    sorted.into_values().map(|finding| finding.finish(positions)).collect()
}

/// Every unit that some site needs as a module, directly or through another, and the classes that are loaded by address.
fn wanted_units(program: &Program<'_>, plan: &Plan, classes: &BTreeSet<UnitId>) -> BTreeSet<UnitId> {
    let mut wanted: BTreeSet<UnitId> = BTreeSet::new();
    let needed = plan.sites.iter().flat_map(|needs| needs.declarations.iter().chain(&needs.recipes));
    let mut open: Vec<UnitId> = needed.chain(classes).copied().collect();
    while let Some(unit) = open.pop() {
        if is_module(program.units.all[unit].kind) && wanted.insert(unit) {
            open.extend(declaration_needs(program, plan, &[unit]).declarations);
        }
    }
    wanted
}

fn write(program: &Program<'_>, plan: &Plan, classes: &Classes, addresses: &mut dyn Addresses) -> Output {
    let names = Names::new(program);
    let edits = Edits::new(program, plan, &names);
    let by_address = classes.by_address();
    let class_units = by_address.iter().filter_map(|&class| classes.all[class].unit).collect();
    let wanted = wanted_units(program, plan, &class_units);
    let groups = needs::groups(program, plan, &wanted);
    // Sites come first, in source order; then declarations.
    let first = program.sites.len();
    let units = groups.iter().enumerate();
    let module_of: BTreeMap<UnitId, ModuleIndex> =
        collected(units.flat_map(|(index, group)| group.iter().map(move |&unit| (unit, first + index))));
    let group_needs: Vec<_> = groups.iter().map(|group| declaration_needs(program, plan, group)).collect();
    // Each group comes after those that it needs.
    let mut group_blocks = Vec::new();
    for needs in &group_needs {
        group_blocks.push(blocks(program, plan, needs, &module_of, &group_blocks));
    }
    let blocks: Vec<_> =
        plan.sites.iter().map(|needs| blocks(program, plan, needs, &module_of, &group_blocks)).collect();
    let imported: Vec<usize> = by_address.iter().copied().filter(|&class| classes.all[class].unit.is_none()).collect();
    let class_modules: BTreeMap<usize, ModuleIndex> = collected(by_address.iter().map(|&class| {
        let place = || imported.iter().position(|&other| other == class).unwrap_or(0);
        let module = classes.all[class].unit.map_or_else(|| first + groups.len() + place(), |unit| module_of[&unit]);
        (class, module)
    }));
    let writer = Writer {
        copier: Copier { program, plan, names: &names },
        edits: &edits,
        module_of: &module_of,
        blocks: &blocks,
        classes,
        class_modules: &class_modules,
    };

    let mut drafts = Vec::new();
    for (index, (site, needs)) in program.sites.iter().zip(&plan.sites).enumerate() {
        let needs = classes.complete(index, needs);
        let (pieces, uses) = writer.site(index, &needs, site.closure);
        drafts.push(Draft {
            kind: ModuleKind::Site,
            id: site.id.clone(),
            name: site.name.clone(),
            pieces,
            needs,
            sites: uses.sites,
            site: Some(index),
            range: site.closure,
            hash: String::new(),
            blocks: blocks[index],
            classes: classes.of_site[index]
                .iter()
                .filter(|class| class.by_address)
                .map(|class| class_modules[&class.class])
                .collect(),
        });
    }
    for (group, needs) in groups.iter().zip(group_needs) {
        let (pieces, uses) = writer.declarations(&needs, group);
        let name = program.unit_name(group[0]);
        let id = site_id::id(&program.options.filename, "declaration", &name);
        let parts = &program.units.all[group[0]].parts;
        drafts.push(Draft {
            kind: if needs.is_recipe { ModuleKind::Recipe } else { ModuleKind::Declaration },
            name: format!("{}_{id}", readable_or(&name, "declaration")),
            id,
            pieces,
            blocks: names_blocking(program, plan, &needs),
            needs: Cow::Owned(needs),
            sites: uses.sites,
            site: None,
            range: parts.first().map_or(Range::new(0, 0), |part| part.range),
            hash: String::new(),
            classes: Vec::new(),
        });
    }
    for class in imported {
        let binding = classes.all[class].binding;
        let id = site_id::id(&program.options.filename, "imported class", program.name(binding));
        drafts.push(Draft {
            kind: ModuleKind::Declaration,
            name: format!("{}_{id}", readable_or(program.name(binding), "class")),
            id,
            pieces: writer.class_import(binding),
            blocks: false,
            needs: Cow::Owned(Needs { imports: collected([binding]), ..Needs::default() }),
            sites: Vec::new(),
            site: None,
            range: program.analysis.bindings[binding].declared,
            hash: String::new(),
            classes: Vec::new(),
        });
    }
    hash(&mut drafts, plan, &module_of, program);
    emit(program, &writer, &drafts, &module_of, addresses)
}

fn readable_or(name: &str, otherwise: &str) -> String {
    let readable = site_id::readable(name);
    if readable.is_empty() { otherwise.into() } else { readable }
}

/// Whether the text of a module, or of a declaration of the file that it needs, names a blocking operation.
fn blocks(
    program: &Program<'_>,
    plan: &Plan,
    needs: &Needs,
    module_of: &BTreeMap<UnitId, ModuleIndex>,
    known: &[bool],
) -> bool {
    let first = program.sites.len();
    names_blocking(program, plan, needs)
        || needs.declarations.iter().any(|unit| known.get(module_of[unit] - first).copied().unwrap_or(false))
}

/// Whether the text of a module names a blocking operation. What only the closures in it name does not block this one.
fn names_blocking(program: &Program<'_>, plan: &Plan, needs: &Needs) -> bool {
    needs.regions.iter().any(|region| {
        let mut named = program.analysis.blocking_in(region.range).peekable();
        named.peek().is_some() && {
            let holes = text_holes(program, plan, region.range);
            named.any(|name| !holes.iter().any(|hole| hole.contains(name)))
        }
    })
}

/// The modules that a draft imports or refers to.
fn reached(draft: &Draft<'_>, plan: &Plan, module_of: &BTreeMap<UnitId, ModuleIndex>) -> BTreeSet<ModuleIndex> {
    let own = draft.needs.declarations.iter().chain(&draft.needs.recipes).map(|unit| module_of[unit]);
    let called = draft.sites.iter().flat_map(|&site| plan.sites[site].recipes.iter().map(|unit| module_of[unit]));
    collected(own.chain(draft.sites.iter().copied()).chain(called).chain(draft.classes.iter().copied()))
}

/// A module's hash stands for its text, with other modules counted by id, and for the texts of all that it reaches.
/// Modules that reach one another share what they reach, so each group of them is hashed once, after what it needs.
fn hash(drafts: &mut [Draft<'_>], plan: &Plan, module_of: &BTreeMap<UnitId, ModuleIndex>, program: &Program<'_>) {
    let own: Vec<String> = drafts
        .iter()
        .map(|draft| {
            let (text, _) = render(&draft.pieces, &program.positions, None, |piece| match piece {
                Piece::Reference(site) => drafts[*site].id.clone(),
                Piece::Specifier(module) => drafts[*module].id.clone(),
                _ => String::new(),
            });
            site_id::content_hash(&text)
        })
        .collect();
    let reach: Vec<Vec<ModuleIndex>> =
        drafts.iter().map(|draft| reached(draft, plan, module_of).into_iter().collect()).collect();
    for group in components(&reach) {
        let mut parts: BTreeSet<&str> = collected(group.iter().map(|&module| own[module].as_str()));
        let needed =
            group.iter().flat_map(|&module| &reach[module]).filter(|other| group.binary_search(other).is_err());
        parts.extend(needed.map(|&other| drafts[other].hash.as_str()));
        let all = parts.into_iter().collect::<String>();
        for module in group {
            drafts[module].hash = site_id::content_hash(&format!("{}{all}", own[module]));
        }
    }
}

fn emit(
    program: &Program<'_>,
    writer: &Writer<'_, '_>,
    drafts: &[Draft<'_>],
    module_of: &BTreeMap<UnitId, ModuleIndex>,
    addresses: &mut dyn Addresses,
) -> Output {
    let lang = program.options.language().extension();
    let base = program.options.filename.rsplit('/').next().unwrap_or_default();
    let map_of = program.options.source_map.then_some(base);
    let mut fill = |piece: &Piece, asking: Option<ModuleIndex>| {
        let (Piece::Reference(module) | Piece::Specifier(module)) = piece else { return String::new() };
        let draft = &drafts[*module];
        let asked = ModuleRef {
            kind: draft.kind,
            id: &draft.id,
            name: &draft.name,
            hash: &draft.hash,
            lang,
            own: asking == Some(*module),
        };
        match piece {
            Piece::Specifier(_) => crate::rewrite::js_string(&addresses.specifier(&asked)),
            _ => addresses.reference(&asked),
        }
    };

    let mut uses = Uses::default();
    let mut body = Vec::with_capacity(16);
    let source = program.positions.source();
    let first = program.analysis.first_statement;
    let whole = Range::new(first, source.len() as u32);
    writer.edits.copy(&writer.copier, whole, true, &mut uses, &mut body);
    let mut pieces = vec![Piece::Source(Range::new(0, first))];
    pieces.extend(writer.runtime_head(&uses, &|class| class.in_main));
    pieces.extend(body);
    let (code, map) = render(&pieces, &program.positions, map_of, |piece| fill(piece, None));

    let plan = writer.copier.plan;
    let mut modules = Vec::new();
    for (index, draft) in drafts.iter().enumerate() {
        let (code, map) = render(&draft.pieces, &program.positions, map_of, |piece| fill(piece, Some(index)));
        let utf16 = |offset| program.positions.utf16(offset);
        modules.push(WorkerModule {
            kind: draft.kind,
            id: draft.id.clone(),
            name: draft.name.clone(),
            hash: draft.hash.clone(),
            lang: lang.into(),
            code,
            map,
            parent: draft.site.and_then(|site| program.sites[site].parent).map(|site| drafts[site].id.clone()),
            blocks: draft.blocks,
            captures: draft
                .needs
                .captures
                .iter()
                .map(|(key, used)| Capture {
                    name: program.name(key.binding).into(),
                    kind: match program.units.of(key.binding) {
                        Some(unit) if draft.needs.recipes.contains(&unit) => CaptureKind::Recipe,
                        _ => CaptureKind::Clone,
                    },
                    start: utf16(used.lo),
                    end: utf16(used.hi),
                })
                .collect(),
            imports: imported_names(program, &draft.needs),
            needs: reached(draft, plan, module_of).iter().map(|&module| drafts[module].id.clone()).collect(),
            start: utf16(draft.range.lo),
            end: utf16(draft.range.hi),
        });
    }
    let shared = program
        .shared
        .iter()
        .map(|shared| SharedSite {
            id: shared.id.clone(),
            kind: shared.kind.to_string(),
            name: shared.name.clone(),
            start: program.positions.utf16(shared.range.lo),
            end: program.positions.utf16(shared.range.hi),
        })
        .collect();
    Output { changed: true, code, map, modules, shared, diagnostics: Vec::new() }
}

fn imported_names(program: &Program<'_>, needs: &Needs) -> Vec<ImportedName> {
    let mut names = Vec::new();
    for (import, specifiers) in program.analysis.imported(&needs.imports) {
        for specifier in specifiers {
            names.push(ImportedName {
                source: import.source.clone(),
                imported: specifier.exported.to_string(),
                local: program.name(specifier.binding).into(),
            });
        }
    }
    names
}
