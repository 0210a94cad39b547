//! Lifts the closures given to `spawn` into modules that run in workers.
//!
//! The crate is pure: text and options in, texts and diagnostics out, no I/O. The steps in order, each a module (`ARCHITECTURE.md` walks through them):
//!
//! - `parse`: source to a resolved syntax tree
//! - `collect`: one walk that fills an `Analysis` of scopes, bindings and references
//! - `spawn_sites`: our calls and constructions
//! - `module_bindings`: declarations that can be copied
//! - `needs`, `classify`, `checks`: what each closure needs, by the rule table, and what is refused
//! - `rewrite`, `worker_module`, `text`: slices of the source put together anew, with exact maps
//! - `explain`: the plan told to people

mod analysis;
mod brackets;
mod checks;
mod class_evidence;
mod classes;
mod classify;
mod collect;
mod components;
mod diagnostics;
mod early_errors;
mod explain;
mod explanation;
mod flow;
mod free_variables;
mod initializers;
mod module_bindings;
mod needs;
mod options;
mod order;
mod output;
mod parse;
mod per_task;
mod pipeline;
mod positions;
mod pragmas;
mod program;
mod reserved;
mod rewrite;
mod scan;
mod shallow;
mod shared_places;
mod site_id;
mod spawn_sites;
mod text;
mod tried;
mod using_heads;
mod warnings;
#[cfg(target_arch = "wasm32")]
mod wasm;
#[cfg(any(target_arch = "wasm32", test))]
mod wire;
mod worker_module;

pub use explanation::{Bytes, ExplainedName, ExplainedSite, Explanation, Given, How, Import, Place, SiteBytes};
pub use options::{Addresses, Jsx, JsxRuntime, Lang, ModuleRef, Options};
pub use output::{
    Capture, CaptureKind, Diagnostic, ImportedName, Label, ModuleKind, Output, Severity, SharedSite, SourceMap,
    WorkerModule,
};
use program::Program;
use swc_common::{GLOBALS, Globals};

/// Transforms one file in one pass: finds its spawn sites, lifts their closures, and rewrites the spawning module.
///
/// Never fails: what is wrong with the source is told in [`Output::diagnostics`]. With an error among them the code is
/// returned as it was, and `addresses` is not asked for anything.
pub fn transform(source: &str, options: &Options, addresses: &mut dyn Addresses) -> Output {
    GLOBALS.set(&Globals::new(), || pipeline::run(source, options, addresses))
}

/// Lists, for each closure that becomes a thread, every name that it uses: by which rule it comes along, how, and why.
///
/// Never fails: a file with errors is explained as far as it was understood, and the errors are told in
/// [`Explanation::diagnostics`].
#[must_use]
pub fn explain(source: &str, options: &Options) -> Explanation {
    GLOBALS.set(&Globals::new(), || explain::run(source, options))
}
