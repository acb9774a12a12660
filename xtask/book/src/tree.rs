//! What came of what: the steps of a part as a tree. A step that continues the one that was last on its line goes on on
//! that line; any other begins a branch.

use project::step::Step;

/// A step's place in the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Node {
    /// The line that it is on, from 0.
    pub(crate) lane: usize,
    /// The step that it continues, by its place in the list, if that is in it.
    pub(crate) parent: Option<usize>,
}

/// The steps of a part, of today and on their own toolchains: in reading order, and at the end those that a page of another
/// part tells of.
pub(crate) fn of_part<'a>(steps: &'a [Step], part: &str) -> Vec<&'a Step> {
    let own = steps
        .iter()
        .filter(|step| step.part() == part && !step.is_on_another());
    let (here, elsewhere): (Vec<&Step>, Vec<&Step>) =
        own.partition(|step| step.page().starts_with(&format!("{part}/")));
    here.into_iter().chain(elsewhere).collect()
}

/// The places of steps in reading order.
pub(crate) fn places(steps: &[&Step]) -> Vec<Node> {
    let mut nodes: Vec<Node> = Vec::new();
    // What is last on each line, and whether something still branches off from it or from before it.
    let mut tips: Vec<usize> = Vec::new();
    for (at, step) in steps.iter().enumerate() {
        let named = |other: &&Step| step.previous.as_deref() == Some(&other.path);
        // A parent that comes later in the book is none for the eye.
        let parent = steps[..at].iter().position(named);
        let continued = parent.and_then(|parent| tips.iter().position(|tip| *tip == parent));
        let lane = continued.unwrap_or_else(|| {
            // A line is free once nothing that is to come continues it. The first one is not: it is the main line.
            let is_free = |lane: &usize| {
                let tip = &steps[tips[*lane]].path;
                let mut later = steps[at..].iter();
                !later.any(|later| later.previous.as_ref() == Some(tip))
            };
            (1..tips.len()).find(is_free).unwrap_or(tips.len())
        });
        if lane == tips.len() {
            tips.push(at);
        } else {
            tips[lane] = at;
        }
        nodes.push(Node { lane, parent });
    }
    nodes
}

/// How many lines there are.
pub(crate) fn lanes(nodes: &[Node]) -> usize {
    nodes.iter().map(|node| node.lane + 1).max().unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use project::{discover, paths::Project};

    use super::{lanes, of_part, places};

    #[test]
    fn a_step_that_does_not_continue_the_last_one_branches_off() {
        let steps = discover::steps(&Project::here()).expect("the steps can be read");
        let part = of_part(&steps, "1-two-megabytes-to-97");
        let nodes = places(&part);
        let at = |name: &str| {
            let at = part.iter().position(|step| step.path.ends_with(name));
            at.expect("the step is there")
        };
        let [lto, opt, std] = ["05-fat-lto", "06-wasm-opt", "07-build-std"].map(at);
        assert_eq!(nodes[lto].lane, 0);
        assert_eq!((nodes[opt].lane, nodes[opt].parent), (0, Some(lto)));
        assert_eq!((nodes[std].lane, nodes[std].parent), (1, Some(lto)));
        // Lines are used again once they have ended.
        assert!(lanes(&nodes) < 6, "{} lines", lanes(&nodes));
        // What another part's page tells of comes last.
        assert_eq!(at("22-walrus") + 1, part.len());
    }
}
