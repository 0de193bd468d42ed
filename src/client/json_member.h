// One member of an answer in JSON, of which nothing is believed. Thread-safe.
#pragma once

#include <string_view>

#include <boost/json/value.hpp>

namespace pcq::client {

// Null where the value is no object or has no such member.
inline const boost::json::value* member(const boost::json::value& value, std::string_view name) {
    const auto* object = value.if_object();
    return object == nullptr ? nullptr : object->if_contains(name);
}

}  // namespace pcq::client
