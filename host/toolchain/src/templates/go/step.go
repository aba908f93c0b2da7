// Package step is the process step {{name}}.
package step

import anyam "github.com/anyam/anyam/guest-sdk/go"

// Input is what the task hands to the step.
type Input struct {
	Name string `json:"name" docs:"Who is greeted."`
}

// Output is what the step gives.
type Output struct {
	Greeting string `json:"greeting"`
}

// Step is what the host calls.
var Step = anyam.Step[Input, Output]{
	Docs:   "Greets someone.",
	Errors: []anyam.ErrorCode{{Code: "NO_NAME", Docs: "There is nobody to greet."}},
	Run:    greet,
}

func greet(ctx *anyam.Context, input Input) (Output, error) {
	if input.Name == "" {
		return Output{}, &anyam.BpmnError{Code: "NO_NAME", Message: "There is nobody to greet."}
	}
	return Output{Greeting: "Hello, " + input.Name + "!"}, nil
}
