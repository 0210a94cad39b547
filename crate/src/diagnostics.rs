//! One function per error code. The sentences stand in `pkg/compiler/errors/<code>.md`; here is only what fills them.

use crate::{
    analysis::{Binding, Range},
    output::{Diagnostic, Label, Severity},
    positions::Positions,
};

struct Page {
    code: &'static str,
    error: bool,
    message: &'static str,
    help: &'static str,
}

static PAGES: &[Page] = &include!(concat!(env!("OUT_DIR"), "/pages.rs"));

/// A diagnostic whose places are still byte ranges.
#[derive(Debug, Clone)]
pub struct Finding {
    code: &'static str,
    values: Vec<(&'static str, String)>,
    at: Range,
    labels: Vec<(Range, String)>,
    notes: Vec<String>,
}

impl Finding {
    fn new(code: &'static str, at: Range, values: Vec<(&'static str, String)>) -> Self {
        Self { code, values, at, labels: Vec::new(), notes: Vec::new() }
    }

    pub fn label(mut self, at: Range, text: impl Into<String>) -> Self {
        self.labels.push((at, text.into()));
        self
    }

    fn note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(text.into());
        self
    }

    pub fn is_error(&self) -> bool {
        PAGES.iter().find(|page| page.code == self.code).is_none_or(|page| page.error)
    }

    /// Where it is and what it says: two findings with the same key are the same finding.
    pub fn key(&self) -> (u32, &'static str, String) {
        (self.at.lo, self.code, self.values.iter().map(|(_, value)| value.as_str()).collect())
    }

    /// The finished diagnostic, with UTF-16 offsets.
    pub fn finish(self, positions: &Positions<'_>) -> Diagnostic {
        let page = PAGES.iter().find(|page| page.code == self.code);
        let fill = |template: &str| {
            self.values
                .iter()
                .fold(template.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
        };
        Diagnostic {
            code: self.code.into(),
            severity: if self.is_error() { Severity::Error } else { Severity::Warning },
            message: fill(page.map_or(self.code, |page| page.message)),
            start: positions.utf16(self.at.lo),
            end: positions.utf16(self.at.hi),
            labels: self
                .labels
                .iter()
                .map(|(at, text)| Label {
                    start: positions.utf16(at.lo),
                    end: positions.utf16(at.hi),
                    text: text.clone(),
                })
                .collect(),
            help: page.map(|page| fill(page.help)).filter(|help| !help.is_empty()),
            notes: self.notes,
        }
    }
}

/// The functions through which the closure does it, or nothing when it does it itself.
fn via(chain: &[String]) -> String {
    if chain.is_empty() {
        return String::new();
    }
    let names: Vec<_> = chain.iter().map(|name| format!("`{name}`")).collect();
    format!(" (via {})", names.join(", "))
}

// ---- captures -------------------------------------------------------------------------------------------------------

pub fn written_capture(at: Range, name: &str, declared: Range) -> Finding {
    Finding::new("E101", at, vec![("name", name.into())])
        .label(declared, format!("`{name}` is declared here, outside the thread"))
        .note("a thread works on a copy: the write would never come back")
}

pub fn written_by_helper(at: Range, name: &str, declared: Range, chain: &[String]) -> Finding {
    Finding::new("E102", at, vec![("name", name.into()), ("via", via(chain))])
        .label(declared, format!("`{name}` is declared here, outside the thread"))
        .note("the thread has its own copy of the function and of the variable: the write would never come back")
}

pub fn outer_context(at: Range, what: &str, closure: Range, chain: &[String]) -> Finding {
    Finding::new("E103", at, vec![("what", what.into()), ("via", via(chain))])
        .label(closure, "this code runs in a thread")
}

pub fn outer_private_name(at: Range, name: &str, closure: Range) -> Finding {
    Finding::new("E104", at, vec![("name", name.into())]).label(closure, "this code runs in a thread")
}

pub fn used_before_initialized(at: Range, name: &str, declared: Range, call: Range) -> Finding {
    Finding::new("E105", at, vec![("name", name.into())])
        .label(call, "captures are read when this call is made")
        .label(declared, format!("`{name}` gets its value here, later"))
}

pub fn direct_eval(at: Range, closure: Range) -> Finding {
    Finding::new("E106", at, vec![]).label(closure, "this code runs in a thread")
}

pub fn namespace_needs_value(at: Range, name: &str, value: &Binding, needed: Range) -> Finding {
    let Binding { name: value, declared, .. } = value;
    Finding::new("E107", at, vec![("name", name.into()), ("value", value.to_string())])
        .label(needed, format!("it needs `{value}`"))
        .label(*declared, format!("`{value}` is declared here"))
}

pub fn property_set_elsewhere(at: Range, name: &str, declared: Range) -> Finding {
    Finding::new("E108", at, vec![("name", name.into())]).label(declared, format!("`{name}` is declared here"))
}

pub fn spawn_in_static_part(at: Range, name: &str, declared: Range) -> Finding {
    Finding::new("E109", at, vec![("name", name.into())]).label(declared, format!("`{name}` is copied into the thread"))
}

pub fn shadowed_capture(at: Range, name: &str, declared: Range, hiding: Option<Range>) -> Finding {
    let finding = Finding::new("E110", at, vec![("name", name.into())])
        .label(declared, format!("this `{name}` is the one it needs"));
    match hiding {
        Some(hiding) => finding.label(hiding, format!("this `{name}` hides it")),
        None => finding,
    }
}

pub fn out_of_reach(at: Range, name: &str, declared: Range, call: Range) -> Finding {
    let finding = Finding::new("E111", at, vec![("name", name.into())])
        .label(declared, format!("`{name}` is declared here, in a block of its own"));
    if at == call { finding } else { finding.label(call, "captures are read when this call is made") }
}

pub fn imported_from_itself(at: Range, name: &str, closure: Range) -> Finding {
    Finding::new("E113", at, vec![("name", name.into())]).label(closure, "a thread would run the whole file again")
}

pub fn property_set_from_value(at: Range, name: &str, value: &str, declared: Range) -> Finding {
    Finding::new("E112", at, vec![("name", name.into()), ("value", value.into())])
        .label(declared, format!("`{value}` is declared here"))
}

pub fn member_of_other_block(at: Range, name: &str, owner: &str, declared: Range, closure: Range) -> Finding {
    Finding::new("E114", at, vec![("name", name.into()), ("owner", owner.into())])
        .label(declared, format!("`{name}` comes from another block of this `{owner}`"))
        .label(closure, "this code runs in a thread")
}

// ---- spawn sites ----------------------------------------------------------------------------------------------------

pub fn syntax_error(at: Range, message: &str) -> Finding {
    Finding::new("E201", at, vec![("message", message.into())])
}

pub fn spawn_as_value(at: Range, name: &str, function: &str) -> Finding {
    let instead = match function {
        "task" => "what can be passed on is the task that it gives",
        _ => "what can be passed on is a task: `const job = task(() => …)`",
    };
    Finding::new("E202", at, vec![("name", name.into()), ("instead", instead.into())])
}

pub fn not_a_closure(at: Range, name: &str, what: &str) -> Finding {
    let form = match name {
        "task" => "`task(() => …)`",
        "parallelMap" => "`parallelMap(items, (item) => …)`, or make it a value with `task((item) => …)`",
        _ => "`spawn(() => …)`, or make it a value with `task(() => …)`",
    };
    Finding::new("E203", at, vec![("name", name.into()), ("what", what.into()), ("form", form.into())])
}

pub fn required(at: Range, source: &str) -> Finding {
    Finding::new("E204", at, vec![("source", source.into())])
}

pub fn imported_dynamically(at: Range, source: &str) -> Finding {
    Finding::new("E205", at, vec![("source", source.into())])
}

pub fn too_ambiguous(at: Range) -> Finding {
    Finding::new("E231", at, vec![])
}

pub fn unread_using(at: Range, name: &str) -> Finding {
    Finding::new("E232", at, vec![("name", name.into())])
}

pub fn too_deep(at: Range) -> Finding {
    Finding::new("E206", at, vec![])
}

pub fn export_assignment(at: Range, call: Range) -> Finding {
    Finding::new("E208", at, vec![]).label(call, "a thread is started here")
}

pub fn taken_from_namespace(at: Range, name: &str, namespace: &str, source: &str) -> Finding {
    let values = vec![("name", name.into()), ("namespace", namespace.into()), ("source", source.into())];
    Finding::new("E209", at, values)
}

pub fn bad_arguments(at: Range, name: &str) -> Finding {
    let (form, help) = match name {
        "task" => ("task(() => …)", "pass values for the closure’s parameters where it runs: spawn(move(a, b), job)"),
        "parallelMap" => {
            ("parallelMap(items, (item) => …, options)", "capture what the closure needs besides the item")
        }
        _ => (
            "spawn(() => …, options)",
            "pass values for the closure’s parameters as spawn(move(a, b), (a, b) => …, options)",
        ),
    };
    Finding::new("E207", at, vec![("name", name.into()), ("form", form.into()), ("help", help.into())])
}

// ---- shared memory --------------------------------------------------------------------------------------------------

pub fn misplaced_global(at: Range) -> Finding {
    Finding::new("E301", at, vec![])
}

pub fn rewritten_shared(at: Range, name: &str, declared: Range) -> Finding {
    Finding::new("E302", at, vec![("name", name.into())]).label(declared, format!("`{name}` is declared here"))
}

// ---- warnings -------------------------------------------------------------------------------------------------------

pub fn main_thread_only(at: Range, name: &str, chain: &[String]) -> Finding {
    Finding::new("W901", at, vec![("name", name.into()), ("via", via(chain))])
}

pub fn class_with_calls(at: Range, name: &str) -> Finding {
    Finding::new("W902", at, vec![("name", name.into())])
}

pub fn copied_state(at: Range, name: &str, declared: Range, chain: &[String]) -> Finding {
    Finding::new("W903", at, vec![("name", name.into()), ("via", via(chain))])
        .label(declared, format!("each call of the thread gets a copy of this `{name}`"))
}

pub fn static_state(at: Range, name: &str, declared: Range, chain: &[String]) -> Finding {
    Finding::new("W903", at, vec![("name", name.into()), ("via", via(chain))])
        .label(declared, format!("each thread has a `{name}` of its own"))
}

pub fn captured_undefined(at: Range, name: &str, declared: Range) -> Finding {
    Finding::new("W904", at, vec![("name", name.into())])
        .label(declared, format!("`{name}` gets its value here, later"))
}

pub fn unknown_name(at: Range, name: &str, chain: &[String]) -> Finding {
    let (who, help) = match name {
        "require" | "module" | "exports" => (
            "what runs in a thread is an ES module, which does not have it",
            "use `import`, or `createRequire(import.meta.url)` of `node:module`".into(),
        ),
        _ => ("no known environment has it", format!("declare or import `{name}`, or ask `typeof {name}` first")),
    };
    let values = vec![("name", name.into()), ("who", who.into()), ("help", help), ("via", via(chain))];
    Finding::new("W906", at, values)
}

pub fn lost_write(at: Range, name: &str, declared: Range, read: Range, chain: &[String]) -> Finding {
    Finding::new("W907", at, vec![("name", name.into()), ("via", via(chain))])
        .label(read, format!("this `{name}` is the original, which the thread has not changed"))
        .label(declared, format!("`{name}` is declared here"))
}

pub fn written_later(at: Range, name: &str, used: Range, call: Range) -> Finding {
    Finding::new("W908", at, vec![("name", name.into())])
        .label(call, "captures are read when this call is made")
        .label(used, format!("this is the `{name}` of that moment"))
}

pub fn disposable_captured(at: Range, name: &str, declared: Range) -> Finding {
    Finding::new("W909", at, vec![("name", name.into())])
        .label(declared, format!("`{name}` is disposed at the end of its block"))
}

pub fn namespace_as_value(at: Range, namespace: &str, declared: Range) -> Finding {
    Finding::new("W910", at, vec![("namespace", namespace.into())])
        .label(declared, format!("`{namespace}` is imported here"))
}
