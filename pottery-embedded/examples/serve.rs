//! A server to talk to by hand: `cargo run -p pottery-embedded --example serve -- 7000`, then `redis-cli -p 7000`.

use pottery_embedded::Server;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let port = std::env::args().nth(1).map_or(Ok(0), |port| port.parse())?;
    let server = Server::builder().port(port).start()?;
    println!("{}", server.url());
    // Until the input ends or the process does.
    std::io::stdin().read_line(&mut String::new())?;
    Ok(())
}
