//! Our calls: what is lifted, what stays as written, what is refused.
//!
//! ```ts
//! spawn(() => f(x), options)           // lifted, as are functions of the file and imports, by name
//! spawn(move(a), (a) => f(a))          // with values for the parameters
//! task(() => f(x))                     // lifted: a value that starts threads
//! parallelMap(items, (x) => f(x))      // the closure becomes a task
//! spawn(job)                           // stays: what is no function of the file may be a task at run time
//! ```

use swc_atoms::Atom;
use swc_common::Spanned;
use swc_ecma_ast::{BinaryOp, CallExpr, Callee, Expr, ExprOrSpread};
use swc_ecma_visit::VisitWith;

use super::{Argument, Finder, Site, SiteKind};
use crate::{
    analysis::{BindingKind, Init, Range, range_of},
    diagnostics,
    initializers::{is_generator, unwrap},
    rewrite::joined,
    site_id,
};

/// Where in a call the closure is.
struct Place {
    kind: SiteKind,
    closure: usize,
    /// Values for the closure's parameters
    moved: bool,
    /// How many arguments there may be
    most: usize,
}

impl Finder<'_> {
    /// Looks at one call. Says whether it was one of ours, and its parts have been looked at.
    pub(super) fn our_call(&mut self, callee: &Expr, arguments: &[ExprOrSpread], call: Range) -> bool {
        let Some((name, at)) = self.ours(callee).filter(|(name, _)| super::takes_closure(name)) else { return false };
        let whole = self.eval.take();
        let place = self.place(&name, arguments);
        let spread = arguments.iter().any(|argument| argument.spread.is_some());
        if spread || arguments.len() <= place.closure || arguments.len() > place.most {
            self.found.consumed.insert(at);
            self.found.findings.push(diagnostics::bad_arguments(call, &name));
            self.visit_all(arguments);
            return true;
        }
        let closure = &arguments[place.closure].expr;
        let argument = match self.argument(closure) {
            Ok(Some(argument)) => argument,
            Ok(None) => {
                self.called.insert(at);
                if place.kind != SiteKind::Task {
                    self.found.left.insert(call);
                }
                if let Some(eval) = whole {
                    self.found.unwrapped.push((eval, call));
                }
                self.visit_all(arguments);
                return true;
            }
            Err(what) => {
                self.found.consumed.insert(at);
                self.found.findings.push(diagnostics::not_a_closure(range_of(closure.span()), &name, &what));
                self.visit_all(arguments);
                return true;
            }
        };
        // What becomes of `parallelMap(…)` is still a call of it.
        let own = if place.kind == SiteKind::Item { &mut self.called } else { &mut self.found.consumed };
        own.insert(at);
        self.lift(&place, argument, arguments, call, whole);
        true
    }

    fn visit_all(&mut self, arguments: &[ExprOrSpread]) {
        for argument in arguments {
            argument.visit_with(self);
        }
    }

    fn lift(
        &mut self,
        place: &Place,
        argument: Argument,
        arguments: &[ExprOrSpread],
        call: Range,
        eval: Option<Range>,
    ) {
        let closure = range_of(arguments[place.closure].expr.span());
        let path = self.path.iter().map(|name| &**name).collect::<Vec<_>>().join(".");
        let ordinal = self.ordinals.entry(path.clone()).or_insert(0);
        let segment = joined(&["<", &ordinal.to_string(), ">"]);
        *ordinal += 1;
        let full = if path.is_empty() { segment.clone() } else { joined(&[&path, ".", &segment]) };
        let id = site_id::id(self.filename, "site", &full);
        for argument in &arguments[..place.closure] {
            if place.kind == SiteKind::Item {
                argument.visit_with(self);
            }
        }
        let site = self.found.sites.len();
        self.found.sites.push(Site {
            kind: place.kind,
            whole: if place.kind == SiteKind::Item { closure } else { eval.unwrap_or(call) },
            call,
            argument,
            closure,
            moved: place.moved.then(|| range_of(arguments[0].expr.span())),
            options: arguments.get(place.closure + 1).map(|options| range_of(options.expr.span())),
            stream: self.is_generator(&arguments[place.closure].expr, argument),
            parent: self.parents.last().copied(),
            name: joined(&[&self.readable(&path, argument), "_", &id]),
            id,
        });
        for (index, argument) in arguments.iter().enumerate() {
            if index == place.closure {
                self.parents.push(site);
                self.named(Some(Atom::from(segment.as_str())), |this| argument.visit_with(this));
                self.parents.pop();
            } else if index > place.closure || place.kind != SiteKind::Item {
                argument.visit_with(self);
            }
        }
    }

    /// A name for people: what is around the call, else the function given, else the file.
    fn readable(&self, path: &str, argument: Argument) -> String {
        let around = site_id::readable(&path.replace(['<', '>'], "."));
        let name = match argument {
            _ if around.chars().any(|character| character.is_ascii_alphabetic()) => around,
            Argument::Name(binding) => site_id::readable(&self.analysis.bindings[binding].name),
            Argument::Closure => site_id::readable(site_id::stem(self.filename)),
        };
        if name.is_empty() { "thread".into() } else { name }
    }

    fn place(&self, name: &str, arguments: &[ExprOrSpread]) -> Place {
        match name {
            "task" => Place { kind: SiteKind::Task, closure: 0, moved: false, most: 1 },
            "parallelMap" => Place { kind: SiteKind::Item, closure: 1, moved: false, most: 3 },
            _ => {
                // Options are never a function, so a function in their place follows moved values.
                let moved = arguments.first().is_some_and(|first| self.is_move(&first.expr))
                    || arguments.get(1).is_some_and(|second| is_function(&second.expr));
                Place { kind: SiteKind::Spawn, closure: usize::from(moved), moved, most: usize::from(moved) + 2 }
            }
        }
    }

    fn is_move(&self, argument: &Expr) -> bool {
        let Expr::Call(call) = unwrap(argument) else { return false };
        let Callee::Expr(callee) = &call.callee else { return false };
        self.ours(callee).is_some_and(|(name, _)| &*name == "move")
    }

    /// What is lifted; nothing where only the run knows; or what stands there that can never be right.
    fn argument(&mut self, closure: &Expr) -> Result<Option<Argument>, String> {
        match unwrap(closure) {
            Expr::Arrow(_) | Expr::Fn(_) => Ok(Some(Argument::Closure)),
            Expr::Ident(ident) => {
                let Some(binding) = self.analysis.binding_of(ident) else { return Ok(None) };
                let data = &self.analysis.bindings[binding];
                let known = match data.kind {
                    BindingKind::Import => !data.ambient,
                    BindingKind::Function => data.is_constant() && (data.ambient || !data.parts.is_empty()),
                    BindingKind::OwnName | BindingKind::Var | BindingKind::Let | BindingKind::Const => {
                        data.is_constant() && data.init == Init::Function
                    }
                    BindingKind::Class if data.is_constant() => {
                        return Err(format!("`{}`, a class", ident.sym));
                    }
                    BindingKind::Enum if !data.ambient => return Err(format!("`{}`, an enum", ident.sym)),
                    BindingKind::Namespace if !data.ambient => return Err(format!("`{}`, a namespace", ident.sym)),
                    _ => false,
                };
                if known {
                    self.found.consumed.insert(range_of(ident.span).lo);
                }
                Ok(known.then_some(Argument::Name(binding)))
            }
            other => wrong(other).map_or(Ok(None), |what| Err(what.into())),
        }
    }

    fn is_generator(&self, closure: &Expr, argument: Argument) -> bool {
        match (argument, closure) {
            (Argument::Name(binding), _) => self.analysis.bindings[binding].generator,
            (Argument::Closure, closure) => is_generator(closure),
        }
    }

    /// `eval(spawn(…))` with the global `eval`.
    pub(super) fn eval_around(&self, call: &CallExpr) -> Option<Range> {
        let Callee::Expr(callee) = &call.callee else { return None };
        let Expr::Ident(ident) = &**callee else { return None };
        if &*ident.sym != "eval" || ident.ctxt != self.unresolved || call.args.len() != 1 {
            return None;
        }
        let inner = match unwrap(&call.args[0].expr) {
            Expr::Call(inner) => match &inner.callee {
                Callee::Expr(callee) => self.ours(callee),
                _ => None,
            },
            _ => None,
        };
        inner.filter(|(name, _)| &**name == "spawn").map(|_| range_of(call.span))
    }
}

fn is_function(expression: &Expr) -> bool {
    matches!(unwrap(expression), Expr::Arrow(_) | Expr::Fn(_))
}

/// What an expression is that can be neither a closure written in the call nor a task.
fn wrong(expression: &Expr) -> Option<&'static str> {
    let function = |part: &Expr| is_function(part) || wrong(part).is_some();
    match unwrap(expression) {
        Expr::Lit(_) | Expr::Tpl(_) => Some("a literal"),
        Expr::Object(_) => Some("an object"),
        Expr::Array(_) => Some("an array"),
        Expr::Class(_) => Some("a class"),
        Expr::Unary(_) | Expr::Update(_) => Some("the result of an operator"),
        Expr::Bin(binary) => match binary.op {
            BinaryOp::LogicalAnd | BinaryOp::LogicalOr | BinaryOp::NullishCoalescing => {
                function(&binary.right).then_some("a choice between two values")
            }
            _ => Some("the result of an operator"),
        },
        Expr::Cond(choice) => {
            (function(&choice.cons) || function(&choice.alt)).then_some("a choice between two values")
        }
        Expr::Assign(assignment) => function(&assignment.right).then_some("an assignment"),
        Expr::Seq(sequence) => {
            sequence.exprs.last().is_some_and(|last| function(last)).then_some("a list of expressions")
        }
        _ => None,
    }
}
