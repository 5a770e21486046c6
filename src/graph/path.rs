//! The shortest path between two nodes, searched from both ends at once.

use std::collections::{BTreeMap, BTreeSet};

use super::{EdgeKind, Neighbour, Node};

/// Where a search stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PathLimits {
    /// Most edges of a path.
    pub max_edges: u32,
    /// Most nodes that are visited.
    pub max_nodes: usize,
}

/// What a search wants or has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// The neighbours of these nodes, each by [`PathSearch::feed`].
    Expand(Vec<Node>),
    /// A shortest path, from the first node to the last; each node with the edge that leads to it,
    /// which the first has not.
    Found(Vec<(Node, Option<EdgeKind>)>),
    /// There is no path of at most so many edges among the nodes that were read.
    NoPath,
    /// Too many nodes were visited; there may be a path.
    GaveUp,
}

/// What one end has visited: each node with its distance and the way back.
#[derive(Debug, Default)]
struct End {
    visited: BTreeMap<Node, (u32, Option<(Node, EdgeKind)>)>,
    frontier: Vec<Node>,
    next: Vec<Node>,
    depth: u32,
}

impl End {
    fn at(node: Node) -> Self {
        Self {
            visited: BTreeMap::from([(node, (0, None))]),
            frontier: vec![node],
            ..Self::default()
        }
    }
}

/// A search for a shortest path.
#[derive(Debug)]
pub struct PathSearch {
    limits: PathLimits,
    ends: [End; 2],
    /// Which end is being expanded.
    turn: usize,
    /// Nodes whose neighbours are awaited.
    awaited: BTreeSet<Node>,
    /// Whether a level was begun.
    expanding: bool,
    trivial: bool,
}

impl PathSearch {
    /// A search from one node to another.
    pub fn new(from: Node, to: Node, limits: PathLimits) -> Self {
        Self {
            limits,
            ends: [End::at(from), End::at(to)],
            turn: 0,
            awaited: BTreeSet::new(),
            expanding: false,
            trivial: from == to,
        }
    }

    /// What the search wants next, or what it has.
    pub fn step(&mut self) -> Step {
        if self.expanding {
            self.expanding = false;
            self.end_level();
        }
        if let Some(meeting) = self.meeting() {
            return Step::Found(self.path_through(meeting));
        }
        let [near, far] = &self.ends;
        if near.depth + far.depth >= self.limits.max_edges {
            return Step::NoPath;
        }
        if near.frontier.is_empty() || far.frontier.is_empty() {
            return Step::NoPath;
        }
        if near.visited.len() + far.visited.len() > self.limits.max_nodes {
            return Step::GaveUp;
        }
        // The end with fewer nodes at its edge, so that a hub is reached as late as possible.
        self.turn = usize::from(far.frontier.len() < near.frontier.len());
        let frontier = self.ends.get(self.turn).map(|end| end.frontier.clone());
        let frontier = frontier.unwrap_or_default();
        self.awaited = frontier.iter().copied().collect();
        self.expanding = true;
        Step::Expand(frontier)
    }

    /// Tells the neighbours of a node that was asked for; others are passed over.
    pub fn feed(&mut self, node: Node, neighbours: &[Neighbour]) {
        if !self.awaited.remove(&node) {
            return;
        }
        let Some(end) = self.ends.get_mut(self.turn) else {
            return;
        };
        let mut sorted = neighbours.to_vec();
        sorted.sort_unstable();
        for neighbour in sorted {
            if end.visited.len() > self.limits.max_nodes {
                return;
            }
            if !end.visited.contains_key(&neighbour.node) {
                let way = (end.depth + 1, Some((node, neighbour.edge)));
                end.visited.insert(neighbour.node, way);
                end.next.push(neighbour.node);
            }
        }
    }

    fn end_level(&mut self) {
        if let Some(end) = self.ends.get_mut(self.turn) {
            end.depth += 1;
            end.frontier = std::mem::take(&mut end.next);
        }
    }

    /// The node that both ends have visited and that makes the shortest path.
    fn meeting(&self) -> Option<Node> {
        let [near, far] = &self.ends;
        if self.trivial {
            return near.frontier.first().copied();
        }
        let newest = self.ends.get(self.turn)?;
        let both = newest.frontier.iter().filter_map(|node| {
            let (left, _) = near.visited.get(node)?;
            let (right, _) = far.visited.get(node)?;
            Some((left + right, *node))
        });
        both.min().map(|(_, node)| node)
    }

    fn path_through(&self, meeting: Node) -> Vec<(Node, Option<EdgeKind>)> {
        let [near, far] = &self.ends;
        let mut path = vec![(meeting, None)];
        let mut at = meeting;
        while let Some((_, Some((before, edge)))) = near.visited.get(&at) {
            if let Some(last) = path.last_mut() {
                last.1 = Some(*edge);
            }
            path.push((*before, None));
            at = *before;
        }
        path.reverse();
        at = meeting;
        while let Some((_, Some((after, edge)))) = far.visited.get(&at) {
            path.push((*after, Some(*edge)));
            at = *after;
        }
        path
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet, VecDeque};

    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::graph::NodeKind;

    const LIMITS: PathLimits = PathLimits {
        max_edges: 12,
        max_nodes: 1000,
    };

    fn node(id: u128) -> Node {
        Node {
            kind: NodeKind::Entity,
            id: Uuid::from_u128(id),
        }
    }

    type Graph = BTreeMap<u128, BTreeSet<u128>>;

    fn graph(edges: &[(u128, u128)]) -> Graph {
        let mut graph = Graph::new();
        for &(left, right) in edges {
            graph.entry(left).or_default().insert(right);
            graph.entry(right).or_default().insert(left);
        }
        graph
    }

    fn neighbours(graph: &Graph, at: Node) -> Vec<Neighbour> {
        let found = graph.get(&at.id.as_u128()).into_iter().flatten();
        found
            .map(|&id| Neighbour {
                node: node(id),
                edge: EdgeKind::Events,
            })
            .collect()
    }

    fn search(graph: &Graph, from: u128, to: u128, limits: PathLimits) -> Step {
        let mut search = PathSearch::new(node(from), node(to), limits);
        loop {
            match search.step() {
                Step::Expand(nodes) => {
                    for at in nodes {
                        search.feed(at, &neighbours(graph, at));
                    }
                }
                ended => return ended,
            }
        }
    }

    /// Number of edges, by a plain breadth-first search.
    fn distance(graph: &Graph, from: u128, to: u128) -> Option<usize> {
        let mut seen = BTreeMap::from([(from, 0)]);
        let mut queue = VecDeque::from([from]);
        while let Some(at) = queue.pop_front() {
            if at == to {
                return seen.get(&at).copied();
            }
            for &next in graph.get(&at).into_iter().flatten() {
                if !seen.contains_key(&next) {
                    seen.insert(next, seen[&at] + 1);
                    queue.push_back(next);
                }
            }
        }
        None
    }

    #[test]
    fn a_node_is_its_own_path_and_an_unreachable_one_has_none() {
        let chain = graph(&[(1, 2), (3, 4)]);
        assert_eq!(
            search(&chain, 1, 1, LIMITS),
            Step::Found(vec![(node(1), None)])
        );
        assert_eq!(search(&chain, 1, 4, LIMITS), Step::NoPath);
        assert_eq!(search(&chain, 1, 9, LIMITS), Step::NoPath);
    }

    #[test]
    fn a_path_beyond_the_limits_is_not_claimed_to_be_none() {
        let chain = graph(&[(1, 2), (2, 3), (3, 4)]);
        let short = PathLimits {
            max_edges: 2,
            ..LIMITS
        };
        assert_eq!(search(&chain, 1, 4, short), Step::NoPath);
        let star: Vec<(u128, u128)> = (10..200)
            .flat_map(|leaf| [(1, leaf), (2, leaf + 500)])
            .collect();
        let few = PathLimits {
            max_nodes: 50,
            ..LIMITS
        };
        assert_eq!(search(&graph(&star), 1, 2, few), Step::GaveUp);
    }

    proptest! {
        #[test]
        fn the_path_is_one_and_as_short_as_any(
            edges in prop::collection::vec((0u128..14, 0u128..14), 0..40),
            from in 0u128..14, to in 0u128..14,
        ) {
            let graph = graph(&edges);
            match (search(&graph, from, to, LIMITS), distance(&graph, from, to)) {
                (Step::Found(path), Some(edges)) => {
                    prop_assert_eq!(path.len(), edges + 1);
                    prop_assert_eq!(path[0], (node(from), None));
                    prop_assert_eq!(path[edges].0, node(to));
                    for pair in path.windows(2) {
                        let [(left, _), (right, Some(EdgeKind::Events))] = pair else {
                            panic!("a step without its edge: {pair:?}");
                        };
                        prop_assert!(graph[&left.id.as_u128()].contains(&right.id.as_u128()));
                    }
                }
                (Step::NoPath, None) => {}
                (found, expected) => panic!("{found:?}, expected {expected:?} edges"),
            }
        }
    }
}
