//! Lifts the closures given to `spawn` into modules that run in workers.
//!
//! The crate is pure: text and options in, texts and diagnostics out, no I/O.

mod options;
mod output;
#[cfg(target_arch = "wasm32")]
mod wasm;

pub use options::{Addresses, Jsx, JsxRuntime, Lang, ModuleRef, Options};
pub use output::{
    Capture, CaptureKind, Diagnostic, ImportedName, Label, ModuleKind, Output, Severity, SharedSite, SourceMap,
    WorkerModule,
};

/// Transforms one file in one pass: finds its spawn sites, lifts their closures, and rewrites the spawning module.
///
/// Never fails: what is wrong with the source is told in [`Output::diagnostics`].
pub fn transform(source: &str, _options: &Options, _addresses: &mut dyn Addresses) -> Output {
    Output { code: source.to_owned(), ..Output::default() }
}
