// A node that lies: it stands before an honest one, asks it whatever it is asked, and answers as it likes.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <boost/json/object.hpp>

#include "src/client/connection.h"

namespace pcq::e2e {

class LyingNode {
public:
    // Changes the response ("result" or "error") to a request of one call; called from a thread of its own,
    // never twice at a time.
    using Lie = std::function<void(const std::string& method, const boost::json::object& params,
                                   boost::json::object& response)>;

    explicit LyingNode(const client::Endpoint& honest);
    ~LyingNode();
    LyingNode(const LyingNode&) = delete;
    LyingNode& operator=(const LyingNode&) = delete;

    void tell(Lie lie);  // from the next request on
    client::Endpoint endpoint() const;

private:
    class Server;
    std::unique_ptr<Server> server_;
};

}  // namespace pcq::e2e
