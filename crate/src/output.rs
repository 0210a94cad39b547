//! What [`transform`](crate::transform) gives back: the output half of the contract. Offsets are UTF-16 code units.

use serde::Serialize;

/// The result for one file.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    /// The spawning module, rewritten; the source as it was when nothing changed.
    pub code: String,
    /// Its source map, when asked for and changed.
    pub map: Option<SourceMap>,
    /// Whether `code` differs from the source.
    pub changed: bool,
    /// The worker-side modules, in source order.
    pub modules: Vec<WorkerModule>,
    /// The module-level shared values that got an id.
    pub shared: Vec<SharedSite>,
    /// Errors and warnings, in source order.
    pub diagnostics: Vec<Diagnostic>,
}

/// A source map, version 3. Without the source's text: whoever asked has it, and a copy for each module would be most of
/// what crosses to JavaScript.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SourceMap {
    /// Always 3
    pub version: u8,
    /// The base name of the source file, alone
    pub sources: Vec<String>,
    /// Always empty: nothing is ever renamed
    pub names: Vec<String>,
    /// The mappings, VLQ encoded
    pub mappings: String,
}

/// A module that runs in workers.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WorkerModule {
    /// What it holds
    pub kind: ModuleKind,
    /// 16 base36 characters; depends on the file name and the binding path only
    pub id: String,
    /// `<readable>_<id>`, safe in files and URLs
    pub name: String,
    /// Hash of the content and of all that it reaches
    pub hash: String,
    /// `js`, `jsx`, `ts` or `tsx`
    pub lang: String,
    /// The module text
    pub code: String,
    /// Its map to the spawning module's source
    pub map: Option<SourceMap>,
    /// The id of the site in whose closure this site stands
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// Whether the text names a blocking operation
    pub blocks: bool,
    /// What the runtime sends, in order
    pub captures: Vec<Capture>,
    /// What it imports from outside the file
    pub imports: Vec<ImportedName>,
    /// Ids of the worker-side modules that it uses
    pub needs: Vec<String>,
    /// Start of the closure or declaration in the source
    pub start: u32,
    /// Its end
    pub end: u32,
}

/// The kinds of worker-side module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ModuleKind {
    /// One lifted closure
    Site,
    /// A hoisted declaration with the cycle it belongs to
    Declaration,
    /// An initialiser that a worker evaluates when its value cannot be cloned
    Recipe,
}

impl ModuleKind {
    /// Its name in JavaScript.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Site => "site",
            Self::Declaration => "declaration",
            Self::Recipe => "recipe",
        }
    }
}

/// A captured binding.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Capture {
    /// The name in the source
    pub name: String,
    /// How it crosses
    pub kind: CaptureKind,
    /// Start of its first use
    pub start: u32,
    /// End of its first use
    pub end: u32,
}

/// How a captured binding crosses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CaptureKind {
    /// Its value is cloned
    Clone,
    /// Cloned if it survives that, else evaluated anew in the worker
    Recipe,
}

impl CaptureKind {
    /// Its name in JavaScript.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Clone => "clone",
            Self::Recipe => "recipe",
        }
    }
}

/// One imported name of a worker-side module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ImportedName {
    /// The module specifier as written
    pub source: String,
    /// `default`, `*`, or the exported name
    pub imported: String,
    /// The local name
    pub local: String,
}

/// A module-level shared value.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SharedSite {
    /// Its id
    pub id: String,
    /// `Global`, `Mutex`, …
    #[serde(rename = "type")]
    pub kind: String,
    /// The name of the binding that holds it
    pub name: String,
    /// Start of the construction
    pub start: u32,
    /// Its end
    pub end: u32,
}

/// How serious a diagnostic is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The file cannot be built as written
    Error,
    /// It can, but may surprise
    Warning,
}

/// An error or warning.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Diagnostic {
    /// `E101`, `W901`, …: the name of its page
    pub code: String,
    /// Error or warning
    pub severity: Severity,
    /// One sentence that says what is wrong
    pub message: String,
    /// Start of the place it is about
    pub start: u32,
    /// Its end
    pub end: u32,
    /// Further places, each with a short text
    pub labels: Vec<Label>,
    /// Consequences and background
    pub notes: Vec<String>,
    /// What to do, in the imperative
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

/// A further place of a diagnostic.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Label {
    /// Start
    pub start: u32,
    /// End
    pub end: u32,
    /// What is there
    pub text: String,
}
