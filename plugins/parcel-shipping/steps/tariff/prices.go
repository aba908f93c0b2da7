package step

// price is what a class costs in a zone.
type price struct {
	cents   int64
	perKilo int64
}

const gramsPerKilo = 1000

// The zone of each country that parcels go to.
var zones = map[string]string{
	"DE": "domestic",
	"AT": "eu", "BE": "eu", "FR": "eu", "NL": "eu", "PL": "eu",
	"CH": "world", "GB": "world",
}

// What is charged, by zone and class. Large parcels stay within the union.
var prices = map[string]map[string]price{
	"domestic": {"S": {399, 25}, "M": {599, 25}, "L": {999, 25}},
	"eu":       {"S": {899, 60}, "M": {1299, 60}, "L": {2199, 60}},
	"world":    {"S": {1599, 450}, "M": {2999, 450}},
}

// base is the price of a parcel: that of its class, and each started kilogram.
func (p price) base(grams int64) int64 {
	kilos := (grams + gramsPerKilo - 1) / gramsPerKilo
	return p.cents + p.perKilo*kilos
}
