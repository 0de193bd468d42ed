// The tables and views in SQL that both PostgreSQL and SQLite understand. docs/sql.md says what each answers.
#include "src/audit/sink.h"

namespace pcq::audit {
namespace {

struct View {
    const char* name;
    const char* sql;
};

// What a regulator looks at every day.
constexpr View kViews[] = {
    // The newest header's totals of each vintage that it still names.
    {"totals_now",
     "SELECT t.* FROM totals t JOIN (SELECT chain, MAX(height) AS height FROM blocks GROUP BY chain) b "
     "ON b.chain = t.chain AND b.height = t.height"},
    // Each block's conservation equations: both differences are 0, or the chain is broken.
    {"conservation",
     "SELECT chain, height, vintage, issued_g - held_g - inventory_g - escrow_g - surrendered_g - expired_g "
     "- "
     "exported_g AS difference FROM totals UNION ALL SELECT chain, height, NULL, deposited_uy - withdrawn_uy "
     "- cash_held_uy FROM blocks"},
    // The same sums, added up from everybody's records. Not on the main chain, where periods are opened:
    // nobody has holdings there, and its sums are those of the batches that it has issued.
    {"conservation_by_records",
     "SELECT t.chain, t.vintage, t.held_g AS certified_g, COALESCE(SUM(h.held_g), 0) AS recorded_g "
     "FROM totals_now t LEFT JOIN holdings h ON h.chain = t.chain AND h.period = t.vintage "
     "WHERE t.chain NOT IN (SELECT chain FROM transactions WHERE action = 'open_period' AND code = 0) "
     "GROUP BY t.chain, t.vintage, t.held_g"},
    {"period_totals",
     "SELECT h.chain, h.period, COUNT(*) AS holders, SUM(h.issued_g) AS issued_g, SUM(h.held_g) AS held_g, "
     "SUM(h.sold_g) AS sold_g, SUM(h.purchased_g) AS purchased_g, SUM(h.surrendered_g) AS surrendered_g, "
     "SUM(h.expired_g) AS expired_g, (SELECT SUM(e.emitted_g) FROM emissions e WHERE e.chain = h.chain AND "
     "e.period = h.period) AS emitted_g FROM holdings h GROUP BY h.chain, h.period"},
    // The settlement that counts: the last of each person and period. A block may have several.
    {"settled",
     "SELECT s.* FROM settlements s WHERE NOT EXISTS (SELECT 1 FROM settlements n WHERE n.chain = s.chain "
     "AND n.period = s.period AND n.account = s.account AND (n.height, n.place, n.event) > (s.height, "
     "s.place, s.event))"},
    {"price_history",
     "SELECT chain, period, epoch, buy_price_uy_per_kg, sell_price_uy_per_kg, status, time_ms FROM prices"},
    // A price counts from what comes after it: it is the last that its block does. What people traded with
    // each other has a row of each side; the sellers' are counted, which have as many grams as the buyers'.
    {"trades_by_epoch",
     "SELECT t.chain, t.period, p.epoch, t.market, COUNT(*) AS trades, SUM(t.grams) AS grams, "
     "SUM(t.amount_uy) AS amount_uy, MIN(t.price_uy_per_kg) AS lowest, MAX(t.price_uy_per_kg) AS highest "
     "FROM trades t JOIN prices p ON p.chain = t.chain AND p.period = t.period AND p.epoch = (SELECT "
     "q.epoch FROM prices q WHERE q.chain = t.chain AND q.period = t.period AND (q.height, q.place, q.event) "
     "< (t.height, t.place, t.event) ORDER BY q.height DESC, q.place DESC, q.event DESC LIMIT 1) "
     "WHERE t.seller IS NOT NULL GROUP BY t.chain, t.period, p.epoch, t.market"},
    {"top_holders",
     "SELECT chain, period, account, held_g, RANK() OVER (PARTITION BY chain, period ORDER BY held_g DESC) "
     "AS place, 1.0 * held_g / NULLIF(SUM(held_g) OVER (PARTITION BY chain, period), 0) AS share "
     "FROM holdings WHERE held_g > 0"},
    // The Lorenz curve: what share of all quota the poorest share of holders has.
    {"lorenz",
     "SELECT chain, period, account, held_g, 1.0 * ROW_NUMBER() OVER (PARTITION BY chain, period ORDER BY "
     "held_g, account) / COUNT(*) OVER (PARTITION BY chain, period) AS people, 1.0 * SUM(held_g) OVER "
     "(PARTITION BY chain, period ORDER BY held_g, account ROWS UNBOUNDED PRECEDING) / NULLIF(SUM(held_g) "
     "OVER (PARTITION BY chain, period), 0) AS quota FROM holdings WHERE held_g >= 0"},
    // 0: everybody has the same; near 1: one has all.
    {"gini",
     "SELECT chain, period, 2.0 * SUM(place * held_g) / NULLIF(COUNT(*) * SUM(held_g), 0) - 1.0 * (COUNT(*) "
     "+ 1) / COUNT(*) AS gini FROM (SELECT chain, period, held_g, ROW_NUMBER() OVER (PARTITION BY chain, "
     "period ORDER BY held_g, account) AS place FROM holdings WHERE held_g >= 0) ranked GROUP BY chain, "
     "period"},
    // What each block did to each holding: the differences to what it was before.
    {"holding_moves",
     "SELECT chain, height, account, period, issued_g - COALESCE(LAG(issued_g) OVER w, 0) AS issued_g, "
     "purchased_g "
     "- COALESCE(LAG(purchased_g) OVER w, 0) AS purchased_g, sold_g - COALESCE(LAG(sold_g) OVER w, 0) AS "
     "sold_g, "
     "surrendered_g - COALESCE(LAG(surrendered_g) OVER w, 0) AS surrendered_g, expired_g - "
     "COALESCE(LAG(expired_g) OVER w, 0) "
     " AS expired_g, escrow_g - COALESCE(LAG(escrow_g) OVER w, 0) AS escrow_g, passed_on_g - "
     "COALESCE(LAG(passed_on_g) OVER w, 0) AS passed_on_g, clawed_back_g - COALESCE(LAG(clawed_back_g) OVER "
     "w, 0) AS "
     "clawed_back_g, converted_g - COALESCE(LAG(converted_g) OVER w, 0) AS converted_g, held_g AS "
     "held_after_g "
     "FROM holding_changes WINDOW w AS (PARTITION BY chain, account, period ORDER BY height)"},
    // One person's rows of every log, in the order of the blocks. Who has no part in it is NULL. The amounts
    // are what came to the person's cash or left it, fees included. An organisation's do not add up to its
    // cash: what people pay for joining and as penalties or debts stands in their rows alone. A settlement
    // that is done again names what is paid in all: what it took is beyond what was paid before and is due
    // still.
    {"story",
     "SELECT t.*, b.time_ms FROM ("
     "SELECT chain, seller AS account, height, place, event, 'sold' AS what, period, grams, CASE WHEN seller "
     "IN (SELECT account FROM accounts WHERE roles LIKE '%platform%') THEN amount_uy + fee_uy ELSE amount_uy "
     "- fee_uy END AS amount_uy, buyer AS other FROM trades WHERE seller IS NOT NULL "
     "UNION ALL SELECT chain, buyer, height, place, event, 'bought', period, grams, CASE WHEN buyer IN "
     "(SELECT account FROM accounts WHERE roles LIKE '%platform%') THEN fee_uy - amount_uy ELSE -amount_uy - "
     "fee_uy END, seller FROM trades WHERE buyer IS NOT NULL "
     "UNION ALL SELECT chain, account, height, place, event, 'joined to ' || side, period, NULL, -fee_uy, "
     "NULL FROM joinings "
     "UNION ALL SELECT o.chain, o.account, o.height, o.place, o.event, CASE WHEN o.what = 'placed' THEN "
     "'order to ' || o.side ELSE 'order ended: ' || o.what END, COALESCE(o.period, p.period), o.grams, NULL, "
     "NULL FROM orders o LEFT JOIN orders p ON p.chain = o.chain AND p.order_id = o.order_id AND p.what "
     "= 'placed' AND o.what <> 'placed' "
     "UNION ALL SELECT chain, account, height, -1, -1, 'issued', period, issued_g, NULL, NULL FROM "
     "holding_moves WHERE issued_g > 0 "
     "UNION ALL SELECT chain, account, height, place, event, 'month ' || month, period, grams, NULL, meter "
     "FROM readings "
     "UNION ALL SELECT chain, sender, height, place, event, 'gave ' || what, period, CASE WHEN what = "
     "'quota' THEN amount END, CASE WHEN what = 'cash' THEN -amount END, receiver FROM transfers "
     "UNION ALL SELECT chain, receiver, height, place, event, 'got ' || what, period, CASE WHEN what = "
     "'quota' THEN amount END, CASE WHEN what = 'cash' THEN amount END, sender FROM transfers "
     "UNION ALL SELECT chain, account, height, place, event, 'bank', NULL, NULL, change_uy, NULL FROM "
     "cash_moves "
     "UNION ALL SELECT chain, account, height, place, event, CASE WHEN again = 1 THEN 'settled again' ELSE "
     "'settled' END, period, own_surrendered_g + purchased_surrendered_g, CASE WHEN again = 0 THEN "
     "-penalty_paid_uy WHEN before_uy < penalty_paid_uy + penalty_owed_uy THEN before_uy - penalty_paid_uy "
     "ELSE penalty_owed_uy END, NULL FROM (SELECT s.*, COALESCE(LAG(penalty_paid_uy) OVER (PARTITION BY "
     "chain, account, period ORDER BY height, place, event), 0) AS before_uy FROM settlements s) paid "
     "UNION ALL SELECT chain, account, height, place, event, what, period, grams, amount_uy, NULL FROM dues "
     "UNION ALL SELECT chain, account, height, place, -1, 'refused: ' || action, NULL, NULL, NULL, NULL FROM "
     "transactions WHERE code <> 0"
     ") t JOIN blocks b ON b.chain = t.chain AND b.height = t.height"},
};

// What deserves a second look. None of them proves anything by itself.
constexpr View kSurveillance[] = {
    // Sold and bought within an hour, of one vintage and about as much: nothing changed but the turnover. Two
    // trades, or all of the hour that begins with a trade: auctions fill orders in parts.
    {"suspect_wash",
     "SELECT s.chain, s.period, s.seller AS account, s.height AS sold_at, b.height AS bought_at, "
     "s.grams AS sold_g, b.grams AS bought_g FROM trades s JOIN trades b ON b.chain = s.chain AND "
     "b.period = s.period AND b.buyer = s.seller AND ABS(b.time_ms - s.time_ms) <= 3600000 AND "
     "ABS(b.grams - s.grams) * 20 <= s.grams JOIN accounts a ON a.chain = s.chain AND a.account = "
     "s.seller AND a.roles = '' WHERE s.grams > 0 UNION SELECT w.chain, w.period, w.account, "
     "w.sold_at, w.bought_at, w.sold_g, w.bought_g FROM (SELECT t.chain, t.period, t.account, "
     "MIN(CASE WHEN t.sold_g > 0 THEN t.height END) OVER an_hour AS sold_at, MIN(CASE WHEN t.bought_g "
     "> 0 THEN t.height END) OVER an_hour AS bought_at, SUM(t.sold_g) OVER an_hour AS sold_g, "
     "SUM(t.bought_g) OVER an_hour AS bought_g FROM (SELECT chain, period, seller AS account, height, "
     "time_ms, grams AS sold_g, 0 AS bought_g FROM trades UNION ALL SELECT chain, period, buyer, "
     "height, time_ms, 0, grams FROM trades) t WINDOW an_hour AS (PARTITION BY t.chain, t.period, "
     "t.account ORDER BY t.time_ms RANGE BETWEEN CURRENT ROW AND 3600000 FOLLOWING)) w JOIN accounts "
     "a ON a.chain = w.chain AND a.account = w.account AND a.roles = '' WHERE w.sold_g > 0 AND "
     "w.bought_g > 0 AND ABS(w.bought_g - w.sold_g) * 20 <= w.sold_g"},
    // Quota that comes back to where it began over two or three people, with at least nine tenths of it left.
    {"suspect_circles",
     "SELECT a.chain, a.period, a.sender AS begins, b.sender AS over, NULL AS over_next, a.amount AS out_g, "
     "b.amount AS back_g, a.height AS from_height, b.height AS to_height FROM transfers a JOIN transfers b "
     "ON b.chain = a.chain AND b.what = 'quota' AND b.period = a.period AND b.sender = a.receiver AND "
     "b.receiver = a.sender AND b.height >= a.height AND b.amount * 10 >= a.amount * 9 WHERE a.what = "
     "'quota' UNION ALL SELECT a.chain, a.period, a.sender, b.sender, c.sender, a.amount, c.amount, "
     "a.height, c.height FROM transfers a JOIN transfers b ON b.chain = a.chain AND b.what = 'quota' AND "
     "b.period = a.period AND b.sender = a.receiver AND b.receiver <> a.sender AND b.height >= a.height AND "
     "b.amount * 10 >= a.amount * 9 JOIN transfers c ON c.chain = a.chain AND c.what = 'quota' AND c.period "
     "= a.period AND c.sender = b.receiver AND c.receiver = a.sender AND c.height >= b.height AND c.amount "
     "* 10 >= a.amount * 9 WHERE a.what = 'quota'"},
    // Holders of more than a twentieth of a vintage, where there are enough holders for that to mean
    // something.
    {"suspect_concentration",
     "SELECT t.chain, t.period, t.account, t.held_g, t.share FROM top_holders t JOIN (SELECT chain, period, "
     "COUNT(*) AS holders FROM holdings WHERE held_g > 0 GROUP BY chain, period) n ON n.chain = t.chain AND "
     "n.period = t.period WHERE n.holders >= 40 AND t.share > 0.05"},
    // Trades outside of the band from P_ph to P_c that held, and epochs whose price moved by more than half.
    {"suspect_prices",
     "SELECT t.chain, t.period, t.height, t.place, 'outside the band' AS why, t.price_uy_per_kg AS price, "
     "p.buy_price_uy_per_kg AS low, p.sell_price_uy_per_kg AS high FROM trades t JOIN prices p ON p.chain = "
     "t.chain AND p.period = t.period AND p.epoch = (SELECT q.epoch FROM prices q WHERE q.chain = "
     "t.chain AND q.period = t.period AND (q.height, q.place, q.event) < (t.height, t.place, t.event) ORDER "
     "BY q.height DESC, q.place DESC, q.event DESC LIMIT 1) WHERE t.price_uy_per_kg < "
     "p.buy_price_uy_per_kg OR t.price_uy_per_kg > p.sell_price_uy_per_kg UNION ALL SELECT chain, period, "
     "height, place, 'moved by more than half', buy_price_uy_per_kg, before_uy, before_uy FROM (SELECT p.*, "
     "LAG(buy_price_uy_per_kg) OVER (PARTITION BY chain, period ORDER BY epoch) AS before_uy FROM prices p) "
     "moved WHERE before_uy > 0 AND buy_price_uy_per_kg > 0 AND ABS(buy_price_uy_per_kg - before_uy) * 2 > "
     "before_uy"},
    // Meters whose mean reading of a month is more than twice, or less than half, of that of all others of
    // their kind, and meters that report the same number for nearly everybody.
    {"suspect_meters",
     "SELECT chain, period, month, meter, meter_kind, readings, mean_g, others_g, CASE WHEN figures * "
     "10 <= readings THEN 'the same for nearly everybody' WHEN mean_g > 2 * others_g THEN 'high' ELSE "
     "'low' END AS why FROM (SELECT m.chain, m.period, m.month, m.meter, m.meter_kind, m.readings, "
     "m.figures, 1.0 * m.grams / m.readings AS mean_g, 1.0 * (SUM(m.grams) OVER alike - m.grams) / "
     "NULLIF(SUM(m.readings) OVER alike - m.readings, 0) AS others_g FROM (SELECT r.chain, r.period, "
     "r.month, r.meter, COALESCE(a.meter_kind, '') AS meter_kind, COUNT(*) AS readings, "
     "COUNT(DISTINCT r.grams) AS figures, SUM(r.grams) AS grams FROM readings r LEFT JOIN accounts a "
     "ON a.chain = r.chain AND a.account = r.meter GROUP BY r.chain, r.period, r.month, r.meter, "
     "COALESCE(a.meter_kind, '')) m WINDOW alike AS (PARTITION BY m.chain, m.period, m.month, "
     "m.meter_kind)) c WHERE readings >= 10 AND (figures * 10 <= readings OR mean_g > 2 * others_g OR "
     "mean_g * 2 < others_g)"},
    // People whose month is more than five times their own mean of the others.
    {"suspect_readings",
     "SELECT r.chain, r.period, r.month, r.account, r.meter, r.grams, o.mean_g FROM readings r JOIN (SELECT "
     "a.chain, a.period, a.account, a.meter, a.month, 1.0 * SUM(b.grams) / COUNT(b.grams) AS mean_g, "
     "COUNT(b.grams) AS months FROM readings a JOIN readings b ON b.chain = a.chain AND b.period = a.period "
     "AND b.account = a.account AND b.meter = a.meter AND b.month <> a.month GROUP BY a.chain, a.period, "
     "a.account, a.meter, a.month) o ON o.chain = r.chain AND o.period = r.period AND o.account = r.account "
     "AND o.meter = r.meter AND o.month = r.month WHERE o.months >= 3 AND (r.grams > 5 * o.mean_g OR "
     "r.grams * 5 < o.mean_g)"},
};

// Looked for by views and by people.
constexpr const char* kIndexes[] = {
    "CREATE INDEX IF NOT EXISTS trades_by_seller ON trades (chain, period, seller)",
    "CREATE INDEX IF NOT EXISTS trades_by_buyer ON trades (chain, period, buyer)",
    "CREATE INDEX IF NOT EXISTS transactions_by_account ON transactions (chain, account)",
    "CREATE INDEX IF NOT EXISTS transactions_by_hash ON transactions (hash)",
    "CREATE INDEX IF NOT EXISTS transfers_by_sender ON transfers (chain, period, sender)",
    "CREATE INDEX IF NOT EXISTS transfers_by_receiver ON transfers (chain, period, receiver)",
    "CREATE INDEX IF NOT EXISTS readings_by_account ON readings (chain, period, account, meter)",
    "CREATE INDEX IF NOT EXISTS settlements_by_account ON settlements (chain, period, account)",
    "CREATE INDEX IF NOT EXISTS prices_by_place ON prices (chain, period, height, place, event)",
    "CREATE INDEX IF NOT EXISTS prices_by_epoch ON prices (chain, period, epoch)",
    "CREATE INDEX IF NOT EXISTS joinings_by_account ON joinings (chain, account)",
    "CREATE INDEX IF NOT EXISTS orders_by_account ON orders (chain, account)",
    "CREATE INDEX IF NOT EXISTS orders_by_id ON orders (chain, order_id)",
    "CREATE INDEX IF NOT EXISTS dues_by_account ON dues (chain, account)",
    ("CREATE INDEX IF NOT EXISTS holding_changes_by_account"
     " ON holding_changes (chain, account, period, height)"),
    "CREATE INDEX IF NOT EXISTS holdings_by_period ON holdings (chain, period, held_g)",
};

std::string table_sql(const Table& table) {
    std::string columns;
    std::string key;
    for (std::size_t at = 0; at < table.columns.size(); ++at) {
        const auto& column = table.columns[at];
        columns += column.name + (column.is_text ? " TEXT" : " BIGINT");
        columns += at < table.key_columns ? " NOT NULL, " : ", ";
        if (at < table.key_columns) key += (at == 0 ? "" : ", ") + column.name;
    }
    return "CREATE TABLE IF NOT EXISTS " + std::string(table.name) + " (" + columns + "PRIMARY KEY (" + key +
           "))";
}

}  // namespace

std::vector<std::string> schema_sql(Sql kind) {
    std::vector<std::string> all{
        "CREATE TABLE IF NOT EXISTS synced (chain TEXT PRIMARY KEY, chain_id TEXT NOT NULL, height BIGINT "
        "NOT "
        "NULL, hash TEXT NOT NULL)",
        "CREATE TABLE IF NOT EXISTS made_by (tables_version BIGINT PRIMARY KEY)"};
    for (const Table& table : tables()) all.push_back(table_sql(table));
    all.insert(all.end(), std::begin(kIndexes), std::end(kIndexes));
    std::vector<View> views(std::begin(kViews), std::end(kViews));
    views.insert(views.end(), std::begin(kSurveillance), std::end(kSurveillance));
    // Made anew, since another version may see them otherwise; the last first, as some stand on others.
    for (auto view = views.rbegin(); kind == Sql::sqlite && view != views.rend(); ++view)
        all.push_back("DROP VIEW IF EXISTS " + std::string(view->name));
    const std::string make = kind == Sql::sqlite ? "CREATE VIEW " : "CREATE OR REPLACE VIEW ";
    for (const View& view : views) all.push_back(make + view.name + " AS " + view.sql);
    return all;
}

std::string made_by_sql() {
    return "INSERT INTO made_by VALUES (" + std::to_string(kTablesVersion) + ") ON CONFLICT DO NOTHING";
}

Result<> check_made_by(std::int64_t chains, std::int64_t version, const std::string& instead) {
    if (chains == 0 || version == kTablesVersion) return {};
    return Error{Code::bad_argument,
                 "the tables there were written by another version of pcq, which had other "
                 "tables: " +
                     instead};
}

}  // namespace pcq::audit
