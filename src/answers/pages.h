// Pages of the lists in answers: so many entries, from the one that the page's `first` names on. `next` names
// the entry that begins the next page, and is there only where there is one.
#pragma once

#include <algorithm>
#include <functional>

#include <boost/json/array.hpp>

#include "src/rpc/backend.h"

namespace pcq::answers {

// Of a list whose entries are numbered from `begin` on, up to the one before `end`. `each` makes the entry of
// a number.
template <class Each>
boost::json::array page_of(const rpc::Page& page, std::uint64_t begin, std::uint64_t end, rpc::Answer& answer,
                           const Each& each) {
    boost::json::array entries;
    std::uint64_t number = std::max(page.first, begin);
    for (; number < end && entries.size() < page.limit; ++number) entries.push_back(each(number));
    if (number < end) answer.next = number;
    return entries;
}

// Of a list in ascending order of what `key` gives of its entries, none of it below 0. The page begins with
// the first that is not below `first`, so entries that come and go between two questions move no other one
// into the next page or out of it.
template <class List, class Each, class Key = std::identity>
boost::json::array page_by_key(const rpc::Page& page, const List& list, rpc::Answer& answer, const Each& each,
                               const Key& key = {}) {
    const auto number = [&key](const auto& entry) {
        return static_cast<std::uint64_t>(std::invoke(key, entry));
    };
    boost::json::array entries;
    auto at =
        std::lower_bound(list.begin(), list.end(), page.first,
                         [&number](const auto& entry, std::uint64_t first) { return number(entry) < first; });
    for (; at != list.end() && entries.size() < page.limit; ++at) entries.push_back(each(*at));
    if (at != list.end()) answer.next = number(*at);
    return entries;
}

}  // namespace pcq::answers
