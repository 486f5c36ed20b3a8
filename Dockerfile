# syntax=docker/dockerfile:1
# Two stages: the first has the installer, the second only what runs. Production packages only (requirements.txt).
FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /app
COPY requirements-uv.txt requirements.txt ./
RUN python -m venv /opt/uv \
    && /opt/uv/bin/pip install --no-cache-dir --no-deps --require-hashes -r requirements-uv.txt \
    && python -m venv --without-pip /opt/sspf \
    && VIRTUAL_ENV=/opt/sspf /opt/uv/bin/uv pip sync --no-cache --compile-bytecode --require-hashes requirements.txt
COPY . .
# With keys made for this one command and thrown away.
RUN /opt/sspf/bin/python deploy/collect_static.py

FROM python:3.11-slim-bookworm
# For backups: pg_dump must not be older than the server, and Debian's own is. So it comes from the server's image.
COPY --from=postgres:18-bookworm /usr/lib/postgresql/18/bin/pg_dump /usr/lib/postgresql/18/bin/pg_restore /usr/lib/postgresql/18/bin/
COPY --from=postgres:18-bookworm /usr/lib/*-linux-gnu/libpq.so.5* /usr/local/lib/
RUN apt-get update && apt-get install -y --no-install-recommends libpq5 liblz4-1 libzstd1 && rm -rf /var/lib/apt/lists/* \
    && ldconfig && /usr/lib/postgresql/18/bin/pg_dump --version && /usr/lib/postgresql/18/bin/pg_restore --version
RUN useradd --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin sspf \
    && install -d -o sspf -g sspf -m 0700 /var/lib/sspf /var/lib/sspf/checkpoints /var/lib/sspf/backups
ENV PATH=/opt/sspf/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 DJANGO_SETTINGS_MODULE=sspf.settings
WORKDIR /app
COPY --from=build /opt/sspf /opt/sspf
COPY --from=build /app /app
USER 10001:10001
EXPOSE 8000
CMD ["gunicorn", "-c", "deploy/gunicorn.conf.py", "--bind", "0.0.0.0:8000", "sspf.wsgi:application"]
