# The command line, dbt and the dbt package of this version, for DuckDB and Postgres.
#   docker build -t model-monitor .
#   docker run --rm -v "$PWD:/project" model-monitor run        in the folder of your dbt project
FROM python:3.12-slim AS build
WORKDIR /src
COPY . .
# the tested versions; hatchling is one of them
RUN sed '/--hash=/d; /^ *#/d; s/ \\$//' requirements.lock > /constraints.txt \
    && pip install --no-cache-dir --constraint /constraints.txt hatchling \
    && python -m hatchling build -t wheel -d /wheel

FROM python:3.12-slim
# dbt deps gets packages with git
RUN apt-get update \
    && apt-get install --yes --no-install-recommends git \
    && rm -rf /var/lib/apt/lists/*
RUN --mount=from=build,source=/wheel,target=/wheel \
    --mount=from=build,source=/constraints.txt,target=/constraints.txt \
    pip install --no-cache-dir --constraint /constraints.txt "$(echo /wheel/*.whl)[all]"
ENV DBT_SEND_ANONYMOUS_USAGE_STATS=false
RUN useradd --create-home --uid 1000 monitor
USER monitor
WORKDIR /project
ENTRYPOINT ["model-monitor"]
CMD ["--help"]
