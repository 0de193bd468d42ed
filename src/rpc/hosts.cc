#include "src/rpc/hosts.h"

#include <algorithm>

#include <boost/asio/ip/address.hpp>
#include <boost/beast/core/string.hpp>

namespace pcq::rpc {
namespace {

// Without port, brackets and the dot of the root.
std::string_view name_of(std::string_view host) {
    if (!host.empty() && host.front() == '[') {
        const auto end = host.find(']');
        return end == std::string_view::npos ? host : host.substr(1, end - 1);
    }
    host = host.substr(0, host.find(':'));
    if (!host.empty() && host.back() == '.') host.remove_suffix(1);
    return host;
}

bool equal(std::string_view a, std::string_view b) {
    return boost::beast::iequals({a.data(), a.size()}, {b.data(), b.size()});
}

}  // namespace

Hosts::Hosts(std::vector<std::string> names, bool is_tls)
    : names_(std::move(names)), all_(is_tls && names_.empty()) {}

bool Hosts::accept(std::string_view host) const {
    if (all_ || host.empty()) return true;
    const auto name = name_of(host);
    boost::system::error_code failed;
    boost::asio::ip::make_address(std::string(name), failed);
    return !failed || equal(name, "localhost") ||
           std::any_of(names_.begin(), names_.end(), [name](const auto& own) { return equal(name, own); });
}

bool Hosts::is_own(std::string_view origin, std::string_view host) {
    return origin.empty() || equal(origin, "http://" + std::string(host)) ||
           equal(origin, "https://" + std::string(host));
}

}  // namespace pcq::rpc
