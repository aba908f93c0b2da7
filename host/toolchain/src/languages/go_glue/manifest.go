package export_anyam_step_manifest

import (
	wit "go.bytecodealliance.org/pkg/wit/types"

	step "{{module}}"
	"{{module}}/{{bindings}}/imports/anyam_step_manifest"
)

func Describe() anyam_step_manifest.Description {
	docs, codes := step.Step.Description()
	input, output := step.Step.Schemas()
	description := anyam_step_manifest.Description{
		Name:         "{{name}}",
		Version:      "{{version}}",
		Docs:         docs,
		InputSchema:  wit.Some(input),
		OutputSchema: wit.Some(output),
	}
	for _, code := range codes {
		description.ErrorCodes = append(description.ErrorCodes, anyam_step_manifest.ErrorCode{
			Code: code.Code,
			Docs: code.Docs,
		})
	}
	return description
}
