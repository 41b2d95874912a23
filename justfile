set shell := ["bash", "-euo", "pipefail", "-c"]
templ := "go run github.com/a-h/templ/cmd/templ@" + `go list -m -f '{{.Version}}' github.com/a-h/templ`

# All of these are plain commands: a fresh machine has Go and not just.

default: check

# Start at http://127.0.0.1:8080
run *args:
    go run . {{args}}

# Regenerate and restart on change
dev:
    {{templ}} generate --watch --cmd "go run ."

gen:
    {{templ}} generate
    go generate ./assets

fmt: gen
    {{templ}} fmt views app/web && gofmt -w main.go app store views assets

test *args:
    go test -shuffle=on {{args}} ./...

# As CI does; needs a C compiler
race:
    go test -race -shuffle=on ./...

test-postgres:
    STEAD_TEST_POSTGRES=${STEAD_TEST_POSTGRES:?set a URL} go test ./store/...

test-browser:
    CI=true go test ./app/browsertest

bench:
    go test -run '^$' -bench . ./...

lint:
    go vet ./... && golangci-lint run

vuln:
    go run golang.org/x/vuln/cmd/govulncheck@v1.1.4 ./...

# Fails when a generated file was not committed
generated: gen
    git diff --exit-code -- '*_templ.go' assets/dist

check: generated lint test

build version="dev":
    CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version={{version}}" -o stead .

# Next number, empty file
migration name:
    touch store/migrations/$(printf %04d $(( $(ls store/migrations | cut -c1-4 | sort -un | tail -1 | sed 's/^0*//') + 1 )))_{{name}}.sql
