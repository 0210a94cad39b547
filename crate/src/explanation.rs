//! What [`explain`](crate::explain) gives back. Offsets are UTF-16 code units; the field names are a contract with tools.

use serde::Serialize;

use crate::Diagnostic;

/// The closures of one file, and what becomes of every name that they use.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    /// Of this shape; always 1
    pub version: u8,
    /// The file name as it was given
    pub file: String,
    /// In source order
    pub sites: Vec<ExplainedSite>,
    /// Errors and warnings of the file, in source order
    pub diagnostics: Vec<Diagnostic>,
}

/// One closure that becomes a thread.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExplainedSite {
    /// The id of its worker module
    pub id: String,
    /// `<readable>_<id>`
    pub name: String,
    /// The function of ours that is called
    pub call: &'static str,
    /// Whether the closure is written in the call, or a name of it
    pub given: Given,
    /// The id of the site in whose closure this one stands
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// The whole call
    pub at: Place,
    /// The closure in it
    pub closure: Place,
    /// How much of the source is copied
    pub bytes: SiteBytes,
    /// Names of the closure itself in the order of first use, then those of what it needs
    pub names: Vec<ExplainedName>,
}

/// How the closure is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Given {
    /// Written in the call
    Literal,
    /// By its name
    Reference,
}

/// UTF-8 bytes of source text that are copied for a site, each declaration counted once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SiteBytes {
    /// The closure's own text; what nested sites lift out of it is not counted
    pub closure: u32,
    /// Declarations copied along
    pub declarations: u32,
    /// Initialisers that a worker loads only when a value cannot be cloned
    pub recipes: u32,
}

/// A stretch of the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Place {
    /// Start
    pub start: u32,
    /// End
    pub end: u32,
    /// Line of the start, from 1
    pub line: u32,
    /// Column of the start, from 1
    pub column: u32,
}

/// A free name of a closure, or of something that it needs.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExplainedName {
    /// The name in the source
    pub name: String,
    /// What kind of binding it is: `const`, `import`, `parameter`, …; `global` when the file does not declare it
    pub binding: &'static str,
    /// Number of the rule that decided, in the table of `ARCHITECTURE.md`
    pub rule: u8,
    /// The same in words
    pub class: &'static str,
    /// How it comes into the thread
    pub how: How,
    /// What decided it, in one sentence
    pub why: String,
    /// Bytes of source text copied for it
    pub bytes: Bytes,
    /// Where it is declared
    #[serde(skip_serializing_if = "Option::is_none")]
    pub declared: Option<Place>,
    /// Its first use
    pub used: Place,
    /// How often the closure's own text names it; a nested site that captures it counts as one
    pub uses: u32,
    /// Where it is written by the closure, or by something that it needs
    pub writes: Vec<Place>,
    /// The declarations through which it is needed, outermost first; empty when the closure itself names it
    pub via: Vec<String>,
    /// Its index among the captures of the site
    #[serde(skip_serializing_if = "Option::is_none")]
    pub capture: Option<u32>,
}

/// How a name comes into the thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// Left alone: every agent has its own
    Global,
    /// Imported again
    ReImported,
    /// Given to each task by the runtime: `threadSignal`, `threadName`
    PerTask,
    /// The same memory under the same id
    Shared,
    /// Its declaration is copied to module level
    Hoisted,
    /// Its declaration is copied into `run`, beside the values that it needs
    Inner,
    /// Cloned at the call if it survives that, else its initialiser is evaluated in the worker
    Recipe,
    /// Cloned at the call
    Cloned,
    /// Not at all: it is an error
    Refused,
}

/// What a name adds to worker-side text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Bytes {
    /// UTF-8 bytes of the source
    Known(u32),
    /// `import`: only the bundler knows
    Import(Import),
}

/// The word `import`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Import {
    /// `import`
    Import,
}
