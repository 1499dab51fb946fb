# One image for API, worker and migrations; the command says which. Runs as a plain user on a read-only
# file system: what it writes goes to standard output, Postgres and Temporal.
FROM node:24-trixie-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Scripts stay off: the one that is needed fetches Node, which the image has.
RUN npm ci --omit=dev --ignore-scripts

FROM node:24-trixie-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY . .
ENV WORKFLOW_BUNDLE=/app/workflow-bundle.js
RUN node worker/write-bundle.ts $WORKFLOW_BUNDLE
USER node
STOPSIGNAL SIGTERM
EXPOSE 8080 9464 9465 9466
CMD ["node", "api/main.ts"]
