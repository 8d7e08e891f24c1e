//! Scripts on an engine without sockets.

use std::cell::RefCell;
use std::rc::Rc;

use super::busy::Attendant;
use crate::engine::Engine;
use crate::engine::client::{ClientId, Peer};
use crate::engine::clock::Clock;
use crate::engine::config::Config;
use crate::engine::effects::Effects;

fn engine(config: Config) -> (Engine, ClientId) {
    let mut engine = Engine::new(Clock::held(), config);
    let id = engine.connect(Peer::default());
    (engine, id)
}

fn run(engine: &mut Engine, id: ClientId, args: &[&str]) -> String {
    let args: Vec<&[u8]> = args.iter().map(|arg| arg.as_bytes()).collect();
    engine.execute(id, &args);
    let out = std::mem::take(&mut engine.clients.get_mut(&id).expect("the client is there").out);
    String::from_utf8_lossy(&out).into_owned()
}

fn eval(engine: &mut Engine, id: ClientId, script: &str) -> String {
    run(engine, id, &["EVAL", script, "0"])
}

#[test]
fn a_script_that_takes_too_much_memory_is_refused_and_leaves_nothing_behind() {
    let (mut engine, id) = engine(Config { script_memory: 16 * 1024 * 1024, ..Config::default() });
    for script in [
        "local s = 'x' while true do s = s .. s end",
        "return string.rep('x', 1e9)",
        "local t = {} for i = 1, 1e9 do t[i] = i end",
        "local t = {} while true do t[#t + 1] = {} end",
        "local t = {} for i = 1, 1e9 do t[i] = 'a string ' .. i end",
        "return cjson.encode(string.rep('x', 20e6))",
        "local s = string.rep('x', 1e6) local t = {} for i = 1, 100 do t[i] = s .. i end return t",
        "return table.concat({string.rep('x', 8e6), string.rep('y', 8e6)})",
        "return string.format(string.rep('%s', 1000), string.rep('x', 1e6))",
        "local function f(n) local t = {n} return {f(n + 1), t} end return f(1)",
    ] {
        let reply = eval(&mut engine, id, script);
        assert!(reply.starts_with("-ERR "), "{script}: {reply}");
        assert_eq!(eval(&mut engine, id, "return 1"), ":1\r\n", "after {script}");
        assert!(
            engine.scripts.memory() < 8 * 1024 * 1024,
            "{} bytes after {script}",
            engine.scripts.memory()
        );
    }
    let told = eval(&mut engine, id, "return string.rep('x', 1e9)");
    assert!(told.ends_with(", not enough memory\r\n"), "{told}");
    // One that notices goes on.
    let told = eval(&mut engine, id, "return {pcall(string.rep, 'x', 1e9)}");
    assert_eq!(told, "*2\r\n$-1\r\n$17\r\nnot enough memory\r\n");
}

#[test]
fn what_commands_return_may_be_larger_than_a_script() {
    let (mut engine, id) = engine(Config { script_memory: 1024 * 1024, ..Config::default() });
    let long = "x".repeat(4 * 1024 * 1024);
    assert_eq!(run(&mut engine, id, &["SET", "k", &long]), "+OK\r\n");
    assert_eq!(eval(&mut engine, id, "return #redis.call('GET', 'k')"), ":4194304\r\n");
    assert_eq!(run(&mut engine, id, &["EVAL", "return #ARGV[1]", "0", &long]), ":4194304\r\n");
    assert_eq!(eval(&mut engine, id, "return 1"), ":1\r\n");
}

/// Remembers what it is told.
#[derive(Clone, Debug, Default)]
struct Recorder(Rc<RefCell<Vec<String>>>);

impl Effects for Recorder {
    fn propagate(&mut self, db: usize, args: &[&[u8]]) {
        let words: Vec<_> = args.iter().map(|arg| String::from_utf8_lossy(arg)).collect();
        self.0.borrow_mut().push(format!("{db} {}", words.join(" ")));
    }

    fn commit(&mut self) -> bool {
        true
    }
}

#[test]
fn the_effects_of_a_script_are_those_of_its_commands() {
    let (mut engine, id) = engine(Config::default());
    let recorder = Recorder::default();
    engine.propagation.hook = Some(Box::new(recorder.clone()));
    let mut told = |script: &str| {
        eval(&mut engine, id, script);
        std::mem::take(&mut *recorder.0.borrow_mut())
    };
    assert_eq!(told("return redis.call('GET', 'k')"), [""; 0]);
    assert_eq!(told("return redis.call('DEL', 'k')"), [""; 0]);
    assert_eq!(told("return redis.call('SET', 'k', 1)"), ["0 SET k 1"]);
    assert_eq!(
        told("redis.call('INCR', 'k') redis.call('GET', 'k') return redis.call('INCR', 'k')"),
        ["0 MULTI", "0 INCR k", "0 INCR k", "0 EXEC"]
    );
    assert_eq!(
        told(
            "redis.call('SELECT', 3) redis.call('SET', 'k', 1) redis.call('SELECT', 4) redis.call('SET', 'k', 2)"
        ),
        ["3 MULTI", "3 SET k 1", "4 SET k 2", "4 EXEC"]
    );
    assert_eq!(told("redis.call('SET', 'k', 3) error('x')"), ["0 SET k 3"]);
    assert_eq!(
        told(
            "redis.set_repl(redis.REPL_NONE) redis.call('SET', 'a', 1) redis.set_repl(redis.REPL_AOF) \
             redis.call('SET', 'b', 1) redis.set_repl(redis.REPL_REPLICA) redis.call('SET', 'c', 1)"
        ),
        ["0 SET b 1"]
    );
    // What is secret in one script isn't in the next.
    assert_eq!(told("redis.call('SET', 'd', 1)"), ["0 SET d 1"]);
}

#[test]
fn the_effects_of_a_script_in_a_transaction_are_part_of_it() {
    let (mut engine, id) = engine(Config::default());
    let recorder = Recorder::default();
    engine.propagation.hook = Some(Box::new(recorder.clone()));
    for command in [
        ["MULTI"].as_slice(),
        &["SET", "k", "1"],
        &["EVAL", "redis.call('INCR', 'k') return redis.call('INCR', 'k')", "0"],
        &["EXEC"],
    ] {
        run(&mut engine, id, command);
    }
    assert_eq!(*recorder.0.borrow(), ["0 MULTI", "0 SET k 1", "0 INCR k", "0 INCR k", "0 EXEC"]);
}

/// Has the server end.
#[derive(Debug)]
struct Ending;

impl Attendant for Ending {
    fn attend(&self, _: &mut Engine) {}

    fn is_ending(&self) -> bool {
        true
    }
}

#[test]
fn an_endless_script_ends_with_the_server() {
    let (mut engine, id) = engine(Config::default());
    engine.busy.attendant = Some(Rc::new(Ending));
    for script in ["while true do end", "while true do pcall(function() while true do end end) end"] {
        let told = eval(&mut engine, id, script);
        assert!(told.starts_with("-ERR Script killed because the server stops script: "), "{told}");
    }
}

#[test]
fn a_server_without_scripts_has_no_interpreter() {
    let (mut engine, id) = engine(Config::default());
    assert_eq!(run(&mut engine, id, &["SCRIPT", "EXISTS", "x"]), "*1\r\n:0\r\n");
    assert_eq!(run(&mut engine, id, &["SCRIPT", "FLUSH"]), "+OK\r\n");
    assert_eq!(engine.scripts.memory(), 0);
}

#[test]
fn thousands_of_scripts_can_be_loaded() {
    let (mut engine, id) = engine(Config::default());
    for number in 0..20_000 {
        assert_eq!(eval(&mut engine, id, &format!("return {number}")), format!(":{number}\r\n"));
    }
    assert_eq!(engine.scripts.len(), 20_000);
    assert_eq!(run(&mut engine, id, &["SCRIPT", "FLUSH"]), "+OK\r\n");
    assert_eq!(engine.scripts.len(), 0);
}
