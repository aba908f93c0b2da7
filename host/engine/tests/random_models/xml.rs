//! Blocks as XML, and how often each element of the normal flow completes.

use std::collections::BTreeMap;

use super::block::{Block, Catcher, Caught, One, Repeat, Sequence, Wait};

/// A model and what is known of it.
pub struct Model {
    pub xml: String,
    /// What each condition says.
    pub conditions: Vec<bool>,
    /// How often each element completes where nothing but completions happens. What stands behind
    /// an event-based gateway is not in it.
    pub completions: BTreeMap<String, u64>,
    /// The elements that complete together as often as an event-based gateway: its events.
    pub races: Vec<(Vec<String>, u64)>,
    /// Elements behind events of event-based gateways, with the most that they complete.
    pub at_most: BTreeMap<String, u64>,
}

/// Timers of the normal flow are over soon, those of catchers late.
pub const SOON: &str = "PT1M";
const LATE: &str = "P30D";

/// How often a place is reached.
#[derive(Clone, Copy)]
struct Times {
    count: u64,
    /// Whether it is that often in any case, and not at most.
    exactly: bool,
}

struct Writer<'m> {
    conditions: &'m [bool],
    text: String,
    next: u32,
    model: Counts,
}

#[derive(Default)]
struct Counts {
    completions: BTreeMap<String, u64>,
    races: Vec<(Vec<String>, u64)>,
    at_most: BTreeMap<String, u64>,
}

/// A process of these blocks, with event sub-processes of its own.
pub fn write(blocks: &Sequence, catchers: &[Catcher], conditions: &[bool]) -> Model {
    let mut writer = Writer {
        conditions,
        text: String::new(),
        next: 0,
        model: Counts::default(),
    };
    let once = Times {
        count: 1,
        exactly: true,
    };
    writer.scope(blocks, once);
    for catcher in catchers {
        writer.event_sub_process(*catcher);
    }
    let messages = ["go", "stop"].map(|name| {
        format!(
            "<message id=\"{name}\" name=\"{name}\"><extensionElements>\
             <zeebe:subscription correlationKey=\"=&quot;k&quot;\"/></extensionElements></message>\n\
             <signal id=\"all_{name}\" name=\"{name}\"/>\n"
        )
    });
    let xml = format!(
        "<definitions xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\" \
         xmlns:zeebe=\"http://camunda.org/schema/zeebe/1.0\">\n<process id=\"p\" \
         isExecutable=\"true\">\n{}</process>\n{}<error id=\"broken\" errorCode=\"BROKEN\"/>\n\
         </definitions>\n",
        writer.text,
        messages.concat()
    );
    let Counts {
        completions,
        races,
        at_most,
    } = writer.model;
    Model {
        xml,
        conditions: conditions.to_vec(),
        completions,
        races,
        at_most,
    }
}

impl Writer<'_> {
    fn id(&mut self, kind: &str) -> String {
        self.next += 1;
        format!("{kind}{}", self.next)
    }

    fn line(&mut self, text: &str) {
        self.text.push_str(text);
        self.text.push('\n');
    }

    fn flow(&mut self, from: &str, to: &str) -> String {
        let id = self.id("f");
        self.line(&format!(
            "<sequenceFlow id=\"{id}\" sourceRef=\"{from}\" targetRef=\"{to}\"/>"
        ));
        id
    }

    /// Notes that an element completes so often.
    fn count(&mut self, id: &str, times: Times) {
        let list = if times.exactly {
            &mut self.model.completions
        } else {
            &mut self.model.at_most
        };
        *list.entry(id.to_owned()).or_default() += times.count;
    }

    fn element(&mut self, kind: &str, inside: &str, times: Times) -> String {
        let id = self.id(kind);
        self.line(&format!("<{kind} id=\"{id}\">{inside}</{kind}>"));
        self.count(&id, times);
        id
    }

    /// A start event, the blocks, and an end event.
    fn scope(&mut self, blocks: &Sequence, times: Times) {
        let start = self.element("startEvent", "", times);
        let last = self.sequence(&start, blocks, times);
        let end = self.element("endEvent", "", times);
        self.flow(&last, &end);
    }

    /// Blocks after the element `from`; the last element of them.
    fn sequence(&mut self, from: &str, blocks: &Sequence, times: Times) -> String {
        let mut last = from.to_owned();
        for block in blocks {
            last = self.block(&last, block, times);
        }
        last
    }

    fn block(&mut self, from: &str, block: &Block, times: Times) -> String {
        match block {
            Block::One(one, repeat) => {
                let id = self.one(*one, *repeat, times);
                self.flow(from, &id);
                id
            }
            Block::Choice {
                inclusive,
                branches,
            } => self.choice(from, *inclusive, branches, times),
            Block::Fork(branches) => {
                let fork = self.element("parallelGateway", "", times);
                self.flow(from, &fork);
                let ends: Vec<_> = branches
                    .iter()
                    .map(|branch| self.sequence(&fork, branch, times))
                    .collect();
                let join = self.element("parallelGateway", "", times);
                for end in ends {
                    self.flow(&end, &join);
                }
                join
            }
            Block::Race(branches) => self.race(from, branches, times),
            Block::Sub {
                inside,
                repeat,
                boundaries,
                event_sub_processes,
            } => {
                let id = self.id("sub");
                self.line(&format!("<subProcess id=\"{id}\">{}", marker(*repeat)));
                let within = self.repeated(&id, *repeat, times);
                self.scope(inside, within);
                for catcher in event_sub_processes {
                    self.event_sub_process(*catcher);
                }
                self.line("</subProcess>");
                self.flow(from, &id);
                if boundaries.is_empty() {
                    return id;
                }
                // Only paths of interrupting events come back to join here.
                let joins = boundaries.iter().any(|catcher| catcher.interrupting);
                let kind = if joins { "exclusiveGateway" } else { "task" };
                let merge = self.element(kind, "", times);
                self.flow(&id, &merge);
                for catcher in boundaries {
                    self.boundary((&id, &merge), *catcher);
                }
                merge
            }
        }
    }

    /// Counts a repeated activity: its rounds, and itself around them.
    fn repeated(&mut self, id: &str, repeat: Repeat, times: Times) -> Times {
        let rounds = match repeat {
            Repeat::Once => {
                self.count(id, times);
                return times;
            }
            Repeat::Loop(rounds) | Repeat::Sequential(rounds) | Repeat::Parallel(rounds) => rounds,
        };
        let within = Times {
            count: times.count * u64::from(rounds),
            ..times
        };
        self.count(id, within);
        self.count(id, times);
        within
    }

    fn one(&mut self, one: One, repeat: Repeat, times: Times) -> String {
        let (kind, inside) = match one {
            One::Pass => ("task", String::new()),
            One::Job => (
                "serviceTask",
                "<extensionElements><zeebe:taskDefinition type=\"work\"/></extensionElements>"
                    .to_owned(),
            ),
            One::Person => (
                "userTask",
                "<extensionElements><zeebe:userTask/></extensionElements>".to_owned(),
            ),
            One::Throw => ("intermediateThrowEvent", String::new()),
            One::Wait(wait) => ("intermediateCatchEvent", waits_for(wait)),
        };
        let id = self.id(kind);
        let marker = marker(repeat);
        self.line(&format!("<{kind} id=\"{id}\">{inside}{marker}</{kind}>"));
        self.repeated(&id, repeat, times);
        id
    }

    fn choice(
        &mut self,
        from: &str,
        inclusive: bool,
        branches: &[(usize, Sequence)],
        times: Times,
    ) -> String {
        let kind = if inclusive {
            "inclusiveGateway"
        } else {
            "exclusiveGateway"
        };
        let split = self.id(kind);
        self.count(&split, times);
        self.flow(from, &split);
        let (default, chosen) = branches.split_last().expect("there are two at least");
        let mut taken = 0;
        let mut ends = Vec::new();
        for (condition, branch) in chosen {
            let says = self.conditions[*condition] && (inclusive || taken == 0);
            taken += u64::from(says);
            let times = if says { times } else { never(times) };
            let (entry, end) = self.branch(branch, times);
            let flow = self.id("f");
            self.line(&format!(
                "<sequenceFlow id=\"{flow}\" sourceRef=\"{split}\" targetRef=\"{entry}\">\
                 <conditionExpression>=c{condition}</conditionExpression></sequenceFlow>"
            ));
            ends.push(end);
        }
        let last = if taken == 0 { times } else { never(times) };
        let (entry, end) = self.branch(&default.1, last);
        let flow = self.flow(&split, &entry);
        ends.push(end);
        self.line(&format!("<{kind} id=\"{split}\" default=\"{flow}\"/>"));
        let join = self.element(kind, "", times);
        for end in ends {
            self.flow(&end, &join);
        }
        join
    }

    /// A branch with an element before it, so that something has its entry.
    fn branch(&mut self, branch: &Sequence, times: Times) -> (String, String) {
        let entry = self.element("task", "", times);
        let end = self.sequence(&entry, branch, times);
        (entry, end)
    }

    fn race(&mut self, from: &str, branches: &[(Wait, Sequence)], times: Times) -> String {
        let gateway = self.element("eventBasedGateway", "", times);
        self.flow(from, &gateway);
        let mut events = Vec::new();
        let mut ends = Vec::new();
        let at_most = Times {
            exactly: false,
            ..times
        };
        for (wait, branch) in branches {
            let event = self.element("intermediateCatchEvent", &waits_for(*wait), at_most);
            self.flow(&gateway, &event);
            ends.push(self.sequence(&event, branch, at_most));
            events.push(event);
        }
        if times.exactly {
            self.model.races.push((events, times.count));
        }
        let merge = self.element("exclusiveGateway", "", times);
        for end in ends {
            self.flow(&end, &merge);
        }
        merge
    }

    /// An event at an activity and the path away from it. Where it interrupts, the path comes back
    /// behind the activity, for a join there may wait for its token.
    fn boundary(&mut self, (activity, behind): (&str, &str), catcher: Catcher) {
        let (id, task) = (self.id("boundary"), self.id("away"));
        self.line(&format!(
            "<boundaryEvent id=\"{id}\" attachedToRef=\"{activity}\" cancelActivity=\"{}\">{}\
             </boundaryEvent><serviceTask id=\"{task}\"><extensionElements><zeebe:taskDefinition \
             type=\"work\"/></extensionElements></serviceTask>",
            catcher.interrupting,
            catches(catcher.on)
        ));
        self.flow(&id, &task);
        if catcher.interrupting {
            self.flow(&task, behind);
        } else {
            let end = self.id("away_end");
            self.line(&format!("<endEvent id=\"{end}\"/>"));
            self.flow(&task, &end);
        }
    }

    fn event_sub_process(&mut self, catcher: Catcher) {
        let (id, start) = (self.id("aside"), self.id("aside_start"));
        self.line(&format!(
            "<subProcess id=\"{id}\" triggeredByEvent=\"true\"><startEvent id=\"{start}\" \
             isInterrupting=\"{}\">{}</startEvent>",
            catcher.interrupting,
            catches(catcher.on)
        ));
        let (task, end) = (self.id("aside_task"), self.id("aside_end"));
        self.line(&format!(
            "<userTask id=\"{task}\"><extensionElements><zeebe:userTask/></extensionElements>\
             </userTask><endEvent id=\"{end}\"/>"
        ));
        self.flow(&start, &task);
        self.flow(&task, &end);
        self.line("</subProcess>");
    }
}

fn never(times: Times) -> Times {
    Times { count: 0, ..times }
}

fn marker(repeat: Repeat) -> String {
    let multi = |sequential: bool, times: u32| {
        format!(
            "<multiInstanceLoopCharacteristics isSequential=\"{sequential}\"><loopCardinality>\
             {times}</loopCardinality></multiInstanceLoopCharacteristics>"
        )
    };
    match repeat {
        Repeat::Once => String::new(),
        Repeat::Loop(times) => format!("<standardLoopCharacteristics loopMaximum=\"{times}\"/>"),
        Repeat::Sequential(times) => multi(true, times),
        Repeat::Parallel(times) => multi(false, times),
    }
}

fn timer(duration: &str) -> String {
    format!("<timerEventDefinition><timeDuration>{duration}</timeDuration></timerEventDefinition>")
}

fn waits_for(wait: Wait) -> String {
    match wait {
        Wait::Timer => timer(SOON),
        Wait::Message => "<messageEventDefinition messageRef=\"go\"/>".to_owned(),
        Wait::Signal => "<signalEventDefinition signalRef=\"all_go\"/>".to_owned(),
    }
}

fn catches(caught: Caught) -> String {
    match caught {
        Caught::Timer => timer(LATE),
        Caught::Message => "<messageEventDefinition messageRef=\"stop\"/>".to_owned(),
        Caught::Signal => "<signalEventDefinition signalRef=\"all_stop\"/>".to_owned(),
        Caught::Error => "<errorEventDefinition errorRef=\"broken\"/>".to_owned(),
    }
}
