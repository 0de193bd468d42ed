#include "src/cli/proof_file.h"

#include <fstream>

#include "proto/pcq/v1/block.pb.h"

#include "src/audit/proof_file.h"
#include "src/base/address.h"
#include "src/base/amount.h"
#include "src/base/base64.h"

namespace pcq::cli {

namespace json = boost::json;

Result<std::string> content_of(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    std::string content(audit::kProofFileMax + 1, '\0');
    in.read(content.data(), static_cast<std::streamsize>(content.size()));
    if (!in.eof() && !in) return Error{Code::bad_argument, "cannot read " + file};
    content.resize(static_cast<std::size_t>(in.gcount()));
    if (content.size() > audit::kProofFileMax)
        return Error{Code::bad_argument, file + " has more than 8 MiB: it is no statement or certificate"};
    return content;
}

Result<ChainId> chain_of(const json::value& answer) {
    const auto bytes = from_base64(std::string(answer.at("header").as_string()));
    proto::Header fields;
    const auto chain =
        bytes && fields.ParseFromString(*bytes) ? ChainId::from(fields.chain_id()) : std::optional<ChainId>();
    if (!chain) return Error{Code::answer_malformed, "the node's answer has no usable header"};
    return *chain;
}

// The changes of the validators up to a height, each with what proves it.
std::optional<json::array> sets_until(Session& session, const std::string& chain, std::uint64_t height) {
    json::array sets;
    std::size_t bytes = 0;
    std::string cursor = "1";
    while (!cursor.empty()) {
        const auto answer =
            session.ask("validator_sets", {{"chain", chain}, {"cursor", cursor}, {"height", height}});
        if (!answer) return std::nullopt;
        const auto& page = answer->at("value").at("validator_sets").as_array();
        for (const auto& entry : page) {
            for (const char* part : {"header", "certificate", "encoded"})
                bytes += entry.at(part).as_string().size();
            if (entry.at("from_height").to_number<std::uint64_t>() > height) continue;
            sets.push_back(json::object{{"header", entry.at("header")},
                                        {"certificate", entry.at("certificate")},
                                        {"encoded", entry.at("encoded")}});
        }
        if (bytes > audit::kProofFileMax) {
            session.ended = fail(Error{Code::limit_reached,
                                       "the node shows more changes of validators than "
                                       "a file of 8 MiB holds"});
            return std::nullopt;
        }
        const auto* next = answer->as_object().if_contains("next");
        cursor = next == nullptr || page.empty() ? "" : std::string(next->as_string());
    }
    return sets;
}

Rows settlement_rows(const AccountId& account, std::uint32_t period, const proto::SettlementRecord& record) {
    const auto grams = [](std::int64_t value) { return to_text(Grams(value)); };
    const auto money = [](std::int64_t value) { return to_text(MicroYuan(value)); };
    return {{"account", to_address(account)},
            {"period", std::to_string(period)},
            {"emitted", grams(record.emitted_g())},
            {"owed beside", grams(record.obligation_g())},
            {"issued", grams(record.issued_g())},
            {"sold", grams(record.sold_g())},
            {"purchased", grams(record.purchased_g())},
            {"banked before", grams(record.banked_before_g())},
            {"own surrendered", grams(record.own_surrendered_g())},
            {"purchased surrendered", grams(record.purchased_surrendered_g())},
            {"borrowed", grams(record.borrowed_g())},
            {"owed by the next period", grams(record.obligation_next_g())},
            {"penalised", grams(record.penalised_g())},
            {"penalty paid", money(record.penalty_paid_uy())},
            {"penalty owed", money(record.penalty_owed_uy())},
            {"banked", grams(record.banked_g())},
            {"expired", grams(record.expired_g())}};
}

json::object settlement_json(const AccountId& account, std::uint32_t period,
                             const proto::SettlementRecord& record) {
    const auto text = [](std::int64_t value) { return std::to_string(value); };
    return {{"account", to_address(account)},
            {"period", period},
            {"emitted_g", text(record.emitted_g())},
            {"obligation_g", text(record.obligation_g())},
            {"issued_g", text(record.issued_g())},
            {"sold_g", text(record.sold_g())},
            {"purchased_g", text(record.purchased_g())},
            {"banked_before_g", text(record.banked_before_g())},
            {"own_surrendered_g", text(record.own_surrendered_g())},
            {"purchased_surrendered_g", text(record.purchased_surrendered_g())},
            {"borrowed_g", text(record.borrowed_g())},
            {"obligation_next_g", text(record.obligation_next_g())},
            {"penalised_g", text(record.penalised_g())},
            {"penalty_paid_uy", text(record.penalty_paid_uy())},
            {"penalty_owed_uy", text(record.penalty_owed_uy())},
            {"banked_g", text(record.banked_g())},
            {"expired_g", text(record.expired_g())}};
}

}  // namespace pcq::cli
