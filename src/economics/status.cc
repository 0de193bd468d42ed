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
        case Status::bad_param:
            return "E_BAD_PARAM";
        case Status::overflow:
            return "E_OVERFLOW";
        case Status::no_supply:
            return "E_NO_SUPPLY";
        case Status::no_margin:
            return "E_NO_MARGIN";
    }
    return "UNKNOWN";
}

}  // namespace pcq::econ
