# npm run schedule with the tools of PostgreSQL 17, which Debian 13 has. Another server, other tools: POSTGRES_MAJOR in
# .env, and for a NODE_IMAGE a Debian that has them. Built so far on a stand-in for NODE_IMAGE only, where everything up to
# npm ci ran and npm ci failed: as a whole this image has not been built yet.
ARG NODE_IMAGE=node:24-trixie-slim
FROM ${NODE_IMAGE}
ARG POSTGRES_MAJOR=17
RUN apt-get update \
  && apt-get install --yes --no-install-recommends "postgresql-client-${POSTGRES_MAJOR}" \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev
COPY sql sql
COPY src src
USER node
CMD ["node", "src/cli.ts", "schedule"]
