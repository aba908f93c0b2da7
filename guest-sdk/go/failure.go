package anyam

import (
	"errors"
	"fmt"
	"time"
)

// BpmnError is an outcome the process expects and may catch with an error boundary event.
type BpmnError struct {
	// Code is the code a catching event is matched by.
	Code string
	// Message is a sentence for people.
	Message string
	// Variables become variables of the catching scope: a struct or a map, or nil for none.
	Variables any
}

// Error is the code and the message.
func (e *BpmnError) Error() string {
	if e.Message == "" {
		return e.Code
	}
	return e.Code + ": " + e.Message
}

// Retryable is a technical fault that another attempt may cure.
type Retryable struct {
	// Message says what went wrong.
	Message string
	// After is the time to wait before the next attempt; 0 leaves it to the task.
	After time.Duration
}

// Error is the message.
func (e *Retryable) Error() string { return e.Message }

// Permanent is a fault that no further attempt will cure: an incident at once.
type Permanent struct {
	// Message says what an operator must mend.
	Message string
}

// Error is the message.
func (e *Permanent) Error() string { return e.Message }

// Failure is an error in the terms of the host: exactly one of its members is set.
type Failure struct {
	BpmnError *BpmnError
	// Variables is the JSON object of the BPMN error's variables.
	Variables string
	Retryable *Retryable
	Permanent *Permanent
}

// FailureOf is what the host makes of an error that Run returned.
func FailureOf(err error) Failure {
	var bpmn *BpmnError
	var permanent *Permanent
	var retryable *Retryable
	switch {
	case errors.As(err, &bpmn):
		if bpmn.Variables == nil {
			return Failure{BpmnError: bpmn, Variables: "{}"}
		}
		variables, err := encode(bpmn.Variables)
		if err != nil || variables[0] != '{' {
			message := fmt.Sprintf("the variables of the BPMN error %s are no JSON object", bpmn.Code)
			return Failure{Permanent: &Permanent{Message: message}}
		}
		return Failure{BpmnError: bpmn, Variables: variables}
	case errors.As(err, &permanent):
		return Failure{Permanent: permanent}
	case errors.As(err, &retryable):
		return Failure{Retryable: retryable}
	default:
		return Failure{Retryable: &Retryable{Message: err.Error()}}
	}
}
