//! The sentences: what decided how a name comes into the thread, with the place of its declaration.

use super::place;
use crate::{
    Program,
    analysis::{Binding, BindingId, BindingKind, Init, Range, Target},
    classify::Rule,
    explanation::{Bytes, ExplainedName, How, Place},
    module_bindings::{UnitId, UnitKind},
    needs::{Plan, first_value, starts_thread},
};

/// A name with all that its declaration tells; where and how often it is used is for others to say.
pub fn explain(program: &Program<'_>, plan: &Plan, target: Target, rule: Rule) -> ExplainedName {
    let nowhere = Place { start: 0, end: 0, line: 1, column: 1 };
    let blank = |name: String| ExplainedName {
        name,
        binding: "global",
        rule: 1,
        class: "global",
        how: How::Global,
        why: String::new(),
        bytes: Bytes::Known(0),
        declared: None,
        used: nowhere,
        uses: 0,
        writes: Vec::new(),
        via: Vec::new(),
        capture: None,
    };
    let binding = match target {
        Target::Unbound(index) => {
            let name = blank(program.analysis.unbound[index].to_string());
            return ExplainedName { why: "not declared in this file: every thread has its own".into(), ..name };
        }
        Target::Binding(binding) => binding,
    };
    let data = &program.analysis.bindings[binding];
    let module = program.analysis.is_module_level(binding);
    let (rule, class, how, why) = match rule {
        Rule::Nothing => (1, "global", How::Global, format!("declared at {} as existing elsewhere", at(program, data))),
        Rule::Import => (4, "import", How::ReImported, imported(program, binding, data)),
        Rule::PerTask => (4, "import", How::PerTask, "one of ours that every task has of its own".to_owned()),
        Rule::Shared(unit) => (5, "shared", How::Shared, shared(program, unit, data)),
        Rule::Hoist(unit) => (6, "declaration", How::Hoisted, hoisted(program, unit, data)),
        Rule::Constant(unit) => (7, "literal", How::Hoisted, constant(program, unit, data)),
        Rule::Inner(unit) if module => {
            (8, "declaration that needs a value", How::Inner, needs(program, plan, unit, data))
        }
        Rule::Recipe(_) => (9, "value or recipe", How::Recipe, recipe(program, data)),
        Rule::Clone if module => (10, "module value", How::Cloned, module_value(program, plan, binding, data)),
        Rule::Inner(unit) => (11, "local declaration", How::Inner, local_declaration(program, unit, data)),
        Rule::Clone => (12, "local value", How::Cloned, local_value(program, data)),
    };
    let declared = Some(place(program, data.declared));
    ExplainedName { binding: kind_of(data.kind), rule, class, how, why, declared, ..blank(data.name.to_string()) }
}

/// Turns a name into one that rule 3 refuses.
pub fn refuse(program: &Program<'_>, name: &mut ExplainedName, via: &[String], write: Range, declared: Range) {
    let who =
        via.last().map_or_else(|| "the closure".to_owned(), |helper| format!("`{helper}`, which the closure needs,"));
    name.rule = 3;
    name.class = "written";
    name.how = How::Refused;
    name.why = format!(
        "{who} writes it at {}, and it is declared outside at {}",
        spot(program, write),
        spot(program, declared)
    );
}

fn imported(program: &Program<'_>, binding: BindingId, data: &Binding) -> String {
    let Some(&(import, specifier)) = program.analysis.import_of.get(&binding) else {
        return format!("imported at {}", at(program, data));
    };
    let import = &program.analysis.imports[import];
    let specifier = &import.specifiers[specifier];
    let what = match &*specifier.exported {
        "*" => "all of it".to_owned(),
        exported => format!("`{exported}`"),
    };
    format!("imported from '{}' ({what}) at {}", import.source, at(program, data))
}

fn shared(program: &Program<'_>, unit: UnitId, data: &Binding) -> String {
    let parts = &program.units.all[unit].parts;
    let shared = program.shared.iter().find(|shared| parts.iter().any(|part| part.range.contains(shared.range)));
    let kind = shared.map_or("shared value", |shared| &shared.kind);
    format!("a `{kind}` of the module, declared at {}: the same memory in every thread", at(program, data))
}

fn hoisted(program: &Program<'_>, unit: UnitId, data: &Binding) -> String {
    format!("{} of the module, declared at {}, that needs no value of a call", word(program, unit), at(program, data))
}

fn constant(program: &Program<'_>, unit: UnitId, data: &Binding) -> String {
    let at = at(program, data);
    if program.units.all[unit].kind == UnitKind::Task {
        return format!("a task of the module, declared at {at}, that captures nothing");
    }
    format!("a constant of the module, declared at {at}, that is the same wherever it is evaluated")
}

fn needs(program: &Program<'_>, plan: &Plan, unit: UnitId, data: &Binding) -> String {
    let what = format!("{} of the module, declared at {}", word(program, unit), at(program, data));
    match first_value(program, plan, unit) {
        Some((value, used)) => format!("{what}, that needs `{}` at {}", program.name(value), spot(program, used)),
        None => format!("{what}, that needs a captured value"),
    }
}

fn recipe(program: &Program<'_>, data: &Binding) -> String {
    format!("a constant of the module, declared at {}, whose initialiser a thread can evaluate", at(program, data))
}

/// Why a thread cannot make the value itself.
fn module_value(program: &Program<'_>, plan: &Plan, binding: BindingId, data: &Binding) -> String {
    let analysis = &program.analysis;
    let what = format!("declared in the module at {}", at(program, data));
    if let Some(&write) = data.writes.first() {
        return format!("{what} and written at {}", spot(program, write));
    }
    if let Some(unit) = program.units.of(binding) {
        if let Some((value, used)) = first_value(program, plan, unit) {
            let value = program.name(value);
            return format!("{what}; its initialiser needs the value of `{value}` at {}", spot(program, used));
        }
        if starts_thread(program, unit) {
            return format!("{what}; its initialiser starts a thread");
        }
    }
    if data.kind == BindingKind::Using {
        return format!("{what} with `using`");
    }
    if data.init == Init::None {
        return format!("{what} without a value");
    }
    if analysis.awaits.iter().any(|&wait| data.parts.iter().any(|part| part.range.contains(wait))) {
        return format!("{what}; its initialiser waits");
    }
    if let Some((_, change)) = analysis.built_later.iter().find(|(built, _)| *built == binding) {
        return format!("{what}; the module goes on building it at {}", spot(program, *change));
    }
    if data.parts.iter().any(|part| part.keyword.is_empty()) {
        return format!("{what} in the head of a loop");
    }
    format!("{what}; a function that the module calls goes on building it")
}

fn local_declaration(program: &Program<'_>, unit: UnitId, data: &Binding) -> String {
    format!("{} around the call, declared at {} and never written", word(program, unit), at(program, data))
}

fn local_value(program: &Program<'_>, data: &Binding) -> String {
    let what = match data.kind {
        BindingKind::Param => "a parameter",
        BindingKind::Function => "a function that is written",
        BindingKind::Class => "a class that is written",
        _ => "a variable",
    };
    format!("{what} around the call, declared at {}", at(program, data))
}

/// The word for a declaration, with its article.
fn word(program: &Program<'_>, unit: UnitId) -> &'static str {
    match program.units.all[unit].kind {
        UnitKind::Function => "a function",
        UnitKind::Class => "a class",
        UnitKind::Enum => "an enum",
        UnitKind::Namespace => "a namespace",
        UnitKind::Task => "a task",
        UnitKind::Table => "a table of functions",
        UnitKind::ImportEquals | UnitKind::Literal | UnitKind::Shared | UnitKind::Value => "a constant",
    }
}

fn kind_of(kind: BindingKind) -> &'static str {
    match kind {
        BindingKind::Import | BindingKind::PerTask => "import",
        BindingKind::Var => "var",
        BindingKind::Let => "let",
        BindingKind::Const => "const",
        BindingKind::Using => "using",
        BindingKind::Function => "function",
        BindingKind::Class => "class",
        BindingKind::Enum => "enum",
        BindingKind::Namespace => "namespace",
        BindingKind::ImportEquals => "import-equals",
        BindingKind::Param => "parameter",
        BindingKind::OwnName => "own-name",
    }
}

/// `12:8`, where a binding is declared.
fn at(program: &Program<'_>, data: &Binding) -> String {
    spot(program, data.declared)
}

fn spot(program: &Program<'_>, range: Range) -> String {
    let (line, column) = program.positions.line_column(range.lo);
    format!("{line}:{column}")
}
