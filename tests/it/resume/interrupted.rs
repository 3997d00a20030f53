//! `kill -9` at any moment, then another run: the report of an undisturbed one.

use std::fs;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::{checkpoint_of, settle};
use crate::support::damage::{blobs, notes, references};
use crate::support::images::Dialect;
use crate::support::random::Rng;
use crate::support::run::{binary, run, without_elapsed};
use crate::support::store::Store;

const MOMENTS: u32 = 50;

fn store() -> Store {
    let mut store = Store::new();
    for number in 0..24_u64 {
        let mut rng = Rng::new(number);
        let bytes: Vec<u8> = (0..1 << 17).flat_map(|_| rng.next().to_le_bytes()).collect();
        let digest = store.blob(bytes);
        store.link_layer("large", &digest);
    }
    let layer = store.layer("small");
    let image = store.image("lib", Dialect::Oci, "amd64", &[layer]);
    store.tag("lib", "v1", &image);
    let rng = &mut Rng::new(1);
    blobs::flip_a_bit(&mut store, rng).unwrap();
    notes::dangling_layer_link(&mut store, rng).unwrap();
    references::forget_in_index(&mut store, rng).unwrap();
    settle();
    store
}

#[test]
fn a_run_that_was_killed_is_gone_on_with_and_reports_as_if_it_had_not_been() {
    let store = store();
    let (root, path) = (store.root_text(), checkpoint_of(&store));
    let table = store.outside().join("table.txt");
    let args = ["verify", "-f", "json", "--notes", "-j", "1", "-r", &root];
    let begun = Instant::now();
    let whole = run(&args);
    let time = begun.elapsed();
    let mut resumed_from = 0;
    let mut rng = Rng::new(u64::from(std::process::id()));
    let mut moments = 0;
    // On a machine that is never interrupted at the right time, try a few more.
    while moments < MOMENTS || (resumed_from == 0 && moments < 10 * MOMENTS) {
        moments += 1;
        let _ = fs::remove_file(&path);
        let mut kills = 1 + rng.below(2);
        while kills > 0 {
            kills -= 1;
            let mut killed = Command::new(binary())
                .args(args)
                .args(["--checkpoint", path.to_str().unwrap()])
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            let moment = time * u32::try_from(rng.below(1200)).unwrap() / 1000;
            thread::sleep(moment.max(Duration::from_millis(1)));
            killed.kill().unwrap();
            killed.wait().unwrap();
        }
        let report = format!("table={}", table.display());
        let resumed =
            run(&[&args[..], &["--checkpoint", path.to_str().unwrap(), "--report", &report]].concat());
        assert_eq!(
            without_elapsed(resumed.text()),
            without_elapsed(whole.text()),
            "killed in moment {moments}"
        );
        assert_eq!(resumed.status, whole.status);
        resumed_from += u32::from(fs::read_to_string(&table).unwrap().contains("by earlier runs"));
    }
    assert!(resumed_from > 0, "no run was ever spared anything");
}
