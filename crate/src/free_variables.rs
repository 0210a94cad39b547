//! What a piece of text reads and writes of what is declared around it. Knows nothing about `spawn`.

use crate::analysis::{Analysis, BindingId, Range, Reference, Target};

/// A reference in a text to a binding declared outside of it.
#[derive(Debug, Clone, Copy)]
pub struct Free {
    pub binding: BindingId,
    pub reference: Reference,
}

/// The references in `region` whose bindings are declared outside of it, leaving out what lies in `holes`.
pub fn free_variables<'a>(
    analysis: &'a Analysis,
    region: Range,
    holes: &'a [Range],
) -> impl Iterator<Item = Free> + 'a {
    outside(analysis, region, holes).filter_map(|reference| match reference.target {
        Target::Binding(binding) => Some(Free { binding, reference }),
        Target::Unbound(_) => None,
    })
}

/// The references in `region`, outside of `holes`, to what is declared nowhere in the file or outside of `region`.
pub fn outside<'a>(analysis: &'a Analysis, region: Range, holes: &'a [Range]) -> impl Iterator<Item = Reference> + 'a {
    let mut hole = 0;
    analysis.references_in(region).iter().copied().filter(move |reference| {
        // Both lists are in source order.
        while holes.get(hole).is_some_and(|range| range.hi <= reference.range.lo) {
            hole += 1;
        }
        if holes.get(hole).is_some_and(|range| range.contains(reference.range)) {
            return false;
        }
        match reference.target {
            Target::Binding(binding) => !analysis.is_bound_in(binding, region),
            Target::Unbound(_) => true,
        }
    })
}
