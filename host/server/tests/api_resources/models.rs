//! Small process models.

/// A process of a start event, one element called `do` and an end event.
pub fn around(id: &str, element: &str, definitions: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="d" targetNamespace="http://test">
  {definitions}
  <bpmn:process id="{id}" name="Process {id}" isExecutable="true">
    <bpmn:startEvent id="begin"><bpmn:outgoing>f1</bpmn:outgoing></bpmn:startEvent>
    <bpmn:sequenceFlow id="f1" sourceRef="begin" targetRef="do" />
    {element}
    <bpmn:sequenceFlow id="f2" sourceRef="do" targetRef="finish" />
    <bpmn:endEvent id="finish"><bpmn:incoming>f2</bpmn:incoming></bpmn:endEvent>
  </bpmn:process>
</bpmn:definitions>"#
    )
}

/// Sets `total` to `price * count` and ends.
pub fn script(id: &str) -> String {
    around(
        id,
        r#"<bpmn:scriptTask id="do" name="Multiply">
             <bpmn:extensionElements>
               <zeebe:script expression="=price * count" resultVariable="total" />
             </bpmn:extensionElements>
             <bpmn:incoming>f1</bpmn:incoming><bpmn:outgoing>f2</bpmn:outgoing>
           </bpmn:scriptTask>"#,
        "",
    )
}

/// Waits for a worker of the type `check`.
pub fn job(id: &str) -> String {
    around(
        id,
        r#"<bpmn:serviceTask id="do" name="Check">
             <bpmn:extensionElements>
               <zeebe:taskDefinition type="check" retries="3" />
               <zeebe:taskHeaders><zeebe:header key="level" value="high" /></zeebe:taskHeaders>
             </bpmn:extensionElements>
             <bpmn:incoming>f1</bpmn:incoming><bpmn:outgoing>f2</bpmn:outgoing>
           </bpmn:serviceTask>"#,
        "",
    )
}

/// Waits for a person.
pub fn user_task(id: &str) -> String {
    around(
        id,
        r#"<bpmn:userTask id="do" name="Decide">
             <bpmn:extensionElements>
               <zeebe:userTask />
               <zeebe:assignmentDefinition candidateGroups="=[&quot;credit&quot;, &quot;sales&quot;]" />
               <zeebe:priorityDefinition priority="70" />
             </bpmn:extensionElements>
             <bpmn:incoming>f1</bpmn:incoming><bpmn:outgoing>f2</bpmn:outgoing>
           </bpmn:userTask>"#,
        "",
    )
}

/// Waits for the message `paid` with the value of `order`.
pub fn message(id: &str) -> String {
    around(
        id,
        r#"<bpmn:intermediateCatchEvent id="do">
             <bpmn:incoming>f1</bpmn:incoming><bpmn:outgoing>f2</bpmn:outgoing>
             <bpmn:messageEventDefinition id="m1" messageRef="paid" />
           </bpmn:intermediateCatchEvent>"#,
        r#"<bpmn:message id="paid" name="paid">
             <bpmn:extensionElements><zeebe:subscription correlationKey="=order" /></bpmn:extensionElements>
           </bpmn:message>"#,
    )
}
