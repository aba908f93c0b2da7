//! Models that would take too much, and models that are broken, end as clear errors, soon, on a
//! thread with no more stack than promised.

use std::fmt::Write as _;
use std::fs;
use std::sync::Arc;

use anyam_bpmn::dmn::{Definitions, read};
use anyam_feel::dmn::{Evaluated, Failed, Model, Request, evaluate};
use anyam_feel::{Budget, Cost, Data, EvaluationError, Limits, Now, isolated};

use crate::cases::folders;

/// Runs on a thread with [`isolated::STACK_BYTES`] of stack.
fn on_little_stack<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let thread = std::thread::Builder::new().stack_size(isolated::STACK_BYTES);
    let thread = thread.spawn(work).expect("the thread starts");
    thread.join().expect("it does not panic")
}

fn definitions(inside: &str) -> Definitions {
    let file = format!(
        "<definitions xmlns=\"https://www.omg.org/spec/DMN/20191111/MODEL/\" id=\"m\" name=\"M\" \
         namespace=\"urn:m\">{inside}</definitions>"
    );
    let read = read(file.as_bytes(), &anyam_bpmn::Limits::default());
    read.unwrap_or_else(|rejected| panic!("{rejected}"))
        .definitions
}

/// The default limits with a tenth of the steps, as this build is not optimised.
fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.isolated.steps /= 10;
    limits.inline.steps /= 10;
    limits
}

fn compiled(inside: &str) -> Arc<Model> {
    let model = Model::compile(&definitions(inside), &[], &limits());
    Arc::new(model.unwrap_or_else(|findings| panic!("{findings:?}")))
}

fn run(model: &Arc<Model>, decision: &str, x: &str) -> Result<Evaluated, Box<Failed>> {
    let mut data = Data::new();
    data.insert("x", x);
    let request = Request::new(model.clone(), decision, &data, Now(0));
    evaluate(&request.expect("there is such a decision"))
}

fn literal(text: &str) -> String {
    format!("<literalExpression><text>{text}</text></literalExpression>")
}

fn decision(id: &str, requires: &[String], logic: &str) -> String {
    let requires: String = requires
        .iter()
        .map(|other| {
            format!("<informationRequirement><requiredDecision href=\"#{other}\"/></informationRequirement>")
        })
        .collect();
    format!("<decision id=\"{id}\" name=\"{id}\">{requires}{logic}</decision>")
}

#[test]
fn long_chains_of_requirements_are_made_without_recursion() {
    on_little_stack(|| {
        let mut inside = decision("d0", &[], &literal("1"));
        for number in 1..4000 {
            let before = [format!("d{}", number - 1)];
            let logic = literal(&format!("d{} + 1", number - 1));
            inside += &decision(&format!("d{number}"), &before, &logic);
        }
        let evaluated = run(&compiled(&inside), "d3999", "null").expect("it has a result");
        assert_eq!(&*evaluated.output, "4000");
        assert_eq!(evaluated.decisions.len(), 4000);
    });
}

/// Each decision requires the two before it: there are more paths than could be followed.
#[test]
fn what_is_required_twice_is_made_once() {
    let mut inside = decision("d0", &[], &literal("0")) + &decision("d1", &[], &literal("1"));
    for number in 2..90 {
        let (a, b) = (format!("d{}", number - 2), format!("d{}", number - 1));
        let logic = literal(&format!("{a} + {b}"));
        inside += &decision(&format!("d{number}"), &[a, b], &logic);
    }
    let model = compiled(&inside);
    let evaluated = run(&model, "d89", "null").expect("it has a result");
    assert_eq!(&*evaluated.output, "1779979416004714189");
    assert_eq!(evaluated.decisions.len(), 90);
    assert_eq!(model.names("d89").as_deref(), Some(&[][..]));
}

/// Types that each name the one before twice are as small as their text.
#[test]
fn types_are_not_multiplied() {
    let mut inside =
        "<itemDefinition name=\"t0\"><typeRef>number</typeRef></itemDefinition>".to_owned();
    for number in 1..16 {
        let part = |name| {
            format!(
                "<itemComponent name=\"{name}\"><typeRef>t{}</typeRef></itemComponent>",
                number - 1
            )
        };
        let (a, b) = (part("a"), part("b"));
        let _ = write!(
            inside,
            "<itemDefinition name=\"t{number}\">{a}{b}</itemDefinition>"
        );
    }
    inside += "<inputData id=\"x\" name=\"x\"><variable name=\"x\" typeRef=\"t15\"/></inputData>";
    inside += "<decision id=\"d\" name=\"d\"><informationRequirement><requiredInput href=\"#x\"/>\
               </informationRequirement><literalExpression><text>x.a.b</text></literalExpression></decision>";
    let model = compiled(&inside);
    let evaluated = run(&model, "d", r#"{"a":{"b":{"a":null}}}"#).expect("it has a result");
    assert_eq!(&*evaluated.output, r#"{"a":null}"#);
}

#[test]
fn large_tables_go_to_another_thread() {
    let table = |rules: usize| {
        let rule = "<rule><inputEntry><text>1</text></inputEntry><outputEntry><text>2</text></outputEntry></rule>";
        let rules = rule.repeat(rules);
        decision(
            "d",
            &[],
            &format!(
                "<decisionTable hitPolicy=\"FIRST\"><input><inputExpression><text>x</text></inputExpression></input>\
             <output name=\"o\"/>{rules}</decisionTable>"
            ),
        )
    };
    assert_eq!(compiled(&table(2500)).cost("d"), Some(Cost::Inline));
    let large = compiled(&table(2501));
    assert_eq!(large.cost("d"), Some(Cost::Isolated));
    assert_eq!(large.cost("e"), None);
    let evaluated = run(&large, "d", "2").expect("it has a result");
    assert_eq!(&*evaluated.output, "null");
}

/// A service whose decision calls a function that calls the service.
#[test]
fn services_that_call_themselves_are_stopped() {
    on_little_stack(|| {
        let inside = format!(
            "<businessKnowledgeModel id=\"k\" name=\"k\"><knowledgeRequirement><requiredKnowledge \
             href=\"#s\"/></knowledgeRequirement><encapsulatedLogic><formalParameter name=\"n\"/>{}\
             </encapsulatedLogic></businessKnowledgeModel><inputData id=\"x\" name=\"x\"/>\
             <decision id=\"d\" name=\"d\"><informationRequirement><requiredInput href=\"#x\"/>\
             </informationRequirement><knowledgeRequirement><requiredKnowledge href=\"#k\"/>\
             </knowledgeRequirement>{}</decision><decisionService id=\"s\" name=\"s\"><outputDecision \
             href=\"#d\"/><inputData href=\"#x\"/></decisionService>",
            literal("s(n + 1)"),
            literal("k(x)")
        );
        let failed = run(&compiled(&inside), "d", "1").expect_err("it never ends");
        assert!(matches!(
            failed.error,
            EvaluationError::TooDeepRecursion { .. }
        ));
        assert_eq!(&*failed.decision_id, "d");
    });
}

/// The deepest value against a type that is a part of itself, at the bottom of ever deeper calls.
#[test]
fn deep_values_of_recursive_types_fit_on_the_stack() {
    on_little_stack(|| {
        let deep = format!("{}{}", "[".repeat(62), "]".repeat(62));
        let mut fitted = 0;
        for calls in 0..80 {
            let inside = format!(
                "<itemDefinition name=\"t\" isCollection=\"true\"><typeRef>t</typeRef></itemDefinition>\
                 <businessKnowledgeModel id=\"k\" name=\"k\"><encapsulatedLogic><formalParameter \
                 name=\"n\"/><formalParameter name=\"v\" typeRef=\"t\"/>{}</encapsulatedLogic>\
                 </businessKnowledgeModel><decision id=\"d\" name=\"d\"><knowledgeRequirement>\
                 <requiredKnowledge href=\"#k\"/></knowledgeRequirement>{}</decision>",
                literal("if n = 0 then v instance of t and v = v else k(n - 1, v)"),
                literal(&format!("k({calls}, x)"))
            );
            match run(&compiled(&inside), "d", &deep) {
                Ok(evaluated) => {
                    assert_eq!(&*evaluated.output, "true");
                    fitted += 1;
                }
                Err(failed) => {
                    let error = &failed.error;
                    assert!(matches!(error, EvaluationError::TooDeepRecursion { .. }));
                }
            }
        }
        assert!((20..80).contains(&fitted), "{fitted} fitted");
    });
}

/// Boxes as deep as XML may nest.
#[test]
fn deep_boxes_are_evaluated_or_refused() {
    on_little_stack(|| {
        for (open, close) in [
            ("<list>", "</list>"),
            ("<context><contextEntry>", "</contextEntry></context>"),
            (
                "<conditional><if><literalExpression><text>true</text></literalExpression></if><then>",
                "</then><else><literalExpression><text>1</text></literalExpression></else></conditional>",
            ),
        ] {
            for depth in 1..60 {
                let logic = format!(
                    "{}{}{}",
                    open.repeat(depth),
                    literal("x"),
                    close.repeat(depth)
                );
                let file = format!(
                    "<definitions xmlns=\"https://www.omg.org/spec/DMN/20191111/MODEL/\" id=\"m\" \
                     name=\"M\" namespace=\"urn:m\">{}</definitions>",
                    decision("d", &[], &logic)
                );
                let Ok(read) = read(file.as_bytes(), &anyam_bpmn::Limits::default()) else {
                    continue;
                };
                let model = Model::compile(&read.definitions, &[], &limits()).expect("it compiles");
                assert!(run(&Arc::new(model), "d", "1").is_ok(), "{open} {depth}");
            }
        }
    });
}

/// What is written down of each decision is paid for.
#[test]
fn the_explanation_is_paid_for() {
    let mut inside = decision("d0", &[], &literal("x"));
    for number in 1..40 {
        let before = [format!("d{}", number - 1)];
        let logic = literal(&format!("d{}", number - 1));
        inside += &decision(&format!("d{number}"), &before, &logic);
    }
    let model = Model::compile(&definitions(&inside), &[], &Limits::default());
    let model = Arc::new(model.expect("it compiles"));
    let long = format!("\"{}\"", "a".repeat(2_000_000));
    assert!(run(&model, "d3", &long).is_ok());
    let failed = run(&model, "d39", &long).expect_err("it is too much");
    assert_eq!(failed.error, EvaluationError::TooMuchMemory);
    assert!(failed.decisions.len() > 20 && failed.decisions.len() < 39);
}

#[test]
fn data_is_bounded() {
    let definitions = definitions(&decision("d", &[], &literal("x")));
    let limits = Limits {
        max_data_bytes: 10,
        ..Limits::default()
    };
    let model = Arc::new(Model::compile(&definitions, &[], &limits).expect("it compiles"));
    assert_eq!(
        &*run(&model, "d", "1234567890").expect("it fits").output,
        "1234567890"
    );
    let failed = run(&model, "d", "12345678901").expect_err("it does not");
    let error = EvaluationError::DataTooLarge {
        actual: 11,
        limit: 10,
    };
    assert_eq!(failed.error, error);
}

/// Changing any model anywhere never panics, hangs or grows: it is refused, or evaluated within its
/// budget.
#[test]
fn broken_models_are_refused_or_evaluated() {
    on_little_stack(|| {
        let budget = Budget {
            steps: 2_000,
            bytes: 1 << 20,
        };
        let limits = Limits {
            inline: budget,
            isolated: budget,
            ..Limits::default()
        };
        let mut compiled = 0;
        for folder in folders() {
            let bytes = fs::read(folder.join("model.dmn")).expect("the model is there");
            for at in (0..bytes.len()).step_by(11) {
                for byte in *b"<x\"1 " {
                    let mut broken = bytes.clone();
                    broken[at] = byte;
                    let Ok(read) = read(&broken, &anyam_bpmn::Limits::default()) else {
                        continue;
                    };
                    let Ok(model) = Model::compile(&read.definitions, &[], &limits) else {
                        continue;
                    };
                    compiled += 1;
                    let model = Arc::new(model);
                    let ids: Vec<String> = model.decisions().map(|it| it.id.to_owned()).collect();
                    for id in ids {
                        // Either way is fine; it comes back.
                        let _ = run(&model, &id, "5");
                    }
                }
            }
        }
        assert!(compiled > 1000, "only {compiled} compiled");
    });
}
