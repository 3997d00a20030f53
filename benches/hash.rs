//! What each backend hashes in a second: `cargo bench --bench hash`.
//!
//! `kernels`: so many messages side by side, 64 KiB of each, in cache. `engine`: 256 whole messages of mixed sizes, as the
//! lanes are dealt out to them.

use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use regfs::hash::sha256::{Backend, Engine, Message, Pace};

const ROOM: usize = 64 * 1024;

fn kernels(c: &mut Criterion) {
    let mut group = c.benchmark_group("kernels");
    group.measurement_time(Duration::from_secs(1)).warm_up_time(Duration::from_millis(200));
    for engine in Backend::ALL.into_iter().filter_map(Engine::of) {
        for messages in [1, 2, 4, 8, 9, 12, 16] {
            let mut live: Vec<Message> = (0..messages).map(|_| Message::new(ROOM)).collect();
            group.throughput(Throughput::Bytes((messages * ROOM) as u64));
            group.bench_function(BenchmarkId::new(engine.backend().name(), messages), |bencher| {
                bencher.iter(|| {
                    for message in &mut live {
                        message.restart();
                        message.took(ROOM);
                    }
                    engine.advance(&mut live);
                });
            });
        }
    }
    group.finish();
}

fn engine(c: &mut Criterion) {
    let mut group = c.benchmark_group("engine");
    group.measurement_time(Duration::from_secs(1)).warm_up_time(Duration::from_millis(200));
    // Some hundred bytes to some hundred kilobytes, the short ones more often.
    let messages: Vec<Vec<u8>> = (0..256_usize).map(|at| vec![0x5a; 300 << (at * 7 % 11)]).collect();
    let slices: Vec<&[u8]> = messages.iter().map(Vec::as_slice).collect();
    group.throughput(Throughput::Bytes(slices.iter().map(|slice| slice.len() as u64).sum()));
    for engine in Backend::ALL.into_iter().filter_map(Engine::of) {
        group.bench_function(engine.backend().name(), |bencher| {
            bencher.iter(|| {
                let groups = slices.chunks(engine.width(Pace::Lane));
                groups.map(|group| engine.digests(group)).collect::<Vec<_>>()
            });
        });
    }
    group.finish();
}

criterion_group!(benches, kernels, engine);
criterion_main!(benches);
