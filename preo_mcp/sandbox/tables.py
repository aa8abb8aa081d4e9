"""The sandbox's tables: a JSON document per row plus the columns that are searched, sorted or joined on.

Text that is searched is stored folded (see `folding`) beside the document, because SQLite's LIKE folds ASCII only and
misses `SØREN`. Money is in minor units of the edition's currency; times are ISO 8601 UTC text and sort as time does.

`searched` is all that a list's `search` looks into. It stands in an index with whatever a list filters or sorts by, in
the order that lists have by default: looking through 100,000 short index entries takes a fraction of looking through as
many documents. Orders keep their customer's address and number for it, and follow when those change.

`user_messages` keeps each customer with orders, purchases and consents as one message, as conditions of segments read
them. Triggers note in `stale_users` whose message no longer says what is; it is made anew before the next calculation.
New purchases come with their order, whose row is noted.
"""

SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS counters (kind TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS members (token TEXT PRIMARY KEY, doc TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS organizations (id TEXT PRIMARY KEY, doc TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS organizer_events (
    id TEXT PRIMARY KEY, organization_id TEXT NOT NULL REFERENCES organizations (id), doc TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS editions (
    id TEXT PRIMARY KEY, organization_id TEXT NOT NULL REFERENCES organizations (id), doc TEXT NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX IF NOT EXISTS editions_by_slug ON editions (json_extract(doc, '$.slug'));
CREATE TABLE IF NOT EXISTS products (
    id TEXT PRIMARY KEY, edition_id TEXT NOT NULL REFERENCES editions (id), doc TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS product_codes (
    edition_id TEXT NOT NULL, code TEXT NOT NULL, product_id TEXT NOT NULL, variant_id TEXT,
    PRIMARY KEY (edition_id, code)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS email_messages (
    id TEXT PRIMARY KEY, organization_id TEXT, edition_id TEXT, doc TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS email_messages_by_edition ON email_messages (edition_id);
CREATE TABLE IF NOT EXISTS files (
    id TEXT PRIMARY KEY, key TEXT NOT NULL UNIQUE, organization_id TEXT NOT NULL, file_name TEXT NOT NULL,
    created_at TEXT NOT NULL, updated_at TEXT NOT NULL, doc TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS files_by_organization ON files (organization_id, created_at);
CREATE TABLE IF NOT EXISTS file_tags (
    organization_id TEXT NOT NULL, tag TEXT NOT NULL, file_id TEXT NOT NULL,
    PRIMARY KEY (organization_id, tag, file_id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS file_tags_by_file ON file_tags (file_id);

CREATE TABLE IF NOT EXISTS customers (
    id TEXT PRIMARY KEY, organization_id TEXT NOT NULL, email TEXT NOT NULL, email_folded TEXT NOT NULL, phone TEXT,
    name TEXT NOT NULL, created TEXT NOT NULL, modified TEXT NOT NULL,
    searched TEXT NOT NULL AS (name || char(10) || email_folded || char(10) || coalesce(phone, '')) STORED,
    doc TEXT NOT NULL, UNIQUE (organization_id, email)
);
CREATE INDEX IF NOT EXISTS customers_found ON customers (
    organization_id, created DESC, id, searched, modified, email_folded, name
);
CREATE TABLE IF NOT EXISTS consents (id TEXT PRIMARY KEY, organization_id TEXT NOT NULL, doc TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS customer_consents (
    consent_id TEXT NOT NULL, customer_id TEXT NOT NULL, status TEXT NOT NULL, at TEXT NOT NULL,
    PRIMARY KEY (consent_id, customer_id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS customer_consents_by_customer ON customer_consents (customer_id);
CREATE TABLE IF NOT EXISTS transactions (
    id TEXT PRIMARY KEY, organization_id TEXT NOT NULL, doc TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS orders (
    id TEXT PRIMARY KEY, organization_id TEXT NOT NULL, edition_id TEXT NOT NULL, customer_id TEXT NOT NULL,
    external_id TEXT, transaction_id TEXT, order_number TEXT NOT NULL, status TEXT NOT NULL, type TEXT NOT NULL,
    amount INTEGER NOT NULL, created TEXT NOT NULL, modified TEXT NOT NULL, customer_email TEXT NOT NULL,
    customer_phone TEXT NOT NULL,
    searched TEXT NOT NULL AS (
        lower(order_number) || char(10) || id || char(10) || customer_email || char(10) || customer_phone || char(10)
        || coalesce(transaction_id, '')
    ) STORED,
    doc TEXT NOT NULL, UNIQUE (edition_id, external_id)
);
CREATE INDEX IF NOT EXISTS orders_found ON orders (
    edition_id, created DESC, id, searched, modified, order_number, status, type, amount, customer_id, transaction_id,
    customer_email, customer_phone
);
CREATE INDEX IF NOT EXISTS orders_by_customer ON orders (customer_id, edition_id);
CREATE INDEX IF NOT EXISTS orders_by_transaction ON orders (transaction_id) WHERE transaction_id IS NOT NULL;
CREATE TRIGGER IF NOT EXISTS orders_follow_customers AFTER UPDATE OF email_folded, phone ON customers
WHEN OLD.email_folded <> NEW.email_folded OR OLD.phone IS NOT NEW.phone BEGIN
    UPDATE orders SET customer_email = NEW.email_folded, customer_phone = coalesce(NEW.phone, '')
    WHERE customer_id = NEW.id;
END;
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
CREATE TABLE IF NOT EXISTS webhooks (
    id TEXT PRIMARY KEY, organization_id TEXT NOT NULL, edition_id TEXT, is_active INTEGER NOT NULL, name TEXT NOT NULL,
    created TEXT NOT NULL, modified TEXT NOT NULL, doc TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS webhooks_by_organization ON webhooks (organization_id);
CREATE TABLE IF NOT EXISTS webhook_deliveries (
    id TEXT PRIMARY KEY, webhook_id TEXT NOT NULL REFERENCES webhooks (id), event_type TEXT NOT NULL,
    status TEXT NOT NULL, created TEXT NOT NULL, due TEXT, sending INTEGER NOT NULL DEFAULT 0, body TEXT NOT NULL,
    doc TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS webhook_deliveries_found ON webhook_deliveries (
    webhook_id, created DESC, id, status, event_type
);
CREATE INDEX IF NOT EXISTS webhook_deliveries_due ON webhook_deliveries (webhook_id, due)
WHERE status = 'pending' AND NOT sending;
CREATE TABLE IF NOT EXISTS jobs (
    id INTEGER PRIMARY KEY, kind TEXT NOT NULL, subject TEXT NOT NULL, status TEXT NOT NULL, created TEXT NOT NULL,
    due TEXT
);
CREATE INDEX IF NOT EXISTS jobs_unfinished ON jobs (status) WHERE status IN ('queued', 'waiting');

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

CREATE TABLE IF NOT EXISTS refunds (
    id TEXT PRIMARY KEY, organization_id TEXT NOT NULL, edition_id TEXT NOT NULL, order_id TEXT NOT NULL,
    customer_id TEXT NOT NULL, scope TEXT NOT NULL, reason TEXT NOT NULL, status TEXT NOT NULL, amount INTEGER NOT NULL,
    created TEXT NOT NULL, modified TEXT NOT NULL, doc TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS refunds_by_order ON refunds (order_id);
CREATE INDEX IF NOT EXISTS refunds_found ON refunds (
    organization_id, created DESC, id, edition_id, status, scope, reason, amount, modified
);
CREATE TABLE IF NOT EXISTS refund_parts (
    refund_id TEXT NOT NULL REFERENCES refunds (id), purchase_id TEXT NOT NULL, amount INTEGER NOT NULL,
    PRIMARY KEY (refund_id, purchase_id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS refund_parts_by_purchase ON refund_parts (purchase_id);
CREATE TABLE IF NOT EXISTS gateway_ledger (
    refund_id TEXT NOT NULL, attempt INTEGER NOT NULL, amount INTEGER NOT NULL, currency TEXT NOT NULL,
    succeeded INTEGER NOT NULL, response TEXT NOT NULL, created TEXT NOT NULL, PRIMARY KEY (refund_id, attempt)
) WITHOUT ROWID;
CREATE UNIQUE INDEX IF NOT EXISTS gateway_pays_once ON gateway_ledger (refund_id) WHERE succeeded;

CREATE TABLE IF NOT EXISTS passes (
    customer_id TEXT PRIMARY KEY, status TEXT NOT NULL, created TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS segments (
    id TEXT PRIMARY KEY, organization_id TEXT NOT NULL, edition_id TEXT, consent_id TEXT, name TEXT NOT NULL,
    searched TEXT NOT NULL, status TEXT NOT NULL, communication_type TEXT NOT NULL, communication_channel TEXT NOT NULL,
    user_count INTEGER, last_calculated TEXT, created TEXT NOT NULL, modified TEXT NOT NULL, doc TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS segments_by_organization ON segments (organization_id, created DESC, id);
CREATE TABLE IF NOT EXISTS segment_users (
    run INTEGER NOT NULL, customer_id TEXT NOT NULL, PRIMARY KEY (run, customer_id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS user_messages (
    number INTEGER PRIMARY KEY, organization_id TEXT NOT NULL, customer_id TEXT NOT NULL UNIQUE,
    has_valid_email INTEGER NOT NULL, has_valid_phone INTEGER NOT NULL, has_active_pass INTEGER NOT NULL,
    message BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS user_messages_by_organization ON user_messages (organization_id, number);
CREATE TABLE IF NOT EXISTS stale_users (customer_id TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS stale_consents (consent_id TEXT PRIMARY KEY, after TEXT NOT NULL) WITHOUT ROWID;
CREATE TRIGGER IF NOT EXISTS new_customers_are_stale AFTER INSERT ON customers BEGIN
    INSERT INTO stale_users VALUES (NEW.id) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER IF NOT EXISTS changed_customers_are_stale AFTER UPDATE OF doc ON customers BEGIN
    INSERT INTO stale_users VALUES (NEW.id) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER IF NOT EXISTS customers_with_new_orders_are_stale AFTER INSERT ON orders BEGIN
    INSERT INTO stale_users VALUES (NEW.customer_id) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER IF NOT EXISTS customers_with_changed_orders_are_stale AFTER UPDATE OF doc ON orders BEGIN
    INSERT INTO stale_users VALUES (NEW.customer_id) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER IF NOT EXISTS customers_with_changed_purchases_are_stale AFTER UPDATE OF doc ON purchases BEGIN
    INSERT INTO stale_users VALUES (NEW.customer_id) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER IF NOT EXISTS customers_with_new_passes_are_stale AFTER INSERT ON passes BEGIN
    INSERT INTO stale_users VALUES (NEW.customer_id) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER IF NOT EXISTS customers_with_changed_passes_are_stale AFTER UPDATE ON passes BEGIN
    INSERT INTO stale_users VALUES (NEW.customer_id) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER IF NOT EXISTS customers_who_answered_are_stale AFTER INSERT ON customer_consents BEGIN
    INSERT INTO stale_users VALUES (NEW.customer_id) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER IF NOT EXISTS customers_who_answered_anew_are_stale AFTER UPDATE ON customer_consents BEGIN
    INSERT INTO stale_users VALUES (NEW.customer_id) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER IF NOT EXISTS customers_without_answer_are_stale AFTER DELETE ON customer_consents BEGIN
    INSERT INTO stale_users VALUES (OLD.customer_id) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER IF NOT EXISTS renamed_consents_are_stale AFTER UPDATE OF doc ON consents
WHEN json_extract(OLD.doc, '$.name') IS NOT json_extract(NEW.doc, '$.name') BEGIN
    INSERT INTO stale_consents VALUES (NEW.id, '') ON CONFLICT DO UPDATE SET after = '';
END;

CREATE TABLE IF NOT EXISTS campaigns (
    id TEXT PRIMARY KEY, organization_id TEXT NOT NULL, edition_id TEXT, segment_id TEXT NOT NULL,
    email_message_id TEXT, name TEXT NOT NULL, searched TEXT NOT NULL, channel TEXT NOT NULL, status TEXT NOT NULL,
    scheduled_at TEXT, total_recipients INTEGER NOT NULL, created TEXT NOT NULL, modified TEXT NOT NULL,
    doc TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS campaigns_by_organization ON campaigns (organization_id, created DESC, id);
CREATE INDEX IF NOT EXISTS campaigns_by_segment ON campaigns (segment_id);
CREATE INDEX IF NOT EXISTS campaigns_by_message ON campaigns (email_message_id);
CREATE TABLE IF NOT EXISTS outbox (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, campaign_id TEXT NOT NULL, customer_id TEXT NOT NULL,
    channel TEXT NOT NULL, address TEXT NOT NULL, subject TEXT, body TEXT, status TEXT NOT NULL, at TEXT,
    UNIQUE (campaign_id, customer_id), UNIQUE (campaign_id, address)
);
CREATE INDEX IF NOT EXISTS outbox_queued ON outbox (campaign_id, sequence) WHERE status = 'queued';
CREATE INDEX IF NOT EXISTS outbox_of_customer ON outbox (customer_id);
CREATE TABLE IF NOT EXISTS reactions (
    campaign_id TEXT NOT NULL, sequence INTEGER NOT NULL, delivered INTEGER, bounced INTEGER, opened INTEGER,
    clicked INTEGER, unsubscribed INTEGER, PRIMARY KEY (campaign_id, sequence)
) WITHOUT ROWID;
"""
