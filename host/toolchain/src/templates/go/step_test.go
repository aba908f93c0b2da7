package step

import (
	"errors"
	"testing"

	anyam "github.com/anyam/anyam/guest-sdk/go"
)

func TestGreets(t *testing.T) {
	output, err := Step.Invoke(&anyam.Context{}, `{"name":"Ada"}`)
	if err != nil || output != `{"greeting":"Hello, Ada!"}` {
		t.Fatal(output, err)
	}
}

func TestNobodyIsRefused(t *testing.T) {
	_, err := Step.Invoke(&anyam.Context{}, `{"name":""}`)
	var refused *anyam.BpmnError
	if !errors.As(err, &refused) || refused.Code != "NO_NAME" {
		t.Fatal(err)
	}
}
