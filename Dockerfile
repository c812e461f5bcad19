# The base image is named by its tag: a digest is known to whoever can reach a registry. Pin it where you build:
#   docker build --build-arg BASE=python:3.11-slim@sha256:… .
# `docker buildx imagetools inspect python:3.11-slim` shows the digest.
ARG BASE=python:3.11-slim

FROM ${BASE} AS build
WORKDIR /build
COPY requirements.lock ./
RUN python -m venv /opt/anda \
    && /opt/anda/bin/pip install --no-cache-dir --require-hashes --no-deps -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY app ./app
COPY migrations ./migrations
RUN /opt/anda/bin/pip install --no-cache-dir --no-build-isolation --no-deps . \
    && /opt/anda/bin/python -m compileall -q /opt/anda/lib

FROM ${BASE}
# The store and the key of the persons' numbers lie in two places: whoever takes one has not the other.
RUN groupadd --system --gid 10001 anda \
    && useradd --system --uid 10001 --gid 10001 --no-create-home anda \
    && install --directory --owner 10001 --group 10001 --mode 700 /data /keys
COPY --from=build /opt/anda /opt/anda
ENV PATH=/opt/anda/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    ANDA_DATABASE_URL=sqlite:////data/anda.db \
    ANDA_PERSON_KEY_FILE=/keys/anda.key
# By number: where only numbers are looked at, it is seen not to be root.
USER 10001:10001
WORKDIR /data
VOLUME ["/data", "/keys"]
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
CMD ["anda", "serve", "--host", "0.0.0.0"]
