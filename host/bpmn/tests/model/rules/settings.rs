//! Extension elements: what tasks need to run.

use super::{extended, with};
use crate::{around, check};

#[test]
fn task_definitions() {
    check(
        &extended("serviceTask", ""),
        "2:1 a task-definition-missing",
    );
    check(
        &extended("serviceTask", "<zeebe:taskDefinition/>"),
        "4:1 a task-type-missing",
    );
    check(
        &extended("serviceTask", "<zeebe:taskDefinition type=\" \"/>"),
        "4:1 a task-type-missing",
    );
    check(
        &extended("serviceTask", "<zeebe:taskDefinition type=\"=\"/>"),
        "4:1 a expression-empty",
    );
    for wrong in ["-1", "three", "1.5", "+3", "", "99999999999"] {
        let definition = format!("<zeebe:taskDefinition type=\"t\" retries=\"{wrong}\"/>");
        check(
            &extended("serviceTask", &definition),
            "4:1 a retries-invalid",
        );
    }
    check(
        &extended(
            "serviceTask",
            "<zeebe:taskDefinition type=\"t\" retries=\"0\"/>",
        ),
        "",
    );
    check(
        &extended(
            "serviceTask",
            "<zeebe:taskDefinition type=\"t\"/>\n<zeebe:taskDefinition type=\"u\"/>",
        ),
        "5:1 a extension-duplicate",
    );
}

#[test]
fn headers() {
    let headers = |list: &str| {
        let text = format!(
            "<zeebe:taskDefinition type=\"t\"/><zeebe:taskHeaders>\n{list}</zeebe:taskHeaders>"
        );
        extended("serviceTask", &text)
    };
    check(
        &headers("<zeebe:header key=\"k\" value=\"1\"/>\n<zeebe:header key=\"k\" value=\"2\"/>"),
        "6:1 a header-duplicate",
    );
    check(
        &headers("<zeebe:header key=\"k\"/>"),
        "warning 5:1 a header-incomplete",
    );
    check(
        &headers("<zeebe:header value=\"v\"/>"),
        "warning 5:1 a header-incomplete",
    );
}

#[test]
fn scripts() {
    check(&extended("scriptTask", ""), "2:1 a script-missing");
    check(
        &with("scriptTask", "", "<script>x</script>"),
        "2:1 a script-missing",
    );
    let script =
        |attributes: &str| extended("scriptTask", &format!("<zeebe:script {attributes}/>"));
    check(
        &script(""),
        "4:1 a script-expression-missing\n4:1 a result-variable-missing",
    );
    check(
        &script("expression=\"1\" resultVariable=\"x\""),
        "4:1 a script-expression-missing",
    );
    check(
        &script("expression=\"=1\" resultVariable=\"a.b\""),
        "4:1 a result-variable-invalid",
    );
    check(
        &script("expression=\"=1\" resultVariable=\"null\""),
        "4:1 a result-variable-invalid",
    );
    check(
        &extended("scriptTask", "<zeebe:taskDefinition type=\"t\"/>"),
        "",
    );
}

#[test]
fn mappings() {
    let mapping = |part: &str| {
        extended(
            "task",
            &format!("<zeebe:ioMapping>\n{part}</zeebe:ioMapping>"),
        )
    };
    check(
        &mapping("<zeebe:input target=\"x\"/>"),
        "5:1 a mapping-source-missing",
    );
    check(
        &mapping("<zeebe:input source=\"\" target=\"x\"/>"),
        "5:1 a mapping-source-missing",
    );
    check(
        &mapping("<zeebe:output source=\"=\" target=\"x\"/>"),
        "5:1 a expression-empty",
    );
    for wrong in ["", "a b", "a..b", "1a", "null", "=x"] {
        let part = format!("<zeebe:output source=\"=x\" target=\"{wrong}\"/>");
        check(&mapping(&part), "5:1 a mapping-target-invalid");
    }
    check(
        &mapping("<zeebe:output/>"),
        "5:1 a mapping-source-missing\n5:1 a mapping-target-invalid",
    );
}

#[test]
fn user_tasks() {
    let task = |extension: &str| extended("userTask", &format!("<zeebe:userTask/>\n{extension}"));
    check(
        &extended("userTask", ""),
        "warning 2:1 a user-task-implementation",
    );
    check(
        &task("<zeebe:assignmentDefinition candidateGroups=\"a,,b\"/>"),
        "5:1 a assignment-invalid",
    );
    check(
        &task("<zeebe:taskSchedule dueDate=\"tomorrow\"/>"),
        "5:1 a task-schedule-invalid",
    );
    check(
        &task("<zeebe:taskSchedule followUpDate=\"x\"/>"),
        "5:1 a task-schedule-invalid",
    );
    for wrong in ["101", "-1", "high"] {
        let extension = format!("<zeebe:priorityDefinition priority=\"{wrong}\"/>");
        check(&task(&extension), "5:1 a priority-invalid");
    }
    check(
        &task("<zeebe:assignmentDefinition assignee=\"=\"/>"),
        "5:1 a expression-empty",
    );
}

#[test]
fn extensions_without_an_effect() {
    check(
        &extended("task", "<zeebe:taskDefinition type=\"t\"/>"),
        "warning 4:1 a extension-ignored",
    );
    check(
        &extended("exclusiveGateway", "<zeebe:ioMapping/>"),
        "warning 4:1 a extension-ignored",
    );
    check(
        &extended("task", "<zeebe:taskListeners/>"),
        "warning 4:1 a extension-ignored",
    );
    check(
        &extended(
            "task",
            "<zeebe:executionListeners>\n<zeebe:executionListener eventType=\"creating\"/>\
             </zeebe:executionListeners>",
        ),
        "5:1 a task-type-missing\n5:1 a listener-event-unknown",
    );
    check(
        &extended(
            "sendTask",
            "<zeebe:taskDefinition type=\"t\"/><zeebe:linkedResources>\n<zeebe:linkedResource \
             linkName=\"x\"/></zeebe:linkedResources>",
        ),
        "5:1 a linked-resource-incomplete",
    );
    check(
        &around(
            "<task id=\"a\"/><extensionElements>\n<zeebe:versionTag value=\"\"/></extensionElements>",
        ),
        "2:1 p version-tag-missing",
    );
}
