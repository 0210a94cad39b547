//! What of a closure comes to somebody outside of it: what it returns or yields, and what it hands on to others.
//!
//! ```js
//! () => { names.forEach((name) => seen.add(name)) }   // `forEach` drops what its function returns: nothing leaves
//! () => names.map((name) => seen.add(name))           // `seen` is in the list that is returned
//! () => { send(seen) }                                // whoever is handed it may do anything with it
//! ```

use rustc_hash::{FxHashMap, FxHashSet};
use swc_common::Spanned;
use swc_ecma_ast::{Expr, ExprOrSpread, Ident, MemberProp};

use crate::{
    analysis::{Analysis, Range, range_of},
    initializers::unwrap,
};

/// Methods that only ask their function something, or drop what it returns.
const DROPPING_METHODS: [&str; 9] =
    ["every", "filter", "find", "findIndex", "findLast", "findLastIndex", "forEach", "some", "sort"];

#[derive(Debug, Default)]
pub(super) struct Leaving {
    /// By `return`, by `yield`, or as the body of an arrow function, which is then named too
    returned: Vec<(Range, Option<Range>)>,
    /// Where names are given away as they are: `send(list)`, `{ list }`, `other = list`
    handed_on: FxHashSet<u32>,
    /// Functions written as an argument of a call, or called where they stand, with the call; none when it drops what they return
    inline: FxHashMap<Range, Option<Range>>,
    /// `Promise.all(…)`, with its argument
    waits: Vec<(Range, Range)>,
}

impl Leaving {
    pub(super) fn note_return(&mut self, returned: Range, arrow: Option<Range>) {
        self.returned.push((returned, arrow));
    }

    pub(super) fn note_value(&mut self, value: &Expr) {
        if let Expr::Ident(name) = unwrap(value) {
            self.note_name(name);
        }
    }

    pub(super) fn note_name(&mut self, name: &Ident) {
        self.handed_on.insert(range_of(name.span).lo);
    }

    pub(super) fn note_call(&mut self, callee: Option<&Expr>, arguments: &[ExprOrSpread], call: Range) {
        let callee = callee.map(unwrap);
        if let Some(function @ (Expr::Arrow(_) | Expr::Fn(_))) = callee {
            self.inline.insert(range_of(function.span()), Some(call));
        }
        let method = match callee {
            Some(Expr::Member(member)) => member.prop.as_ident().map(|name| &*name.sym),
            _ => None,
        };
        // The function of `new Promise(…)` has nobody to return to.
        let drops = callee.is_none() || method.is_some_and(|method| DROPPING_METHODS.contains(&method));
        for argument in arguments {
            self.note_value(&argument.expr);
            if let function @ (Expr::Arrow(_) | Expr::Fn(_)) = unwrap(&argument.expr) {
                self.inline.insert(range_of(function.span()), (!drops).then_some(call));
            }
        }
        if let (Some(Expr::Member(member)), [only]) = (callee, arguments)
            && matches!(unwrap(&member.obj), Expr::Ident(object) if &*object.sym == "Promise")
            && matches!(&member.prop, MemberProp::Ident(_))
        {
            self.waits.push((call, range_of(unwrap(&only.expr).span())));
        }
    }

    pub(super) fn is_handed_on(&self, place: Range) -> bool {
        self.handed_on.contains(&place.lo)
    }

    /// Whether `place` is part of what comes out of `closure`: of what it returns itself, or of what a function inside of it
    /// returns to a call whose value nobody is known to drop.
    pub(super) fn is_returned(
        &self,
        analysis: &Analysis,
        closure: Range,
        mut place: Range,
        is_dropped: impl Fn(Range) -> bool,
    ) -> bool {
        let function_of = |range| analysis.scopes[analysis.scopes[analysis.scope_of(range)].function].range;
        let mut is_call = false;
        loop {
            let function = function_of(place);
            let mut returned = self.returned.iter().filter(|(returned, _)| returned.contains(place));
            if !returned.any(|&(returned, arrow)| arrow.unwrap_or_else(|| function_of(returned)) == function) {
                // What a call gives may be kept, and what a name holds is only looked at.
                return is_call;
            }
            // The closure itself, of which parentheses may be a part.
            if function == closure || !closure.contains(function) {
                return true;
            }
            match self.inline.get(&function) {
                // Somebody else calls it: who knows.
                None => return true,
                Some(None) => return false,
                Some(Some(call)) if is_dropped(*call) => return false,
                Some(Some(call)) => {
                    place = *call;
                    is_call = true;
                }
            }
        }
    }

    /// Whether `call` is the whole of an expression, but for `Promise.all(…)` around it.
    pub(super) fn is_all_of(&self, whole: Range, call: Range) -> bool {
        whole == call || self.waits.contains(&(whole, call))
    }
}
