//! One walk over the syntax tree that fills an [`Analysis`].
//!
//! The visitor names the few places that bind, write or give meaning; every other node is walked by SWC's own generic
//! code, so that no kind of expression can be forgotten. Types are never entered: what only types name is not read.

use rustc_hash::{FxHashMap, FxHashSet};
use swc_atoms::Atom;
use swc_common::{Spanned, SyntaxContext};
use swc_ecma_ast::{
    AssignExpr, AssignTarget, CallExpr, Callee, Class, Expr, Function, Id, Ident, MemberExpr, MemberProp, Pat,
    SimpleAssignTarget, TsNamespaceBody, VarDeclarator,
};
use swc_ecma_visit::VisitWith;

use crate::{
    analysis::{
        Access, Analysis, Binding, BindingId, BindingKind, Context, ContextUse, Init, Mutation, Part, Plain, Range,
        Scope, ScopeId, ScopeKind, range_of,
    },
    initializers,
    options::Jsx,
    parse::Parsed,
};

mod declarations;
mod finish;
mod jsx;
mod metadata;
mod namespaces;
mod patterns;
pub mod places;
mod rebind;
mod visit;

use jsx::jsx_roots;
use metadata::Metadata;
use namespaces::exported_names;
use places::{
    CHAINED_METHODS, MUTATING_METHODS, body_start, chain_root, class_range, completed_by, defaulted_by, member_root,
    private_names,
};

/// Fills the analysis of one parsed file.
pub fn collect(parsed: &Parsed, size: u32, jsx: &Jsx, pragmas: &Pragmas) -> Analysis {
    let mut collector = Collector {
        analysis: Analysis::default(),
        unresolved: parsed.unresolved,
        scope: 0,
        homes: vec![None],
        classes: Vec::new(),
        ids: Vec::new(),
        references: Vec::new(),
        attachments: Vec::new(),
        mutations: Vec::new(),
        built_later: Vec::new(),
        called: Vec::new(),
        unbound: FxHashMap::default(),
        own_names: FxHashMap::default(),
        holders: Vec::new(),
        aliases: FxHashMap::default(),
        defaulted: FxHashMap::default(),
        blocks: Vec::new(),
        jsx_roots: jsx_roots(jsx, pragmas),
        jsx_uses: Vec::new(),
        metadata: Metadata::default(),
        using_heads: &parsed.using_heads,
        evaluated: vec![true],
    };
    // A table that grows is filled anew each time.
    let names = size as usize / 32 + 8;
    collector.analysis.identifiers.reserve(names);
    collector.analysis.by_id.reserve(names / 2);
    collector.analysis.by_name.reserve(names / 2);
    collector.references.reserve(names * 2);
    collector.push_scope(ScopeKind::Module, Range::new(0, size), Some(size));
    parsed.module.visit_with(&mut collector);
    collector.finish()
}

/// `@jsx` comments of the file.
#[derive(Debug, Default)]
pub struct Pragmas {
    /// The comments, as written
    pub comments: Vec<Range>,
    pub factory: Option<String>,
    pub fragment: Option<String>,
    pub classic: bool,
}

struct Collector<'a> {
    analysis: Analysis,
    unresolved: SyntaxContext,
    scope: ScopeId,
    /// What gives `this` its meaning, innermost last
    homes: Vec<Option<Range>>,
    /// The private names of the classes around
    classes: Vec<(Range, FxHashSet<Atom>)>,
    /// What each binding is known by
    ids: Vec<Id>,
    /// References as met: their bindings may be declared later
    references: Vec<(Id, Range, Access)>,
    attachments: Vec<(Id, Range, ScopeId)>,
    mutations: Vec<(Id, Mutation)>,
    built_later: Vec<(Id, Range)>,
    called: Vec<Id>,
    unbound: FxHashMap<Atom, usize>,
    /// Names of function and class expressions, by the expression
    own_names: FxHashMap<Range, BindingId>,
    /// Constants that hold a function or class expression
    holders: Vec<(BindingId, Range)>,
    /// Constants that start as another name, or as something in it
    aliases: FxHashMap<BindingId, Id>,
    /// `x` in the `x || (x = {})` of what a namespace is compiled to, and the scope of the statement
    defaulted: FxHashMap<Range, ScopeId>,
    /// Blocks of namespaces and enums, with the names that each gives to the others
    blocks: Vec<(BindingId, Range, Vec<Atom>)>,
    jsx_roots: Vec<Atom>,
    jsx_uses: Vec<(Atom, ScopeId, Range)>,
    metadata: Metadata,
    using_heads: &'a FxHashSet<u32>,
    /// Whether the code at hand runs when the module or class around it is evaluated, innermost last
    evaluated: Vec<bool>,
}

impl Collector<'_> {
    fn push_scope(&mut self, kind: ScopeKind, range: Range, body: Option<u32>) -> ScopeId {
        let id = self.analysis.scopes.len();
        let parent = (id > 0).then_some(self.scope);
        let function = match (kind, parent) {
            (ScopeKind::Module | ScopeKind::Function, _) | (_, None) => id,
            (_, Some(parent)) => self.analysis.scopes[parent].function,
        };
        self.analysis.scopes.push(Scope { parent, kind, range, body, function });
        id
    }

    fn within(&mut self, kind: ScopeKind, range: Range, body: Option<u32>, inside: impl FnOnce(&mut Self)) {
        let scope = self.push_scope(kind, range, body);
        let outer = std::mem::replace(&mut self.scope, scope);
        inside(self);
        self.scope = outer;
    }

    /// Code that runs when the class is evaluated, or code that does not run until it is called.
    fn evaluated(&mut self, now: bool, inside: impl FnOnce(&mut Self)) {
        self.evaluated.push(now);
        inside(self);
        self.evaluated.pop();
    }

    /// Notes a call if it runs while the module or a class is being evaluated.
    fn note_call(&mut self, range: Range) {
        if self.evaluated.last() == Some(&true) {
            self.analysis.static_calls.push(range);
        }
    }

    fn at_home(&mut self, range: Range, inside: impl FnOnce(&mut Self)) {
        self.homes.push(Some(range));
        inside(self);
        self.homes.pop();
    }

    /// Declares a binding, or adds to one that is declared already (overloads, `var` twice, merged declarations).
    fn declare(&mut self, ident: &Ident, kind: BindingKind, scope: ScopeId) -> BindingId {
        self.analysis.identifiers.insert(ident.sym.clone());
        let id = ident.to_id();
        if let Some(&binding) = self.analysis.by_id.get(&id) {
            return binding;
        }
        let declared = range_of(ident.span);
        let binding = self.analysis.bindings.len();
        self.analysis.bindings.push(Binding {
            name: ident.sym.clone(),
            kind,
            scope,
            declared,
            initialized: declared.hi,
            parts: Vec::new(),
            init: Init::None,
            plain: Plain::No,
            generator: false,
            destructured: false,
            writes: Vec::new(),
            ambient: false,
        });
        self.ids.push(id.clone());
        self.analysis.by_id.insert(id, binding);
        self.analysis.by_name.insert((scope, ident.sym.clone()), binding);
        binding
    }

    /// The scope that `var` declares in.
    fn var_scope(&self) -> ScopeId {
        let mut scope = self.scope;
        loop {
            let this = &self.analysis.scopes[scope];
            match (this.kind, this.parent) {
                (ScopeKind::Module | ScopeKind::Function | ScopeKind::Namespace, _) | (_, None) => return scope,
                (_, Some(parent)) => scope = parent,
            }
        }
    }

    fn declare_variables(
        &mut self,
        declarators: &[VarDeclarator],
        kind: BindingKind,
        keyword: &'static str,
        head: bool,
    ) {
        let scope = if kind == BindingKind::Var { self.var_scope() } else { self.scope };
        for declarator in declarators {
            let mut found = Vec::new();
            self.declare_pattern(&declarator.name, kind, scope, &mut found);
            declarator.init.visit_with(self);
            let simple = matches!(declarator.name, Pat::Ident(_));
            let range = range_of(declarator.span);
            if let (BindingKind::Const, Some(init)) = (kind, &declarator.init) {
                self.note_constant(init, &found, simple);
            }
            for binding in found {
                let again = !self.analysis.bindings[binding].parts.is_empty()
                    || self.analysis.bindings[binding].kind == BindingKind::Param;
                if again && declarator.init.is_some() {
                    // A second `var x = …` is a write like any other.
                    let range = range_of(declarator.name.span());
                    self.analysis.bindings[binding].writes.push(range);
                }
                let init = initializers::describe(declarator.init.as_deref(), simple, self.unresolved);
                let binding = &mut self.analysis.bindings[binding];
                binding.destructured = !simple;
                binding.initialized = range.hi;
                binding.init = if head { Init::Other } else { init };
                binding.plain = declarator.init.as_deref().filter(|_| simple).map_or(Plain::No, initializers::plain);
                binding.generator = simple && declarator.init.as_deref().is_some_and(initializers::is_generator);
                binding.parts.push(Part { keyword: keyword.into(), range, replaceable: false, decorated: None });
            }
        }
    }

    /// What a constant is another name of.
    fn note_constant(&mut self, init: &Expr, found: &[BindingId], simple: bool) {
        let init = initializers::unwrap(init);
        match init {
            Expr::Fn(function) if simple => {
                self.holders.extend(found.iter().map(|&binding| (binding, range_of(function.function.span))));
            }
            Expr::Class(class) if simple => {
                self.holders.extend(found.iter().map(|&binding| (binding, class_range(&class.class))));
            }
            Expr::Ident(root) => self.aliases.extend(found.iter().map(|&binding| (binding, root.to_id()))),
            Expr::Member(member) => {
                if let Some(root) = member_root(member) {
                    self.aliases.extend(found.iter().map(|&binding| (binding, root.to_id())));
                }
            }
            _ => {}
        }
    }

    fn reference(&mut self, ident: &Ident, access: Access) {
        self.analysis.identifiers.insert(ident.sym.clone());
        self.note_blocking(&ident.sym, range_of(ident.span));
        if &*ident.sym == "arguments" && ident.ctxt == self.unresolved {
            self.context(Context::Arguments, range_of(ident.span));
            return;
        }
        self.references.push((ident.to_id(), range_of(ident.span), access));
    }

    fn note_blocking(&mut self, name: &str, range: Range) {
        let rest = name.strip_prefix("blocking");
        if rest.is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_uppercase())) {
            self.analysis.blocking.push(range);
        }
    }

    fn context(&mut self, context: Context, range: Range) {
        let home = match &context {
            Context::Private(name) => {
                self.classes.iter().rev().find(|(_, names)| names.contains(name)).map(|(range, _)| *range)
            }
            Context::Eval => None,
            _ => self.homes.last().copied().flatten(),
        };
        self.analysis.contexts.push(ContextUse { context, range, home });
    }

    /// The name of a function or class expression, which means the expression inside of it.
    fn declare_own_name(&mut self, name: &Ident, whole: Range, init: Init) {
        let binding = self.declare(name, BindingKind::OwnName, self.scope);
        let keyword = format!("const {} =", name.sym).into();
        let data = &mut self.analysis.bindings[binding];
        data.init = init;
        data.parts.push(Part { keyword, range: whole, replaceable: false, decorated: None });
        self.own_names.insert(whole, binding);
    }

    /// A function declaration. Of several in one scope the last one counts.
    fn declare_function(&mut self, name: &Ident, range: Range, generator: bool) {
        let binding = self.declare(name, BindingKind::Function, self.scope);
        let binding = &mut self.analysis.bindings[binding];
        binding.generator = generator;
        binding.parts.retain(|part| !part.replaceable);
        if matches!(binding.kind, BindingKind::Var | BindingKind::Param)
            && let Some(variable) = binding.parts.first()
        {
            // `var f = 1; function f() {}`: the variable is written when its initialiser runs.
            let range = variable.range;
            binding.writes.push(range);
        }
        binding.ambient = false;
        binding.parts.push(Part { keyword: "".into(), range, replaceable: true, decorated: None });
    }

    fn function(&mut self, function: &Function, own_name: Option<&Ident>, whole: Range) {
        function.decorators.visit_with(self);
        for param in &function.params {
            param.decorators.visit_with(self);
        }
        let body = function.body.as_ref().map(body_start);
        self.within(ScopeKind::Function, whole, body, |this| {
            if let Some(name) = own_name {
                this.declare_own_name(name, whole, Init::Function);
            }
            this.at_home(whole, |this| {
                this.evaluated(false, |this| {
                    this.declare_params(function.params.iter().map(|param| &param.pat));
                    function.body.visit_with(this);
                });
            });
        });
    }

    fn class(&mut self, class: &Class, own_name: Option<&Ident>, whole: Range) {
        self.evaluated(true, |this| class.decorators.visit_with(this));
        self.classes.push((whole, private_names(class)));
        self.metadata.note_class(class);
        self.within(ScopeKind::Class, whole, None, |this| {
            if let Some(name) = own_name {
                this.declare_own_name(name, whole, Init::Class);
            }
            this.evaluated(true, |this| {
                class.super_class.visit_with(this);
                // Computed names and decorators run now; what does not says so itself.
                class.body.visit_with(this);
            });
        });
        self.classes.pop();
    }

    fn namespace(&mut self, name: Option<&Ident>, body: &TsNamespaceBody, whole: Range) {
        if let Some(name) = name {
            let binding = self.declare(name, BindingKind::Namespace, self.scope);
            let data = &mut self.analysis.bindings[binding];
            data.parts.push(Part::whole(whole));
            data.initialized = whole.hi;
            self.blocks.push((binding, whole, exported_names(body)));
        }
        self.within(ScopeKind::Namespace, whole, None, |this| match body {
            TsNamespaceBody::TsModuleBlock(block) => block.body.visit_with(this),
            TsNamespaceBody::TsNamespaceDecl(inner) => inner.visit_with(this),
        });
    }

    /// `member` is assigned to, or it is a method that changes its object: its root's value is changed.
    fn mutation(&mut self, member: &MemberExpr, by_method: bool) {
        if let Some(root) = member_root(member) {
            let range = range_of(member.span);
            let direct = initializers::unwrap(&member.obj).is_ident();
            let method = member.prop.as_ident().filter(|_| by_method);
            let gives_object = method.is_some_and(|method| CHAINED_METHODS.contains(&&*method.sym));
            self.mutations.push((root.to_id(), Mutation { binding: 0, range, direct, by_method, gives_object }));
            self.building(root, range);
        }
    }

    fn method_call(&mut self, member: &MemberExpr) {
        if matches!(&member.prop, MemberProp::Ident(method) if MUTATING_METHODS.contains(&&*method.sym)) {
            self.mutation(member, true);
        }
    }

    /// The module goes on building a value after its declaration.
    fn building(&mut self, root: &Ident, range: Range) {
        if self.evaluated.last() == Some(&true) {
            self.built_later.push((root.to_id(), range));
        }
    }

    /// An expression that is a statement: it is there for its effect.
    fn statement(&mut self, expression: &Expr, range: Range) {
        let expression = match initializers::unwrap(expression) {
            Expr::Await(inner) => initializers::unwrap(&inner.arg),
            Expr::Unary(inner) => initializers::unwrap(&inner.arg),
            other => other,
        };
        match expression {
            Expr::Assign(AssignExpr { left: AssignTarget::Simple(SimpleAssignTarget::Member(member)), .. }) => {
                if let Some(root) = member_root(member) {
                    self.attachments.push((root.to_id(), range, self.scope));
                }
            }
            Expr::Call(call) => {
                if let Some(root) = completed_by(call) {
                    self.attachments.push((root.to_id(), range, self.scope));
                }
                if let Some(root) = defaulted_by(call) {
                    self.defaulted.insert(range_of(root.span), self.scope);
                    self.attachments.push((root.to_id(), range, self.scope));
                }
                if self.evaluated.last() == Some(&true) {
                    self.call_statement(call);
                }
            }
            _ => {}
        }
    }

    /// `registry.add(x)`, `register(handlers)` at the top level of the module: the values named there may be changed.
    fn call_statement(&mut self, call: &CallExpr) {
        let range = range_of(call.span);
        if let Callee::Expr(callee) = &call.callee {
            match initializers::unwrap(callee) {
                Expr::Ident(function) => self.called.push(function.to_id()),
                callee => {
                    if let Some(root) = chain_root(callee) {
                        self.building(root, range);
                    }
                }
            }
        }
        for argument in &call.args {
            if let Some(root) = chain_root(initializers::unwrap(&argument.expr)) {
                self.building(root, range);
            }
        }
    }
}
