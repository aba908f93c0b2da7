//! What the command line says without a server: help, wrong usage, and answers that are refusals.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod cli_program;

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;

use cli_program::{Run, anyam};

/// Runs a client command against a server that gives one canned answer.
fn answered(arguments: &[&str], status: u16, content_type: &str, body: &'static str) -> Run {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let head = format!(
        "HTTP/1.1 {status} Any\r\ncontent-type: {content_type}\r\ncontent-length: {}\r\n\
         connection: close\r\n\r\n",
        body.len()
    );
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = Vec::new();
        let mut buffer = [0; 4096];
        // These requests are small: the end of their body is at most in the next read.
        while !request.ends_with(b"}") && !request.starts_with(b"GET") {
            let read = stream.read(&mut buffer).unwrap();
            assert!(read > 0, "the request ends early");
            request.extend_from_slice(&buffer[..read]);
        }
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(body.as_bytes()).unwrap();
    });
    let run = anyam(arguments.iter().copied().chain(["--server", &address]));
    server.join().unwrap();
    run
}

#[test]
fn help_names_every_command_and_exit_code() {
    let help = anyam(["--help"]).ok();
    for word in [
        "serve",
        "demo",
        "step",
        "deploy",
        "start",
        "instance",
        "task",
        "message",
        "incident",
        "feel",
        "lint",
        "Exit codes:",
        "cannot be reached",
        "timed out",
    ] {
        assert!(help.contains(word), "{word} is not in:\n{help}");
    }
    assert!(
        !help.contains("compile-component"),
        "it is no command for people:\n{help}"
    );
    assert!(
        anyam(["instance", "show", "--help"])
            .ok()
            .contains("ANYAM_SERVER")
    );
    assert!(anyam(["--version"]).ok().starts_with("anyam "));
}

#[test]
fn wrong_usage_is_2() {
    let cases: [&[&str]; 12] = [
        &[],
        &["nonsense"],
        &["start"],
        &["start", "p", "--variables", "{"],
        &["start", "p", "--variables", "[1]"],
        &["start", "p", "--variables", "@/does/not/exist.json"],
        &["start", "p", "--timeout", "soon"],
        &["start", "123", "--version", "1"],
        &["deploy"],
        &["deploy", "/does/not/exist.bpmn"],
        &[
            "step",
            "push",
            "/does/not/exist.wasm",
            "--name",
            "a",
            "--version",
            "1.0.0",
        ],
        &["instance", "list", "--server", "ftp://x"],
    ];
    for case in cases {
        let stderr = anyam(case.iter().copied()).fails(2);
        assert!(
            stderr.contains("error: ") || stderr.contains("Usage:"),
            "{case:?}: {stderr}"
        );
    }
}

#[test]
fn a_refused_argument_is_told_in_a_sentence() {
    let stderr = anyam(["start", "p", "--variables", "{\"a\": }"]).fails(2);
    assert!(
        stderr.starts_with("error: --variables is not a JSON object"),
        "{stderr}"
    );
    assert!(stderr.contains("column 7"), "{stderr}");
    assert!(
        anyam(["serve", "--log", "a=b=c"])
            .fails(2)
            .contains("--log")
    );
}

#[test]
fn a_server_that_is_not_there_is_3() {
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .to_string();
    for server in [free.as_str(), "no-such-host.invalid:80"] {
        let stderr = anyam(["instance", "list", "--server", server]).fails(3);
        assert!(
            stderr.contains(server) && stderr.contains("anyam serve"),
            "{stderr}"
        );
    }
}

#[test]
fn every_refusal_has_its_exit_code() {
    let problem = r#"{"title":"Any","detail":"this is why","findings":[
        {"severity":"error","rule":"r","file":"f","elementId":"x","line":1,"column":2,"message":"m"},
        {"severity":"warning","rule":"s","file":"f","elementId":null,"line":3,"column":4,"message":"n"}
    ]}"#;
    for (status, code) in [
        (400, 1),
        (404, 5),
        (409, 1),
        (429, 6),
        (500, 1),
        (503, 6),
        (504, 4),
    ] {
        let run = answered(
            &["instance", "list"],
            status,
            "application/problem+json",
            problem,
        );
        let stderr = run.fails(code);
        assert_eq!(
            stderr,
            "error: this is why\n  - f:1:2: error: element 'x': m (r)\n  - f:3:4: warning: n (s)\n",
            "{status}"
        );
    }
}

#[test]
fn an_awaited_instance_that_takes_too_long_is_4() {
    let problem = r#"{"title":"Gateway Timeout","detail":"not yet"}"#;
    let start = ["start", "p", "--await", "--timeout", "1500ms"];
    let stderr = answered(&start, 504, "application/problem+json", problem).fails(4);
    assert!(
        stderr.contains("p did not end within 1500 ms; it goes on"),
        "{stderr}"
    );
}

#[test]
fn a_server_of_another_kind_is_told() {
    let stderr = answered(&["instance", "list"], 502, "text/html", "<html>").fails(1);
    assert!(stderr.contains("HTTP status 502"), "{stderr}");
    let stderr = answered(&["instance", "list"], 200, "text/html", "<html>").fails(1);
    assert!(stderr.contains("does not understand"), "{stderr}");
}

#[test]
fn what_a_tenant_stored_does_not_steer_the_terminal() {
    let page = r#"{"items":[{"name":"a\u001b[31m","version":"1.0.0","digest":"d",
        "effect":"pure"}],"page":{"totalItems":3}}"#;
    let stdout = answered(&["step", "list"], 200, "application/json", page).ok();
    assert!(
        stdout.contains("a[31m") && !stdout.contains('\u{1b}'),
        "{stdout:?}"
    );
    assert!(
        stdout.ends_with("1 of 3; see more with --limit\n"),
        "{stdout}"
    );
}

#[test]
fn an_expression_is_evaluated_without_a_server() {
    let variables = r#"{"order": {"amount": 1200.50}, "items": [3, 1, 2]}"#;
    let feel = |expression: &'static str| anyam(["feel", expression, "--variables", variables]);
    assert_eq!(feel("order.amount > 1000").ok(), "true\n");
    assert_eq!(feel("= sort(items)").ok(), "[1,2,3]\n");
    assert_eq!(feel("-order.amount").ok(), "-1200.5\n");
    let run = feel("missing + 1");
    assert_eq!(
        run.stderr,
        "warning: No variable found with name 'missing'\n"
    );
    assert_eq!(run.ok(), "null\n");
    let answer = anyam(["feel", "a + b", "--variables", "{\"a\": 1}", "--json"]).json();
    assert_eq!(
        answer,
        serde_json::json!({
            "expression": "a + b",
            "result": null,
            "warnings": [{"message": "No variable found with name 'b'"}],
        })
    );
    assert_eq!(anyam(["feel", "string length(uuid())"]).ok(), "36\n");
}

#[test]
fn an_expression_without_a_value_fails_with_its_place() {
    let said = anyam(["feel", "1 + * 2"]).fails(1);
    assert!(said.contains("syntax error at 1:5"), "{said}");
    let said = anyam(["feel", "assert(a, a != null, \"no a\")"]).fails(1);
    assert!(said.contains("assertion failed: no a"), "{said}");
    let said = anyam(["feel", "count(for i in 1..99999999 return i)"]).fails(1);
    assert!(said.contains("too many steps"), "{said}");
    let said = anyam(["feel", "1", "--variables", "[1]"]).fails(2);
    assert!(said.contains("not a JSON object"), "{said}");
    anyam(["feel"]).fails(2);
}

/// A file for `anyam lint`: a process around `nodes`.
fn model(nodes: &str) -> String {
    format!(
        "<definitions xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\">\n\
         <process id=\"p\" isExecutable=\"true\">\n{nodes}\n</process>\n</definitions>"
    )
}

const SOUND: &str = "<startEvent id=\"s\"/>\n\
    <sequenceFlow id=\"f\" sourceRef=\"s\" targetRef=\"e\"/>\n<endEvent id=\"e\"/>";

#[test]
fn findings_are_printed_as_compilers_do() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let sound = write("sound.bpmn", &model(SOUND));
    assert_eq!(anyam(["lint", &sound]).ok(), "");

    let unsound = format!("{SOUND}\n<task id=\"t\"/>");
    let doubtful = write("doubtful.bpmn", &model(&unsound));
    assert_eq!(
        anyam(["lint", &doubtful]).ok(),
        format!(
            "{doubtful}:6:1: warning: element 't': no sequence flow leads to the 'task', so it \
             never runs; connect it (unreachable)\n"
        )
    );
    let bad = SOUND.replace("targetRef=\"e\"", "targetRef=\"x\"");
    let broken = write("broken.bpmn", &model(&bad).replace("\"p\"", "\"q\""));
    let run = anyam(["lint", &doubtful, &broken]);
    assert_eq!(run.code, 1, "{run:?}");
    let lines: Vec<_> = run.stdout.lines().collect();
    assert!(
        lines[0].starts_with(&format!("{doubtful}:6:1: warning: ")),
        "{lines:?}"
    );
    assert!(
        lines[1].starts_with(&format!("{broken}:4:1: error: element 'f': "))
            && lines[1].ends_with("(flow-target-missing)"),
        "{lines:?}"
    );
    assert_eq!(
        run.stderr,
        "error: the files are refused (errors: 1, warnings: 2)\n"
    );

    let feel = model(&SOUND.replace(
        "targetRef=\"e\"/>",
        "targetRef=\"e\">\n<conditionExpression>= 1 + * 2</conditionExpression></sequenceFlow>",
    ).replace("<startEvent id=\"s\"/>", "<startEvent id=\"a\"/><sequenceFlow id=\"g\" \
        sourceRef=\"a\" targetRef=\"s\"/><task id=\"s\"/>"));
    let feel = write("feel.bpmn", &feel);
    let run = anyam(["lint", "--json", &feel]);
    assert_eq!(run.code, 1, "{run:?}");
    let answer: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let finding = &answer["findings"][0];
    assert_eq!(finding["rule"], "expression-invalid", "{answer}");
    assert_eq!(finding["severity"], "error");
    assert_eq!(
        (finding["line"].as_u64(), finding["column"].as_u64()),
        (Some(5), Some(1))
    );
    assert_eq!(finding["elementId"], "f");
    assert_eq!(finding["file"], *feel);
}

#[test]
fn decisions_are_checked_with_what_they_import() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("d.dmn");
    let decision = |text: &str| {
        format!(
            "<definitions xmlns=\"https://www.omg.org/spec/DMN/20191111/MODEL/\" id=\"d\" \
             name=\"d\" namespace=\"urn:d\">\n<decision id=\"x\" name=\"x\">\n\
             <literalExpression><text>{text}</text></literalExpression></decision></definitions>"
        )
    };
    let path = path.to_str().unwrap();
    std::fs::write(path, decision("1 + 1")).unwrap();
    assert_eq!(anyam(["lint", path]).ok(), "");
    std::fs::write(path, decision("1 + * 1")).unwrap();
    let run = anyam(["lint", path]);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.stdout.starts_with(&format!("{path}:3:")), "{run:?}");
    assert!(run.stdout.contains("error: element 'x'"), "{run:?}");
    assert!(
        anyam(["lint", "absent.bpmn"])
            .fails(2)
            .contains("absent.bpmn")
    );
}
