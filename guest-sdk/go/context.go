package anyam

import "time"

// Context says where in which process a call happens.
type Context struct {
	// TenantID is the tenant the process instance belongs to.
	TenantID string
	// ProcessID is the id of the BPMN process.
	ProcessID string
	// ProcessVersion is the deployed version of the process, counted from 1.
	ProcessVersion uint32
	// ProcessInstanceKey is the key of the process instance.
	ProcessInstanceKey uint64
	// ElementID is the id of the BPMN element that called the step.
	ElementID string
	// ElementInstanceKey is the key of this activation of that element.
	ElementInstanceKey uint64
	// JobKey is the key of the job this call works on.
	JobKey uint64
	// IdempotencyKey is the same for every attempt at one job and different for every other job.
	IdempotencyKey string
	// Attempt is which attempt this is, counted from 1.
	Attempt uint32
	// Deadline is when the host cuts the call off.
	Deadline time.Time
	// Headers are the task's headers.
	Headers map[string]string
}

// Header is the task header of a name, or another text where the task has none.
func (ctx *Context) Header(name, otherwise string) string {
	if value, found := ctx.Headers[name]; found {
		return value
	}
	return otherwise
}
