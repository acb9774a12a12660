//! Which steps are worked on at the same time.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    thread,
};

use project::{paths::Project, step::Step};

use crate::{build, engines};

/// Does something with steps, side by side as far as cargo allows. The answers come in the steps' order.
pub fn side_by_side<'a, T: Send>(
    project: &Project,
    steps: &[&'a Step],
    each: &(dyn Fn(&Step) -> T + Sync),
) -> Vec<(&'a Step, T)> {
    // One lane per target folder and profile: cargo locks them, so that steps of one lane would wait for each other
    // anyway.
    let mut lanes: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for (at, step) in steps.iter().enumerate() {
        let lane = (build::target_folder(project, step), step.target.name());
        lanes.entry(lane).or_default().push(at);
    }
    let answers: Mutex<Vec<(usize, T)>> = Mutex::default();
    thread::scope(|scope| {
        // Long before the first step wants to run, the host program is looked after.
        scope.spawn(|| engines::REFERENCE.host(project));
        let answers = &answers;
        for lane in lanes.values() {
            scope.spawn(move || {
                for &at in lane {
                    let answer = each(steps[at]);
                    answers
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .push((at, answer));
                }
            });
        }
    });
    let mut answers = answers.into_inner().unwrap_or_else(PoisonError::into_inner);
    answers.sort_by_key(|(at, _)| *at);
    answers
        .into_iter()
        .map(|(at, answer)| (steps[at], answer))
        .collect()
}
