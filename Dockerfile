FROM python:3.11-slim AS build
WORKDIR /build
COPY requirements.lock ./
RUN python -m venv /opt/anda \
    && /opt/anda/bin/pip install --no-cache-dir --require-hashes --no-deps -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY app ./app
COPY migrations ./migrations
RUN /opt/anda/bin/pip install --no-cache-dir --no-build-isolation --no-deps .

FROM python:3.11-slim
RUN useradd --system --uid 10001 --no-create-home anda && install --directory --owner anda /data
COPY --from=build /opt/anda /opt/anda
ENV PATH=/opt/anda/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    ANDA_DATABASE_URL=sqlite:////data/anda.db
USER anda
WORKDIR /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
CMD ["anda", "serve", "--host", "0.0.0.0"]
