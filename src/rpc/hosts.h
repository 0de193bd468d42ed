// By which names a node may be asked. A page of somebody else may give its own name this node's address (DNS
// rebinding), and its browser then takes the node for a part of that page: so a request must name the node as
// no such page can, by an address, as localhost, or by a name that its operator has given it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pcq::rpc {

class Hosts {
public:
    // `names` beside addresses and localhost. Behind TLS, where no names are given, all are taken: there the
    // certificate says what the node is called.
    Hosts(std::vector<std::string> names, bool is_tls);

    // The header Host of a request. Without one it comes from no browser.
    bool accept(std::string_view host) const;
    // The header Origin beside it: whether the page is this node's own. Programs send none.
    static bool is_own(std::string_view origin, std::string_view host);

private:
    std::vector<std::string> names_;
    bool all_ = false;
};

}  // namespace pcq::rpc
