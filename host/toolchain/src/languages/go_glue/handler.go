package export_anyam_step_handler

import (
	"time"

	anyam "github.com/anyam/anyam/guest-sdk/go"
	wit "go.bytecodealliance.org/pkg/wit/types"

	step "{{module}}"
	"{{module}}/{{bindings}}/imports/anyam_step_context"
	"{{module}}/{{bindings}}/imports/anyam_step_types"
)

func Handle(context anyam_step_context.StepContext, input string) wit.Result[string, anyam_step_types.Failure] {
	ctx := anyam.Context{
		TenantID:           context.TenantId,
		ProcessID:          context.ProcessId,
		ProcessVersion:     context.ProcessVersion,
		ProcessInstanceKey: context.ProcessInstanceKey,
		ElementID:          context.ElementId,
		ElementInstanceKey: context.ElementInstanceKey,
		JobKey:             context.JobKey,
		IdempotencyKey:     context.IdempotencyKey,
		Attempt:            context.Attempt,
		Deadline:           time.UnixMilli(int64(context.DeadlineUnixMs)),
		Headers:            make(map[string]string, len(context.Headers)),
	}
	for _, header := range context.Headers {
		ctx.Headers[header.Key] = header.Value
	}
	output, err := step.Step.Invoke(&ctx, input)
	if err != nil {
		return wit.Err[string](failure(anyam.FailureOf(err)))
	}
	return wit.Ok[string, anyam_step_types.Failure](output)
}

func failure(from anyam.Failure) anyam_step_types.Failure {
	switch {
	case from.BpmnError != nil:
		return anyam_step_types.MakeFailureBpmnError(anyam_step_types.BpmnError{
			Code:      from.BpmnError.Code,
			Message:   from.BpmnError.Message,
			Variables: from.Variables,
		})
	case from.Retryable != nil:
		after := wit.None[uint64]()
		if from.Retryable.After > 0 {
			after = wit.Some(uint64(from.Retryable.After.Milliseconds()))
		}
		return anyam_step_types.MakeFailureRetryable(anyam_step_types.Fault{
			Message:      from.Retryable.Message,
			RetryAfterMs: after,
		})
	default:
		return anyam_step_types.MakeFailurePermanent(from.Permanent.Message)
	}
}
