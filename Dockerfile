# The program onestep in a container, built from this repository. docs/containers.md says how to run it.

FROM node:22-slim AS build
WORKDIR /onestep
COPY . .
ENV NX_DAEMON=false
RUN npm ci --no-audit --no-fund
RUN npm run build
# What npm would install for a user: the packages as they are published, and ONNX Runtime for this platform only.
RUN npm run container:files -- /app

FROM node:22-slim
COPY --from=build /app /app
# The only folder that is written to, besides /tmp: a volume.
RUN install -d -o node -g node /work
ENV NODE_ENV=production HOME=/work ONESTEP_CACHE_DIR=/work/.cache
USER node
WORKDIR /work
VOLUME /work
ENTRYPOINT ["node", "/app/node_modules/@onestep/cli/dist/main.js"]
CMD ["quickstart"]
