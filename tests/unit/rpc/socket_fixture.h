// A server with a chain that does as the test says, for tests of WebSockets.
#pragma once

#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>

#include "src/base/hex.h"
#include "tests/unit/rpc/http_fixture.h"
#include "tests/unit/rpc/websocket_client.h"

namespace pcq::rpc {

class Socket : public Http {
protected:
    // A block as the chain stores and announces it.
    void commit(const std::vector<Bytes>& transactions = {}) {
        server->committed(backend.add_block(backend.side, transactions));
    }
    static std::string topic(const std::string& name, const std::string& more = "") {
        return R"({"chain":"london","topic":")" + name + "\"" + more + "}";
    }
    static std::int64_t subscribed(WebSocketClient& client, const std::string& params) {
        return client.call("subscribe", params).at("result").at("subscription").as_int64();
    }
    static std::int64_t height(const boost::json::value& notification) {
        return notification.at("height").as_int64();
    }
    static std::string error_name(const boost::json::value& answer) {
        return std::string(answer.at("error").at("data").at("name").as_string().c_str());
    }
    // Waits until the server's own count says so.
    void await_metric(const std::string& line) {
        HttpClient watcher(port);
        while (watcher.get("/metrics").body().find("\n" + line + "\n") == std::string::npos) {
        }
    }
    // What the test's chain does in a block: one event, of one transaction by `who`.
    void act(std::uint64_t at, const AccountId& who, const proto::Event& event) {
        Activity activity;
        auto& entry = activity.entries.emplace_back();
        entry.index = 0;
        entry.action = "sell_surplus";
        entry.signer = who;
        entry.concerned = {who};
        *entry.receipt.add_events() = event;
        backend.activities.insert_or_assign(at, activity);
    }
    static proto::Event traded(const AccountId& seller) {
        proto::Event event;
        event.mutable_traded()->set_seller(seller.bytes());
        event.mutable_traded()->set_grams(5);
        return event;
    }

    const AccountId ann = *AccountId::from(Bytes(32, 'a'));
    const AccountId bob = *AccountId::from(Bytes(32, 'b'));
};

}  // namespace pcq::rpc
