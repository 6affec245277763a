//! Anything in any order: no panic, a socket's events in their order, one end of everything, every pause resumed, nothing left behind.

mod run;
mod steps;

use proptest::prelude::*;

use run::Run;
use steps::{client_step, server_step};

proptest! {
    #[test]
    fn whatever_happens_everything_ends_once_and_nothing_is_left(
        steps in prop::collection::vec(prop_oneof![client_step(), server_step()], 1..200)
    ) {
        let mut run = Run::new();
        for step in &steps {
            run.step(step);
        }
        run.finish();
    }
}
