# Everything a person or a machine runs here. `make run` starts Voxtrace, `make test` proves it.

DATA   ?= ./data
LISTEN ?= 127.0.0.1:8080

BINARY      := target/release/voxtrace
WEB_STAMP   := web/dist/.built
WEB_MODULES := web/node_modules/.installed
# dist and node_modules are left out: they are made from the rest.
WEB_SOURCES := $(shell find web -path web/node_modules -prune -o -path web/dist -prune -o -type f -print 2>/dev/null)

.DEFAULT_GOAL := help
.PHONY: help run demo formats test lint bench golden api clean setup tools binary web web-test

help:
	@echo "make run     set up, build, load the demo archive, serve at http://$(LISTEN)"
	@echo "make formats ingest a file of every format, print who decodes it and what came out"
	@echo "make test    set up, build, run every test"
	@echo "make lint    format, clippy and rustdoc, warnings as errors"
	@echo "make bench   measure each stage (see benches/README.md)"
	@echo "make golden  make the golden numbers again from independent implementations"
	@echo "make api     write web/openapi.json and the types made from it"
	@echo "make clean   remove what was built; $(DATA) stays"
	@echo "Variables: DATA=$(DATA) LISTEN=$(LISTEN)"

run: binary demo
	@echo "Voxtrace is at http://$(LISTEN) (data in $(DATA)); Ctrl-C stops it."
	@exec $(BINARY) serve --data "$(DATA)" --listen "$(LISTEN)"

demo: binary
	@scripts/demo.sh "$(DATA)"

formats: binary
	@scripts/formats.sh

test: setup web web-test
	cargo test --locked

lint: $(WEB_STAMP)
	cargo fmt --check
	cargo clippy --all-targets --locked -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --locked

bench: setup web
	cargo bench --locked

golden:
	scripts/golden.sh

# The description that the front end's types are made from.
api: $(WEB_MODULES)
	cargo run --locked --quiet -- openapi > web/openapi.json
	cd web && npm run types

clean:
	cargo clean
	rm -rf web/dist web/node_modules

setup: tools
	@scripts/setup.sh

tools:
	@scripts/tools.sh

binary: setup web
	cargo build --release --locked

web: $(WEB_STAMP)

web-test: $(WEB_MODULES)
	cd web && npm run check
	cd web && npm test

$(WEB_MODULES): web/package.json web/package-lock.json | tools
	cd web && npm ci --no-audit --no-fund
	@touch $@

$(WEB_STAMP): $(WEB_MODULES) $(WEB_SOURCES)
	cd web && npm run build
	@touch $@
