-- One text for SQLite and PostgreSQL. Times are milliseconds since 1970 by the database's own clock; a truth is 0 or 1.

-- Where sandboxes are reached. Who has the token is at work there, until the lease is over.
CREATE TABLE places (
    place TEXT NOT NULL PRIMARY KEY,
    token TEXT,
    leased_until BIGINT NOT NULL,
    begun_at BIGINT NOT NULL
);

CREATE TABLE jobs (
    id TEXT NOT NULL PRIMARY KEY,
    place TEXT NOT NULL REFERENCES places (place),
    sandbox TEXT NOT NULL,
    organization_id TEXT NOT NULL,
    sandbox_id TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'running', 'done', 'refused', 'dead', 'cancelled')),
    deliveries BIGINT NOT NULL,
    accepted_at BIGINT NOT NULL,
    opened_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    give_up_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    needs_attention BIGINT NOT NULL,
    reason_code TEXT,
    reason_message TEXT,
    reason_hint TEXT,
    outcome TEXT,
    -- JSON: of each its code and its message.
    warnings TEXT,
    finished_at BIGINT,
    report TEXT,
    CHECK ((finished_at IS NULL) = (state IN ('waiting', 'running')))
);

CREATE INDEX jobs_open ON jobs (due_at) WHERE finished_at IS NULL;
CREATE INDEX jobs_needing ON jobs (id) WHERE needs_attention = 1;
CREATE INDEX jobs_of_sandbox ON jobs (sandbox, id);
CREATE INDEX jobs_of_place ON jobs (place);
CREATE INDEX jobs_finished ON jobs (finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX jobs_counted ON jobs (state, outcome, needs_attention, opened_at);

CREATE TABLE deliveries (
    webhook_id TEXT NOT NULL PRIMARY KEY,
    job TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    accepted_at BIGINT NOT NULL
);

CREATE INDEX deliveries_of_job ON deliveries (job);

-- What is still to be told. A row goes when it was told.
CREATE TABLE notices (
    id TEXT NOT NULL PRIMARY KEY,
    job TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    event TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    reason_code TEXT,
    reason_message TEXT,
    reason_hint TEXT,
    due_at BIGINT NOT NULL,
    tries BIGINT NOT NULL
);

CREATE INDEX notices_due ON notices (due_at);
CREATE INDEX notices_of_job ON notices (job);
