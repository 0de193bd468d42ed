#include "src/audit/rows.h"

#include <algorithm>

#include "contracts/tables.h"
#include "src/base/address.h"
#include "src/base/hex.h"

namespace pcq::audit {
namespace {

// Places in tables().
enum : std::size_t {
    kBlocksTable,
    kTotalsTable,
    kTransactionsTable,
    kTradesTable,
    kPricesTable,
    kSettlementsTable,
    kTransfersTable,
    kCashMovesTable,
    kJoiningsTable,
    kOrdersTable,
    kDuesTable,
    kHoldingChangesTable,
    kReadingsTable,
    kAttestationsTable,
    kAccountsTable,
    kHoldingsTable,
    kCashTable,
    kEmissionsTable,
    kPeriodsTable,
    kReportsTable,
    kAnchorsTable,
};

Cell text(std::string value) {
    return value;
}

template <class Number>
Cell number(Number value) {
    return static_cast<std::int64_t>(value);
}

Cell address(BytesView account) {
    const auto id = AccountId::from(account);
    return id ? Cell(to_address(*id)) : Cell();
}

// A name of proto without its prefix, in lower case.
std::string plain(std::string name, const char* prefix) {
    if (name.rfind(prefix, 0) == 0) name.erase(0, std::string(prefix).size());
    std::transform(name.begin(), name.end(), name.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return name;
}

std::string side_name(proto::MarketSide side) {
    return side == proto::MARKET_SIDE_DEMAND ? "buy" : side == proto::MARKET_SIDE_SUPPLY ? "sell" : "both";
}

std::string action_of(const proto::TransactionBody& body) {
    const auto* field = proto::TransactionBody::descriptor()->FindFieldByNumber(body.action_case());
    return field == nullptr ? "" : field->name();
}

class Collecting {
public:
    explicit Collecting(const BlockSeen& block) : block_(block) {
        rows_.chain = block.genesis.fields.name();
        rows_.chain_id = block.genesis.chain;
        rows_.height = block.header->height();
        rows_.hash = block.header.hash();
    }

    BlockRows run() {
        add_header();
        for (std::size_t place = 0; place < block_.executed.receipts.size(); ++place) {
            const auto receipt = ledger::decode<proto::Receipt>(block_.executed.receipts[place]);
            PCQ_INVARIANT(receipt.has_value());
            place_ = place;
            event_ = 0;
            const proto::TransactionBody* body = nullptr;  // of the block's own work there is none
            if (place < block_.transactions.size()) {
                body = &block_.transactions[place]->body();
                add_transaction(*block_.transactions[place], *receipt);
            }
            for (const auto& event : receipt->events()) {
                if (event.has_cash_moved()) {
                    add_cash(event.cash_moved(), body);
                } else {
                    add_event(event);
                }
                ++event_;
            }
        }
        for (const auto& [key, value] : block_.executed.changes) {
            auto row = row_of_record(rows_.chain, key, value);
            if (!row) continue;
            if (row->table == kHoldingsTable) add_holding_change(row->row);
            rows_.rows.push_back(*std::move(row));
        }
        return std::move(rows_);
    }

private:
    void add(std::size_t table, Row row) { rows_.rows.push_back({table, std::move(row), false}); }
    // Chain, height, place and number within the place, and what follows.
    void add_at(std::size_t table, std::initializer_list<Cell> cells) {
        Row row{text(rows_.chain), number(rows_.height), number(place_), number(event_)};
        row.insert(row.end(), cells.begin(), cells.end());
        add(table, std::move(row));
    }
    Cell time() const { return number(block_.header->time_ms()); }

    void add_header() {
        const ledger::Header& header = block_.header;
        const auto& totals = header->totals();
        add(kBlocksTable,
            {text(rows_.chain), number(rows_.height), text(to_hex(rows_.hash)), time(),
             text(to_hex(header->proposer())), number(header->view()), number(header->transaction_count()),
             number(block_.signers), text(to_hex(header->state_root())), number(totals.deposited_uy()),
             number(totals.withdrawn_uy()), number(totals.cash_held_uy())});
        for (const auto& vintage : totals.vintages())
            add(kTotalsTable,
                {text(rows_.chain), number(rows_.height), number(vintage.vintage()),
                 number(vintage.issued_g()), number(vintage.held_g()), number(vintage.inventory_g()),
                 number(vintage.escrow_g()), number(vintage.surrendered_g()), number(vintage.expired_g()),
                 number(vintage.exported_g())});
    }

    void add_transaction(const ledger::DecodedTransaction& transaction, const proto::Receipt& receipt) {
        const auto& body = transaction.body();
        add(kTransactionsTable,
            {text(rows_.chain), number(rows_.height), number(place_), text(to_hex(transaction.hash())),
             text(to_address(transaction.account())), number(transaction.sequence()), text(action_of(body)),
             number(receipt.code()), text(receipt.text())});
        if (receipt.code() != 0) return;
        const Cell sender = text(to_address(transaction.account()));
        if (body.has_transfer_cash())
            add_at(kTransfersTable, {text("cash"), Cell(), sender, address(body.transfer_cash().to()),
                                     number(body.transfer_cash().amount_uy()), time()});
        if (body.has_report_emissions()) add_readings(body.report_emissions(), sender);
        if (body.has_place_order()) {
            const auto& order = body.place_order();
            add_at(kOrdersTable, {text("placed"), text(to_hex(transaction.hash())), sender,
                                  number(order.period()), text(side_name(order.side())),
                                  number(order.grams()), number(order.limit_uy_per_kg()), Cell(), time()});
        }
        if (body.has_attest())
            add_at(kAttestationsTable,
                   {text(to_hex(body.attest().chain())), sender, number(body.attest().height()),
                    text(to_hex(body.attest().block_hash())), time()});
    }

    void add_readings(const proto::ReportEmissions& report, const Cell& meter) {
        for (const auto& reading : report.readings()) {
            add_at(kReadingsTable, {number(report.period()), number(report.month()), meter,
                                    address(reading.account()), number(reading.grams()),
                                    number(reading.days_measured()), number(reading.estimated() ? 1 : 0)});
            ++event_;
        }
        event_ = 0;
    }

    void add_event(const proto::Event& event) {
        if (event.has_traded()) {
            const auto& traded = event.traded();
            add_at(kTradesTable,
                   {text("platform"), number(traded.period()), address(traded.seller()),
                    address(traded.buyer()), number(traded.grams()), number(traded.price_uy_per_kg()),
                    number(traded.amount_uy()), number(traded.fee_uy()), time()});
        } else if (event.has_order_filled()) {
            const auto& filled = event.order_filled();
            const bool sells = filled.side() == proto::MARKET_SIDE_SUPPLY;
            const Cell who = address(filled.account());
            add_at(kTradesTable,
                   {text("people"), number(filled.period()), sells ? who : Cell(), sells ? Cell() : who,
                    number(filled.grams()), number(filled.price_uy_per_kg()), number(filled.amount_uy()),
                    number(filled.fee_uy()), time()});
        } else if (event.has_priced()) {
            const auto& priced = event.priced();
            add_at(kPricesTable,
                   {number(priced.period()), number(priced.epoch()), number(priced.buy_price_uy_per_kg()),
                    number(priced.sell_price_uy_per_kg()), number(priced.status()), time()});
        } else if (event.has_settled()) {
            add_settled(event.settled());
        } else if (event.has_transferred()) {
            const auto& moved = event.transferred();
            add_at(kTransfersTable, {text("quota"), number(moved.period()), address(moved.from()),
                                     address(moved.to()), number(moved.grams()), time()});
        } else if (event.has_joined_market()) {
            const auto& joined = event.joined_market();
            add_at(kJoiningsTable, {number(joined.period()), address(joined.account()),
                                    text(side_name(joined.side())), number(joined.fee_uy()), time()});
        } else if (event.has_order_ended()) {
            const auto& ended = event.order_ended();
            add_at(kOrdersTable, {text(plain(proto::OrderEnd_Name(ended.reason()), "ORDER_END_")),
                                  text(to_hex(ended.order())), address(ended.account()), Cell(), Cell(),
                                  number(ended.returned_g()), Cell(), number(ended.returned_uy()), time()});
        } else {
            add_due(event);
        }
    }

    // Between a person and the government, beside settlements.
    void add_due(const proto::Event& event) {
        if (event.has_debt_paid()) {
            const auto& paid = event.debt_paid();
            add_at(kDuesTable, {text("debt paid"), number(paid.period()), address(paid.account()), Cell(),
                                number(-paid.amount_uy()), time()});
        } else if (event.has_refunded()) {
            add_at(kDuesTable, {text("refunded"), Cell(), address(event.refunded().account()), Cell(),
                                number(event.refunded().amount_uy()), time()});
        } else if (event.has_clawed_back()) {
            const auto& taken = event.clawed_back();
            add_at(kDuesTable, {text("clawed back"), Cell(), address(taken.account()),
                                number(taken.taken_g()), number(-taken.taken_uy()), time()});
        }
    }

    // What a holding's row has between its key and the rule, as this block left it.
    void add_holding_change(const Row& holding) {
        Row row{holding[0], number(rows_.height), holding[1], holding[2]};
        row.insert(
            row.end(), holding.begin() + 3,
            holding.begin() + static_cast<std::ptrdiff_t>(tables()[kHoldingChangesTable].columns.size()) - 1);
        add(kHoldingChangesTable, std::move(row));
    }

    // What the bank has moved. A transfer tells of its two sides as well, and its row is there already; the
    // cash of a closed account goes to its heir, which is one too.
    void add_cash(const proto::CashMoved& moved, const proto::TransactionBody* body) {
        if (body == nullptr) return;
        const Cell account = address(moved.account());
        if (body->has_deposit() || body->has_withdraw())
            add_at(kCashMovesTable, {account, number(moved.change_uy()), time()});
        if (body->has_close_account() && moved.change_uy() > 0)
            add_at(kTransfersTable, {text("cash"), Cell(), address(body->close_account().account()), account,
                                     number(moved.change_uy()), time()});
    }

    void add_settled(const proto::Settled& settled) {
        add_at(kSettlementsTable, {number(settled.period()), address(settled.account()),
                                   number(settled.emitted_g()), number(settled.own_surrendered_g()),
                                   number(settled.purchased_surrendered_g()), number(settled.borrowed_g()),
                                   number(settled.penalised_g()), number(settled.penalty_paid_uy()),
                                   number(settled.penalty_owed_uy()), number(settled.banked_g()),
                                   number(settled.expired_g()), number(settled.again() ? 1 : 0), time()});
    }

    const BlockSeen& block_;
    BlockRows rows_;
    std::size_t place_ = 0;
    std::size_t event_ = 0;
};

// The parts of a state key after its table's number: two ids or years at most.
struct Key {
    std::uint8_t table = 0;
    BytesView id;              // the first 32 bytes, if there are so many
    std::uint32_t period = 0;  // the last 4
    std::size_t size = 0;
};

Key key_of(BytesView key) {
    Key parts;
    parts.size = key.size();
    if (key.empty()) return parts;
    parts.table = static_cast<std::uint8_t>(key[0]);
    if (key.size() > AccountId::kSize) parts.id = key.substr(1, AccountId::kSize);
    if (key.size() >= 5) parts.period = load_u32(key.substr(key.size() - 4));
    return parts;
}

constexpr std::size_t kIdBytes = 1 + AccountId::kSize;
constexpr std::size_t kIdPeriodBytes = kIdBytes + 4;

// The default record where it was removed: the key columns are all that counts then.
template <class Record>
Record record_of(const std::optional<Bytes>& value) {
    return value ? ledger::decode<Record>(*value).value_or(Record()) : Record();
}

Row account_row(const Key& key, const proto::AccountRecord& record) {
    std::string roles;
    for (const int role : record.roles()) {
        const std::string name = plain(proto::Role_Name(static_cast<proto::Role>(role)), "ROLE_");
        roles += (roles.empty() ? "" : ",") + name;
    }
    return {address(key.id),
            number(record.number()),
            text(plain(proto::AccountStatus_Name(record.status()), "ACCOUNT_STATUS_")),
            text(roles),
            number(record.threshold()),
            text(record.meter_kind() == proto::METER_KIND_UNSPECIFIED
                     ? ""
                     : plain(proto::MeterKind_Name(record.meter_kind()), "METER_KIND_"))};
}

Row holding_row(const Key& key, const proto::HoldingRecord& record) {
    const std::int64_t held = record.issued_g() + record.purchased_g() - record.sold_g() -
                              record.surrendered_g() - record.expired_g() - record.passed_on_g() -
                              record.escrow_g();
    return {address(key.id),
            number(key.period),
            number(record.issued_g()),
            number(record.purchased_g()),
            number(record.sold_g()),
            number(record.surrendered_g()),
            number(record.expired_g()),
            number(record.escrow_g()),
            number(record.passed_on_g()),
            number(record.clawed_back_g()),
            number(record.converted_g()),
            number(held),
            text(record.rule()),
            text(record.reason())};
}

Row period_row(const Key& key, const proto::PeriodRecord& record) {
    const auto& policy = record.policy();
    return {number(key.period),
            text(plain(proto::PeriodPhase_Name(record.phase()), "PERIOD_PHASE_")),
            number(record.cap_g()),
            number(record.months()),
            number(record.months_advanced()),
            number(policy.offset_ratio_ppb()),
            number(policy.market_price_uy_per_kg()),
            number(policy.penalty_uy_per_kg()),
            number(policy.banking_ratio_ppb())};
}

Row report_row(const Key& key, const proto::PeriodReport& record) {
    return {text(to_hex(key.id)),
            number(key.period),
            number(record.revision()),
            number(record.people()),
            number(record.issued_g()),
            number(record.emitted_g()),
            number(record.sold_g()),
            number(record.bought_g()),
            number(record.own_surrendered_g()),
            number(record.purchased_surrendered_g()),
            number(record.penalised_g()),
            number(record.penalty_paid_uy()),
            number(record.penalty_owed_uy()),
            number(record.banked_g()),
            number(record.expired_g())};
}

std::optional<std::pair<std::size_t, Row>> state_row(BytesView bytes, const std::optional<Bytes>& value) {
    const Key key = key_of(bytes);
    const auto is = [&key](std::uint8_t table, std::size_t size) {
        return key.table == table && key.size == size;
    };
    if (is(1, kIdBytes))
        return std::pair(kAccountsTable, account_row(key, record_of<proto::AccountRecord>(value)));
    if (is(contracts::kHoldingsNumber, kIdPeriodBytes))
        return std::pair(kHoldingsTable, holding_row(key, record_of<proto::HoldingRecord>(value)));
    if (is(contracts::kCashNumber, kIdBytes)) {
        const auto record = record_of<proto::CashRecord>(value);
        return std::pair(kCashTable,
                         Row{address(key.id), number(record.balance_uy()), number(record.escrow_uy())});
    }
    if (is(48, kIdPeriodBytes))
        return std::pair(kEmissionsTable, Row{address(key.id), number(key.period),
                                              number(record_of<proto::EmissionRecord>(value).emitted_g())});
    if (is(32, 5)) return std::pair(kPeriodsTable, period_row(key, record_of<proto::PeriodRecord>(value)));
    if (is(113, kIdPeriodBytes))
        return std::pair(kReportsTable, report_row(key, record_of<proto::PeriodReport>(value)));
    if (is(132, kIdBytes + 8)) {
        const auto record = record_of<proto::AnchorRecord>(value);
        return std::pair(kAnchorsTable,
                         Row{text(to_hex(key.id)), number(record.height()),
                             text(to_hex(record.header_hash())), number(record.recorded_at())});
    }
    return std::nullopt;
}

}  // namespace

BlockRows rows_of(const BlockSeen& block) {
    return Collecting(block).run();
}

BlockRows rows_of_genesis(const ledger::Genesis& genesis, const ledger::GenesisBlock& block) {
    return rows_of({genesis, block.header, 0, {}, block.executed});
}

std::optional<TableRow> row_of_record(const std::string& chain, BytesView key,
                                      const std::optional<Bytes>& value) {
    auto found = state_row(key, value);
    if (!found) return std::nullopt;
    Row row{chain};
    row.insert(row.end(), found->second.begin(), found->second.end());
    return TableRow{found->first, std::move(row), !value};
}

}  // namespace pcq::audit
