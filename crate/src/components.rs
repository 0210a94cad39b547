//! Strongly connected components of a graph: Tarjan, "Depth-first search and linear graph algorithms" (1972), with a stack
//! of its own instead of recursion, since a file may chain thousands of declarations.

use crate::order::sort_by_number;

/// Where a node's visit stands.
struct Visit {
    node: usize,
    /// How many of its edges have been followed
    followed: usize,
}

const UNSEEN: usize = usize::MAX;
/// A node whose component is known: it is never on the stack again.
const DONE: usize = usize::MAX - 1;

/// The components of the graph in which `edges[node]` are the nodes that `node` needs. Every node is in exactly one;
/// a component comes after those that it needs, and its nodes are in ascending order.
pub fn components<E: AsRef<[usize]>>(edges: &[E]) -> Vec<Vec<usize>> {
    // The lowest node of the stack that a node is known to reach, counted by order of discovery.
    let mut low = vec![UNSEEN; edges.len()];
    let mut order = vec![UNSEEN; edges.len()];
    let mut discovered = 0;
    let mut stack = Vec::new();
    let mut found = Vec::new();
    for start in 0..edges.len() {
        let mut visits = Vec::new();
        if order[start] == UNSEEN {
            visits.push(Visit { node: start, followed: 0 });
        }
        while let Some(visit) = visits.last_mut() {
            let node = visit.node;
            if order[node] == UNSEEN {
                order[node] = discovered;
                low[node] = discovered;
                discovered += 1;
                stack.push(node);
            }
            if let Some(&next) = edges[node].as_ref().get(visit.followed) {
                visit.followed += 1;
                if order[next] == UNSEEN {
                    visits.push(Visit { node: next, followed: 0 });
                } else if order[next] != DONE {
                    low[node] = low[node].min(order[next]);
                }
                continue;
            }
            visits.pop();
            if let Some(from) = visits.last() {
                low[from.node] = low[from.node].min(low[node]);
            }
            if low[node] == order[node] {
                let first = stack.iter().rposition(|&other| other == node).unwrap_or(0);
                let mut component = stack.split_off(first);
                sort_by_number(&mut component, |&member| member as u64);
                for &member in &component {
                    order[member] = DONE;
                }
                found.push(component);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::components;

    #[test]
    fn what_is_needed_comes_first() {
        assert_eq!(components(&[vec![1], vec![2], vec![]]), [[2], [1], [0]]);
    }

    #[test]
    fn a_cycle_is_one_component() {
        let edges = [vec![1, 3], vec![2], vec![1], vec![4], vec![3, 0], vec![]];
        assert_eq!(components(&edges), [vec![1, 2], vec![0, 3, 4], vec![5]]);
    }

    #[test]
    fn two_ways_to_the_same_node_are_no_cycle() {
        assert_eq!(components(&[vec![1, 2], vec![3], vec![3], vec![]]), [[3], [1], [2], [0]]);
    }

    #[test]
    fn a_long_chain_and_a_long_cycle_do_not_recurse() {
        let nodes = 1_000_000;
        let chain: Vec<Vec<usize>> =
            (0..nodes).map(|node| if node + 1 < nodes { vec![node + 1] } else { vec![] }).collect();
        assert_eq!(components(&chain).len(), nodes);
        let cycle: Vec<Vec<usize>> = (0..nodes).map(|node| vec![(node + 1) % nodes]).collect();
        assert_eq!(components(&cycle).len(), 1);
    }
}
