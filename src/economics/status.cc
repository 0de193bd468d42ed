#include "src/economics/status.h"

namespace pcq::econ {

std::string_view name(Status status) {
    switch (status) {
        case Status::ok:
            return "OK";
        case Status::cleared:
            return "CLEARED";
        case Status::short_supply:
            return "SHORT_SUPPLY";
        case Status::short_cap:
            return "SHORT_CAP";
        case Status::no_demand:
            return "NO_DEMAND";
        case Status::interior:
            return "INTERIOR";
        case Status::corner_zero:
            return "CORNER_ZERO";
        case Status::corner_one:
            return "CORNER_ONE";
        case Status::corner_supply:
            return "CORNER_SUPPLY";
        case Status::tie:
            return "TIE";
        case Status::fee_d_zero:
            return "FEE_D_ZERO";
        case Status::box_nd1:
            return "BOX_ND1";
        case Status::box_ns1:
            return "BOX_NS1";
        case Status::box_nd0:
            return "BOX_ND0";
        case Status::box_ns0:
            return "BOX_NS0";
        case Status::box_11:
            return "BOX_11";
        case Status::box_10:
            return "BOX_10";
        case Status::box_01:
            return "BOX_01";
        case Status::box_00:
            return "BOX_00";
        case Status::bad_param:
            return "E_BAD_PARAM";
        case Status::overflow:
            return "E_OVERFLOW";
        case Status::no_supply:
            return "E_NO_SUPPLY";
        case Status::no_margin:
            return "E_NO_MARGIN";
        case Status::degenerate:
            return "E_DEGENERATE";
        case Status::not_concave:
            return "E_NOT_CONCAVE";
        case Status::scale_range:
            return "E_SCALE_RANGE";
        case Status::deficit:
            return "E_DEFICIT";
        case Status::no_optimum:
            return "E_NO_OPTIMUM";
        case Status::supply_cap:
            return "E_SUPPLY_CAP";
    }
    return "UNKNOWN";
}

}  // namespace pcq::econ
