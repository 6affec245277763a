//! Repeats an operation for callgrind: `count OPERATION TIMES`; `benches/check.py` takes the difference of two runs.

#![forbid(unsafe_code)]

use micro::operations::ALL;

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [name, times] = &arguments[..] else {
        panic!("usage: count OPERATION TIMES");
    };
    let times: usize = times.parse().expect("a number");
    let (_, _, make) = ALL.iter().find(|(known, _, _)| known == name).expect("a known operation");
    let mut operation = make();
    (0..times).for_each(|_| operation());
}
