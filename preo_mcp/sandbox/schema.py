"""The sandbox's tables: a JSON document per row plus the columns that are searched, sorted or joined on.

Text that is searched is stored casefolded beside the document, because SQLite's LIKE folds ASCII only and misses
`SØREN`. Money is in minor units of the edition's currency; times are ISO 8601 UTC text, which sorts as time does.
"""

SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS counters (kind TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS members (token TEXT PRIMARY KEY, doc TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS organizations (id TEXT PRIMARY KEY, doc TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS editions (
    id TEXT PRIMARY KEY, organization_id TEXT NOT NULL REFERENCES organizations (id), doc TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS products (
    id TEXT PRIMARY KEY, edition_id TEXT NOT NULL REFERENCES editions (id), doc TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS product_codes (
    edition_id TEXT NOT NULL, code TEXT NOT NULL, product_id TEXT NOT NULL, variant_id TEXT,
    PRIMARY KEY (edition_id, code)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS customers (
    id TEXT PRIMARY KEY, organization_id TEXT NOT NULL, email TEXT NOT NULL, phone TEXT, name TEXT NOT NULL,
    doc TEXT NOT NULL, UNIQUE (organization_id, email)
);
CREATE TABLE IF NOT EXISTS orders (
    id TEXT PRIMARY KEY, organization_id TEXT NOT NULL, edition_id TEXT NOT NULL, customer_id TEXT NOT NULL,
    external_id TEXT, order_number TEXT NOT NULL, status TEXT NOT NULL, type TEXT NOT NULL, amount INTEGER NOT NULL,
    created TEXT NOT NULL, modified TEXT NOT NULL, doc TEXT NOT NULL, UNIQUE (edition_id, external_id)
);
CREATE INDEX IF NOT EXISTS orders_by_edition ON orders (edition_id, created);
CREATE INDEX IF NOT EXISTS orders_by_organization ON orders (organization_id, created);
CREATE INDEX IF NOT EXISTS orders_by_customer ON orders (customer_id, created);
CREATE TABLE IF NOT EXISTS purchases (
    id TEXT PRIMARY KEY, order_id TEXT NOT NULL, edition_id TEXT NOT NULL, customer_id TEXT NOT NULL,
    product_id TEXT NOT NULL, variant_id TEXT, doc TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS purchases_by_order ON purchases (order_id);
CREATE INDEX IF NOT EXISTS purchases_by_product ON purchases (edition_id, product_id);

CREATE TABLE IF NOT EXISTS events (
    sequence INTEGER PRIMARY KEY, type TEXT NOT NULL, organization_id TEXT NOT NULL, edition_id TEXT,
    created TEXT NOT NULL, doc TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS jobs (
    id INTEGER PRIMARY KEY, kind TEXT NOT NULL, subject TEXT NOT NULL, status TEXT NOT NULL, created TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS jobs_unfinished ON jobs (status) WHERE status = 'queued';

CREATE TABLE IF NOT EXISTS data_imports (
    id TEXT PRIMARY KEY, organization_id TEXT NOT NULL, edition_id TEXT NOT NULL, stage TEXT NOT NULL, service TEXT,
    created TEXT NOT NULL, modified TEXT NOT NULL, doc TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS column_mappings (
    id TEXT PRIMARY KEY, import_id TEXT NOT NULL, position INTEGER NOT NULL, doc TEXT NOT NULL,
    UNIQUE (import_id, position)
);
CREATE TABLE IF NOT EXISTS product_mappings (
    id TEXT PRIMARY KEY, parse_id INTEGER NOT NULL, position INTEGER NOT NULL, sku TEXT NOT NULL, name TEXT,
    quantity INTEGER NOT NULL, product_id TEXT, variant_id TEXT,
    UNIQUE (parse_id, sku), UNIQUE (parse_id, position)
);
CREATE INDEX IF NOT EXISTS product_mappings_open ON product_mappings (parse_id) WHERE product_id IS NULL;
CREATE TABLE IF NOT EXISTS import_orders (
    parse_id INTEGER NOT NULL, position INTEGER NOT NULL, order_key TEXT NOT NULL, units INTEGER NOT NULL,
    header TEXT NOT NULL, lines TEXT NOT NULL, PRIMARY KEY (parse_id, position), UNIQUE (parse_id, order_key)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS import_customers (
    parse_id INTEGER NOT NULL, email TEXT NOT NULL, PRIMARY KEY (parse_id, email)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS external_orders (
    sequence INTEGER PRIMARY KEY, edition_id TEXT NOT NULL, order_id TEXT NOT NULL, status TEXT NOT NULL,
    doc TEXT NOT NULL, UNIQUE (edition_id, order_id)
);
CREATE INDEX IF NOT EXISTS external_orders_queued ON external_orders (edition_id, sequence) WHERE status = 'queued';
"""
