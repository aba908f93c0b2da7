// Package step finds what a parcel costs before surcharges.
package step

import (
	"fmt"

	anyam "github.com/anyam/anyam/guest-sdk/go"
)

// heaviestGrams is the heaviest parcel of the largest class.
const heaviestGrams = 31_500

// Input is the parcel and where it goes.
type Input struct {
	Country         string `json:"country" docs:"Two letters, as ISO 3166-1 has them."`
	ParcelClass     string `json:"parcelClass" docs:"S, M or L."`
	ChargeableGrams int64  `json:"chargeableGrams"`
}

// Output is the price.
type Output struct {
	BaseCents int64  `json:"baseCents"`
	Zone      string `json:"zone" docs:"domestic, eu or world."`
}

// Missing are the variables of the BPMN error.
type Missing struct {
	Country     string `json:"country"`
	ParcelClass string `json:"parcelClass"`
}

// Step is what the host calls.
var Step = anyam.Step[Input, Output]{
	Docs: "Finds what a parcel costs before surcharges.",
	Errors: []anyam.ErrorCode{
		{Code: "NO_TARIFF", Docs: "No parcels of this class go to this country."},
	},
	Run: tariff,
}

func tariff(_ *anyam.Context, input Input) (Output, error) {
	if input.ChargeableGrams < 0 || input.ChargeableGrams > heaviestGrams {
		message := fmt.Sprintf("chargeableGrams is %d; parcels have 0 to %d",
			input.ChargeableGrams, heaviestGrams)
		return Output{}, &anyam.Permanent{Message: message}
	}
	zone := zones[input.Country]
	price, found := prices[zone][input.ParcelClass]
	if !found {
		return Output{}, &anyam.BpmnError{
			Code:      "NO_TARIFF",
			Message:   fmt.Sprintf("no parcels of class %s go to %s", input.ParcelClass, input.Country),
			Variables: Missing{input.Country, input.ParcelClass},
		}
	}
	return Output{BaseCents: price.base(input.ChargeableGrams), Zone: zone}, nil
}
