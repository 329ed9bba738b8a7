-- What the parts of the pipeline keep for themselves, each in a book of its own: deliveries, users, mutes.
CREATE TABLE ledger (
    book TEXT NOT NULL,
    id TEXT NOT NULL,
    at INTEGER NOT NULL,
    state TEXT NOT NULL,
    version INTEGER NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (book, id)
) WITHOUT ROWID;
CREATE INDEX ledger_at ON ledger (book, at, id);
CREATE INDEX ledger_state ON ledger (book, state, at, id);
