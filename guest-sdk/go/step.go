// Package anyam writes Anyam process steps in Go.
//
// A step is a package that has a variable Step:
//
//	// Package step quotes a price.
//	package step
//
//	import anyam "github.com/anyam/anyam/guest-sdk/go"
//
//	type Input struct {
//		Pieces int64 `json:"pieces"`
//	}
//
//	type Output struct {
//		Cents int64 `json:"cents"`
//	}
//
//	var Step = anyam.Step[Input, Output]{
//		Docs: "Quotes a price.",
//		Run: func(ctx *anyam.Context, input Input) (Output, error) {
//			if input.Pieces < 1 {
//				return Output{}, &anyam.BpmnError{Code: "NOTHING_ORDERED"}
//			}
//			return Output{Cents: 250 * input.Pieces}, nil
//		},
//	}
//
// The task's variables are read into Input and Output is written to them by encoding/json. A field
// without `omitempty` or `omitzero` that is no pointer must be there. Whole numbers of 64 bits are
// exact; use json.Number for decimals, since float64 rounds them.
//
// What goes to stderr and stdout is the log of the call. A panic ends the call; the task is tried
// again while it has retries left.
package anyam

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
)

// Step is one business activity that a service task calls.
type Step[In, Out any] struct {
	// Docs says in plain text what the step does.
	Docs string
	// Errors are the BPMN errors the step may return.
	Errors []ErrorCode
	// Run carries out the step once. Its error is a *BpmnError, a *Retryable or a *Permanent; any
	// other is retryable.
	Run func(ctx *Context, input In) (Out, error)
}

// ErrorCode is a BPMN error that a step may return.
type ErrorCode struct {
	// Code is the code a catching event is matched by.
	Code string
	// Docs says when the step returns it.
	Docs string
}

// Invoke carries out the step with JSON, as the host does. Use it in tests.
func (step Step[In, Out]) Invoke(ctx *Context, input string) (string, error) {
	decoder := json.NewDecoder(bytes.NewReader([]byte(input)))
	decoder.UseNumber()
	var generic any
	if err := decoder.Decode(&generic); err != nil {
		return "", &Permanent{Message: fmt.Sprintf("the input is no JSON: %v", err)}
	}
	if err := missing(reflect.TypeFor[In](), generic, "input"); err != nil {
		return "", &Permanent{Message: err.Error()}
	}
	var typed In
	decoder = json.NewDecoder(bytes.NewReader([]byte(input)))
	decoder.UseNumber()
	if err := decoder.Decode(&typed); err != nil {
		return "", &Permanent{Message: unfit(err)}
	}
	output, err := step.Run(ctx, typed)
	if err != nil {
		return "", err
	}
	text, err := encode(output)
	if err != nil {
		return "", &Permanent{Message: fmt.Sprintf("the output cannot be written as JSON: %v", err)}
	}
	if text[0] != '{' {
		return "", &Permanent{Message: "the output is no JSON object; make Output a struct or a map"}
	}
	return text, nil
}

// Schemas are the JSON Schemas of input and output.
func (step Step[In, Out]) Schemas() (input, output string) {
	return schemaText(reflect.TypeFor[In]()), schemaText(reflect.TypeFor[Out]())
}

// Description is the step's documentation and errors.
func (step Step[In, Out]) Description() (docs string, codes []ErrorCode) {
	return step.Docs, step.Errors
}

// unfit says in which variable the input does not fit.
func unfit(err error) string {
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) && kind.Field != "" {
		return fmt.Sprintf("the input `%s` is a %s where a Go %s is needed", kind.Field, kind.Value, kind.Type)
	}
	return fmt.Sprintf("the input does not fit: %v", err)
}

// encode writes JSON without the escapes meant for HTML.
func encode(value any) (string, error) {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return "", err
	}
	return string(bytes.TrimRight(buffer.Bytes(), "\n")), nil
}
