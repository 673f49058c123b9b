# Trạm phát Giờ vàng. Dựng: docker build -t giovang .   Chạy: xem compose.yaml.
# The worker's image: build as above, run as compose.yaml does.
#
# /data (GIOVANG_HOME): schedules.toml, content/, templates/ of your own; may be read-only.
# Nothing is copied into it: without a schedules.toml the worker says so and ends.
# /var/lib/giovang (GIOVANG_VAR): everything that is written; a volume.

FROM python:3.12-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /app
RUN python3 -m venv .venv
# The packages before the code: an edit of ours does not fetch them again.
# LOCK=requirements-speech.lock adds the offline voice; espeak-ng is GPL-3.0-or-later, so an image
# with it that you hand to others comes with its source.
ARG LOCK=requirements.lock
COPY requirements.lock requirements-speech.lock ./
RUN .venv/bin/pip install --require-hashes -r "$LOCK"
COPY pyproject.toml README.md ./
COPY vietnamese ./vietnamese
COPY channels ./channels
COPY worker ./worker
COPY console ./console
COPY sandbox ./sandbox
COPY templates ./templates
# Editable, for the templates stand beside the code. Compiled here: the root may be read-only.
RUN .venv/bin/pip install --no-deps --no-build-isolation --editable . \
    && .venv/bin/python -m compileall -q vietnamese channels worker console sandbox

FROM python:3.12-slim
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /nonexistent \
        --shell /usr/sbin/nologin giovang \
    && install -d -o giovang -g giovang /data /var/lib/giovang
COPY --from=build /app /app
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    GIOVANG_HOME=/data \
    GIOVANG_VAR=/var/lib/giovang \
    GIOVANG_LOG=json \
    GIOVANG_PUBLIC_HOST=0.0.0.0
USER 10001:10001
WORKDIR /data
VOLUME /var/lib/giovang
# Receipts and stations' pages; health and figures stay on the container's own loopback.
EXPOSE 8471
HEALTHCHECK --interval=30s --timeout=5s --start-period=120s --retries=3 \
    CMD ["python", "-c", "import http.client as h, os, sys; c = h.HTTPConnection('127.0.0.1', int(os.environ.get('GIOVANG_PORT', '8470')), timeout=3); c.request('GET', '/healthz'); sys.exit(c.getresponse().status != 200)"]
ENTRYPOINT ["giovang"]
CMD ["run"]
