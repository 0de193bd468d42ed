#include "src/audit/verifier/statement.h"

#include <algorithm>
#include <limits>

#include <boost/json/parse.hpp>

#include "proto/pcq/v1/emissions.pb.h"
#include "proto/pcq/v1/state.pb.h"

#include "src/audit/verifier/signatures.h"
#include "src/audit/verifier/trees.h"
#include "src/base/address.h"
#include "src/base/base64.h"
#include "src/base/hex.h"
#include "src/base/wide.h"

namespace pcq::verifier {
namespace {

namespace json = boost::json;

constexpr const char* kStatement = "pcq-statement-1";
constexpr const char* kCertificate = "pcq-settlement-certificate-1";

// Numbers of tables of the state.
enum : char { kAccounts = 1, kPeriods = 32, kHoldings = 37, kEmissions = 48, kCash = 64, kSettlements = 112 };

Error malformed(const std::string& what) {
    return Error{Code::bad_encoding, "the statement: " + what};
}

Error wrong(const std::string& what) {
    return Error{Code::conservation_violated, "the statement: " + what};
}

const json::value* member(const json::value& value, const char* name) {
    const auto* object = value.if_object();
    return object == nullptr ? nullptr : object->if_contains(name);
}

Result<std::string> text_at(const json::value& value, const char* name) {
    const auto* found = member(value, name);
    if (found == nullptr || !found->is_string()) return malformed(std::string(name) + " is missing");
    return std::string(found->as_string());
}

Result<Bytes> bytes_at(const json::value& value, const char* name) {
    const auto text = text_at(value, name);
    if (!text) return text.error();
    return from_base64(*text);
}

Result<json::value> parsed(const Bytes& file) {
    if (file.size() > kStatementBytesMax) return malformed("it has more than 8 MiB");
    boost::system::error_code failure;
    auto value = json::parse(file, failure);
    if (failure) return malformed("it is no JSON: " + failure.message());
    const auto* format = member(value, "format");
    if (format == nullptr || (*format != kStatement && *format != kCertificate))
        return Error{Code::bad_argument, "it is neither a statement nor a certificate of surrender"};
    return value;
}

// The key of a record: number of the table, then the account and the period as far as they are part of it.
Bytes key_of(char table, const AccountId* account, const std::uint32_t* period) {
    Bytes key(1, table);
    if (account != nullptr) key += account->view();
    if (period != nullptr) append_u32(key, *period);
    return key;
}

class Checking {
public:
    Checking(const json::value& file, Chain chain) : file_(file), chain_(std::move(chain)) {}

    Result<Statement> run() {
        for (const auto step :
             {&Checking::read_head, &Checking::check_header, &Checking::read_records,
              &Checking::check_records, &Checking::check_settlement, &Checking::check_movements}) {
            if (auto good = (this->*step)(); !good) return good.error();
        }
        said_.is_settled = settlement_.has_value();
        said_.height = header_.height();
        said_.chain = chain_.id();
        return said_;
    }

private:
    Result<> read_head() {
        const auto address = text_at(file_, "account");
        if (!address) return address.error();
        const auto account = account_from_text(*address);
        if (!account) return account.error();
        said_.account = *account;
        const auto* period = member(file_, "period");
        if (period == nullptr || !period->is_int64() || period->as_int64() < 0 ||
            period->as_int64() > std::numeric_limits<std::uint32_t>::max())
            return malformed("period is missing");
        said_.period = static_cast<std::uint32_t>(period->as_int64());
        return {};
    }

    Result<> check_header() {
        const auto* sets = member(file_, "validator_sets");
        if (sets != nullptr && !sets->is_array()) return malformed("validator_sets is no list");
        std::uint64_t last = 0;
        for (const auto& change : sets == nullptr ? json::array() : sets->get_array()) {
            const auto header = bytes_at(change, "header");
            const auto certificate = bytes_at(change, "certificate");
            const auto set = bytes_at(change, "encoded");
            if (!header || !certificate || !set) return malformed("a change of validators is not whole");
            const auto height = chain_.follow(*header, *certificate, *set);
            if (!height) return height.error();
            if (*height <= last) return Error{Code::bad_header, "changes of validators are out of order"};
            last = *height;
        }
        const auto bytes = bytes_at(file_, "header");
        if (!bytes) return bytes.error();
        const auto certificate = bytes_at(file_, "certificate");
        if (!certificate) return certificate.error();
        auto header = chain_.certified(*bytes, *certificate);
        if (!header) return header.error();
        header_ = *std::move(header);
        if (const auto own = chain_.hash_at(header_.height()); own && *own != chain_.hash_of(*bytes))
            return Error{Code::bad_header, "the statement's header " + std::to_string(header_.height()) +
                                               " is not that of the archive: there are two histories"};
        return {};
    }

    // Absent records must be proven to be absent.
    template <class Record>
    Result<std::optional<Record>> record(const json::value* entry, const Bytes& key) {
        if (entry == nullptr) return malformed("a record is missing");
        std::optional<Bytes> value;
        const auto* there = member(*entry, "value");
        if (there == nullptr) return malformed("the value of a record is missing");
        if (!there->is_null()) {
            auto bytes = bytes_at(*entry, "value");
            if (!bytes) return bytes.error();
            value = *std::move(bytes);
        }
        const auto proof = bytes_at(*entry, "proof");
        if (!proof) return proof.error();
        if (!is_proven(*Hash::from(header_.state_root()), key, value, *proof))
            return Error{Code::bad_proof, "the record with key " + to_hex(key) + " is not proven"};
        if (!value) return std::optional<Record>();
        Record decoded;
        if (!decoded.ParseFromString(*value)) return malformed("a proven record is of another kind");
        return std::optional<Record>(std::move(decoded));
    }

    template <class Record>
    Result<> take(std::optional<Record>& into, const json::value* entry, const Bytes& key) {
        auto found = record<Record>(entry, key);
        if (!found) return found.error();
        into = *std::move(found);
        return {};
    }

    Result<> read_records() {
        const AccountId* account = &said_.account;
        const std::uint32_t* period = &said_.period;
        const Bytes settled = key_of(kSettlements, account, period);
        const Bytes opened = key_of(kPeriods, nullptr, period);
        if (*member(file_, "format") == kCertificate) {
            if (auto good = take(period_, member(file_, "period_record"), opened); !good) return good;
            return take(settlement_, member(file_, "settlement_record"), settled);
        }
        const auto* list = member(file_, "records");
        if (list == nullptr || !list->is_array() || list->as_array().size() != 6)
            return malformed("it has not six records");
        const auto& records = list->as_array();
        if (auto good = take(period_, &records[0], opened); !good) return good;
        if (auto good = take(account_, &records[1], key_of(kAccounts, account, nullptr)); !good) return good;
        if (auto good = take(holding_, &records[2], key_of(kHoldings, account, period)); !good) return good;
        if (auto good = take(emissions_, &records[3], key_of(kEmissions, account, period)); !good)
            return good;
        if (auto good = take(cash_, &records[4], key_of(kCash, account, nullptr)); !good) return good;
        has_all_ = true;
        for (const std::size_t at : {std::size_t{2}, std::size_t{4}}) {
            const auto* value = member(records[at], "value");
            if (!value->is_null()) ends_[at / 2 - 1] = *bytes_at(records[at], "value");
        }
        return take(settlement_, &records[5], settled);
    }

    // docs/contracts.md, movements: each block that changed a record left a link, over the link before it,
    // their number, the block's height, the key and the record without its links.
    template <class Record>
    Result<std::size_t> check_links(const char* name, const Bytes& key, const std::optional<Bytes>& end) {
        const auto* list = member(*member(file_, "movements"), name);
        if (list == nullptr || !list->is_array()) return malformed("movements are no lists");
        const auto broken = [name](std::size_t number) {
            return Error{Code::bad_proof, std::string("the movements of ") + name +
                                              " are not those of the record, from number " +
                                              std::to_string(number) + " on"};
        };
        Bytes last;
        Bytes link = Hash().bytes();
        std::uint64_t count = 0;
        std::uint64_t height = 0;
        for (const auto& entry : list->get_array()) {
            const auto bytes = entry.is_string() ? from_base64(std::string(entry.get_string()))
                                                 : Result<Bytes>(malformed("a movement is no text"));
            if (!bytes) return bytes.error();
            Record record;
            if (!is_canonical(*bytes, record)) return broken(count + 1);
            const auto said = record.movements();
            record.clear_movements();
            append_u64(link, ++count);
            append_u64(link, said.height());
            link += key + record.SerializeAsString();
            link = tagged("movement", chain_.id().view(), link).bytes();
            if (said.count() != count || said.height() <= height || said.hash() != link) return broken(count);
            height = said.height();
            last = *bytes;
        }
        if (end ? count == 0 || last != *end : count != 0) return broken(count + 1);
        return count;
    }

    Result<> check_movements() {
        if (!has_all_ || member(file_, "movements") == nullptr) return {};
        const auto held = check_links<proto::HoldingRecord>(
            "holding", key_of(kHoldings, &said_.account, &said_.period), ends_[0]);
        if (!held) return held.error();
        const auto cash =
            check_links<proto::CashRecord>("cash", key_of(kCash, &said_.account, nullptr), ends_[1]);
        if (!cash) return cash.error();
        said_.text += ", all " + std::to_string(*held) + " movements of the holding and " +
                      std::to_string(*cash) + " of the cash";
        return {};
    }

    // What the records say of each other.
    Result<> check_records() {
        if (!period_) return wrong("the period has not been opened, which is proven");
        if (!has_all_)
            return settlement_ ? Result<>() : wrong("the account was not settled, which is proven");
        if (!account_) return wrong("the account does not exist, which is proven");
        const auto holding = holding_.value_or(proto::HoldingRecord());
        const auto emissions = emissions_.value_or(proto::EmissionRecord());
        const auto cash = cash_.value_or(proto::CashRecord());
        Int128 months = 0;
        for (const auto& month : emissions.months()) months += month.grams();
        if (months != emissions.emitted_g()) return wrong("the months are not what was emitted");
        const Int128 held = Int128{holding.issued_g()} + holding.purchased_g() - holding.sold_g() -
                            holding.surrendered_g() - holding.expired_g() - holding.passed_on_g() -
                            holding.escrow_g();
        if (held < 0) return wrong("more was sold, given up or lapsed than there was");
        if (held > std::numeric_limits<std::int64_t>::max()) return wrong("more is held than there can be");
        if (cash.balance_uy() < 0 || cash.escrow_uy() < 0) return wrong("there is less money than none");
        said_.text = "issued " + std::to_string(holding.issued_g()) + " g, emitted " +
                     std::to_string(emissions.emitted_g()) + " g, sold " + std::to_string(holding.sold_g()) +
                     " g, purchased " + std::to_string(holding.purchased_g()) + " g, held " +
                     std::to_string(static_cast<std::int64_t>(held)) + " g, cash " +
                     std::to_string(cash.balance_uy()) + " uy";
        if (settlement_ &&
            (settlement_->emitted_g() != emissions.emitted_g() ||
             settlement_->issued_g() != holding.issued_g() || settlement_->sold_g() != holding.sold_g() ||
             settlement_->purchased_g() != holding.purchased_g() || settlement_->clawed_back_g() < 0 ||
             settlement_->clawed_back_g() > holding.clawed_back_g()))
            return wrong("the settlement starts from other figures than the records have");
        return {};
    }

    // docs/contracts.md, settlement: own quota first, then purchased up to delta of the excess, then what may
    // be borrowed; a penalty on the rest; what is left is banked at the policy's ratio, and lapses.
    Result<> check_settlement() {
        if (!settlement_) return {};
        const auto& said = *settlement_;
        if (said.obligation_g() < 0 || said.banked_before_g() < 0)
            return wrong("less was owed beside, or banked before, than nothing");
        const auto& policy = period_->policy();
        const Int128 one = 1'000'000'000;
        const Int128 own_all = Int128{said.issued_g()} - said.sold_g() - said.clawed_back_g();
        const Int128 own = std::max<Int128>(own_all, 0);
        const Int128 purchased = std::clamp<Int128>(own_all + said.purchased_g(), 0, said.purchased_g());
        const Int128 needed = capped(Int128{said.emitted_g()} + said.obligation_g());
        const Int128 given = std::min(needed, capped(own + said.banked_before_g()));
        const Int128 from_banked = std::min<Int128>(given, said.banked_before_g());
        const Int128 excess = needed - given;
        const Int128 offset = std::min(purchased, excess * policy.offset_ratio_ppb() / one);
        const Int128 open = excess - offset;
        const Int128 borrowed =
            said.on_closing() ? 0
                              : std::min(open, Int128{said.issued_g()} * policy.borrowing_ratio_ppb() / one);
        const Int128 penalised = open - borrowed;
        const Int128 left = own + purchased - (given - from_banked) - offset;
        const bool has_heir = said.on_closing() && !said.heir().empty();
        const Int128 ratio = said.on_closing() ? (has_heir ? one : 0) : policy.banking_ratio_ppb();
        const Int128 kept = left * ratio / one;
        const Int128 lapsed = left - kept + (has_heir ? 0 : said.banked_before_g() - from_banked);
        const struct {
            const char* what;
            Int128 said;
            Int128 due;
        } figures[] = {
            {"own quota surrendered", said.own_surrendered_g(), given},
            {"purchased quota surrendered", said.purchased_surrendered_g(), offset},
            {"borrowed", said.borrowed_g(), borrowed},
            {"owed by the next period", said.obligation_next_g(),
             capped(up(borrowed * (one + policy.borrowing_interest_ppb()), one))},
            {"penalised", said.penalised_g(), penalised},
            {"banked", said.banked_g(), kept},
            {"expired", said.expired_g(), lapsed},
            {"penalty", Int128{said.penalty_paid_uy()} + said.penalty_owed_uy(),
             capped(up(penalised * policy.penalty_uy_per_kg(), 1000))},
        };
        for (const auto& figure : figures) {
            if (figure.said != figure.due)
                return wrong(std::string(figure.what) + " is " + number(figure.said) + ", the policy gives " +
                             number(figure.due));
        }
        if (!said_.text.empty()) return {};  // a statement, which has said more
        said_.text = "emitted " + number(said.emitted_g()) + " g";
        for (const auto& figure : figures)
            said_.text += std::string(", ") + figure.what + " " + number(figure.said) +
                          (figure.what == std::string_view("penalty") ? " uy" : " g");
        return {};
    }

    static Int128 capped(Int128 value) {
        return std::min<Int128>(value, std::numeric_limits<std::int64_t>::max());
    }
    static Int128 up(Int128 value, Int128 by) { return (value + by - 1) / by; }
    static std::string number(Int128 value) { return std::to_string(static_cast<std::int64_t>(value)); }

    const json::value& file_;
    Chain chain_;
    Statement said_;
    proto::Header header_;
    std::optional<proto::PeriodRecord> period_;
    std::optional<proto::AccountRecord> account_;
    std::optional<proto::HoldingRecord> holding_;
    std::optional<proto::EmissionRecord> emissions_;
    std::optional<proto::CashRecord> cash_;
    std::optional<proto::SettlementRecord> settlement_;
    bool has_all_ = false;
    std::optional<Bytes> ends_[2];  // the bytes of holding and cash
};

}  // namespace

Result<std::optional<ChainId>> chain_of(const Bytes& file) {
    const auto value = parsed(file);
    if (!value) return value.error();
    if (member(*value, "chain_id") == nullptr) return std::optional<ChainId>();
    const auto text = text_at(*value, "chain_id");
    if (!text) return text.error();
    const auto id = id_from_hex<ChainId>(*text);
    if (!id) return id.error();
    return std::optional(*id);
}

Result<Statement> check_statement(const Bytes& file, Chain chain) {
    const auto value = parsed(file);
    if (!value) return value.error();
    return Checking(*value, std::move(chain)).run();
}

}  // namespace pcq::verifier
