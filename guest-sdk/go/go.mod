module github.com/anyam/anyam/guest-sdk/go

go 1.27
