#include "src/ledger/totals.h"

#include "src/base/wide.h"

namespace pcq::ledger {

Result<> check_equations(const proto::Totals& totals) {
    for (const auto& vintage : totals.vintages()) {
        const Int128 accounted = static_cast<Int128>(vintage.held_g()) + vintage.inventory_g() +
                                 vintage.escrow_g() + vintage.surrendered_g() + vintage.expired_g() +
                                 vintage.exported_g();
        if (accounted != vintage.issued_g()) {
            return Error{Code::conservation_violated,
                         "vintage " + std::to_string(vintage.vintage()) +
                             ": what is held, surrendered and expired is not what was issued"};
        }
    }
    if (static_cast<Int128>(totals.deposited_uy()) - totals.withdrawn_uy() != totals.cash_held_uy()) {
        return Error{Code::conservation_violated,
                     "cash held is not what was deposited less what was withdrawn"};
    }
    return {};
}

}  // namespace pcq::ledger
