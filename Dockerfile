# The connector as Airbyte runs it: `docker run --rm airbyte/source-circle-events:dev spec`.
#
# The base is Airbyte's own, held by digest. Everything is installed into one virtual environment in
# the first stage; the second takes that directory and nothing else.
ARG BASE_IMAGE=docker.io/airbyte/python-connector-base:4.1.0@sha256:1d1aa21d34e851df4e8a87b391c27724c06e2597608e7161f4d167be853bd7b6

FROM ${BASE_IMAGE} AS builder
WORKDIR /build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1

# Without pip of its own: the outer one installs into it, and none ends up in the image. Wheels only,
# so that no compiler is needed and nothing of a dependency runs at build time.
RUN python3 -m venv --without-pip /airbyte/venv
COPY requirements/connector.txt requirements/
RUN python3 -m pip --python /airbyte/venv/bin/python install --no-compile \
    --require-hashes --only-binary :all: --requirement requirements/connector.txt

COPY pyproject.toml README.md LICENSE manifest.yaml ./
COPY source_circle_events source_circle_events
RUN python3 -m pip --python /airbyte/venv/bin/python install --no-compile --no-deps .

# Not by pip, whose bytecode is compared with the times of its sources at each start. These files never
# change again, and whoever runs the container may not write there.
RUN /airbyte/venv/bin/python -m compileall -q -j 0 --invalidation-mode unchecked-hash /airbyte/venv/lib


FROM ${BASE_IMAGE}
LABEL io.airbyte.name=airbyte/source-circle-events io.airbyte.version=0.1.0
COPY --from=builder /airbyte/venv /airbyte/venv
WORKDIR /airbyte/integration_code
# docker run --entrypoint /airbyte/venv/bin/python IMAGE probe.py --config FILE
COPY tools/probe.py .

# The base's user `airbyte`, as a number: Kubernetes accepts no name where a container must not be root.
USER 1000:1000
# One heap for all threads, since glibc keeps what each thread has freed in its own.
ENV MALLOC_ARENA_MAX=1
ENV AIRBYTE_ENTRYPOINT=/airbyte/venv/bin/source-circle-events
ENTRYPOINT ["/airbyte/venv/bin/source-circle-events"]
