-- Times are whole milliseconds since 1970 (`renewed`: microseconds). A post's id is its 16 bytes, else its text. `row` is its place in time:
-- (second of decision << 30) + the first bits of the id, so that the order of rows is the order of lists.
-- `body` is MessagePack of the type that the table is named for.
CREATE TABLE posts (
    row INTEGER PRIMARY KEY,
    id NOT NULL,
    at INTEGER NOT NULL,
    relevant INTEGER NOT NULL,
    renewed INTEGER NOT NULL,
    earlier BLOB,
    body BLOB NOT NULL
);
CREATE UNIQUE INDEX posts_id ON posts (id);
CREATE INDEX posts_relevant ON posts (relevant) WHERE relevant = 1;

CREATE TABLE pending (
    row INTEGER PRIMARY KEY,
    turn INTEGER NOT NULL
);

CREATE TABLE engagements (
    row INTEGER NOT NULL,
    at INTEGER NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (row, at)
) WITHOUT ROWID;

-- The tracker's half of an event; what people write is in cases.
CREATE TABLE events (
    id TEXT PRIMARY KEY,
    last_seen INTEGER NOT NULL,
    level INTEGER,
    topics TEXT NOT NULL,
    body BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX events_last_seen ON events (last_seen, id);

CREATE TABLE cases (
    event TEXT PRIMARY KEY,
    status TEXT NOT NULL,
    version INTEGER NOT NULL,
    body BLOB NOT NULL
) WITHOUT ROWID;

CREATE TABLE members (
    event TEXT NOT NULL,
    at INTEGER NOT NULL,
    post NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (event, post)
) WITHOUT ROWID;
CREATE INDEX members_post ON members (post);

CREATE TABLE alerts (
    id TEXT PRIMARY KEY,
    raised_at INTEGER NOT NULL,
    level INTEGER NOT NULL,
    topics TEXT NOT NULL,
    event TEXT NOT NULL,
    body BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX alerts_raised_at ON alerts (raised_at, id);

CREATE TABLE fates (
    day TEXT NOT NULL,
    source TEXT NOT NULL,
    fate TEXT NOT NULL,
    posts INTEGER NOT NULL,
    PRIMARY KEY (day, source, fate)
) WITHOUT ROWID;

CREATE TABLE leases (
    name TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    fence INTEGER NOT NULL,
    until INTEGER NOT NULL
) WITHOUT ROWID;

-- Single characters, each a token; see pipeline/store/sqlite_search.py. The tokenizer only splits at blanks: every other character counts.
CREATE VIRTUAL TABLE words USING fts5 (
    tokens, content='', columnsize=0,
    tokenize='ascii tokenchars ''!"#$%&''''()*+,-./:;<=>?@[\]^_`{|}~'''
);
-- Merging eight pieces at a time instead of four makes writing a fifth faster, and searching no slower.
INSERT INTO words (words, rank) VALUES ('automerge', 8);
