//! What a caller may ask of [`transform`](crate::transform): the input half of the contract.

use serde::Deserialize;

use crate::output::ModuleKind;

/// Options of one [`transform`](crate::transform) call, as JavaScript sees them.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Options {
    /// `<name>@<version>/<path>` of the nearest named `package.json`, with `/` separators. Ids are derived from it.
    pub filename: String,
    /// The language of the source; taken from the extension of `filename` when absent.
    #[serde(default)]
    pub lang: Option<Lang>,
    /// How JSX in the source will be compiled later; decides which names JSX reads.
    #[serde(default)]
    pub jsx: Jsx,
    /// Module specifiers under which the runtime is imported.
    #[serde(default = "default_import_source")]
    pub import_source: Vec<String>,
    /// Whether to produce source maps.
    #[serde(default = "default_true")]
    pub source_map: bool,
    /// Development output: positions of every capture are kept.
    #[serde(default)]
    pub dev: bool,
    /// Whether what runs the output reads `using`. Where it does not, a file that spawns and says it is refused.
    #[serde(default = "default_true")]
    pub using: bool,
    /// Where the source came from, when another tool has written it: line, column, original line, original column, all
    /// from 0, in the order of the source. Positions that the output tells at run time are the original ones.
    #[serde(default)]
    pub origins: Vec<[u32; 4]>,
}

impl Options {
    /// Options for `filename` with every other field at its default.
    #[must_use]
    pub fn new(filename: &str) -> Self {
        Self {
            filename: filename.into(),
            lang: None,
            jsx: Jsx::default(),
            import_source: default_import_source(),
            source_map: true,
            dev: false,
            using: true,
            origins: Vec::new(),
        }
    }

    /// The language to parse: the one asked for, else the one the extension stands for.
    #[must_use]
    pub fn language(&self) -> Lang {
        self.lang.unwrap_or_else(|| Lang::from_filename(&self.filename))
    }
}

fn default_import_source() -> Vec<String> {
    vec!["experimental-threads".into()]
}

fn default_true() -> bool {
    true
}

/// A source language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    /// JavaScript
    Js,
    /// JavaScript with JSX
    Jsx,
    /// TypeScript
    Ts,
    /// TypeScript with JSX
    Tsx,
}

impl Lang {
    /// The language an extension stands for; JavaScript for unknown ones. A query (`a.vue?lang.ts`) counts by its end.
    #[must_use]
    pub fn from_filename(filename: &str) -> Self {
        match filename.rsplit('.').next().unwrap_or_default() {
            "ts" | "mts" | "cts" => Self::Ts,
            "tsx" => Self::Tsx,
            "jsx" => Self::Jsx,
            _ => Self::Js,
        }
    }

    /// The extension of a file in this language, without the dot.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Js => "js",
            Self::Jsx => "jsx",
            Self::Ts => "ts",
            Self::Tsx => "tsx",
        }
    }

    /// Whether types may stand in the source.
    #[must_use]
    pub fn is_typescript(self) -> bool {
        matches!(self, Self::Ts | Self::Tsx)
    }
}

/// How the bundler compiles JSX.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Jsx {
    /// Which runtime the compiled JSX calls.
    #[serde(default)]
    pub runtime: JsxRuntime,
    /// The classic factory; `React.createElement` when absent.
    #[serde(default)]
    pub factory: Option<String>,
    /// The classic fragment; `React.Fragment` when absent.
    #[serde(default)]
    pub fragment: Option<String>,
}

/// The two ways JSX is compiled, and the way of leaving it alone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum JsxRuntime {
    /// `jsx()` calls, imported by the bundler: the source needs no name for them.
    #[default]
    Automatic,
    /// `React.createElement()` calls: the factory is a name that the source reads.
    Classic,
    /// Left as JSX; read like `Classic`, since whoever compiles it later may need the factory.
    Preserve,
}

/// What a reference or specifier callback learns of a worker-side module.
#[derive(Debug, Clone)]
pub struct ModuleRef<'a> {
    /// What it holds
    pub kind: ModuleKind,
    /// Its id
    pub id: &'a str,
    /// Its readable, file-safe name
    pub name: &'a str,
    /// Hash of its content and of all that it reaches
    pub hash: &'a str,
    /// The extension of its language
    pub lang: &'a str,
    /// Whether the text that asks is this very module
    pub own: bool,
}

/// Where worker-side modules will live: answered by the bundler's plugin.
pub trait Addresses {
    /// A JavaScript expression for the module's address.
    fn reference(&mut self, module: &ModuleRef<'_>) -> String;
    /// The module specifier under which another worker-side module imports it.
    fn specifier(&mut self, module: &ModuleRef<'_>) -> String;
}
