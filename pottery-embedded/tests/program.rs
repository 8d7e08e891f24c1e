//! The server as a program.

use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use pottery_test_support::{Raw, unique};
use rustix::process::{Pid, Signal, kill_process};

fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pottery-embedded"));
    command.args(args).stdout(Stdio::piped()).stderr(Stdio::piped()).stdin(Stdio::null());
    command
}

/// A running one, and where it listens. Ends with the test.
struct Program {
    child: Child,
    output: BufReader<std::process::ChildStdout>,
    port: u16,
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn start(args: &[&str]) -> Program {
    // Another process may take the port between the look at it and the start.
    for _ in 0..20 {
        let port =
            TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr()).expect("a free port").port();
        let mut child = command(&[&["--port", &port.to_string()], args].concat()).spawn().expect("it starts");
        let mut output = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut line = String::new();
        output.read_line(&mut line).expect("it prints");
        if line == format!("Ready to accept connections at 127.0.0.1:{port}\n") {
            return Program { child, output, port };
        }
        let mut errors = String::new();
        child.stderr.take().expect("it is piped").read_to_string(&mut errors).expect("it is text");
        child.wait().expect("it ends");
        assert!(errors.contains("Address already in use"), "{line}{errors}");
    }
    panic!("20 ports were taken, one after the other");
}

/// How it ends when it refuses its options.
fn refusal(args: &[&str]) -> String {
    let output = command(args).output().expect("it starts");
    assert!(!output.status.success());
    String::from_utf8(output.stderr).expect("it is text")
}

#[test]
fn takes_the_options_of_redis_server() {
    let socket = std::env::temp_dir().join(unique("pottery-program"));
    let socket = socket.display().to_string();
    let program = start(&[
        "--bind",
        "127.0.0.1",
        "--save",
        "",
        "--appendonly",
        "no",
        "--daemonize",
        "no",
        "--dir",
        "/",
        "--unixsocket",
        &socket,
        "--requirepass",
        "secret",
        "--user",
        "ann",
        "on",
        ">p",
        "~*",
        "+@all",
        "--notify-keyspace-events",
        "KEA",
        "--maxmemory",
        "100mb",
        "--databases",
        "3",
        "--enable-debug-command",
        "yes",
    ]);
    let mut raw = Raw::connect(("127.0.0.1", program.port));
    assert!(raw.command(&["PING"]).is_error());
    assert_eq!(raw.command(&["AUTH", "secret"]).text(), "OK");
    for (name, value) in
        [("notify-keyspace-events", "AKE"), ("maxmemory", "104857600"), ("databases", "3"), ("dir", "/")]
    {
        assert_eq!(raw.command(&["CONFIG", "GET", name]).texts(), [name, value]);
    }
    assert_eq!(raw.command(&["DEBUG", "SLEEP", "0"]).text(), "OK");
    assert_eq!(raw.command(&["AUTH", "ann", "p"]).text(), "OK");
    std::os::unix::net::UnixStream::connect(&socket).expect("it listens there too");
}

#[test]
fn refuses_what_it_can_not_do() {
    for (args, part) in [
        (&["--nonsense", "1"][..], "'nonsense 1': no such setting"),
        (&["--save", "900", "1"], "there are no snapshots"),
        (&["--daemonize", "yes"], "it stays in the foreground"),
        (&["--port", "x"], "that is no port"),
        (&["--port", "0"], "configured to listen nowhere"),
        (&["--bind", "here"], "one address is supported"),
        (&["redis.conf"], "configuration files aren't supported"),
        (&["--maxmemory", "much"], "argument must be a memory value"),
    ] {
        let text = refusal(args);
        assert!(text.contains(part), "{args:?}: {text}");
    }
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = taken.local_addr().expect("it has an address").port().to_string();
    assert!(refusal(&["--port", &port]).contains("Address already in use"));
}

#[test]
fn ends_when_it_is_told_to() {
    for signal in [Signal::TERM, Signal::INT] {
        let socket = std::env::temp_dir().join(unique("pottery-program"));
        let mut program = start(&["--unixsocket", &socket.display().to_string()]);
        kill_process(Pid::from_child(&program.child), signal).expect("a child can be sent a signal");
        assert!(program.child.wait().expect("it ends").success());
        let mut rest = String::new();
        program.output.read_to_string(&mut rest).expect("it is text");
        assert!(rest.ends_with("bye bye...\n"), "{rest}");
        assert!(!socket.exists());
    }
    let mut program = start(&[]);
    let mut raw = Raw::connect(("127.0.0.1", program.port));
    assert!(raw.try_command(&["SHUTDOWN", "NOSAVE"]).is_err());
    assert!(program.child.wait().expect("it ends").success());
}

#[test]
fn keeps_data_in_a_file() {
    let dir = std::env::temp_dir().join(unique("pottery-program"));
    std::fs::create_dir(&dir).expect("the directory for temporary files takes another");
    let options = ["--dir", &dir.display().to_string(), "--appendonly", "yes", "--appendfsync", "always"];
    let mut program = start(&options);
    let mut raw = Raw::connect(("127.0.0.1", program.port));
    assert_eq!(raw.command(&["SET", "k", "v"]).text(), "OK");
    assert_eq!(raw.command(&["CONFIG", "GET", "appendonly"]).texts(), ["appendonly", "yes"]);
    program.child.kill().expect("it runs");
    drop(program);
    let program = start(&options);
    assert_eq!(Raw::connect(("127.0.0.1", program.port)).command(&["GET", "k"]).text(), "v");
    drop(program);
    std::fs::remove_dir_all(&dir).expect("it is there");
}

#[test]
fn a_node_of_a_cluster_begins_without_slots() {
    let program = start(&[
        "--cluster-enabled",
        "yes",
        "--cluster-config-file",
        "nodes.conf",
        "--cluster-node-timeout",
        "2000",
    ]);
    let mut raw = Raw::connect(("127.0.0.1", program.port));
    assert!(raw.command(&["SET", "a", "1"]).is_error());
    assert_eq!(raw.command(&["CLUSTER", "ADDSLOTSRANGE", "0", "16383"]).text(), "OK");
    assert_eq!(raw.command(&["SET", "a", "1"]).text(), "OK");
    assert!(raw.command(&["MSET", "a", "1", "b", "2"]).is_error());
}
