#!/bin/sh
# Makes the certificates that the tests of TLS use. They are valid for a hundred years.
set -eu
cd "$(dirname "$0")"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 36500 \
    -keyout root.key -out root.pem -subj "/CN=Anyam test root" \
    -addext "basicConstraints=critical,CA:TRUE" -addext "keyUsage=critical,keyCertSign"
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
    -keyout server.key -out server.csr -subj "/CN=api.example.com"
printf 'subjectAltName=DNS:api.example.com\nbasicConstraints=critical,CA:FALSE\n' > server.ext
openssl x509 -req -in server.csr -CA root.pem -CAkey root.key -CAcreateserial -days 36500 \
    -extfile server.ext -out server.pem
rm -f root.key root.srl server.csr server.ext
