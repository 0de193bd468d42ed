// Who validates at each height of a simulated chain. Validators keep their number all the time, which is
// their place among all keys of a run; in a set they have the place that its members' keys give them.
//
// The changes of a run, as many as it has: at height 4 a newcomer takes the place of the first validator, as
// a new key of its own would; at height 6 another one is added; at height 7 the first of those is removed.
#pragma once

#include <algorithm>
#include <vector>

#include "consensus/replica.h"

namespace pcq::simulation {

class Members {
public:
    struct Set {
        std::uint64_t from_height = 1;
        std::vector<std::uint32_t> validators;  // ascending
        consensus::Voters voters;               // in their order

        std::uint32_t size() const { return voters.size(); }
        std::optional<std::uint32_t> index_of(std::uint32_t validator) const {
            const auto at = std::find(validators.begin(), validators.end(), validator);
            if (at == validators.end()) return std::nullopt;
            return static_cast<std::uint32_t>(at - validators.begin());
        }
        consensus::Membership membership(std::uint32_t validator) const {
            return {voters, index_of(validator)};
        }
    };

    static constexpr std::uint64_t kHeights[] = {4, 6, 7};
    static std::uint32_t newcomers(std::uint32_t changes) { return std::min(changes, 2u); }

    // `all` are the keys in their order, the newcomers' among them; `first` validate at height 1.
    Members(const consensus::Voters& all, std::uint32_t first, std::uint32_t changes) {
        Set set{1, {}, {all.chain, {}}};
        for (std::uint32_t i = 0; i < first; ++i) set.validators.push_back(i);
        add(set, all);
        for (std::uint32_t change = 0; change < changes; ++change) {
            set.from_height = kHeights[change];
            if (change != 1) set.validators.erase(set.validators.begin());
            if (change != 2) set.validators.push_back(first + change);
            add(set, all);
        }
    }

    const Set& at(std::uint64_t height) const {
        auto set = sets_.rbegin();
        while (set->from_height > std::max<std::uint64_t>(height, 1)) ++set;
        return *set;
    }
    const ChainId& chain() const { return sets_.front().voters.chain; }

private:
    void add(Set& set, const consensus::Voters& all) {
        set.voters.keys.clear();
        for (const std::uint32_t validator : set.validators) set.voters.keys.push_back(all.keys[validator]);
        sets_.push_back(set);
    }

    std::vector<Set> sets_;  // ascending by height
};

}  // namespace pcq::simulation
