# The server of a team over HTTP (docs/operating.md). The root file system may be read-only: all state is in /state.

FROM python:3.13-slim AS build
WORKDIR /src
RUN python -m venv /opt/preo-mcp
COPY pyproject.toml README.md LICENSE ./
COPY examples examples
COPY preo_mcp preo_mcp
RUN /opt/preo-mcp/bin/pip install --no-cache-dir --disable-pip-version-check ".[sandbox,redis]"

FROM python:3.13-slim
RUN groupadd --system --gid 10001 preo \
    && useradd --system --uid 10001 --gid preo --no-create-home --home-dir /nonexistent preo \
    && install --directory --owner=preo --group=preo --mode=0700 /state
COPY --from=build /opt/preo-mcp /opt/preo-mcp
ENV PATH=/opt/preo-mcp/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PREO_STATE_FOLDER=/state \
    PREO_TRANSPORT=http \
    PREO_TEAM=true \
    PREO_HOST=0.0.0.0 \
    PREO_LOG_FORMAT=json
USER 10001:10001
VOLUME /state
EXPOSE 8765
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8765/health', timeout=4)"]
ENTRYPOINT ["preo-mcp"]
