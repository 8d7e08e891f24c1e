//! A queue of jobs: who has work puts it in, workers wait for it, and the last one done ends the day.
//!
//! ```sh
//! cargo run --example job_queue
//! ```

use std::time::Duration;

use pottery::{Queue, RedisValue, Result, Store};

/// What lies in the queue.
#[derive(RedisValue, serde::Serialize, serde::Deserialize)]
struct Thumbnail {
    picture: String,
    width: u32,
}

/// Takes jobs until none has come for a second, and says how many it has done.
async fn work(name: &str, jobs: Queue<Thumbnail>) -> Result<usize> {
    let mut done = 0;
    // waits on a connection of its own; who has waited longest gets the next job
    while let Some(job) = jobs.get_wait(Duration::from_secs(1)).await? {
        println!("  {name}: {} at {} pixels", job.picture, job.width);
        jobs.task_done().await?;
        done += 1;
    }
    Ok(done)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let store = Store::open(&support::address())?.namespace("example-jobs");
    // no more than 4 wait at a time, and what is taken counts until it is finished
    let jobs = store.queue::<Thumbnail>("thumbnails").bounded(4).counted();
    jobs.clear().await?;

    println!("three workers, as they may be on three machines:");
    let workers = ["ann", "bob", "cleo"].map(|name| tokio::spawn(work(name, jobs.clone())));
    for number in 1..=10 {
        let job = Thumbnail { picture: format!("cat-{number}.jpeg"), width: 320 };
        // where the queue is full, it waits for room
        assert!(jobs.put_wait(job, Duration::from_secs(10)).await?, "nobody works");
    }
    let all = jobs.join(Duration::from_secs(10)).await?;
    println!("all ten are finished: {all}; {} are left", jobs.unfinished().await?);

    let mut done = 0;
    for worker in workers {
        done += worker.await.expect("the task does not panic")?;
    }
    println!("the workers went home after {done} jobs");
    Ok(())
}

#[path = "support/mod.rs"]
mod support;
