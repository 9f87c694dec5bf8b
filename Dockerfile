# The service in a container: its binary on a system that has nothing but glibc and certificates, without a shell, as a
# user without rights. Configuration and secrets are mounted; the queue lives in /var/lib/relay-scrub, or in PostgreSQL.
FROM rust:1.95-bookworm@sha256:6258907abe69656e41cd992e0b705cdcfabcbbe3db374f92ed2d47121282d4a1 AS build
WORKDIR /build
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/build/target \
    cargo build --release --locked && cp target/release/relay-scrub /relay-scrub && mkdir /queue

# By its tag, for what Debian mends in glibc and the certificates.
FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /relay-scrub /usr/bin/relay-scrub
COPY LICENSE-MIT LICENSE-APACHE THIRD-PARTY-LICENSES.txt /usr/share/doc/relay-scrub/
COPY --from=build --chown=nonroot:nonroot --chmod=0700 /queue /var/lib/relay-scrub
USER nonroot
VOLUME /var/lib/relay-scrub
EXPOSE 8080
ENV RELAY_SCRUB_CONFIG=/etc/relay-scrub/relay-scrub.toml \
    RELAY_SCRUB_DATABASE=sqlite:/var/lib/relay-scrub/queue.sqlite
# Asks the service itself for a job, over its private listener: it answers only while the database does. Who moves that
# listener, or sets a token, gives the container a health check that says so (compose.yml shows it).
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s \
    CMD ["/usr/bin/relay-scrub", "jobs", "list", "--service", "http://127.0.0.1:9090", "--limit", "1", "--quiet"]
ENTRYPOINT ["/usr/bin/relay-scrub"]
CMD ["serve", "--listen", "0.0.0.0:8080", "--log-format", "json"]
