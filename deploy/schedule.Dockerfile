# npm run schedule with the tools of PostgreSQL 17, which Debian 13 has. Another server, other tools: change both.
FROM node:24-trixie-slim
RUN apt-get update \
  && apt-get install --yes --no-install-recommends postgresql-client-17 \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev
COPY sql sql
COPY src src
USER node
CMD ["npm", "run", "--silent", "schedule"]
