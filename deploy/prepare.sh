#!/bin/sh
# Makes what compose.yaml needs and nobody else may have: a certificate, the replicas' key, the members. Safe to repeat.
set -eu
umask 077
cd "$(dirname "$0")"
mkdir -p secrets/replica secrets/balancer
if [ ! -e secrets/balancer/tls.pem ]; then
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 365 -subj "/CN=preo.localhost" \
        -addext "subjectAltName=DNS:preo.localhost,DNS:id.preo.localhost" \
        -keyout secrets/tls.key -out secrets/replica/ca.pem
    cat secrets/replica/ca.pem secrets/tls.key > secrets/balancer/tls.pem
fi
[ -e secrets/replica/replicas.key ] || openssl rand -hex 32 > secrets/replica/replicas.key
[ -e secrets/replica/members.toml ] || cp members.toml secrets/replica/members.toml
chmod 600 secrets/replica/* secrets/balancer/*
if [ "$(id -u)" = 0 ]; then
    chown -R 10001:10001 secrets/replica # who the image runs as
    chown -R 99:99 secrets/balancer      # who haproxy's image runs as
else
    echo "Run it once more as root: the files have to belong to who the images run as (10001 and 99)." >&2
    exit 1
fi
