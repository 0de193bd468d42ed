#include "src/audit/agreement.h"

#include <algorithm>
#include <set>

#include "contracts/tables.h"
#include "src/base/hex.h"

namespace pcq::audit {
namespace {

using namespace contracts;

// One of the two, as it is asked here.
struct Side {
    const storage::ChainStore& store;
    ledger::Genesis genesis;
    std::shared_ptr<const storage::StateView> state;

    static Result<Side> of(const storage::ChainStore& store) {
        auto document = store.genesis_document();
        if (!document) return document.error();
        auto genesis = ledger::Genesis::from(*std::move(document));
        if (!genesis) return genesis.error();
        auto state = store.at((*store.tip())->height());
        if (!state) return state.error();
        return Side{store, *std::move(genesis), *std::move(state)};
    }
    const ChainId& chain() const { return genesis.chain; }
    const std::string& name() const { return genesis.fields.name(); }
    std::uint64_t height() const { return state->height(); }
};

std::string height_text(const std::string& name, std::uint64_t height) {
    return name + " " + std::to_string(height);
}

template <class Record>
std::string shown(const std::optional<Record>& record) {
    return record ? "{" + record->ShortDebugString() + "}" : "nothing";
}

class Comparing {
public:
    Comparing(Side main, Side side) : main_(std::move(main)), side_(std::move(side)) {
        agreement_.main = main_.name();
        agreement_.side = side_.name();
    }

    Result<Agreement> run() {
        if (auto done = compare_all(); !done) return done.error();
        return std::move(agreement_);
    }

private:
    // Stops at the first disagreement.
    Result<> compare_all() {
        compare_genesis();
        if (auto done = each_header(main_, side_); !done || disagree()) return done;
        if (auto done = each_header(side_, main_); !done || disagree()) return done;
        if (auto done = compare_records(main_, {kAnchorsNumber, kReportsNumber}); !done || disagree())
            return done;
        if (auto done = compare_records(side_, {kBatchesNumber}); !done || disagree()) return done;
        compare_counts(main_, side_);
        compare_counts(side_, main_);
        compare_issuance();
        return {};
    }
    bool disagree() const { return agreement_.disagreement.has_value(); }

    void say(std::string what, std::string at, std::string expected, std::string found) {
        if (!disagree())
            agreement_.disagreement =
                Disagreement{std::move(what), std::move(at), std::move(expected), std::move(found)};
    }

    void compare_genesis() {
        if (side_.genesis.fields.main_validators().SerializeAsString() !=
            main_.genesis.fields.validators().SerializeAsString())
            say("genesis", "validators of the main chain in the side chain's document",
                to_hex(main_.genesis.validators.hash(main_.chain())), "others");
    }

    // The headers of `of` in what `by` has accepted.
    Result<> each_header(const Side& by, const Side& of) {
        for (std::uint64_t height = 1; height <= by.height(); ++height) {
            const auto bytes = by.store.block(height);
            if (!bytes) return bytes.error();
            const auto receipts = by.store.receipts(height);
            if (!receipts) return receipts.error();
            proto::Block block;
            proto::Receipts results;
            if (!*bytes || !*receipts || !block.ParseFromString(**bytes) ||
                !results.ParseFromString(**receipts))
                return Error{Code::store_damaged,
                             height_text("block", height) + " of the working folder cannot be read"};
            for (int at = 0; at < block.transactions_size(); ++at) {
                if (auto done =
                        look_at(block.transactions(at), results.receipts(at), of,
                                height_text(by.name(), height) + ", transaction " + std::to_string(at));
                    !done)
                    return done;
                if (disagree()) return {};
            }
        }
        return {};
    }

    Result<> look_at(const Bytes& transaction, const Bytes& result, const Side& of, const std::string& at) {
        proto::Transaction envelope;
        proto::TransactionBody body;
        if (!envelope.ParseFromString(transaction) || !body.ParseFromString(envelope.body())) return {};
        const Bytes* header = nullptr;
        if (body.has_deliver_messages()) header = &body.deliver_messages().header();
        if (body.has_submit_anchor()) header = &body.submit_anchor().header();
        if (body.has_update_validators()) header = &body.update_validators().header();
        if (header == nullptr) return {};
        const auto receipt = ledger::decode<proto::Receipt>(result);
        const auto accepted = ledger::Header::from(*header, of.chain());
        if (!receipt || receipt->code() != 0 || !accepted) return {};  // refused, or of a third chain
        return compare_header((*accepted)->height(), accepted->hash(), of, at);
    }

    Result<> compare_header(std::uint64_t height, const Hash& hash, const Side& of, const std::string& at) {
        if (height > of.height()) {
            ++agreement_.beyond;
            return {};
        }
        const auto own = of.store.header(height);
        if (!own) return own.error();
        if (!*own || (*own)->hash() != hash)
            say("header", height_text(of.name(), height) + ", accepted in " + at,
                *own ? to_hex((*own)->hash()) : "none", to_hex(hash));
        ++agreement_.headers;
        return {};
    }

    Result<> compare_records(const Side& of, const std::set<std::uint8_t>& tables) {
        Result<> failed;
        auto read = of.store.for_each_record(*of.state, [&](BytesView key, BytesView value) {
            const auto table = key.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(key[0]);
            if (tables.count(table) == 0 || key.size() < 1 + ChainId::kSize ||
                key.substr(1, ChainId::kSize) != side_.chain().view())
                return true;
            const BytesView rest = key.substr(1 + ChainId::kSize);
            if (table == kAnchorsNumber && rest.size() == 8) failed = compare_anchor(value);
            if (table == kReportsNumber && rest.size() == 4) compare_report(load_u32(rest), value);
            if (table == kBatchesNumber && rest.size() == 8)
                compare_batch(load_u32(rest), load_u32(rest.substr(4)), value);
            return failed.has_value() && !disagree();
        });
        return read ? failed : read;
    }

    Result<> compare_anchor(BytesView value) {
        const auto anchor = ledger::decode<proto::AnchorRecord>(value);
        if (!anchor) return Error{Code::store_damaged, "an anchor cannot be read"};
        agreement_.newest_anchor = std::max(agreement_.newest_anchor, anchor->height());
        if (anchor->height() > side_.height()) {
            ++agreement_.beyond;
            return {};
        }
        const auto own = side_.store.header(anchor->height());
        if (!own) return own.error();
        const std::string at = height_text(side_.name(), anchor->height()) + ", anchored in " +
                               height_text(main_.name(), anchor->recorded_at());
        const auto& header = **own;
        if (anchor->header_hash() != header.hash().view())
            say("anchor", at + ", header", to_hex(header.hash()), to_hex(anchor->header_hash()));
        if (anchor->state_root() != header->state_root())
            say("anchor", at + ", state root", to_hex(header->state_root()), to_hex(anchor->state_root()));
        if (anchor->totals() != header->totals().SerializeAsString()) {
            const auto totals = ledger::decode<proto::Totals>(anchor->totals());
            say("anchor", at + ", totals", "{" + header->totals().ShortDebugString() + "}", shown(totals));
        }
        ++agreement_.anchors;
        return {};
    }

    // The main chain has the last report of those that it has taken, and the side chain's own is that or a
    // later revision.
    void compare_report(std::uint32_t period, BytesView value) {
        const auto there = ledger::decode<proto::PeriodReport>(value);
        const auto own = kPeriodReports.find(*side_.state, {side_.chain(), period});
        const auto known = kForeignChains.find_or_default(*main_.state, side_.chain());
        std::optional<proto::PeriodReport> sent;
        for (std::uint64_t index = 0; index < known.received(); ++index) {
            const auto message = kOutbox.find(*side_.state, {main_.chain(), index});
            if (message && message->has_period_report() && message->period_report().period() == period)
                sent = message->period_report();
        }
        const std::string at = "period " + std::to_string(period);
        if (!there || !sent || there->SerializeAsString() != sent->SerializeAsString())
            say("report", at + ", as it was sent", shown(sent), shown(there));
        else if (!own || own->revision() < there->revision() ||
                 (own->revision() == there->revision() &&
                  own->SerializeAsString() != there->SerializeAsString()))
            say("report", at + ", as the side chain has it", shown(own), shown(there));
        ++agreement_.reports;
    }

    void compare_batch(std::uint32_t period, std::uint32_t batch, BytesView value) {
        auto there = ledger::decode<proto::BatchRecord>(value);
        auto own = kBatches.find(*main_.state, {side_.chain(), period, batch});
        if (there) {  // what the side chain counts beside
            there->clear_claimed();
            there->clear_claimed_g();
        }
        if (own) {
            own->clear_claimed();
            own->clear_claimed_g();
        }
        if (!there || !own || there->SerializeAsString() != own->SerializeAsString())
            say("batch", std::to_string(batch) + " of period " + std::to_string(period), shown(own),
                shown(there));
        ++agreement_.batches;
    }

    // Nobody has taken more than was sent.
    void compare_counts(const Side& by, const Side& of) {
        const auto taken = kForeignChains.find_or_default(*by.state, of.chain()).received();
        const auto sent = kForeignChains.find_or_default(*of.state, by.chain()).sent();
        agreement_.messages += taken;
        if (taken > sent && agreement_.beyond == 0)
            say("message", "of " + of.name() + " to " + by.name(), std::to_string(sent) + " sent",
                std::to_string(taken) + " taken");
    }

    void compare_issuance() {
        for (const auto& vintage : (*side_.store.tip())->totals().vintages()) {
            const auto issued =
                kIssuance.find_or_default(*main_.state, {side_.chain(), vintage.vintage()}).issued_g();
            if (vintage.issued_g() > issued && agreement_.beyond == 0)
                say("issuance", "vintage " + std::to_string(vintage.vintage()),
                    "at most " + std::to_string(issued) + " g", std::to_string(vintage.issued_g()) + " g");
        }
    }

    static constexpr std::uint8_t kAnchorsNumber = 132;
    static constexpr std::uint8_t kReportsNumber = 113;
    const Side main_;
    const Side side_;
    Agreement agreement_;
};

}  // namespace

std::string to_text(const Disagreement& disagreement) {
    return disagreement.what + ", " + disagreement.at + ": expected " + disagreement.expected + ", found " +
           disagreement.found;
}

Result<Agreement> check_agreement(const storage::ChainStore& main, const storage::ChainStore& side) {
    auto first = Side::of(main);
    if (!first) return first.error();
    auto second = Side::of(side);
    if (!second) return second.error();
    if (first->genesis.fields.kind() != proto::CHAIN_KIND_MAIN ||
        second->genesis.fields.main_chain_id() != first->chain().view())
        return Error{Code::bad_argument, second->name() + " is no side chain of " + first->name()};
    return Comparing(*std::move(first), *std::move(second)).run();
}

}  // namespace pcq::audit
