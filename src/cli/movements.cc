#include "src/cli/movements.h"

#include <algorithm>
#include <iostream>
#include <tuple>

#include "src/audit/statement.h"
#include "src/base/amount.h"
#include "src/base/base64.h"
#include "src/base/hex.h"

namespace pcq::cli {
namespace {

namespace json = boost::json;

// The record as each block left it that changed it: the state before the newest of them has the one before,
// and so on. Before the first there was none.
Result<json::array> ask_versions(Session& session, audit::MovementsBack back, const json::object& state,
                                 std::optional<Bytes> record) {
    while (record) {
        if (auto taken = back.take(*std::move(record)); !taken) return taken.error();
        record.reset();
        const auto height = back.next_height();
        if (!height) break;
        auto params = state;
        params["height"] = *height;
        const auto answer = session.answer("state", params);
        if (!answer) return answer.error();
        const auto& value = answer->at("records").at(0).at("value");
        auto bytes = value.is_null() ? Result<Bytes>(Bytes()) : from_base64(std::string(value.as_string()));
        if (!bytes) return Error{Code::answer_malformed, bytes.error().message};
        record = *std::move(bytes);
    }
    json::array versions;
    for (const auto& version : back.all()) versions.emplace_back(to_base64(version));
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
    using Of = audit::MovementsBack::Of;
    const auto keys = audit::Statement::keys(ends.account, ends.period);
    const Bytes& held = keys[audit::Statement::kHoldingAt];
    const Bytes& had = keys[audit::Statement::kCashAt];
    json::object movements;
    for (const auto& [name, of, key, end] : {std::tuple("holding", Of::holding, &held, &ends.holding),
                                             std::tuple("cash", Of::cash, &had, &ends.cash)}) {
        auto list = ask_versions(session, {chain, *key, of},
                                 {{"chain", to_hex(chain)}, {"keys", json::array{to_hex(*key)}}}, *end);
        if (!list) {
            session.ended = fail(list.error());
            return std::nullopt;
        }
        movements[name] = *std::move(list);
    }
    return movements;
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
