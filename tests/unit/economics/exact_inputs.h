// Reads the inputs of a golden vector into the structs of the exact layer.
#pragma once

#include <stdexcept>

#include "src/economics/exact/welfare.h"
#include "src/economics/printed/welfare_platform.h"
#include "tests/unit/economics/vectors.h"

namespace pcq::econ {

// An answer that is one number of this name.
inline auto one(const char* name) {
    return [name](const exact::Rational& value) { return Outputs{{name, text(value)}}; };
}

// Zero if the function does not read it.
inline exact::Rational optional(const Inputs& in, const char* key) {
    return in.has(key) ? in.exact(key) : exact::Rational(0);
}

inline exact::Rational supply_max(const Inputs& in) {
    return in.exact("avg_reduction") * in.exact("population");
}

inline exact::Costs costs(const Inputs& in) {
    return {in.exact("op_cost"), in.exact("chain_cost")};
}

inline exact::ProfitIn profit_in(const Inputs& in) {
    return {in.exact("buy_price"), in.exact("sell_price"), in.exact("effort_cost"), costs(in),
            supply_max(in)};
}

inline exact::MarketIn market_in(const Inputs& in) {
    return {in.exact("quota_cap"),    in.exact("offset_ratio"),
            in.exact("effort_cost"),  costs(in),
            in.exact("market_price"), supply_max(in)};
}

inline exact::Region region(const Inputs& in) {
    return {in.exact("quota_cap"), in.exact("supply_max"), in.exact("effort_cost"), in.exact("market_price"),
            in.exact("abatement_ease")};
}

inline exact::Platform platform(const Inputs& in) {
    exact::Platform read{optional(in, "service_level"), optional(in, "sens_d"), optional(in, "sens_s"),
                         in.exact("ask_price"), optional(in, "cross_d")};
    if (in.has("cross_s")) read.cross_s = in.exact("cross_s");
    if (in.has("service_cost")) read.service_cost = in.exact("service_cost");
    return read;
}

inline printed::WelfarePlatform welfare_platform(const Inputs& in) {
    printed::WelfarePlatform read{optional(in, "service_level"), optional(in, "sens_d"),
                                  optional(in, "sens_s"), in.exact("sigma"), in.exact("cross_s")};
    if (in.has("service_cost")) read.service_cost = in.exact("service_cost");
    return read;
}

inline exact::Fees fees(const Inputs& in) {
    return {in.exact("fee_d"), in.exact("fee_s")};
}

}  // namespace pcq::econ
