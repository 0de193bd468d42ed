#include "src/rpc/endpoint.h"

#include <boost/asio/ip/address.hpp>

namespace pcq::rpc {

bool is_loopback(const std::string& host) {
    boost::system::error_code failed;
    const auto address = boost::asio::ip::make_address(host == "localhost" ? "127.0.0.1" : host, failed);
    return !failed && address.is_loopback();
}

}  // namespace pcq::rpc
