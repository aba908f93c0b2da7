//! The processes of the simulation, and what they are for.
//!
//! A timer's element is named after its time in milliseconds (`t5000`), a boundary timer also after
//! what it sits on (`b30000_job`).

use std::collections::BTreeMap;
use std::sync::OnceLock;

use anyam_bpmn::graph::ProcessGraph;

/// Types of jobs that workers do.
pub const JOB_TYPES: [&str; 2] = ["work", "care"];

/// Steps, and whether they are pure.
pub const STEPS: [(&str, bool); 4] = [
    ("pure", true),
    ("effect", false),
    ("count", false),
    ("tell", false),
];

/// Correlation keys.
pub const KEYS: [&str; 3] = ["k0", "k1", "k2"];

/// Processes that a request may start.
pub const STARTED: [&str; 11] = [
    "teller", "chain", "worker", "timers", "message", "user", "caller", "alarmed", "many",
    "guarded", "sends",
];

/// The XML of every process, by id.
pub fn models() -> Vec<(&'static str, String)> {
    vec![
        ("chain", chain()),
        ("worker", worker()),
        ("timers", timers()),
        ("message", message()),
        ("user", user()),
        ("leaf", leaf()),
        ("caller", caller()),
        ("ordered", ordered()),
        ("alarmed", alarmed()),
        ("alarm_start", alarm_start()),
        ("many", many()),
        ("guarded", guarded()),
        ("timed", timed()),
        ("sends", sends()),
        ("teller", teller()),
    ]
}

/// What each process is, by its id.
pub fn graphs() -> &'static BTreeMap<String, ProcessGraph> {
    static GRAPHS: OnceLock<BTreeMap<String, ProcessGraph>> = OnceLock::new();
    GRAPHS.get_or_init(|| {
        let limits = anyam_bpmn::Limits::default();
        let graphs = models().into_iter().map(|(id, xml)| {
            let model = anyam_bpmn::compile(xml.as_bytes(), &limits).unwrap();
            (id.to_owned(), model.processes.into_iter().next().unwrap())
        });
        graphs.collect()
    })
}

fn process(id: &str, head: &str, elements: &str, flows: &str) -> String {
    let flow = |flow: &str| {
        let (from, to) = flow.split_once('>').unwrap();
        let (to, condition) = to.split_once('?').unwrap_or((to, ""));
        let condition = match condition {
            "" => String::new(),
            text => format!("<conditionExpression>{text}</conditionExpression>"),
        };
        format!(
            r#"<sequenceFlow id="{from}-{to}" sourceRef="{from}" targetRef="{to}">{condition}</sequenceFlow>"#
        )
    };
    let flows: String = flows.split_whitespace().map(flow).collect();
    format!(
        r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
            xmlns:zeebe="http://camunda.org/schema/zeebe/1.0">{head}
            <process id="{id}" isExecutable="true">{elements}{flows}</process></definitions>"#
    )
}

fn task(id: &str, job_type: &str) -> String {
    format!(
        r#"<serviceTask id="{id}"><extensionElements><zeebe:taskDefinition type="{job_type}"/>
           </extensionElements></serviceTask>"#
    )
}

fn timer(ms: u64) -> String {
    let seconds = ms / 1_000;
    format!(
        "<timerEventDefinition><timeDuration>PT{seconds}S</timeDuration></timerEventDefinition>"
    )
}

fn catch_timer(ms: u64) -> String {
    let timer = timer(ms);
    format!(r#"<intermediateCatchEvent id="t{ms}">{timer}</intermediateCatchEvent>"#)
}

fn boundary_timer(ms: u64, at: &str, interrupting: bool) -> String {
    let timer = timer(ms);
    format!(
        r#"<boundaryEvent id="b{ms}_{at}" attachedToRef="{at}" cancelActivity="{interrupting}">
           {timer}</boundaryEvent>"#
    )
}

const START: &str = r#"<startEvent id="s"/>"#;
const END: &str = r#"<endEvent id="e"/>"#;

const PAID: &str = r#"<message id="M" name="paid"><extensionElements>
    <zeebe:subscription correlationKey="=k"/></extensionElements></message>"#;
const STOP: &str = r#"<message id="P" name="stop"><extensionElements>
    <zeebe:subscription correlationKey="=k"/></extensionElements></message>"#;
const ORDER: &str = r#"<message id="O" name="order"><extensionElements>
    <zeebe:subscription correlationKey="=k"/></extensionElements></message>"#;
const ALARM: &str = r#"<signal id="A" name="alarm"/>"#;

/// Steps one behind the other, the middle one with effects.
fn chain() -> String {
    let tasks = [task("a", "pure"), task("b", "effect"), task("c", "pure")].concat();
    process(
        "chain",
        "",
        &format!("{START}{tasks}{END}"),
        "s>a a>b b>c c>e",
    )
}

/// A job with a time limit and an error, and a step that counts in the tenant's data.
fn worker() -> String {
    let elements = [
        task("job", "work"),
        boundary_timer(30_000, "job", true),
        r#"<boundaryEvent id="bad" attachedToRef="job"><errorEventDefinition errorRef="E"/>
           </boundaryEvent><endEvent id="late"/><endEvent id="failed"/>"#
            .to_owned(),
        task("n", "count"),
    ];
    process(
        "worker",
        r#"<error id="E" errorCode="E"/>"#,
        &format!("{START}{}{END}", elements.concat()),
        "s>job job>n n>e b30000_job>late bad>failed",
    )
}

/// Two timers side by side, and one behind them.
fn timers() -> String {
    let elements = [
        r#"<parallelGateway id="fork"/><parallelGateway id="join"/>"#.to_owned(),
        catch_timer(5_000),
        catch_timer(61_000),
        catch_timer(2_000),
    ];
    process(
        "timers",
        "",
        &format!("{START}{}{END}", elements.concat()),
        "s>fork fork>t5000 fork>t61000 t5000>join t61000>join join>t2000 t2000>e",
    )
}

/// A message or a timer, whatever comes first, and then a person.
fn message() -> String {
    let elements = [
        r#"<eventBasedGateway id="first"/>
           <intermediateCatchEvent id="paid"><messageEventDefinition messageRef="M"/></intermediateCatchEvent>"#
            .to_owned(),
        catch_timer(120_000),
        r#"<userTask id="u"><extensionElements><zeebe:userTask/></extensionElements></userTask>
           <endEvent id="late"/>"#
            .to_owned(),
    ];
    process(
        "message",
        PAID,
        &format!("{START}{}{END}", elements.concat()),
        "s>first first>paid first>t120000 paid>u u>e t120000>late",
    )
}

/// A person who is reminded and may be stopped.
fn user() -> String {
    let elements = [
        r#"<userTask id="u"><extensionElements><zeebe:userTask/></extensionElements></userTask>"#
            .to_owned(),
        boundary_timer(20_000, "u", false),
        r#"<boundaryEvent id="stop" attachedToRef="u"><messageEventDefinition messageRef="P"/>
           </boundaryEvent><endEvent id="reminded"/><endEvent id="stopped"/>"#
            .to_owned(),
        task("remind", "care"),
    ];
    process(
        "user",
        STOP,
        &format!("{START}{}{END}", elements.concat()),
        "s>u u>e b20000_u>remind remind>reminded stop>stopped",
    )
}

/// What `caller` calls.
fn leaf() -> String {
    let tasks = [task("job", "work"), task("b", "effect")].concat();
    process(
        "leaf",
        "",
        &format!("{START}{tasks}{END}"),
        "s>job job>b b>e",
    )
}

/// Calls another process twice side by side, within a time, and tells everybody.
fn caller() -> String {
    let elements = [
        r#"<callActivity id="call"><extensionElements><zeebe:calledElement processId="leaf"
           propagateAllChildVariables="false"/>
           </extensionElements><multiInstanceLoopCharacteristics><extensionElements>
           <zeebe:loopCharacteristics inputCollection="=[1, 2]" inputElement="n"/>
           </extensionElements></multiInstanceLoopCharacteristics></callActivity>"#
            .to_owned(),
        boundary_timer(90_000, "call", true),
        r#"<endEvent id="late"/>
           <endEvent id="tell"><signalEventDefinition signalRef="A"/></endEvent>"#
            .to_owned(),
    ];
    process(
        "caller",
        ALARM,
        &format!("{START}{}", elements.concat()),
        "s>call call>tell b90000_call>late",
    )
}

/// Started by a message, one at a time for each correlation key.
fn ordered() -> String {
    let elements = [
        r#"<startEvent id="s"><messageEventDefinition messageRef="O"/></startEvent>"#.to_owned(),
        task("b", "effect"),
        task("job", "work"),
    ];
    process(
        "ordered",
        ORDER,
        &format!("{}{END}", elements.concat()),
        "s>b b>job job>e",
    )
}

/// Waits for a signal.
fn alarmed() -> String {
    let catch = r#"<intermediateCatchEvent id="w"><signalEventDefinition signalRef="A"/>
        </intermediateCatchEvent>"#;
    process("alarmed", ALARM, &format!("{START}{catch}{END}"), "s>w w>e")
}

/// Started by a signal.
fn alarm_start() -> String {
    let start = r#"<startEvent id="s"><signalEventDefinition signalRef="A"/></startEvent>"#;
    let task = task("a", "pure");
    process(
        "alarm_start",
        ALARM,
        &format!("{start}{task}{END}"),
        "s>a a>e",
    )
}

/// A step with effects for each of several, and a choice.
fn many() -> String {
    let elements = r#"<serviceTask id="each"><extensionElements>
        <zeebe:taskDefinition type="effect"/></extensionElements>
        <multiInstanceLoopCharacteristics><extensionElements>
        <zeebe:loopCharacteristics inputCollection="=[1, 2, 3]" inputElement="i"
          outputCollection="all" outputElement="=i"/>
        </extensionElements></multiInstanceLoopCharacteristics></serviceTask>
        <exclusiveGateway id="which" default="which-e"/><endEvent id="large"/>"#;
    process(
        "many",
        "",
        &format!("{START}{elements}{END}"),
        "s>each each>which which>large?=n&gt;5 which>e",
    )
}

/// A sub-process with a time limit.
fn guarded() -> String {
    let elements = [
        r#"<subProcess id="sub"><startEvent id="ss"/><endEvent id="se"/>
           <sequenceFlow id="ss-inner" sourceRef="ss" targetRef="inner"/>
           <sequenceFlow id="inner-n" sourceRef="inner" targetRef="n"/>
           <sequenceFlow id="n-se" sourceRef="n" targetRef="se"/>"#
            .to_owned(),
        task("inner", "care"),
        task("n", "count"),
        "</subProcess>".to_owned(),
        boundary_timer(40_000, "sub", true),
        r#"<endEvent id="late"/>"#.to_owned(),
    ];
    process(
        "guarded",
        "",
        &format!("{START}{}{END}", elements.concat()),
        "s>sub sub>e b40000_sub>late",
    )
}

/// Started by a timer a few times.
fn timed() -> String {
    let start = r#"<startEvent id="s"><timerEventDefinition><timeCycle>R4/PT90S</timeCycle>
        </timerEventDefinition></startEvent>"#;
    let task = task("a", "effect");
    process("timed", "", &format!("{start}{task}{END}"), "s>a a>e")
}

/// Sends messages that others wait for or begin with.
fn sends() -> String {
    let elements = r#"<intermediateThrowEvent id="pay"><messageEventDefinition messageRef="M"/>
        </intermediateThrowEvent>
        <intermediateThrowEvent id="order"><messageEventDefinition messageRef="O"/>
        </intermediateThrowEvent>"#;
    process(
        "sends",
        &format!("{PAID}{ORDER}"),
        &format!("{START}{elements}{END}"),
        "s>pay pay>order order>e",
    )
}

/// A step that publishes a message with its result.
fn teller() -> String {
    let task = task("tell", "tell");
    process(
        "teller",
        "",
        &format!("{START}{task}{END}"),
        "s>tell tell>e",
    )
}
