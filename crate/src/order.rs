//! Putting things in order, with little code: the standard library's sorts are compiled anew for every type and key, and two
//! dozen of them were a twelfth of the WebAssembly. Here one sort, of numbers, serves all.

use std::mem;

use crate::analysis::Range;

/// Sorts by a number; what has the same keeps its order.
pub fn sort_by_number<T>(items: &mut Vec<T>, number: impl Fn(&T) -> u64) {
    if items.is_sorted_by_key(&number) {
        return;
    }
    let mut order: Vec<(u64, u32)> = Vec::with_capacity(items.len());
    for (at, item) in items.iter().enumerate() {
        order.push((number(item), at as u32));
    }
    order.sort_unstable();
    let mut taken: Vec<Option<T>> = mem::take(items).into_iter().map(Some).collect();
    items.extend(order.into_iter().filter_map(|(_, at)| taken[at as usize].take()));
}

/// Sorts by a place: where it begins, then where it ends.
pub fn sort_by_range<T>(items: &mut Vec<T>, range: impl Fn(&T) -> Range) {
    sort_by_number(items, |item| pair(range(item).lo, range(item).hi));
}

/// Two numbers as one that orders by the first, then by the second.
pub fn pair(first: u32, second: u32) -> u64 {
    u64::from(first) << 32 | u64::from(second)
}

/// Collects into a sorted set or map. `collect` would sort first, which is faster only for many items.
pub fn collected<C: Default + Extend<T>, T>(items: impl IntoIterator<Item = T>) -> C {
    let mut collection = C::default();
    collection.extend(items);
    collection
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{collected, pair, sort_by_number, sort_by_range};
    use crate::analysis::Range;

    #[test]
    fn keeps_the_order_of_equals() {
        let mut items = vec![(2, 'a'), (1, 'b'), (2, 'c'), (1, 'd'), (0, 'e')];
        sort_by_number(&mut items, |&(number, _)| number);
        assert_eq!(items, [(0, 'e'), (1, 'b'), (1, 'd'), (2, 'a'), (2, 'c')]);
    }

    #[test]
    fn orders_places_by_their_start_then_by_their_end() {
        let mut places = vec![Range::new(5, 9), Range::new(5, 6), Range::new(u32::MAX, u32::MAX), Range::new(1, 70)];
        sort_by_range(&mut places, |&place| place);
        assert_eq!(places, [Range::new(1, 70), Range::new(5, 6), Range::new(5, 9), Range::new(u32::MAX, u32::MAX)]);
        assert!(pair(1, u32::MAX) < pair(2, 0));
    }

    #[test]
    fn collects_each_once() {
        assert!(collected::<BTreeSet<_>, _>([3, 1, 3]).into_iter().eq([1, 3]));
    }
}
