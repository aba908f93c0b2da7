//! BPMN models, built element by element.

/// A process that is being built: each element follows the one before it.
///
/// ```
/// use anyam_tests::model::{Model, service_task, timer};
///
/// let text = Model::new("pause")
///     .then(timer("wait", "PT1S"))
///     .then(service_task("work", "resize", ""))
///     .end();
/// assert!(text.contains(r#"sourceRef="wait" targetRef="work""#));
/// ```
#[derive(Clone, Debug)]
pub struct Model {
    id: String,
    declared: String,
    body: String,
    at: String,
    flows: usize,
}

/// One element: its id, and its text without the closing tag's content.
#[derive(Clone, Debug)]
pub struct Node {
    id: String,
    text: String,
}

impl Node {
    /// An element that has no function of its own here.
    pub fn of(id: &str, text: &str) -> Self {
        Self {
            id: id.to_owned(),
            text: text.to_owned(),
        }
    }

    /// Its text, to stand beside the flow.
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl Model {
    /// A process with a start event `start`.
    pub fn new(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            declared: String::new(),
            body: "<bpmn:startEvent id=\"start\"/>".to_owned(),
            at: "start".to_owned(),
            flows: 0,
        }
    }

    /// Declares a message; `key` is the FEEL expression of its correlation key.
    #[must_use]
    pub fn message(mut self, name: &str, key: &str) -> Self {
        self.declared += &format!(
            "<bpmn:message id=\"message-{name}\" name=\"{name}\"><bpmn:extensionElements>\
             <zeebe:subscription correlationKey=\"={key}\"/></bpmn:extensionElements>\
             </bpmn:message>"
        );
        self
    }

    /// Declares a signal.
    #[must_use]
    pub fn signal(mut self, name: &str) -> Self {
        self.declared += &format!("<bpmn:signal id=\"signal-{name}\" name=\"{name}\"/>");
        self
    }

    /// Adds an element behind the last one.
    #[must_use]
    pub fn then(mut self, node: Node) -> Self {
        self.body += &node.text;
        let from = std::mem::take(&mut self.at);
        self.flow(&from, &node.id, "");
        self.at = node.id;
        self
    }

    /// Adds branches that are taken side by side, between the parallel gateways `{id}-fork` and
    /// `{id}-join`.
    #[must_use]
    pub fn side_by_side<const N: usize>(mut self, id: &str, branches: [Vec<Node>; N]) -> Self {
        let (fork, join) = (format!("{id}-fork"), format!("{id}-join"));
        self = self.then(gateway(&fork));
        self.body += &gateway(&join).text;
        for branch in branches {
            self.at.clone_from(&fork);
            for node in branch {
                self = self.then(node);
            }
            let last = std::mem::take(&mut self.at);
            self.flow(&last, &join, "");
        }
        self.at = join;
        self
    }

    /// Adds text that stands beside the flow, such as a boundary event with what follows it.
    #[must_use]
    pub fn with(mut self, text: &str) -> Self {
        self.body += text;
        self
    }

    /// Adds a sequence flow between two elements.
    #[must_use]
    pub fn connect(mut self, from: &str, to: &str) -> Self {
        self.flow(from, to, "");
        self
    }

    /// Adds a sequence flow that is taken where a FEEL expression, such as `=a > 1`, is true.
    #[must_use]
    pub fn connect_if(mut self, from: &str, to: &str, condition: &str) -> Self {
        let content = format!(
            "<bpmn:conditionExpression xsi:type=\"bpmn:tFormalExpression\">{}\
             </bpmn:conditionExpression>",
            escape(condition)
        );
        self.flow(from, to, &content);
        self
    }

    /// Ends with an end event `end`; the text of the model.
    pub fn end(self) -> String {
        let Self {
            id, declared, body, ..
        } = self.then(Node {
            id: "end".to_owned(),
            text: "<bpmn:endEvent id=\"end\"/>".to_owned(),
        });
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <bpmn:definitions xmlns:bpmn=\"http://www.omg.org/spec/BPMN/20100524/MODEL\" \
             xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
             xmlns:zeebe=\"http://camunda.org/schema/zeebe/1.0\" id=\"definitions\" \
             targetNamespace=\"https://anyam.dev/tests\">{declared}\
             <bpmn:process id=\"{id}\" isExecutable=\"true\">{body}</bpmn:process>\
             </bpmn:definitions>"
        )
    }

    fn flow(&mut self, from: &str, to: &str, content: &str) {
        self.flows += 1;
        self.body += &format!(
            "<bpmn:sequenceFlow id=\"flow-{}\" sourceRef=\"{from}\" targetRef=\"{to}\">{content}\
             </bpmn:sequenceFlow>",
            self.flows
        );
    }
}

fn node(id: &str, element: &str, extensions: &str, content: &str) -> Node {
    let extensions = match extensions.is_empty() {
        true => String::new(),
        false => format!("<bpmn:extensionElements>{extensions}</bpmn:extensionElements>"),
    };
    let text = format!("<bpmn:{element} id=\"{id}\">{extensions}{content}</bpmn:{element}>");
    Node {
        id: id.to_owned(),
        text,
    }
}

/// A parallel gateway.
fn gateway(id: &str) -> Node {
    node(id, "parallelGateway", "", "")
}

/// A service task with one attempt; `extensions` are further extension elements, such as
/// [`mapping`].
pub fn service_task(id: &str, job_type: &str, extensions: &str) -> Node {
    service_task_with_retries(id, job_type, 1, extensions)
}

/// A service task.
pub fn service_task_with_retries(id: &str, job_type: &str, retries: u32, extensions: &str) -> Node {
    let definition =
        format!("<zeebe:taskDefinition type=\"{job_type}\" retries=\"{retries}\"/>{extensions}");
    node(id, "serviceTask", &definition, "")
}

/// Input and output mappings, each a FEEL expression and the variable it goes to.
pub fn mapping(inputs: &[(&str, &str)], outputs: &[(&str, &str)]) -> String {
    let lines = |kind: &str, pairs: &[(&str, &str)]| -> String {
        pairs
            .iter()
            .map(|(source, target)| {
                let source = escape(source);
                format!("<zeebe:{kind} source=\"={source}\" target=\"{target}\"/>")
            })
            .collect()
    };
    let (inputs, outputs) = (lines("input", inputs), lines("output", outputs));
    format!("<zeebe:ioMapping>{inputs}{outputs}</zeebe:ioMapping>")
}

/// One task header.
pub fn header(name: &str, value: &str) -> String {
    format!(
        "<zeebe:taskHeaders><zeebe:header key=\"{name}\" value=\"{value}\"/></zeebe:taskHeaders>"
    )
}

/// A script task: a FEEL expression, and the variable of its result.
pub fn script(id: &str, expression: &str, result: &str) -> Node {
    let expression = escape(expression);
    let script =
        format!("<zeebe:script expression=\"={expression}\" resultVariable=\"{result}\"/>");
    node(id, "scriptTask", &script, "")
}

/// A user task; `extensions` are further extension elements.
pub fn user_task(id: &str, extensions: &str) -> Node {
    node(
        id,
        "userTask",
        &format!("<zeebe:userTask/>{extensions}"),
        "",
    )
}

/// An intermediate timer event with a duration, such as `PT1S` or `=wait`.
pub fn timer(id: &str, duration: &str) -> Node {
    let content = format!(
        "<bpmn:timerEventDefinition id=\"{id}-timer\"><bpmn:timeDuration \
         xsi:type=\"bpmn:tFormalExpression\">{duration}</bpmn:timeDuration>\
         </bpmn:timerEventDefinition>"
    );
    node(id, "intermediateCatchEvent", "", &content)
}

/// An intermediate event that waits for a declared signal.
pub fn signal_catch(id: &str, signal: &str) -> Node {
    let content =
        format!("<bpmn:signalEventDefinition id=\"{id}-signal\" signalRef=\"signal-{signal}\"/>");
    node(id, "intermediateCatchEvent", "", &content)
}

/// An intermediate event that waits for a declared message.
pub fn message_catch(id: &str, message: &str) -> Node {
    let content = format!(
        "<bpmn:messageEventDefinition id=\"{id}-message\" messageRef=\"message-{message}\"/>"
    );
    node(id, "intermediateCatchEvent", "", &content)
}

/// A timer event at the border of `host` that does not interrupt it, with an end event
/// `{id}-end` and a script task `{id}-script` before it.
pub fn reminder(id: &str, host: &str, cycle: &str, expression: &str, result: &str) -> String {
    let script = script(&format!("{id}-script"), expression, result).text;
    format!(
        "<bpmn:boundaryEvent id=\"{id}\" attachedToRef=\"{host}\" cancelActivity=\"false\">\
         <bpmn:timerEventDefinition id=\"{id}-timer\"><bpmn:timeCycle \
         xsi:type=\"bpmn:tFormalExpression\">{cycle}</bpmn:timeCycle>\
         </bpmn:timerEventDefinition></bpmn:boundaryEvent>{script}\
         <bpmn:endEvent id=\"{id}-end\"/>\
         <bpmn:sequenceFlow id=\"{id}-in\" sourceRef=\"{id}\" targetRef=\"{id}-script\"/>\
         <bpmn:sequenceFlow id=\"{id}-out\" sourceRef=\"{id}-script\" targetRef=\"{id}-end\"/>"
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;")
}
