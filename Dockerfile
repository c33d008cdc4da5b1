# Debrief for production: `docker build -t debrief .`, then see docs/operating.md. tests/house/test_dockerfile.py runs
# the install steps below outside of Docker; nothing here names a package index, so that yours is used.

FROM python:3.11-slim AS build
WORKDIR /src
COPY requirements/build.txt requirements/run.txt requirements/
# What builds the wheel stays behind in this stage.
RUN python -m venv /opt/build \
    && /opt/build/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements/build.txt
RUN python -m venv /opt/debrief \
    && /opt/debrief/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements/run.txt
COPY pyproject.toml README.md LICENSE ./
COPY app app
COPY migrations migrations
RUN /opt/build/bin/hatchling build -t wheel -d /opt/wheel \
    && /opt/debrief/bin/pip install --no-cache-dir --disable-pip-version-check --no-index --no-deps /opt/wheel/*.whl

FROM python:3.11-slim
# For blind rounds. Its version is that of the distribution, which mends it.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libsodium23 \
    && rm -rf /var/lib/apt/lists/*
RUN groupadd --system --gid 10001 debrief \
    && useradd --system --uid 10001 --gid 10001 --no-create-home --shell /usr/sbin/nologin debrief \
    && install -d -o debrief -g debrief -m 0700 /data
COPY --from=build /opt/debrief /opt/debrief
ENV PATH=/opt/debrief/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DEBRIEF_ENVIRONMENT=production \
    DEBRIEF_DATA_DIR=/data \
    DEBRIEF_HOST=0.0.0.0 \
    DEBRIEF_PORT=8000
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f\"http://127.0.0.1:{os.environ['DEBRIEF_PORT']}/readyz\", timeout=4)"]
ENTRYPOINT ["debrief"]
CMD ["serve"]
