# The service in a container: its binary on a system that has nothing but glibc and certificates, without a shell, as a
# user without rights. Configuration and secrets are mounted; the queue lives in /var/lib/relay-scrub, or in PostgreSQL.
FROM rust:1.95-bookworm AS build
WORKDIR /build
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/build/target \
    cargo build --release --locked && cp target/release/relay-scrub /relay-scrub && mkdir /queue

FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /relay-scrub /usr/bin/relay-scrub
COPY --from=build --chown=nonroot:nonroot --chmod=0700 /queue /var/lib/relay-scrub
USER nonroot
VOLUME /var/lib/relay-scrub
EXPOSE 8080 9090
ENV RELAY_SCRUB_CONFIG=/etc/relay-scrub/relay-scrub.toml \
    RELAY_SCRUB_DATABASE=sqlite:/var/lib/relay-scrub/queue.sqlite
# Asks the service itself for a job, over its private listener: it answers only while the database does.
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s \
    CMD ["/usr/bin/relay-scrub", "jobs", "list", "--service", "http://127.0.0.1:9090", "--limit", "1", "--quiet"]
ENTRYPOINT ["/usr/bin/relay-scrub"]
CMD ["serve", "--listen", "0.0.0.0:8080", "--log-format", "json"]
