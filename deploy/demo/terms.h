// The government's policy and the platform's figures of a demonstration, and what they are held against when
// the period opens. Nothing here depends on the file of households but through its sums.
#pragma once

#include "proto/pcq/v1/transaction.pb.h"

#include "deploy/demo/scenario.h"
#include "src/base/amount.h"
#include "src/ledger/canonical.h"

namespace pcq::demo {

// Prices in micro-yuan per kilogram, chosen for the demonstration: a household's year is worth some hundred
// yuan; e, what saving a kilogram costs at most, is below P/3, as Proposition 2 needs; to abate the whole
// excess at home would cost c_1 = 0.24 CNY for the last kilogram, which gives k.
struct Terms {
    PricePerKg effort_cost{50'000};
    PricePerKg market_price{300'000};
    PricePerKg penalty{600'000};
    PricePerKg op_cost{10'000};
    PricePerKg chain_cost{5'000};
    PricePerKg full_abatement_cost{240'000};
    Ratio offset_ratio{300'000'000};  // where no best delta lies inside its range
    MicroYuan registration_fee;       // of the chain, paid on joining
    MicroYuan trade_fee{1'000};       // p, where people trade with each other
};

// What the government expects; here it knows its households' year.
struct Expected {
    Grams excess;   // N
    Grams surplus;  // D W
    std::int64_t people = 0;
};

// The period with its policy. delta is left to the contract if Proposition 2 finds the best one inside its
// range; else it is given, with the reason for opening all the same.
proto::OpenPeriod opening(const Terms& terms, const Expected& expected);

}  // namespace pcq::demo
