# Built in one stage, run in another that has no compiler, no pip cache and no root.
FROM python:3.12-slim AS build
WORKDIR /src
COPY pyproject.toml setup.cfg README.md LICENSE ./
COPY config config
COPY crawlers crawlers
COPY nlp nlp
COPY pipeline pipeline
RUN python -m venv /opt/shian && /opt/shian/bin/pip install --no-cache-dir .

FROM python:3.12-slim
# Reports have charts with Chinese labels.
RUN apt-get update && apt-get install -y --no-install-recommends fonts-noto-cjk && rm -rf /var/lib/apt/lists/*
RUN useradd --create-home --uid 10001 shian && install -d -o shian -g shian /var/lib/shian
COPY --from=build /opt/shian /opt/shian
ENV PATH=/opt/shian/bin:$PATH SHIAN_HOME=/var/lib/shian PYTHONUNBUFFERED=1
USER shian
VOLUME /var/lib/shian
# The first start makes the home in an empty volume. The desk listens on the container's own loopback until it has users: run it with
# --network host, or add one (docker exec -it CONTAINER shian user add NAME --role admin) and start it again with -p and
# SHIAN_DESK_HOST=0.0.0.0, and SHIAN_DESK_HOSTS='[NAME]' for the name or address that people open (docs/people.md).
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["sh", "-c", "[ -e \"$SHIAN_HOME/settings.yaml\" ] || shian init \"$SHIAN_HOME\"; exec shian up"]
