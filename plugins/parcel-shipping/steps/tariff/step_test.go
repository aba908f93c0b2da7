package step

import (
	"errors"
	"strings"
	"testing"

	anyam "github.com/anyam/anyam/guest-sdk/go"
)

func TestEachStartedKilogramCounts(t *testing.T) {
	for grams, want := range map[int64]int64{0: 599, 1: 624, 1000: 624, 1001: 649, 2500: 674} {
		got, err := tariff(nil, Input{"DE", "M", grams})
		if err != nil || got != (Output{want, "domestic"}) {
			t.Errorf("%d g: %v %v", grams, got, err)
		}
	}
}

func TestEveryZoneHasPrices(t *testing.T) {
	for country, zone := range zones {
		if _, found := prices[zone]["S"]; !found {
			t.Errorf("%s is in zone %q, which has no price", country, zone)
		}
	}
}

func TestNoTariff(t *testing.T) {
	for _, input := range []Input{{"XX", "S", 1}, {"GB", "L", 1}, {"DE", "XL", 1}} {
		_, err := tariff(nil, input)
		var refused *anyam.BpmnError
		if !errors.As(err, &refused) || refused.Code != "NO_TARIFF" {
			t.Errorf("%v: %v", input, err)
		}
	}
}

func TestWeightsPastTheHeaviestArePermanent(t *testing.T) {
	_, err := Step.Invoke(&anyam.Context{}, `{"country":"DE","parcelClass":"L","chargeableGrams":31501}`)
	var permanent *anyam.Permanent
	if !errors.As(err, &permanent) || !strings.Contains(permanent.Message, "31501") {
		t.Error(err)
	}
}
