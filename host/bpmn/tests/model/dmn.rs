//! DMN files and what the reader makes of them.

use anyam_bpmn::dmn::{self, Aggregation, HitPolicy, Logic, RequirementKind};
use anyam_bpmn::{Limits, Severity};

/// The inside of `definitions` as a file of DMN 1.3; it begins in line 1.
fn file(inside: &str) -> String {
    format!(
        "<definitions xmlns=\"https://www.omg.org/spec/DMN/20191111/MODEL/\" \
         xmlns:zeebe=\"http://camunda.org/schema/zeebe/1.0\" id=\"drg\" name=\"Graph\" \
         namespace=\"urn:own\">{inside}\n</definitions>"
    )
}

fn findings(model: &str) -> String {
    let list = match dmn::read(model.as_bytes(), &Limits::default()) {
        Ok(read) => read.warnings,
        Err(rejected) => rejected.findings,
    };
    let lines = list.iter().map(|finding| match finding.severity {
        Severity::Error => finding.to_string(),
        Severity::Warning => format!("warning {finding}"),
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn read(inside: &str) -> dmn::Definitions {
    let read = dmn::read(file(inside).as_bytes(), &Limits::default());
    let read = read.unwrap_or_else(|rejected| panic!("{rejected}"));
    assert_eq!(read.warnings, [], "{inside}");
    read.definitions
}

const DISHES: &str = r##"
<import name="types" namespace="urn:other" importType="https://www.omg.org/spec/DMN/20191111/MODEL/"/>
<itemDefinition name="tGuests"><typeRef>number</typeRef>
  <allowedValues><text>[0..200]</text></allowedValues></itemDefinition>
<itemDefinition name="tOrder" isCollection="true">
  <itemComponent name="dish  name"><typeRef>string</typeRef></itemComponent></itemDefinition>
<inputData id="guests" name="Guest Count"><variable name="Guest  Count" typeRef="tGuests"/></inputData>
<decision id="dish" name="Dish">
  <extensionElements><zeebe:versionTag value="v1"/></extensionElements>
  <variable name="Dish" typeRef="string"/>
  <informationRequirement id="r1"><requiredInput href="#guests"/></informationRequirement>
  <informationRequirement id="r2"><requiredDecision href="urn:other#season"/></informationRequirement>
  <knowledgeRequirement id="r3"><requiredKnowledge href="urn:own#bkm"/></knowledgeRequirement>
  <decisionTable hitPolicy="COLLECT" aggregation="MAX">
    <input id="i1" label="Guests"><inputExpression typeRef="number"><text>Guest Count</text></inputExpression></input>
    <output id="o1" name="dish" typeRef="string"><outputValues><text>"a", "b"</text></outputValues>
      <defaultOutputEntry><text>"b"</text></defaultOutputEntry></output>
    <rule id="u1"><inputEntry id="e1"><text>&lt; 8</text></inputEntry><outputEntry id="e2"><text>"a"</text></outputEntry></rule>
    <rule id="u2"><inputEntry id="e3"><text></text></inputEntry><outputEntry id="e4"><text>"b"</text></outputEntry></rule>
  </decisionTable>
</decision>
<businessKnowledgeModel id="bkm" name="Twice"><encapsulatedLogic><formalParameter name="n" typeRef="number"/>
  <literalExpression><text>n * 2</text></literalExpression></encapsulatedLogic></businessKnowledgeModel>
<decisionService id="svc" name="Serve"><outputDecision href="#dish"/><inputData href="#guests"/></decisionService>
<textAnnotation id="note"><text>free</text></textAnnotation>"##;

#[test]
fn a_file_is_read_whole() {
    let definitions = read(DISHES);
    assert_eq!((&*definitions.id, &*definitions.name), ("drg", "Graph"));
    assert_eq!(&*definitions.imports[0].name, "types");
    let guests = &definitions.item_definitions[0];
    assert_eq!(guests.type_ref.as_deref(), Some("number"));
    assert_eq!(&*guests.allowed_values.as_ref().unwrap().text, "[0..200]");
    let order = &definitions.item_definitions[1];
    assert!(order.is_collection);
    assert_eq!(&*order.components[0].name, "dish name");
    assert_eq!(&*definitions.input_data[0].variable.name, "Guest Count");
    let dish = &definitions.decisions[0];
    assert_eq!(dish.version_tag.as_deref(), Some("v1"));
    assert_eq!(dish.location.line, 8);
    let required: Vec<_> = dish
        .requirements
        .iter()
        .map(|r| (r.kind, r.reference.namespace.as_deref(), &*r.reference.id))
        .collect();
    assert_eq!(
        required,
        [
            (RequirementKind::Input, None, "guests"),
            (RequirementKind::Decision, Some("urn:other"), "season"),
            (RequirementKind::Knowledge, None, "bkm"),
        ]
    );
    let Logic::Table(table) = &dish.logic.as_ref().unwrap().logic else {
        panic!("a table");
    };
    assert_eq!(table.hit_policy, HitPolicy::Collect);
    assert_eq!(table.aggregation, Some(Aggregation::Max));
    assert_eq!(table.inputs[0].label.as_deref(), Some("Guests"));
    assert_eq!(&*table.rules[0].inputs[0].text, "< 8");
    assert_eq!(table.rules[0].inputs[0].location.line, 18);
    assert_eq!(&*table.rules[1].inputs[0].text, "");
    let output = &table.outputs[0];
    assert_eq!(&*output.default.as_ref().unwrap().text, "\"b\"");
    let twice = definitions.knowledge[0].logic.as_ref().unwrap();
    assert_eq!(&*twice.parameters[0].name, "n");
    assert_eq!(&*definitions.services[0].output_decisions[0].id, "dish");
}

#[test]
fn every_boxed_expression_is_read() {
    let text = "<literalExpression><text>1</text></literalExpression>";
    for (inside, kind) in [
        (text.to_owned(), "LITERAL_EXPRESSION"),
        (
            format!(
                "<context><contextEntry><variable name=\"a\"/>{text}</contextEntry>\
                 <contextEntry>{text}</contextEntry></context>"
            ),
            "CONTEXT",
        ),
        (format!("<list>{text}{text}</list>"), "LIST"),
        (
            format!("<relation><column name=\"a\"/><row>{text}</row></relation>"),
            "RELATION",
        ),
        (
            format!("<functionDefinition><formalParameter name=\"x\"/>{text}</functionDefinition>"),
            "FUNCTION_DEFINITION",
        ),
        (
            format!(
                "<invocation>{text}<binding><parameter name=\"x\"/>{text}</binding>\
                 <binding><parameter name=\"y\"/></binding></invocation>"
            ),
            "INVOCATION",
        ),
        (
            format!(
                "<conditional><if>{text}</if><then>{text}</then><else>{text}</else></conditional>"
            ),
            "CONDITIONAL",
        ),
        (
            format!("<filter><in>{text}</in><match>{text}</match></filter>"),
            "FILTER",
        ),
        (
            format!("<for iteratorVariable=\"i\"><in>{text}</in><return>{text}</return></for>"),
            "FOR",
        ),
        (
            format!(
                "<some iteratorVariable=\"i\"><in>{text}</in><satisfies>{text}</satisfies></some>"
            ),
            "SOME",
        ),
        (
            format!(
                "<every iteratorVariable=\"i\"><in>{text}</in><satisfies>{text}</satisfies></every>"
            ),
            "EVERY",
        ),
    ] {
        let definitions = read(&format!(
            "<decision id=\"d\" name=\"D\">{inside}</decision>"
        ));
        let logic = definitions.decisions[0].logic.as_ref().unwrap();
        assert_eq!(logic.logic.kind(), kind);
    }
}

#[test]
fn all_versions_of_dmn_are_read() {
    for namespace in [
        "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
        "http://www.omg.org/spec/DMN/20180521/MODEL/",
        "https://www.omg.org/spec/DMN/20191111/MODEL/",
        "https://www.omg.org/spec/DMN/20211108/MODEL/",
        "https://www.omg.org/spec/DMN/20230324/MODEL/",
        "https://www.omg.org/spec/DMN/20240513/MODEL/",
    ] {
        let model = format!(
            "<d:definitions xmlns:d=\"{namespace}\" xmlns:f=\"{namespace}/FEEL\" id=\"a\" name=\"A\" \
             namespace=\"n\"><d:inputData id=\"i\" name=\"I\"><d:variable name=\"I\" \
             typeRef=\"f:string\"/></d:inputData></d:definitions>"
        );
        let read = dmn::read(model.as_bytes(), &Limits::default()).unwrap();
        let variable = &read.definitions.input_data[0].variable;
        assert_eq!(variable.type_ref.as_deref(), Some("string"), "{namespace}");
    }
    for model in [
        "<definitions xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\"/>",
        "<definitions xmlns=\"urn:x\"/>",
        "<decision xmlns=\"https://www.omg.org/spec/DMN/20191111/MODEL/\"/>",
    ] {
        assert!(findings(model).ends_with("(not-dmn)"), "{model}");
    }
    assert!(findings("<definitions").ends_with("(xml-malformed)"));
}

/// A decision `d` with a table of this head and these parts.
fn table(head: &str, inside: &str) -> String {
    file(&format!(
        "<decision id=\"d\" name=\"D\"><decisionTable {head}>{inside}</decisionTable></decision>"
    ))
}

#[test]
fn what_a_file_must_not_be_is_told_with_its_place() {
    let output = "<output name=\"o\"/>";
    let two = "<output name=\"a\"/><output name=\"b\"/>";
    let text = "<literalExpression><text>1</text></literalExpression>";
    let decision = |inside: &str| file(&format!("<decision id=\"d\">{inside}</decision>"));
    let requires = |id: &str, other: &str| {
        format!(
            "<decision id=\"{id}\"><informationRequirement><requiredDecision href=\"#{other}\"/>\
             </informationRequirement>{text}</decision>"
        )
    };
    for (model, rule) in [
        (table("hitPolicy=\"LAST\"", output), "dmn-hit-policy"),
        (
            table("hitPolicy=\"COLLECT\" aggregation=\"AVG\"", output),
            "dmn-aggregation",
        ),
        (
            table("hitPolicy=\"UNIQUE\" aggregation=\"SUM\"", output),
            "dmn-aggregation",
        ),
        (
            table("hitPolicy=\"COLLECT\" aggregation=\"SUM\"", two),
            "dmn-aggregation",
        ),
        (table("hitPolicy=\"PRIORITY\"", output), "dmn-output-values"),
        (
            table("hitPolicy=\"OUTPUT ORDER\"", output),
            "dmn-output-values",
        ),
        (table("", ""), "dmn-outputs"),
        (
            table("", "<output name=\"a\"/><output name=\"a\"/>"),
            "dmn-outputs",
        ),
        (
            table("", &format!("{output}<rule id=\"r\"/>")),
            "dmn-row-length",
        ),
        (table("", &format!("<input/>{output}")), "dmn-part-missing"),
        (decision(&format!("{text}{text}")), "dmn-logic-twice"),
        (
            decision(
                "<literalExpression expressionLanguage=\"groovy\"><text>1</text></literalExpression>",
            ),
            "dmn-expression-language",
        ),
        (
            decision("<literalExpression><importedValues/></literalExpression>"),
            "dmn-imported-values",
        ),
        (
            decision(&format!(
                "<functionDefinition kind=\"Java\">{text}</functionDefinition>"
            )),
            "dmn-function-kind",
        ),
        (decision("<functionDefinition/>"), "dmn-part-missing"),
        (
            decision(&format!(
                "<functionDefinition><formalParameter name=\"a\"/><formalParameter name=\"a\"/>{text}\
                 </functionDefinition>"
            )),
            "dmn-parameter-name",
        ),
        (
            decision(&format!(
                "<context><contextEntry>{text}</contextEntry><contextEntry><variable name=\"a\"/>\
                 {text}</contextEntry></context>"
            )),
            "dmn-entry-name",
        ),
        (
            decision(&format!(
                "<relation><column name=\"a\"/><row>{text}{text}</row></relation>"
            )),
            "dmn-row-length",
        ),
        (
            decision(&format!("<conditional><if>{text}</if></conditional>")),
            "dmn-part-missing",
        ),
        (
            decision(&format!(
                "<for><in>{text}</in><return>{text}</return></for>"
            )),
            "dmn-part-missing",
        ),
        (file("<decisions/>"), "dmn-element-unknown"),
        (
            file(&format!("<decision>{text}</decision>")),
            "dmn-id-missing",
        ),
        (
            file("<inputData id=\"a\" name=\"A\"/><inputData id=\"a\" name=\"B\"/>"),
            "id-duplicate",
        ),
        (
            file(&format!(
                "<inputData id=\"{}\" name=\"A\"/>",
                "x".repeat(257)
            )),
            "limit-id-bytes",
        ),
        (
            file("<itemDefinition name=\"t\"/><itemDefinition name=\"t\"/>"),
            "dmn-type-duplicate",
        ),
        (file("<itemDefinition/>"), "dmn-name-missing"),
        (
            file("<itemDefinition name=\"t\" isCollection=\"yes\"/>"),
            "dmn-flag",
        ),
        (
            file(
                "<import name=\"p\" namespace=\"urn:p\" importType=\"http://www.dmg.org/PMML-4_2\"/>",
            ),
            "dmn-import-type",
        ),
        (
            file(
                "<import name=\"p\" importType=\"https://www.omg.org/spec/DMN/20191111/MODEL/\"/>",
            ),
            "dmn-import-namespace",
        ),
        (file(&requires("d", "gone")), "dmn-reference-unresolved"),
        (
            file(&requires("d", "\"/><requiredInput href=\"urn:gone#x")),
            "dmn-reference-missing",
        ),
        (
            decision(&format!(
                "<informationRequirement><requiredInput href=\"urn:gone#x\"/></informationRequirement>{text}"
            )),
            "dmn-reference-unresolved",
        ),
        (file(&requires("d", "d")), "dmn-requirement-cycle"),
        (
            file(&format!(
                "{}{}{}{}",
                requires("a", "b"),
                requires("b", "c"),
                requires("c", "b"),
                requires("e", "a")
            )),
            "dmn-requirement-cycle",
        ),
        (
            file("<decisionService id=\"s\" name=\"S\"/>"),
            "dmn-service-output",
        ),
        (
            file(
                "<decisionService id=\"s\" name=\"S\"><outputDecision href=\"#x\"/></decisionService>",
            ),
            "dmn-reference-unresolved",
        ),
    ] {
        let found = findings(&model);
        assert!(
            found
                .lines()
                .any(|line| line.ends_with(&format!("({rule})")) && !line.starts_with("warning")),
            "{rule}: {found}\n{model}"
        );
    }
    let twice = file(&format!(
        "\n  <decision id=\"d\">\n{text}\n{text}</decision>"
    ));
    assert_eq!(
        findings(&twice),
        "4:1 element 'd': the decision has more than one expression; keep one (dmn-logic-twice)"
    );
    assert_eq!(
        findings(&file("<decision id=\"d\" name=\"D\"/>")),
        "warning 1:159 element 'd': the decision does not say how it is made, so it is always null; \
         give it a table or an expression (dmn-logic-missing)"
    );
}

/// Cutting and changing a file anywhere never panics, and either reads or says why not.
#[test]
fn broken_files_are_refused_or_read() {
    let model = file(DISHES);
    for end in (0..model.len()).filter(|end| model.is_char_boundary(*end)) {
        assert!(dmn::read(&model.as_bytes()[..end], &Limits::default()).is_err());
    }
    for at in 0..model.len() {
        let mut bytes = model.clone().into_bytes();
        for byte in [b'<', b'"', b'x', 0] {
            bytes[at] = byte;
            if let Err(rejected) = dmn::read(&bytes, &Limits::default()) {
                assert!(!rejected.findings.is_empty());
            }
        }
    }
}
