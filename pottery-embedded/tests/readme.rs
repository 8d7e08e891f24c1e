//! The README's list of commands is what the server has.

use std::collections::BTreeMap;
use std::path::Path;
use std::{env, fs};

use pottery_embedded::Server;
use pottery_test_support::{Raw, Reply};

const START: &str = "<!-- commands: made from the table of commands; POTTERY_UPDATE=1 cargo test -p pottery-embedded --test readme -->\n";
const END: &str = "<!-- end of commands -->";

/// A heading for each of Redis's groups, in the order in which a reader looks for them.
const GROUPS: &[(&str, &str)] = &[
    ("string", "Strings"),
    ("bitmap", "Bits"),
    ("hyperloglog", "Distinct elements"),
    ("list", "Lists"),
    ("hash", "Hashes"),
    ("set", "Sets"),
    ("sorted-set", "Sorted sets"),
    ("geo", "Places"),
    ("stream", "Streams"),
    ("generic", "Keys"),
    ("transactions", "Transactions"),
    ("scripting", "Scripts"),
    ("pubsub", "Messages"),
    ("connection", "Connections"),
    ("cluster", "Clusters (of one node)"),
    ("server", "The server"),
];

/// The value of a field of a map that is told as a list.
fn field<'a>(map: &'a Reply, name: &str) -> Option<&'a Reply> {
    map.array().chunks(2).find(|pair| pair[0].text() == name).map(|pair| &pair[1])
}

/// The list, as Markdown.
fn list() -> String {
    let server = Server::start().expect("it starts");
    let mut raw = Raw::connect(server.addr().expect("it listens on a port"));
    let docs = raw.command(&["COMMAND", "DOCS"]);
    let mut groups: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for pair in docs.array().chunks(2) {
        let group = field(&pair[1], "group").expect("each has a group").text();
        let subcommands = field(&pair[1], "subcommands").map(|it| {
            let own = |pair: &[Reply]| {
                let name = pair[0].text().to_uppercase();
                name.split_once('|').map_or(name.clone(), |(_, own)| own.to_owned())
            };
            let mut names: Vec<String> = it.array().chunks(2).map(own).collect();
            names.sort();
            format!(" ({})", names.join(" "))
        });
        groups
            .entry(group)
            .or_default()
            .insert(pair[0].text().to_uppercase(), subcommands.unwrap_or_default());
    }
    let mut text = String::from("\n| | |\n|---|---|\n");
    for (group, heading) in GROUPS {
        let Some(commands) = groups.remove(*group) else { continue };
        let names: Vec<String> = commands.iter().map(|(name, more)| format!("`{name}`{more}")).collect();
        text.push_str(&format!("| {heading} | {} |\n", names.join(", ")));
    }
    assert!(groups.is_empty(), "GROUPS doesn't have {:?}", groups.keys());
    text.push('\n');
    text
}

#[test]
fn the_readme_lists_the_commands_that_there_are() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = fs::read_to_string(&path).expect("there is a README");
    let (before, rest) = readme.split_once(START).expect("the list has its mark");
    let (found, after) = rest.split_once(END).expect("the list has an end");
    let expected = list();
    if env::var_os("POTTERY_UPDATE").is_some() {
        fs::write(&path, [before, START, &expected, END, after].concat()).expect("it can be written");
        return;
    }
    assert!(
        found == expected,
        "the list is out of date; POTTERY_UPDATE=1 cargo test -p pottery-embedded --test readme writes it anew:\n{expected}"
    );
}
