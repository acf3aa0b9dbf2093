SHELL := /bin/bash
export PATH := $(CURDIR)/.venv/bin:$(PATH)

.PHONY: proto
proto: ## generate build/gen from proto/
	@mkdir -p build/gen
	@python -m grpc_tools.protoc -I proto -I proto/vendor --python_out=build/gen --grpc_python_out=build/gen \
	  --mypy_out=quiet:build/gen --mypy_grpc_out=quiet:build/gen \
	  $$(cd proto && find kentongan -name '*.proto') $$(cd proto/vendor && find buf -name '*.proto')
	@touch build/gen/buf/py.typed build/gen/kentongan/py.typed
