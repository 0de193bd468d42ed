// A server with chains that do as the test says, for tests of HTTP.
#pragma once

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>

#include "src/rpc/server.h"
#include "tests/unit/rpc/fake_backend.h"
#include "tests/unit/rpc/http_client.h"

namespace pcq::rpc {

class Http : public testing::Test {
protected:
    std::uint16_t start(const Options& options = Options()) {
        server.emplace(backend, options);
        const auto endpoint = server->start({});
        EXPECT_TRUE(endpoint) << endpoint.error().message;
        return port = endpoint->port;
    }
    static int error_code(const HttpClient::Response& response) {
        return static_cast<int>(boost::json::parse(response.body()).at("error").at("code").as_int64());
    }
    static std::string call_text(int id, const std::string& method = "chains") {
        return R"({"jsonrpc":"2.0","id":)" + std::to_string(id) + R"(,"method":")" + method + "\"}";
    }

    FakeBackend backend;
    std::optional<Server> server;
    std::uint16_t port = 0;
};

}  // namespace pcq::rpc
