//! Decisions: deployed, made at a request, searched and read.

use serde_json::{Value, json};

use crate::models;
use crate::server::{Server, text};

const EVALUATION: &str = "/v2/decision-definitions/evaluation";

/// `discount` (a table) requires `rate` (a literal expression).
const PRICES: &str = r##"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/"
    id="prices" name="Prices" namespace="http://test/prices">
  <decision id="rate" name="Rate">
    <literalExpression><text>base * 2</text></literalExpression>
  </decision>
  <decision id="discount" name="Discount">
    <informationRequirement><requiredDecision href="#rate" /></informationRequirement>
    <decisionTable id="table" hitPolicy="UNIQUE">
      <input id="in" label="Level"><inputExpression id="ie"><text>level</text></inputExpression></input>
      <output id="out" name="percent" label="Percent" />
      <rule id="gold"><inputEntry id="g1"><text>"gold"</text></inputEntry>
        <outputEntry id="g2"><text>rate + 1</text></outputEntry></rule>
      <rule id="any"><inputEntry id="a1"><text>not("gold")</text></inputEntry>
        <outputEntry id="a2"><text>0</text></outputEntry></rule>
    </decisionTable>
  </decision>
</definitions>"##;

/// `tripled` requires `base` of another file.
const IMPORTING: &str = r##"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/"
    id="importing" name="Importing" namespace="http://test/importing">
  <import name="other" namespace="http://test/imported"
      importType="https://www.omg.org/spec/DMN/20191111/MODEL/" />
  <decision id="tripled" name="Tripled">
    <informationRequirement>
      <requiredDecision href="http://test/imported#given" />
    </informationRequirement>
    <literalExpression><text>other.given * 3</text></literalExpression>
  </decision>
</definitions>"##;

const IMPORTED: &str = r##"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/"
    id="imported" name="Imported" namespace="http://test/imported">
  <decision id="given" name="given">
    <literalExpression><text>7</text></literalExpression>
  </decision>
</definitions>"##;

async fn deploy(server: &Server, files: &[(&str, &str)]) -> Value {
    let parts: Vec<_> = files
        .iter()
        .map(|(name, content)| ("resources", Some(*name), *content))
        .collect();
    server.upload(&parts).await.json(200)
}

fn of<'a>(deployment: &'a Value, kind: &str) -> Vec<&'a Value> {
    let items = deployment["deployments"].as_array().unwrap();
    let found = items.iter().map(|item| &item[kind]);
    found.filter(|item| !item.is_null()).collect()
}

#[tokio::test]
async fn decisions_are_deployed_with_processes_and_again_without_change() {
    let server = Server::start().await;
    let process = models::script("a");
    let files = [("a.bpmn", &*process), ("prices.dmn", PRICES)];
    let first = deploy(&server, &files).await;
    assert_eq!(of(&first, "processDefinition").len(), 1);
    let decisions = of(&first, "decisionDefinition");
    let graphs = of(&first, "decisionRequirements");
    let (graph, discount) = (graphs[0], decisions[1]);
    assert_eq!(graph["decisionRequirementsId"], "prices");
    assert_eq!(graph["decisionRequirementsName"], "Prices");
    assert_eq!(graph["resourceName"], "prices.dmn");
    assert_eq!(discount["decisionDefinitionId"], "discount");
    assert_eq!(discount["name"], "Discount");
    assert_eq!(discount["version"], 1);
    assert_eq!(
        discount["decisionRequirementsKey"],
        graph["decisionRequirementsKey"]
    );

    let again = deploy(&server, &files).await;
    assert_eq!(again["deployments"], first["deployments"]);
    let changed = PRICES.replace("base * 2", "base * 3");
    let changed = deploy(&server, &[("prices.dmn", &changed)]).await;
    for decision in of(&changed, "decisionDefinition") {
        assert_eq!(decision["version"], 2);
    }

    let all = server.search("decision-definitions", json!({})).await;
    assert_eq!(all.len(), 4);
    let filter = json!({"decisionDefinitionId": "discount", "isLatestVersion": true});
    let latest = server.search("decision-definitions", filter).await;
    assert_eq!(latest.len(), 1);
    assert_eq!(latest[0]["version"], 2);
    assert_eq!(latest[0]["decisionRequirementsVersion"], 2);
    let key = text(&graph["decisionRequirementsKey"]);
    let filter = json!({"decisionRequirementsKey": key});
    let of_file = server.search("decision-definitions", filter.clone()).await;
    assert_eq!(of_file.len(), 2);
    assert_eq!(
        server.search("decision-requirements", filter).await.len(),
        1
    );

    let key = text(&discount["decisionDefinitionKey"]);
    let path = format!("/v2/decision-definitions/{key}");
    let one = server.get(&path).await.json(200);
    assert_eq!(one["decisionDefinitionId"], "discount");
    let xml = server.get(&format!("{path}/xml")).await;
    assert_eq!(String::from_utf8(xml.body).unwrap(), PRICES);
    let path = format!(
        "/v2/decision-requirements/{}",
        text(&graph["decisionRequirementsKey"])
    );
    assert_eq!(server.get(&path).await.json(200)["version"], 1);
    let xml = server.get(&format!("{path}/xml")).await;
    assert_eq!(String::from_utf8(xml.body).unwrap(), PRICES);
    server
        .get("/v2/decision-definitions/1")
        .await
        .problem(404, "decision definition 1");
}

#[tokio::test]
async fn a_refused_decision_refuses_the_deployment() {
    let server = Server::start().await;
    let process = models::script("a");
    let broken = PRICES.replace("base * 2", "base *");
    let twice = PRICES.replace(r#"id="prices""#, r#"id="other""#);
    for (files, rule) in [
        (vec![("p.dmn", &*broken)], "dmn-expression"),
        (vec![("p.dmn", IMPORTING)], "dmn-import-unresolved"),
        (
            vec![("q.dmn", PRICES), ("p.dmn", &*twice)],
            "decision-id-duplicate",
        ),
        (
            vec![("q.dmn", PRICES), ("p.dmn", PRICES)],
            "decision-requirements-id-duplicate",
        ),
        (vec![("p.dmn", &*process)], "not-dmn"),
    ] {
        let mut parts = vec![("resources", Some("a.bpmn"), &*process)];
        parts.extend(
            files
                .iter()
                .map(|(name, content)| ("resources", Some(*name), *content)),
        );
        let problem = server.upload(&parts).await.problem(400, "refused");
        let findings = problem["findings"].as_array().unwrap();
        assert!(
            findings
                .iter()
                .any(|finding| finding["rule"] == rule && finding["file"] == "p.dmn"),
            "{rule}: {problem}"
        );
    }
    for path in ["process-definitions", "decision-requirements"] {
        assert!(server.search(path, json!({})).await.is_empty());
    }
}

#[tokio::test]
async fn a_decision_is_made_with_everything_it_requires() {
    let server = Server::start().await;
    let deployed = deploy(&server, &[("prices.dmn", PRICES)]).await;
    let discount = of(&deployed, "decisionDefinition")[1].clone();
    let body = json!({
        "decisionDefinitionId": "discount",
        "variables": {"level": "gold", "base": 4}
    });
    let answer = server.post(EVALUATION, body).await.json(200);
    assert_eq!(answer["output"], "9");
    assert_eq!(
        answer["decisionDefinitionKey"],
        discount["decisionDefinitionKey"]
    );
    assert_eq!(answer["decisionDefinitionName"], "Discount");
    assert_eq!(answer["decisionDefinitionVersion"], 1);
    assert_eq!(answer["decisionRequirementsId"], "prices");
    assert_eq!(answer["failureMessage"], Value::Null);
    assert_eq!(answer["tenantId"], "<default>");
    let made = answer["evaluatedDecisions"].as_array().unwrap();
    assert_eq!(made.len(), 2);
    assert_eq!(made[0]["decisionDefinitionId"], "rate");
    assert_eq!(made[0]["decisionDefinitionType"], "LITERAL_EXPRESSION");
    assert_eq!(made[0]["output"], "8");
    let key = text(&answer["decisionEvaluationKey"]);
    assert_eq!(
        made[1],
        json!({
            "decisionDefinitionId": "discount",
            "decisionDefinitionKey": discount["decisionDefinitionKey"],
            "decisionDefinitionName": "Discount",
            "decisionDefinitionType": "DECISION_TABLE",
            "decisionDefinitionVersion": 1,
            "decisionEvaluationInstanceKey": format!("{key}-2"),
            "evaluatedInputs": [
                {"inputId": "in", "inputName": "Level", "inputValue": "\"gold\""}
            ],
            "matchedRules": [{
                "ruleId": "gold",
                "ruleIndex": 1,
                "evaluatedOutputs": [{
                    "outputId": "out", "outputName": "Percent", "outputValue": "9",
                    "ruleId": "gold", "ruleIndex": 1
                }]
            }],
            "output": "9",
            "tenantId": "<default>"
        })
    );

    // What became of it is stored.
    let filter = json!({"decisionEvaluationKey": key});
    let stored = server.search("decision-instances", filter).await;
    assert_eq!(stored.len(), 2);
    assert_eq!(stored[1]["state"], "EVALUATED");
    assert_eq!(stored[1]["result"], "9");
    assert_eq!(stored[1]["processInstanceKey"], Value::Null);
    let path = format!("/v2/decision-instances/{key}-2");
    let one = server.get(&path).await.json(200);
    assert_eq!(one["decisionEvaluationInstanceKey"], format!("{key}-2"));
    assert_eq!(one["matchedRules"], made[1]["matchedRules"]);
    assert_eq!(one["evaluatedInputs"], made[1]["evaluatedInputs"]);
    for (key, status) in [(format!("{key}-3"), 404), (key.clone(), 400)] {
        server
            .get(&format!("/v2/decision-instances/{key}"))
            .await
            .problem(status, &key);
    }
}

#[tokio::test]
async fn a_decision_without_a_result_says_why() {
    let server = Server::start().await;
    let failing = PRICES.replace("base * 2", r#"assert(base, base &gt; 0, "base is odd")"#);
    let deployed = deploy(&server, &[("prices.dmn", &failing)]).await;
    let key = &of(&deployed, "decisionDefinition")[1]["decisionDefinitionKey"];
    let body = json!({
        "decisionDefinitionKey": key,
        "variables": {"level": "gold", "base": -1}
    });
    let answer = server.post(EVALUATION, body).await.json(200);
    assert_eq!(answer["failedDecisionDefinitionId"], "rate");
    let why = answer["failureMessage"].as_str().unwrap();
    assert!(why.contains("base is odd"), "{why}");
    assert_eq!(answer["output"], "");
    assert_eq!(answer["evaluatedDecisions"], json!([]));
    let failed = server
        .search("decision-instances", json!({"state": "FAILED"}))
        .await;
    assert_eq!(failed.len(), 1);
    assert_eq!(failed[0]["decisionDefinitionId"], "rate");
    assert_eq!(failed[0]["evaluationFailure"], why);
    assert_eq!(&failed[0]["rootDecisionDefinitionKey"], key);
}

#[tokio::test]
async fn a_request_names_one_decision_that_is_there() {
    let server = Server::start().await;
    deploy(&server, &[("prices.dmn", PRICES)]).await;
    for (body, status, why) in [
        (json!({}), 400, "exactly one"),
        (
            json!({"decisionDefinitionId": "rate", "decisionDefinitionKey": "1"}),
            400,
            "exactly one",
        ),
        (json!({"decisionDefinitionId": "none"}), 404, "'none'"),
        (json!({"decisionDefinitionKey": "1"}), 404, "definition 1"),
        (
            json!({"decisionDefinitionId": "rate", "tenantId": "nobody"}),
            404,
            "nobody",
        ),
    ] {
        server.post(EVALUATION, body).await.problem(status, why);
    }
}

#[tokio::test]
async fn an_import_is_part_of_the_version() {
    let server = Server::start().await;
    let files = [("importing.dmn", IMPORTING), ("imported.dmn", IMPORTED)];
    let first = deploy(&server, &files).await;
    let body = json!({"decisionDefinitionId": "tripled"});
    let answer = server.post(EVALUATION, body.clone()).await.json(200);
    assert_eq!(answer["output"], "21");
    let given = of(&first, "decisionDefinition");
    let given = given
        .iter()
        .find(|decision| decision["decisionDefinitionId"] == "given");
    assert_eq!(
        answer["evaluatedDecisions"][0]["decisionDefinitionKey"],
        given.unwrap()["decisionDefinitionKey"]
    );
    assert_eq!(
        deploy(&server, &files).await["deployments"],
        first["deployments"]
    );
    let changed = IMPORTED.replace('7', "8");
    let files = [("importing.dmn", IMPORTING), ("imported.dmn", &*changed)];
    let second = deploy(&server, &files).await;
    for decision in of(&second, "decisionDefinition") {
        assert_eq!(decision["version"], 2, "{decision}");
    }
    let answer = server.post(EVALUATION, body).await.json(200);
    assert_eq!(answer["output"], "24");
    let first = of(&first, "decisionDefinition");
    let old = first
        .iter()
        .find(|decision| decision["decisionDefinitionId"] == "tripled");
    let body = json!({"decisionDefinitionKey": old.unwrap()["decisionDefinitionKey"]});
    let answer = server.post(EVALUATION, body).await.json(200);
    assert_eq!(answer["output"], "21");
}

/// A process whose task `do` makes the decision `discount`.
fn deciding(id: &str, settings: &str) -> String {
    models::around(
        id,
        &format!(
            r#"<bpmn:businessRuleTask id="do">
                 <bpmn:extensionElements>
                   <zeebe:calledDecision decisionId="discount" resultVariable="percent" {settings} />
                 </bpmn:extensionElements>
                 <bpmn:incoming>f1</bpmn:incoming><bpmn:outgoing>f2</bpmn:outgoing>
               </bpmn:businessRuleTask>"#
        ),
        "",
    )
}

async fn run(server: &Server, id: &str, variables: Value) -> Value {
    let body = json!({
        "processDefinitionId": id,
        "variables": variables,
        "awaitCompletion": true
    });
    server.post("/v2/process-instances", body).await.json(200)
}

#[tokio::test]
async fn a_business_rule_task_makes_a_decision() {
    let server = Server::start().await;
    let process = deciding("rule", "");
    let deployed = deploy(&server, &[("rule.bpmn", &process), ("prices.dmn", PRICES)]).await;
    let ended = run(&server, "rule", json!({"level": "gold", "base": 4})).await;
    assert_eq!(ended["variables"]["percent"], 9);
    let instance = text(&ended["processInstanceKey"]);
    let filter = json!({"processInstanceKey": instance});
    let made = server.search("decision-instances", filter).await;
    assert_eq!(made.len(), 2);
    assert_eq!(made[0]["decisionDefinitionId"], "rate");
    assert_eq!(made[1]["decisionDefinitionId"], "discount");
    assert_eq!(made[1]["result"], "9");
    let root = &of(&deployed, "decisionDefinition")[1]["decisionDefinitionKey"];
    assert_eq!(&made[0]["rootDecisionDefinitionKey"], root);
    let definition = &of(&deployed, "processDefinition")[0]["processDefinitionKey"];
    assert_eq!(&made[1]["processDefinitionKey"], definition);
    let element = text(&made[1]["elementInstanceKey"]);
    let task = server
        .get(&format!("/v2/element-instances/{element}"))
        .await
        .json(200);
    assert_eq!(task["elementId"], "do");
    assert_eq!(task["type"], "BUSINESS_RULE_TASK");
    let filter = json!({"elementInstanceKey": element, "decisionDefinitionId": "discount"});
    let found = server.search("decision-instances", filter).await;
    assert_eq!(found, made[1..]);
    let key = text(&made[1]["decisionEvaluationInstanceKey"]);
    let one = server
        .get(&format!("/v2/decision-instances/{key}"))
        .await
        .json(200);
    assert_eq!(one["matchedRules"][0]["ruleId"], "gold");
}

#[tokio::test]
async fn a_task_means_the_version_that_it_is_bound_to() {
    let server = Server::start().await;
    let (latest, fixed) = (
        deciding("latest", ""),
        deciding("fixed", r#"bindingType="deployment""#),
    );
    let files = [
        ("latest.bpmn", &*latest),
        ("fixed.bpmn", &fixed),
        ("prices.dmn", PRICES),
    ];
    deploy(&server, &files).await;
    let changed = PRICES.replace("base * 2", "base * 3");
    deploy(&server, &[("prices.dmn", &changed)]).await;
    let variables = json!({"level": "gold", "base": 4});
    let percent = |ended: Value| ended["variables"]["percent"].clone();
    assert_eq!(percent(run(&server, "latest", variables.clone()).await), 13);
    assert_eq!(percent(run(&server, "fixed", variables.clone()).await), 9);
    // A process that is bound to the deployment is new where its decision is.
    let again = PRICES.replace("base * 2", "base * 5");
    let files = [("fixed.bpmn", &*fixed), ("prices.dmn", &again)];
    let deployed = deploy(&server, &files).await;
    let process = of(&deployed, "processDefinition")[0];
    assert_eq!(process["processDefinitionVersion"], 2);
    assert_eq!(percent(run(&server, "fixed", variables).await), 21);
}

#[tokio::test]
async fn a_costly_decision_is_made_for_a_task() {
    let server = Server::start().await;
    let costly = PRICES.replace("base * 2", "sum(for i in 1..base return i)");
    let process = deciding("rule", "");
    deploy(&server, &[("rule.bpmn", &process), ("prices.dmn", &costly)]).await;
    let ended = run(&server, "rule", json!({"level": "gold", "base": 100})).await;
    assert_eq!(ended["variables"]["percent"], 5051);
    let made = server.search("decision-instances", json!({})).await;
    assert_eq!(made.len(), 2);
}

#[tokio::test]
async fn a_failed_decision_is_an_incident_with_its_decision_instance() {
    let server = Server::start().await;
    let process = deciding("rule", "");
    deploy(&server, &[("rule.bpmn", &process)]).await;
    let body = json!({"processDefinitionId": "rule", "variables": {"level": "gold"}});
    let created = server.post("/v2/process-instances", body).await.json(200);
    let instance = text(&created["processInstanceKey"]);
    let filter = json!({"processInstanceKey": instance, "state": "ACTIVE"});
    let incident = server.search("incidents", filter.clone()).await.remove(0);
    assert_eq!(incident["errorType"], "CALLED_DECISION_ERROR");

    let failing = PRICES.replace("base * 2", r#"assert(base, base != null, "no base")"#);
    deploy(&server, &[("prices.dmn", &failing)]).await;
    let resolution = format!(
        "/v2/incidents/{}/resolution",
        text(&incident["incidentKey"])
    );
    server.post(&resolution, json!({})).await.done();
    let incident = server.search("incidents", filter).await.remove(0);
    assert_eq!(incident["errorType"], "DECISION_EVALUATION_ERROR");
    let message = incident["errorMessage"].as_str().unwrap();
    assert!(message.contains("no base"), "{message}");
    let made = server
        .search(
            "decision-instances",
            json!({"processInstanceKey": instance}),
        )
        .await;
    assert_eq!(made.len(), 1);
    assert_eq!(made[0]["state"], "FAILED");
    assert_eq!(made[0]["decisionDefinitionId"], "rate");
}

#[tokio::test]
async fn a_deleted_file_makes_way_for_the_version_before() {
    let server = Server::start().await;
    deploy(&server, &[("prices.dmn", PRICES)]).await;
    let changed = PRICES.replace("base * 2", "base * 3");
    let second = deploy(&server, &[("prices.dmn", &changed)]).await;
    let requirements = text(&of(&second, "decisionRequirements")[0]["decisionRequirementsKey"]);
    let decision = text(&of(&second, "decisionDefinition")[1]["decisionDefinitionKey"]);
    let body = json!({
        "decisionDefinitionId": "discount",
        "variables": {"level": "gold", "base": 4}
    });
    let answer = server.post(EVALUATION, body.clone()).await.json(200);
    assert_eq!(answer["output"], "13");

    let path = format!("/v2/resources/{requirements}/deletion");
    let history = json!({"deleteHistory": true});
    server
        .post(&path, history)
        .await
        .problem(400, "deleteHistory");
    let deleted = server.post(&path, json!({})).await.json(200);
    assert_eq!(deleted["resourceKey"], requirements);
    server.post(&path, json!({})).await.problem(404, "resource");
    let answer = server.post(EVALUATION, body).await.json(200);
    assert_eq!(answer["output"], "9");
    let body = json!({"decisionDefinitionKey": decision});
    server.post(EVALUATION, body).await.problem(404, &decision);
    for path in [
        format!("/v2/decision-requirements/{requirements}"),
        format!("/v2/decision-requirements/{requirements}/xml"),
        format!("/v2/decision-definitions/{decision}"),
        format!("/v2/decision-definitions/{decision}/xml"),
    ] {
        assert_eq!(server.get(&path).await.status, 404, "{path}");
    }
    let latest = json!({"isLatestVersion": true});
    let latest = server.search("decision-definitions", latest).await;
    assert_eq!(latest.len(), 2);
    assert_eq!(latest[0]["version"], 1);
    assert_eq!(
        server
            .search("decision-requirements", json!({}))
            .await
            .len(),
        1
    );
    // The same bytes are a new version, whose number was never used.
    let third = deploy(&server, &[("prices.dmn", &changed)]).await;
    assert_eq!(of(&third, "decisionRequirements")[0]["version"], 3);
    assert_eq!(
        server
            .search(
                "decision-instances",
                json!({"decisionDefinitionId": "discount"})
            )
            .await
            .len(),
        2
    );
}

#[tokio::test]
async fn the_decisions_of_a_deployment_are_bounded() {
    let server = Server::limited(|limits| limits.runtime.deployed_decisions = 2).await;
    deploy(&server, &[("prices.dmn", PRICES)]).await;
    let files = [("prices.dmn", PRICES), ("imported.dmn", IMPORTED)];
    let parts = files.map(|(name, content)| ("resources", Some(name), content));
    server.upload(&parts).await.problem(400, "2 decisions");
    assert_eq!(
        server
            .search("decision-requirements", json!({}))
            .await
            .len(),
        1
    );
}
