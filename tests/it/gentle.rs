//! Runs that spare the host: what they find is what any run finds.

use std::time::{Duration, Instant};

use crate::support::run::{run, without_elapsed};
use crate::support::store::Store;

#[test]
fn however_gently_a_store_is_read_the_report_is_the_same() {
    let mut store = Store::sample();
    store.blob(vec![b'x'; 300_000]);
    let root = store.root_text();
    for command in
        [&["verify", "--deep"][..], &["verify", "--no-hash"], &["orphans"], &["diff", &root, &root]]
    {
        let report = |options: &[&str]| {
            let args = [command, &["-f", "json", "-r", &root][..], options].concat();
            let outcome = run(&args);
            (outcome.status, without_elapsed(outcome.text()))
        };
        let plain = report(&[]);
        for options in [
            &["--readers", "1"][..],
            &["--readers", "100", "-j", "1"],
            &["--nice"],
            &["--no-cache"],
            &["--rate", "100MiB/s", "--no-cache", "--nice", "--readers", "3"],
        ] {
            assert_eq!(report(options), plain, "{command:?} {options:?}");
        }
    }
}

#[test]
fn a_rate_is_kept_to() {
    let mut store = Store::sample();
    for number in 0..10 {
        store.blob(vec![number; 100_000]);
    }
    let begin = Instant::now();
    assert_eq!(run(&["verify", "-r", &store.root_text(), "--rate", "1MB/s"]).status, 0);
    assert!(begin.elapsed() >= Duration::from_millis(950), "{:?}", begin.elapsed());
}
