package anyam

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"
)

type order struct {
	Number int64       `json:"number" docs:"Counted from 1."`
	Total  json.Number `json:"total"`
	Note   string      `json:"note,omitempty"`
	Items  []item      `json:"items"`
	Buyer  *string     `json:"buyer"`
}

type item struct {
	Name string `json:"name"`
}

var echo = Step[order, order]{
	Docs: "Gives back what it gets.",
	Run:  func(_ *Context, input order) (order, error) { return input, nil },
}

func TestNumbersKeepEveryDigit(t *testing.T) {
	input := `{"number":9007199254740993,"total":0.1000000000000000055,"items":[{"name":"<a>"}],"buyer":null}`
	output, err := echo.Invoke(&Context{}, input)
	if err != nil || output != input {
		t.Fatalf("%s %v", output, err)
	}
}

func TestInputThatDoesNotFitIsNamed(t *testing.T) {
	for input, part := range map[string]string{
		`{`:                      "no JSON",
		`{"total":1,"items":[]}`: "`number` is missing",
		`{"number":1,"total":1}`: "`items` is missing",
		`{"number":1,"total":1,"items":[{"name":"a"},{}]}`: "input.items[1] `name` is missing",
		`{"number":"1","total":1,"items":[]}`:              "`number` is a string",
		`{"number":1.5,"total":1,"items":[]}`:              "`number`",
		`[1]`:                                              "does not fit",
	} {
		_, err := echo.Invoke(&Context{}, input)
		var permanent *Permanent
		if !errors.As(err, &permanent) || !strings.Contains(permanent.Message, part) {
			t.Errorf("%s: %v", input, err)
		}
	}
}

func TestOutputMustBeAnObject(t *testing.T) {
	list := Step[order, []int]{Run: func(*Context, order) ([]int, error) { return []int{1}, nil }}
	_, err := list.Invoke(&Context{}, `{"number":1,"total":1,"items":[]}`)
	var permanent *Permanent
	if !errors.As(err, &permanent) {
		t.Fatal(err)
	}
}

func TestFailuresAreToldApart(t *testing.T) {
	bpmn := FailureOf(&BpmnError{Code: "LATE", Variables: map[string]int{"days": 3}})
	if bpmn.BpmnError.Code != "LATE" || bpmn.Variables != `{"days":3}` {
		t.Error(bpmn)
	}
	if none := FailureOf(&BpmnError{Code: "LATE"}); none.Variables != "{}" {
		t.Error(none)
	}
	if list := FailureOf(&BpmnError{Code: "LATE", Variables: []int{}}); list.Permanent == nil {
		t.Error(list)
	}
	if later := FailureOf(&Retryable{Message: "busy", After: time.Second}); later.Retryable.After != time.Second {
		t.Error(later)
	}
	if other := FailureOf(errors.New("broken pipe")); other.Retryable.Message != "broken pipe" {
		t.Error(other)
	}
	if never := FailureOf(&Permanent{Message: "no key"}); never.Permanent.Message != "no key" {
		t.Error(never)
	}
}

func TestSchemaSaysWhatTheTypeSays(t *testing.T) {
	input, _ := echo.Schemas()
	want := `{"$schema":"https://json-schema.org/draft/2020-12/schema","properties":{` +
		`"buyer":{"type":"string"},` +
		`"items":{"items":{"properties":{"name":{"type":"string"}},"required":["name"],"type":"object"},"type":"array"},` +
		`"note":{"type":"string"},` +
		`"number":{"description":"Counted from 1.","type":"integer"},` +
		`"total":{"type":"number"}},"required":["number","total","items"],"type":"object"}`
	if input != want {
		t.Errorf("%s", input)
	}
}

func TestHeadersHaveADefault(t *testing.T) {
	ctx := Context{Headers: map[string]string{"currency": "EUR"}}
	if ctx.Header("currency", "USD") != "EUR" || ctx.Header("zone", "1") != "1" {
		t.Error(ctx.Headers)
	}
}
