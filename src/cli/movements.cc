#include "src/cli/movements.h"

#include <algorithm>
#include <iostream>

#include "src/audit/statement.h"
#include "src/base/amount.h"
#include "src/base/base64.h"
#include "src/base/hex.h"

namespace pcq::cli {
namespace {

namespace json = boost::json;

using LastMovement = std::optional<audit::LastMovement> (*)(BytesView record);

// More would not fit a statement.
constexpr std::uint64_t kMovementsMax = 10'000;

// The record as each block left it that changed it: the state before the newest of them has the one before,
// and so on.
std::optional<json::array> ask_versions(Session& session, const ChainId& chain, const Bytes& key,
                                        std::optional<Bytes> record, LastMovement last_movement) {
    const auto refuse = [&session](Code code, const std::string& what) {
        session.ended = fail(Error{code, what});
        return std::nullopt;
    };
    std::vector<Bytes> newest_first;
    std::uint64_t due = 0;  // number of the movement that is next
    while (record) {
        const auto last = last_movement(*record);
        if (!last || last->height == 0 || (!newest_first.empty() && last->count != due))
            return refuse(Code::bad_proof, "the node leaves out movements of " + to_hex(key));
        if (last->count > kMovementsMax)
            return refuse(Code::limit_reached, "there are " + std::to_string(last->count) +
                                                   " movements, a statement lists at most " +
                                                   std::to_string(kMovementsMax));
        newest_first.push_back(*std::move(record));
        record.reset();
        due = last->count - 1;
        if (due == 0) break;
        const auto answer = session.ask(
            "state",
            {{"chain", to_hex(chain)}, {"keys", json::array{to_hex(key)}}, {"height", last->height - 1}});
        if (!answer) return std::nullopt;
        const auto& value = answer->at("records").at(0).at("value");
        if (value.is_null())
            return refuse(Code::bad_proof, "the node leaves out movements of " + to_hex(key));
        auto bytes = from_base64(std::string(value.as_string()));
        if (!bytes) return refuse(Code::answer_malformed, bytes.error().message);
        record = *std::move(bytes);
    }
    json::array versions;
    for (auto version = newest_first.rbegin(); version != newest_first.rend(); ++version)
        versions.emplace_back(to_base64(*version));
    return versions;
}

// "sold_g" and 1000: "sold +1.000 kg".
std::string text_of(const audit::Change& change) {
    const bool is_money = change.what.size() > 3 && change.what.substr(change.what.size() - 3) == "_uy";
    std::string name = change.what.substr(0, change.what.size() - (is_money ? 3 : 2));
    std::replace(name.begin(), name.end(), '_', ' ');
    const std::string amount = is_money ? to_text(MicroYuan(change.by)) : to_text(Grams(change.by));
    return name + (change.by > 0 ? " +" : " ") + amount;
}

std::string text_of(const std::vector<audit::Change>& changes) {
    std::string text;
    for (const auto& change : changes) text += (text.empty() ? "" : ", ") + text_of(change);
    return text;
}

json::object json_of(const std::vector<audit::Change>& changes) {
    json::object fields;
    for (const auto& change : changes) fields[change.what] = std::to_string(change.by);
    return fields;
}

}  // namespace

std::optional<json::object> ask_movements(Session& session, const ChainId& chain,
                                          const audit::ProvenEnds& ends) {
    const auto keys = audit::Statement::keys(ends.account, ends.period);
    auto holding = ask_versions(session, chain, keys[audit::Statement::kHoldingAt], ends.holding,
                                audit::last_movement_of_holding);
    if (!holding) return std::nullopt;
    auto cash = ask_versions(session, chain, keys[audit::Statement::kCashAt], ends.cash,
                             audit::last_movement_of_cash);
    if (!cash) return std::nullopt;
    return json::object{{"holding", *std::move(holding)}, {"cash", *std::move(cash)}};
}

void print_movements(const audit::Movements& movements) {
    std::vector<std::vector<std::string>> rows;
    for (const auto& movement : audit::by_block(movements))
        rows.push_back({std::to_string(movement.height), text_of(movement.holding), text_of(movement.cash)});
    print_table({"BLOCK", "HOLDING", "CASH"}, rows);
    std::cout << "complete: " << movements.holding.size() << " blocks have changed the holding and "
              << movements.cash.size() << " the cash, and these are all\n";
}

json::array json_of(const audit::Movements& movements) {
    json::array list;
    for (const auto& movement : audit::by_block(movements))
        list.push_back(json::object{{"height", movement.height},
                                    {"holding", json_of(movement.holding)},
                                    {"cash", json_of(movement.cash)}});
    return list;
}

}  // namespace pcq::cli
