module parcels/tariff

go 1.27

require github.com/anyam/anyam/guest-sdk/go v0.0.0

replace github.com/anyam/anyam/guest-sdk/go => ../../../../guest-sdk/go
