//! What runs after what, as far as the text of one function tells. Warnings ask this: they speak of what is certain, and keep
//! silent where a branch, an early `return` or an `await` makes it a matter of the run.

use swc_common::Spanned;
use swc_ecma_ast::{
    ArrayLit, ArrowExpr, ArrowFunctionBody, AssignExpr, AwaitExpr, BinExpr, BinaryOp, BreakStmt, CallExpr, Callee,
    CatchClause, CondExpr, ContinueStmt, ExprStmt, ForInStmt, ForOfStmt, ForStmt, IfStmt, KeyValueProp, Module,
    NewExpr, OptCall, OptChainExpr, Prop, ReturnStmt, SwitchCase, ThrowStmt, UnaryExpr, VarDeclarator, WhileStmt,
    YieldExpr,
};
use swc_ecma_visit::{Visit, VisitWith};

use crate::{
    analysis::{Analysis, Range, range_of},
    collect::places::runs_its_functions,
    initializers::unwrap,
};

mod leaving;

use leaving::Leaving;

/// Places that change the order of things, each list in no particular order.
#[derive(Debug, Default)]
pub struct Flow {
    /// `await …`, `yield …`: others run meanwhile
    pauses: Vec<Range>,
    /// `return …`, `throw …`, `break`, `continue`
    exits: Vec<Range>,
    /// Code that runs or does not
    branches: Vec<Range>,
    /// Pairs of which only one runs
    alternatives: Vec<(Range, Range)>,
    /// Loops, and what runs between two turns
    loops: Vec<(Range, Range)>,
    /// Assignments, and what they assign to
    assignments: Vec<(Range, Range)>,
    /// Calls that call the functions written in them, and are done with them when they return
    running: Vec<Range>,
    /// Values that nobody takes
    discarded: Vec<Range>,
    leaving: Leaving,
}

impl Flow {
    pub fn of(module: &Module) -> Self {
        let mut flow = Self::default();
        module.visit_with(&mut flow);
        flow
    }

    /// Whether `place` is certain to run once `call` has been made, before anything is awaited.
    pub fn follows_at_once(&self, analysis: &Analysis, call: Range, place: Range) -> bool {
        let done =
            self.assignments.iter().find(|(_, target)| target.contains(place)).map_or(place, |&(whole, _)| whole);
        done.lo >= call.hi
            && same_function(analysis, call, place)
            && self.is_sure(call, place)
            && self.is_straight(analysis, call, done.hi)
    }

    /// Whether `place` is certain to run between this turn of a loop, in which `call` is made, and the next one.
    pub fn follows_in_next_turn(&self, analysis: &Analysis, call: Range, place: Range) -> bool {
        same_function(analysis, call, place)
            && self.loops.iter().any(|&(whole, turn)| {
                whole.contains(call)
                    && turn.contains(place)
                    && !turn.contains(call)
                    && self.is_straight(analysis, call, whole.hi)
            })
    }

    /// Whether `place` may run after `call`, in the same function.
    pub fn may_follow(&self, analysis: &Analysis, call: Range, place: Range) -> bool {
        place.lo >= call.hi
            && same_function(analysis, call, place)
            && !self.alternatives.iter().any(|(first, second)| first.contains(call) && second.contains(place))
            && !between(
                self.exits.iter().filter(|exit| !exit.contains(place) && self.is_sure(call, **exit)),
                analysis,
                call,
                place.lo,
            )
    }

    /// The call that runs the function around `place`, and has run it when it returns: `names.map((name) => …)`.
    pub fn run_by(&self, analysis: &Analysis, place: Range) -> Option<Range> {
        let function = analysis.scopes[analysis.scope_of(place)].function;
        let around = analysis.scopes[analysis.scopes[function].parent?].function;
        let mut calls = self.running.iter().copied().filter(|call| call.contains(place));
        calls.find(|&call| analysis.scopes[analysis.scope_of(call)].function == around)
    }

    pub fn is_discarded(&self, expression: Range) -> bool {
        self.discarded.contains(&expression)
    }

    /// Whether the name at `place` is given away as it is: `send(list)`, `{ list }`, `other = list`.
    pub fn is_handed_on(&self, place: Range) -> bool {
        self.leaving.is_handed_on(place)
    }

    /// Whether what the name at `place` holds is part of what comes out of `closure`.
    pub fn is_returned(&self, analysis: &Analysis, closure: Range, place: Range) -> bool {
        self.leaving.is_returned(analysis, closure, place, |call| {
            self.discarded.iter().any(|&whole| self.leaving.is_all_of(whole, call))
        })
    }

    /// Nothing is awaited, and nothing left, between a call and a later place.
    fn is_straight(&self, analysis: &Analysis, call: Range, until: u32) -> bool {
        !between(self.pauses.iter().chain(&self.exits), analysis, call, until)
    }

    /// Whether no branch decides about `place` that has not let `call` be made.
    fn is_sure(&self, call: Range, place: Range) -> bool {
        self.branches.iter().all(|branch| !branch.contains(place) || branch.contains(call))
    }
}

/// Whether one of `places`, in the function of the call, lies around the call or between it and `until`.
fn between<'a>(mut places: impl Iterator<Item = &'a Range>, analysis: &Analysis, call: Range, until: u32) -> bool {
    places.any(|place| {
        let around = place.contains(call);
        let later = place.lo >= call.hi && place.lo < until;
        (around || later) && same_function(analysis, call, *place)
    })
}

fn same_function(analysis: &Analysis, one: Range, other: Range) -> bool {
    let function = |range| analysis.scopes[analysis.scope_of(range)].function;
    function(one) == function(other)
}

impl Visit for Flow {
    fn visit_await_expr(&mut self, node: &AwaitExpr) {
        self.pauses.push(range_of(node.span));
        node.visit_children_with(self);
    }

    fn visit_yield_expr(&mut self, node: &YieldExpr) {
        self.pauses.push(range_of(node.span));
        self.leaving.note_return(range_of(node.span), None);
        node.visit_children_with(self);
    }

    fn visit_return_stmt(&mut self, node: &ReturnStmt) {
        self.exits.push(range_of(node.span));
        self.leaving.note_return(range_of(node.span), None);
        node.visit_children_with(self);
    }

    fn visit_throw_stmt(&mut self, node: &ThrowStmt) {
        self.exits.push(range_of(node.span));
        node.visit_children_with(self);
    }

    fn visit_break_stmt(&mut self, node: &BreakStmt) {
        self.exits.push(range_of(node.span));
    }

    fn visit_continue_stmt(&mut self, node: &ContinueStmt) {
        self.exits.push(range_of(node.span));
    }

    fn visit_if_stmt(&mut self, node: &IfStmt) {
        let first = range_of(node.cons.span());
        self.branches.push(first);
        if let Some(second) = &node.alt {
            let second = range_of(second.span());
            self.branches.push(second);
            self.alternatives.push((first, second));
        }
        node.visit_children_with(self);
    }

    fn visit_cond_expr(&mut self, node: &CondExpr) {
        let (first, second) = (range_of(node.cons.span()), range_of(node.alt.span()));
        self.branches.extend([first, second]);
        self.alternatives.push((first, second));
        node.visit_children_with(self);
    }

    fn visit_bin_expr(&mut self, node: &BinExpr) {
        if matches!(node.op, BinaryOp::LogicalAnd | BinaryOp::LogicalOr | BinaryOp::NullishCoalescing) {
            self.branches.push(range_of(node.right.span()));
        }
        node.visit_children_with(self);
    }

    fn visit_opt_chain_expr(&mut self, node: &OptChainExpr) {
        self.branches.push(range_of(node.span));
        node.visit_children_with(self);
    }

    fn visit_switch_case(&mut self, node: &SwitchCase) {
        self.branches.push(range_of(node.span));
        node.visit_children_with(self);
    }

    fn visit_catch_clause(&mut self, node: &CatchClause) {
        self.branches.push(range_of(node.span));
        node.visit_children_with(self);
    }

    fn visit_for_stmt(&mut self, node: &ForStmt) {
        self.branches.push(range_of(node.body.span()));
        if let Some(update) = &node.update {
            self.loops.push((range_of(node.span), range_of(update.span())));
            self.branches.push(range_of(update.span()));
        }
        node.visit_children_with(self);
    }

    fn visit_for_of_stmt(&mut self, node: &ForOfStmt) {
        self.in_head(range_of(node.span), range_of(node.left.span()), range_of(node.body.span()));
        if node.is_await {
            self.pauses.push(range_of(node.span));
        }
        node.visit_children_with(self);
    }

    fn visit_for_in_stmt(&mut self, node: &ForInStmt) {
        self.in_head(range_of(node.span), range_of(node.left.span()), range_of(node.body.span()));
        node.visit_children_with(self);
    }

    fn visit_while_stmt(&mut self, node: &WhileStmt) {
        self.branches.push(range_of(node.body.span()));
        node.visit_children_with(self);
    }

    fn visit_call_expr(&mut self, node: &CallExpr) {
        if runs_its_functions(node) {
            self.running.push(range_of(node.span));
        }
        if let Callee::Expr(callee) = &node.callee {
            self.leaving.note_call(Some(callee), &node.args, range_of(node.span));
        }
        node.visit_children_with(self);
    }

    fn visit_opt_call(&mut self, node: &OptCall) {
        self.leaving.note_call(Some(&node.callee), &node.args, range_of(node.span));
        node.visit_children_with(self);
    }

    fn visit_new_expr(&mut self, node: &NewExpr) {
        self.leaving.note_call(None, node.args.as_deref().unwrap_or_default(), range_of(node.span));
        node.visit_children_with(self);
    }

    fn visit_var_declarator(&mut self, node: &VarDeclarator) {
        node.init.iter().for_each(|init| self.leaving.note_value(init));
        node.visit_children_with(self);
    }

    fn visit_key_value_prop(&mut self, node: &KeyValueProp) {
        self.leaving.note_value(&node.value);
        node.visit_children_with(self);
    }

    fn visit_prop(&mut self, node: &Prop) {
        if let Prop::Shorthand(name) = node {
            self.leaving.note_name(name);
        }
        node.visit_children_with(self);
    }

    fn visit_array_lit(&mut self, node: &ArrayLit) {
        let plain = node.elems.iter().flatten().filter(|element| element.spread.is_none());
        plain.for_each(|element| self.leaving.note_value(&element.expr));
        node.visit_children_with(self);
    }

    fn visit_assign_expr(&mut self, node: &AssignExpr) {
        self.assignments.push((range_of(node.span), range_of(node.left.span())));
        self.leaving.note_value(&node.right);
        node.visit_children_with(self);
    }

    fn visit_expr_stmt(&mut self, node: &ExprStmt) {
        let mut inner = unwrap(&node.expr);
        while let swc_ecma_ast::Expr::Await(AwaitExpr { arg, .. }) | swc_ecma_ast::Expr::Unary(UnaryExpr { arg, .. }) =
            inner
        {
            inner = unwrap(arg);
        }
        self.discarded.push(range_of(inner.span()));
        node.visit_children_with(self);
    }

    fn visit_arrow_expr(&mut self, node: &ArrowExpr) {
        if let ArrowFunctionBody::Expr(body) = &*node.body {
            self.leaving.note_return(range_of(body.span()), Some(range_of(node.span)));
        }
        node.visit_children_with(self);
    }
}

impl Flow {
    fn in_head(&mut self, whole: Range, head: Range, body: Range) {
        self.loops.push((whole, head));
        self.branches.extend([head, body]);
    }
}
