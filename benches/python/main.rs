//! Lists, queues and multisets beside Python's Pottery, on the same server, in turn.
//!
//! ```sh
//! scripts/test prepare        # the Python that has it
//! cargo bench --bench python --features json
//! ```
//!
//! Both store JSON. pottery blocks, as Python's Pottery does. Each figure is the median of several rounds.

#[path = "../compare/pinning.rs"]
mod pinning;

use std::hint::black_box;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::time::Instant;

use pottery::{Json, Store};
use pottery_test_support::{Server, python};

/// Python's Pottery, which does what it is asked for and says how long it took.
struct Peer {
    process: Child,
    asks: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Peer {
    fn start(server: &Server) -> Peer {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/python/peer.py");
        let mut peer = python();
        peer.args(["-W", "ignore", script, &server.url()]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = peer.spawn().expect("Python starts");
        let asks = process.stdin.take().expect("it is piped");
        let answers = BufReader::new(process.stdout.take().expect("it is piped"));
        Peer { process, asks, answers }
    }

    /// Seconds.
    fn work(&mut self, name: &str, times: u32) -> f64 {
        writeln!(self.asks, "{name} {times}").expect("it listens");
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("it answers");
        line.trim().parse().expect("it answers with seconds")
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        _ = self.process.kill();
        _ = self.process.wait();
    }
}

/// What is done, its name for the peer, how often in one turn, and pottery's way to do it.
type Work<'a> = (&'static str, &'static str, u32, Box<dyn FnMut() + 'a>);

fn median(figures: &mut [f64]) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

fn main() {
    let rounds = match std::env::var("POTTERY_BENCH_ROUNDS") {
        Ok(number) => number.parse().expect("POTTERY_BENCH_ROUNDS is a number"),
        // without `--bench` one round shows that everything still works
        Err(_) if std::env::args().any(|argument| argument == "--bench") => 11,
        Err(_) => 1,
    };
    let (server, cores) = pinning::apart(Server::start);
    let store = Store::open(&server.url()).expect("the server's own address");
    let mut peer = Peer::start(&server);
    println!("Redis {:?}, medians of {rounds} rounds; cores: {cores}.\n", server.version());
    println!("| | pottery, µs | Python's Pottery, µs | times as fast |\n|---|--:|--:|--:|");

    let many: Vec<(String, i64)> = (0..1_000).map(|i| (format!("word {i}"), i)).collect();
    let growing = store.list::<u64>("growing").codec::<Json>();
    let long = store.list::<u64>("long").codec::<Json>();
    long.extend(0..10_000).wait().expect("it is filled");
    let queue = store.queue::<u64>("queue").codec::<Json>();
    let hits = store.multiset::<String>("hits").codec::<Json>();
    let words = store.multiset::<String>("words").codec::<Json>();
    let others = store.multiset::<String>("others").codec::<Json>();
    for counts in [&words, &others] {
        counts.update(many.clone()).wait().expect("it is filled");
    }
    let works: Vec<Work<'_>> = vec![
        ("list: append one", "append", 200, Box::new(|| _ = growing.push(1_234_567).wait().expect("done"))),
        ("list: append 1,000", "extend", 5, Box::new(|| _ = growing.extend(0..1_000).wait().expect("done"))),
        (
            "list: one of 10,000",
            "index",
            200,
            Box::new(|| _ = black_box(long.get(5_000).wait().expect("done"))),
        ),
        ("list: all of 10,000", "list", 5, Box::new(|| _ = black_box(long.to_vec().wait().expect("done")))),
        (
            "queue: put and get one",
            "queue",
            100,
            Box::new(|| {
                queue.put(1_234_567).wait().expect("done");
                assert_eq!(queue.get().wait().expect("done"), Some(1_234_567));
            }),
        ),
        ("multiset: count one", "increment", 100, Box::new(|| _ = hits.add("a", 1).wait().expect("done"))),
        (
            "multiset: add 1,000 counts",
            "update",
            3,
            Box::new(|| _ = words.update(many.clone()).wait().expect("done")),
        ),
        (
            "multiset: the 10 most common of 1,000",
            "most_common",
            5,
            Box::new(|| _ = black_box(words.most_common(Some(10)).wait().expect("done"))),
        ),
        (
            "multiset: the sum of two of 1,000",
            "sum",
            3,
            Box::new(|| _ = black_box(words.sum(&others).wait().expect("done"))),
        ),
    ];
    for (what, name, times, mut work) in works {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        work();
        peer.work(name, 1);
        for _ in 0..rounds {
            let begun = Instant::now();
            (0..times).for_each(|_| work());
            ours.push(begun.elapsed().as_secs_f64() * 1e6 / f64::from(times));
            theirs.push(peer.work(name, times) * 1e6 / f64::from(times));
        }
        let (ours, theirs) = (median(&mut ours), median(&mut theirs));
        println!("| {what} | {ours:.0} | {theirs:.0} | **{:.1}** |", theirs / ours);
    }
}
